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
    use crate::event::{ActivityReturned, ActivitySubmitted, ActivityWithdrawn, Waiting};
    use crate::quarter::tests_support::{active, municipality, open, quarter};
    use crate::refusal::Permission;
    use crate::{Edition, Role, SubmissionId, Version};

    fn declare(state: NilReturn, now: Timestamp) -> Result<Decision, Refusal> {
        declare_as(Role::Municipality(municipality()), state, &open(), now)
    }

    fn declare_as(
        role: Role,
        state: NilReturn,
        state_of_quarter: &QuarterState,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let actor = Actor { name: "m-1".into(), roles: vec![role] };
        let command = DeclareNothing { municipality: municipality(), quarter: quarter() };
        state.declare(state_of_quarter, &active(), &actor, now, &command)
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

    #[test]
    fn a_nil_return_is_refused_until_the_last_submission_is_withdrawn() {
        let one_of_two = given(&[submitted(), submitted(), withdrawn()]);
        assert_eq!(declare(one_of_two, NOW), Err(Refusal::HasSubmissions { count: 1 }));
    }

    #[test]
    fn what_was_taken_back_by_a_submission_may_be_declared_again_after_its_withdrawal() {
        let history = given(&[declared(), submitted(), withdrawn()]);
        assert_eq!(declare(history, NOW).unwrap().events, [declared()]);
    }

    #[test]
    fn only_the_municipality_itself_declares_that_it_has_nothing() {
        let neighbour = "66701000".parse().unwrap();
        let needs = Permission::Municipality(municipality());
        for role in
            [Role::Municipality(neighbour), Role::Reviewer, Role::Auditor, Role::Operator, Role::Service]
        {
            let refused = declare_as(role, NilReturn::default(), &open(), NOW);
            assert_eq!(refused, Err(Refusal::NotPermitted { needs }), "{role}");
        }
    }

    #[test]
    fn nothing_is_declared_in_a_quarter_that_is_not_open() {
        let role = Role::Municipality(municipality());
        let submit_by = "2020-07-08T15:00:00Z".parse().unwrap();
        let closed_at = "2020-07-15T15:00:00Z".parse().unwrap();
        let closed = QuarterState::Closed { submit_by, edition: Edition::FIRST, closed_at };
        let refused = Refusal::QuarterClosed { quarter: quarter(), closed_at };
        assert_eq!(declare_as(role, NilReturn::default(), &closed, NOW), Err(refused.clone()));
        assert_eq!(declare_as(role, given(&[submitted()]), &closed, NOW), Err(refused));
        let refused = Refusal::QuarterNotOpen { quarter: quarter() };
        assert_eq!(declare_as(role, NilReturn::default(), &QuarterState::Unopened, NOW), Err(refused));
    }

    #[test]
    fn a_municipality_that_does_not_report_declares_nothing() {
        let actor = Actor { name: "m-1".into(), roles: vec![Role::Municipality(municipality())] };
        let command = DeclareNothing { municipality: municipality(), quarter: quarter() };
        let refused = NilReturn::default().declare(&open(), &Municipality::Absent, &actor, NOW, &command);
        assert_eq!(refused, Err(Refusal::UnknownMunicipality { municipality: municipality() }));
    }

    #[test]
    fn a_nil_return_at_the_deadline_is_in_time_and_a_microsecond_later_it_is_late() {
        let submit_by: Timestamp = "2020-07-08T15:00:00Z".parse().unwrap();
        let late = |now| {
            let decision = declare(NilReturn::default(), now).unwrap();
            let [Event::NothingDeclared(event)] = &decision.events[..] else { panic!("{decision:?}") };
            event.late
        };
        assert!(!late(submit_by));
        assert!(late(submit_by + jiff::SignedDuration::from_micros(1)));
    }

    #[test]
    fn a_return_an_approval_or_a_correction_leaves_a_submission_alive() {
        let returned = ActivityReturned {
            submission_id: SubmissionId(uuid::Uuid::nil()),
            municipality: municipality(),
            quarter: quarter(),
            version: Version::FIRST,
            remarks: vec![],
        };
        assert_eq!(given(&[submitted(), returned.into()]).live, 1);
    }

    #[test]
    fn nothing_is_declared_or_withdrawn_that_cannot_be() {
        assert_eq!(given(&[submitted()]).evolve(&declared()), None);
        assert_eq!(given(&[]).evolve(&withdrawn()), None);
    }
}
