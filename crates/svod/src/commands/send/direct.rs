//! Sending without a service: the messages are handled in this process, on the configured ledger.

use svod_domain::{Actor, Refusal};
use svod_engine::{Incoming, Sender};

use super::Receipts;
use crate::app::App;
use crate::config::Config;
use crate::exit::Failure;

/// Messages that are handled at once: they share commits.
const WINDOW: usize = 500;

/// Handles the messages as the principal `name`.
pub(super) async fn send(
    config: &Config,
    name: &str,
    messages: &[Vec<u8>],
    receipts: &mut Receipts,
) -> Result<(), Failure> {
    let app = App::open_to_append(config).await.map_err(Failure::unavailable)?;
    let handled = match principal(&app, name).await {
        Ok(actor) => handle(&app, &actor, messages, receipts).await,
        Err(failure) => Err(failure),
    };
    app.close().await;
    handled
}

/// The principal of this name.
pub(in crate::commands) async fn principal(app: &App, name: &str) -> Result<Actor, Failure> {
    let actor = app.engine.principal(name).await.map_err(Failure::unavailable)?;
    actor.ok_or_else(|| Failure::refused(&Refusal::UnknownSender { name: name.to_owned() }))
}

/// Handles the messages as sent by this principal.
pub(in crate::commands) async fn handle(
    app: &App,
    actor: &Actor,
    messages: &[Vec<u8>],
    receipts: &mut Receipts,
) -> Result<(), Failure> {
    for (window, bodies) in messages.chunks(WINDOW).enumerate() {
        let incoming = bodies
            .iter()
            .map(|body| Incoming { body: body.clone(), sender: Sender::Principal(actor.clone()) })
            .collect();
        let answered = app.engine.answer_all(incoming).await.map_err(Failure::unavailable)?;
        for (index, answered) in answered.into_iter().enumerate() {
            receipts.take(window * WINDOW + index, answered.receipt.to_vec())?;
        }
    }
    Ok(())
}
