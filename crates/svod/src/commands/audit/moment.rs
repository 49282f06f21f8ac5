//! What the verbs that look back share: a moment is found, and every answer ends with the position and the root that it
//! was computed at.

use std::sync::Arc;

use serde_json::{Value, json};
use svod_engine::AsOf;
use svod_engine::audit::{Moment, When, root_at};
use svod_log::{Position, Store};

use crate::config::Config;
use crate::exit::Failure;
use crate::{keys, print, progress};

/// Where a moment is in the log; the end of the log if none is named. A quarter that was never closed names none.
pub(super) async fn position(store: &dyn Store, when: Option<When>) -> Result<Position, Failure> {
    let when = when.unwrap_or(When::AsOf(AsOf::Position(Position(u64::MAX))));
    when.position(store).await.map_err(Failure::unavailable)?.map_err(Failure::usage)
}

/// The root at a position. A checkpoint is believed only if the ledger's own key signed it.
pub(super) async fn root(
    config: &Config,
    store: &Arc<dyn Store>,
    position: Position,
) -> Result<Moment, Failure> {
    let keys = keys::load(&config.keys_file).map_err(Failure::unavailable)?;
    let key = keys.map(|keys| keys.notary.verifier_key());
    let bar = progress::bar("hashing", position.0);
    let moment = root_at(store, position, key.as_ref(), |position| bar.set_position(position.0)).await;
    bar.finish_and_clear();
    moment.map_err(Failure::unavailable)
}

/// The last line of an answer.
pub(super) fn tell(what: &str, moment: Moment) -> Result<(), Failure> {
    print::line(format!("{what} position {}, root {}", moment.position, moment.root))
}

/// A moment in JSON.
pub(super) fn json(moment: Moment) -> Value {
    json!({ "position": moment.position, "root": moment.root.to_string() })
}

/// A value as it is told.
pub(super) fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
