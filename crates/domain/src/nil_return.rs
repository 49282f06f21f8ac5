//! The nil return of one municipality for one quarter: «мероприятий не было».

use jiff::Timestamp;

use crate::command::DeclareNothing;
use crate::decision::Decision;
use crate::event::NothingDeclared;
use crate::municipality::Municipality;
use crate::quarter::QuarterState;
use crate::refusal::Existing;
use crate::submission::speaks_for;
use crate::{Actor, Event, Refusal};

/// What a municipality has for a quarter, as far as a nil return cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NilReturn {
    /// Whether it stands declared that there is nothing.
    pub declared: bool,
    /// How many submissions are filed and not withdrawn.
    pub live: usize,
}

impl NilReturn {
    /// Declares that there is nothing to report.
    pub fn declare(
        &self,
        quarter: &QuarterState,
        municipality: &Municipality,
        actor: &Actor,
        now: Timestamp,
        command: &DeclareNothing,
    ) -> Result<Decision, Refusal> {
        speaks_for(actor, command.municipality)?;
        municipality.reporting_in(command.municipality, command.quarter)?;
        let open = quarter.open(command.quarter)?;
        if self.live > 0 {
            return Err(Refusal::HasSubmissions { count: self.live });
        }
        if self.declared {
            let what = Existing::NilReturn(command.municipality, command.quarter);
            return Err(Refusal::AlreadyExists { what });
        }
        Ok(Decision::of(
            NothingDeclared {
                municipality: command.municipality,
                quarter: command.quarter,
                late: now > open.submit_by,
            }
            .into(),
        ))
    }

    /// The state after an event of the same municipality and quarter. A submission takes the declaration back.
    /// `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Option<Self> {
        match event {
            Event::NothingDeclared(_) if !self.declared && self.live == 0 => {
                Some(Self { declared: true, live: 0 })
            }
            Event::NothingDeclared(_) => None,
            Event::ActivitySubmitted(_) => Some(Self { declared: false, live: self.live + 1 }),
            Event::ActivityWithdrawn(_) => Some(Self { live: self.live.checked_sub(1)?, ..self }),
            _other => Some(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::samples::activity;
    use crate::event::{ActivitySubmitted, ActivityWithdrawn, Waiting};
    use crate::quarter::tests_support::{active, municipality, open, quarter};
    use crate::{Role, SubmissionId, Version};

    fn declare(state: NilReturn, now: Timestamp) -> Result<Decision, Refusal> {
        let actor = Actor { name: "m-1".into(), roles: vec![Role::Municipality(municipality())] };
        let command = DeclareNothing { municipality: municipality(), quarter: quarter() };
        state.declare(&open(), &active(), &actor, now, &command)
    }

    fn submitted() -> Event {
        ActivitySubmitted {
            submission_id: SubmissionId(uuid::Uuid::nil()),
            municipality: municipality(),
            quarter: quarter(),
            version: Version::FIRST,
            activity: activity(),
            late: false,
            warnings: vec![],
        }
        .into()
    }

    fn withdrawn() -> Event {
        ActivityWithdrawn {
            submission_id: SubmissionId(uuid::Uuid::nil()),
            municipality: municipality(),
            quarter: quarter(),
            version: Version::FIRST,
            was: Waiting::Submitted,
            reason: "ошибка".into(),
        }
        .into()
    }

    fn declared() -> Event {
        NothingDeclared { municipality: municipality(), quarter: quarter(), late: false }.into()
    }

    fn given(events: &[Event]) -> NilReturn {
        events.iter().fold(NilReturn::default(), |state, event| state.evolve(event).unwrap())
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn a_municipality_with_nothing_declares_it() {
        assert_eq!(declare(given(&[]), NOW).unwrap().events, [declared()]);
        assert_eq!(declare(given(&[submitted(), withdrawn()]), NOW).unwrap().events, [declared()]);
    }

    #[test]
    fn a_nil_return_is_refused_while_submissions_live() {
        assert_eq!(declare(given(&[submitted()]), NOW), Err(Refusal::HasSubmissions { count: 1 }));
    }

    #[test]
    fn a_later_submission_takes_the_nil_return_back() {
        assert!(!given(&[declared(), submitted()]).declared);
    }

    #[test]
    fn nothing_is_declared_twice() {
        assert!(matches!(declare(given(&[declared()]), NOW), Err(Refusal::AlreadyExists { .. })));
        assert_eq!(given(&[declared()]).evolve(&declared()), None, "an impossible history");
    }
}
