//! What no log may ever show, whoever wrote it and in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use svod_domain::nil_return::NilReturn;
use svod_domain::quarter::QuarterState;
use svod_domain::submission::Submission;
use svod_domain::{Edition, Event};
use svod_engine::{Happened, edition_inputs};
use svod_log::Store;

use crate::ground::log;

/// Checks the whole log: places without gaps, every event follows from those before it, nothing changes in a closed
/// quarter, no message was handled twice, every close selected what the log yields.
pub(crate) async fn check_history(store: &dyn Store) {
    let entries = log(store).await;
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    let mut handled = BTreeSet::new();
    let mut before = None;
    let mut states = States::default();
    for (index, entry) in entries.into_iter().enumerate() {
        assert_eq!(entry.position.0, index as u64 + 1, "positions have a gap");
        let version = versions.entry(entry.stream.to_string()).or_default();
        *version += 1;
        assert_eq!(entry.version.0, *version, "versions of {} have a gap", entry.stream);
        if entry.message.is_some() && entry.message != before {
            let key = entry.message.clone().unwrap();
            assert!(handled.insert(key), "{:?} was handled twice", entry.message);
        }
        before.clone_from(&entry.message);
        states.follow(&Happened::decode(entry).unwrap());
    }
    for (quarter, edition) in states.closes {
        let inputs = edition_inputs(store, quarter, edition).await.unwrap();
        assert!(inputs.is_some(), "edition {edition} of {quarter} cannot be made");
    }
}

#[derive(Default)]
struct States {
    submissions: BTreeMap<svod_domain::SubmissionId, Submission>,
    nil: BTreeMap<(svod_domain::Quarter, svod_domain::MunicipalityCode), NilReturn>,
    quarters: BTreeMap<svod_domain::Quarter, QuarterState>,
    closes: BTreeSet<(svod_domain::Quarter, Edition)>,
}

impl States {
    fn follow(&mut self, happened: &Happened) {
        let event = &happened.event;
        let at = happened.recorded.position;
        let Some(quarter) = event.quarter() else { return };
        if let Some(municipality) = event.municipality() {
            let open = matches!(self.quarters.get(&quarter), Some(QuarterState::Open(_)));
            assert!(open, "{} at {at} in a quarter that is not open", event.kind());
            let nil = self.nil.entry((quarter, municipality)).or_default();
            *nil = nil.evolve(event).unwrap_or_else(|| panic!("{event:?} at {at}"));
        } else if !matches!(event, Event::ReportBuilt(_)) {
            let state = self.quarters.remove(&quarter).unwrap_or_default();
            let state = state.evolve(event).unwrap_or_else(|| panic!("{event:?} at {at}"));
            self.quarters.insert(quarter, state);
        }
        if let Some(id) = event.submission() {
            let state = self.submissions.remove(&id).unwrap_or_default();
            let state = state.evolve(event, &happened.recorded.actor.name);
            self.submissions.insert(id, state.unwrap_or_else(|| panic!("{event:?} at {at}")));
        }
        if let Event::QuarterClosed(closed) = event {
            assert!(self.closes.insert((quarter, closed.edition)), "closed twice at {at}");
        }
    }
}
