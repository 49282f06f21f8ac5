//! The documents of a quarter: each edition and format is recorded once.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::RecordReport;
use crate::decision::Decision;
use crate::refusal::{Existing, Permission};
use crate::{Actor, Edition, Event, Refusal, Role};

/// Which documents of a quarter are recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    built: BTreeSet<(Edition, String)>,
}

impl Reports {
    /// Records a document that lies in the store. Only svod itself does so, once for an edition and format.
    pub fn record(&self, actor: &Actor, command: &RecordReport) -> Result<Decision, Refusal> {
        if !actor.is(Role::Service) {
            return Err(Refusal::NotPermitted { needs: Permission::Service });
        }
        let built = &command.built;
        if self.built.contains(&(built.edition, built.format.clone())) {
            return Err(Refusal::AlreadyExists { what: Existing::Report(built.quarter) });
        }
        Ok(Decision::of(built.clone().into()))
    }

    /// The state after an event of its own. `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Option<Self> {
        let Event::ReportBuilt(event) = event else { return None };
        self.built.insert((event.edition, event.format.clone())).then_some(self)
    }
}

/// Hashes of what is in an archive, whatever packed it: SHA-256, 64 hexadecimal digits, of a line for each part, in the
/// order of the bytes of their names, that `sha256sum` prints for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentHashes {
    /// Of the document.
    pub sha256: String,
    /// Of its masked twin.
    pub masked_sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ReportBuilt;

    #[test]
    fn an_edition_is_recorded_once_and_only_by_svod_itself() {
        let built = ReportBuilt {
            quarter: "2020-Q2".parse().unwrap(),
            edition: Edition::FIRST,
            format: "docx".into(),
            sha256: "00".into(),
            masked_sha256: String::new(),
            size_bytes: 1,
            built_at_position: 7,
            renderer: "docx/1".into(),
            settings: serde_json::json!({}),
            content: None,
        };
        let command = RecordReport { built: built.clone(), names: vec![] };
        let municipality = Role::Municipality("66701000".parse().unwrap());
        for role in [Role::Operator, Role::Reviewer, Role::Auditor, municipality] {
            let actor = Actor { name: "x".into(), roles: vec![role] };
            let refused = Refusal::NotPermitted { needs: Permission::Service };
            assert_eq!(Reports::default().record(&actor, &command), Err(refused), "{role}");
        }
        assert!(Reports::default().record(&Actor::service(), &command).is_ok());
        let after = Reports::default().evolve(&built.clone().into()).unwrap();
        assert!(matches!(after.record(&Actor::service(), &command), Err(Refusal::AlreadyExists { .. })));
        for other in [
            ReportBuilt { format: "pdf".into(), ..built.clone() },
            ReportBuilt { edition: Edition(2), ..built.clone() },
        ] {
            assert!(after.record(&Actor::service(), &RecordReport { built: other, names: vec![] }).is_ok());
        }
        assert_eq!(after.evolve(&built.into()), None, "an impossible history");
    }
}
