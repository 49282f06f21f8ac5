//! A submission: filed, returned, corrected, approved, withdrawn. Who may do what to which version.

use jiff::Timestamp;

use crate::command::{Approve, Correct, Return, Revoke, Submit, Withdraw};
use crate::decision::Decision;
use crate::event::{
    ActivityApproved, ActivityCorrected, ActivityReturned, ActivitySubmitted, ActivityWithdrawn,
    ApprovalRevoked, Waiting,
};
use crate::municipality::Municipality;
use crate::quarter::QuarterState;
use crate::refusal::{Existing, Permission, State};
use crate::{Actor, Event, MunicipalityCode, Quarter, Refusal, Role, SubmissionId, Version};

/// Where a submission stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Submission {
    /// No such submission.
    #[default]
    Absent,
    /// It waits for review.
    Submitted(Filed),
    /// It waits for a correction.
    Returned(Filed),
    /// Its present version is approved.
    Approved(Filed),
    /// The municipality took it back. Final.
    Withdrawn(Filed),
}

/// What every filed submission has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Its id.
    pub id: SubmissionId,
    /// Whose.
    pub municipality: MunicipalityCode,
    /// For which quarter.
    pub quarter: Quarter,
    /// The present version.
    pub version: Version,
    /// Who filed or corrected the present version.
    pub author: String,
}

/// An act upon a submission that is there already.
struct Act<'a> {
    filed: &'a Filed,
    state: State,
}

impl Submission {
    /// Files a new submission.
    pub fn submit(
        &self,
        quarter: &QuarterState,
        municipality: &Municipality,
        actor: &Actor,
        now: Timestamp,
        command: &Submit,
    ) -> Result<Decision, Refusal> {
        speaks_for(actor, command.municipality)?;
        municipality.reporting_in(command.municipality, command.quarter)?;
        let open = quarter.open(command.quarter)?;
        if *self != Self::Absent {
            return Err(Refusal::AlreadyExists { what: Existing::Submission(command.submission_id) });
        }
        command.activity.check()?;
        let warnings = command.activity.warnings(command.quarter);
        let event = ActivitySubmitted {
            submission_id: command.submission_id,
            municipality: command.municipality,
            quarter: command.quarter,
            version: Version::FIRST,
            activity: command.activity.clone(),
            late: now > open.submit_by,
            warnings: warnings.clone(),
        };
        Ok(Decision { events: vec![event.into()], warnings })
    }

    /// Replaces the present version by a new one.
    pub fn correct(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        command: &Correct,
    ) -> Result<Decision, Refusal> {
        let act = self.own(quarter, actor, command.submission_id, command.version)?;
        let was = act.waiting()?;
        command.activity.check()?;
        let warnings = command.activity.warnings(act.filed.quarter);
        let event = ActivityCorrected {
            submission_id: act.filed.id,
            municipality: act.filed.municipality,
            quarter: act.filed.quarter,
            version: act.filed.version.next(),
            was,
            activity: command.activity.clone(),
            note: command.note.clone(),
            warnings: warnings.clone(),
        };
        Ok(Decision { events: vec![event.into()], warnings })
    }

    /// Takes the submission back.
    pub fn withdraw(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        command: &Withdraw,
    ) -> Result<Decision, Refusal> {
        let act = self.own(quarter, actor, command.submission_id, command.version)?;
        Ok(Decision::of(
            ActivityWithdrawn {
                submission_id: act.filed.id,
                municipality: act.filed.municipality,
                quarter: act.filed.quarter,
                version: act.filed.version,
                was: act.waiting()?,
                reason: command.reason.clone(),
            }
            .into(),
        ))
    }

    /// Returns the present version for correction. At least one remark, says the schema.
    pub fn hand_back(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        command: &Return,
    ) -> Result<Decision, Refusal> {
        let act = self.reviewed(quarter, actor, command.submission_id, command.version)?;
        act.must_be(State::Submitted)?;
        Ok(Decision::of(
            ActivityReturned {
                submission_id: act.filed.id,
                municipality: act.filed.municipality,
                quarter: act.filed.quarter,
                version: act.filed.version,
                remarks: command.remarks.clone(),
            }
            .into(),
        ))
    }

    /// Approves the present version. Who filed or corrected it may not.
    pub fn approve(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        command: &Approve,
    ) -> Result<Decision, Refusal> {
        let act = self.reviewed(quarter, actor, command.submission_id, command.version)?;
        act.must_be(State::Submitted)?;
        if act.filed.author == actor.name {
            return Err(Refusal::OwnSubmission);
        }
        Ok(Decision::of(
            ActivityApproved {
                submission_id: act.filed.id,
                municipality: act.filed.municipality,
                quarter: act.filed.quarter,
                version: act.filed.version,
            }
            .into(),
        ))
    }

    /// Takes an approval back; the submission waits for review again.
    pub fn revoke(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        command: &Revoke,
    ) -> Result<Decision, Refusal> {
        let act = self.reviewed(quarter, actor, command.submission_id, command.version)?;
        act.must_be(State::Approved)?;
        Ok(Decision::of(
            ApprovalRevoked {
                submission_id: act.filed.id,
                municipality: act.filed.municipality,
                quarter: act.filed.quarter,
                version: act.filed.version,
                reason: command.reason.clone(),
            }
            .into(),
        ))
    }

    /// What is filed, and in which state.
    #[must_use]
    pub fn filed(&self) -> Option<(&Filed, State)> {
        match self {
            Self::Absent => None,
            Self::Submitted(filed) => Some((filed, State::Submitted)),
            Self::Returned(filed) => Some((filed, State::Returned)),
            Self::Approved(filed) => Some((filed, State::Approved)),
            Self::Withdrawn(filed) => Some((filed, State::Withdrawn)),
        }
    }

    /// A municipality acts upon its own submission.
    fn own(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        id: SubmissionId,
        version: Version,
    ) -> Result<Act<'_>, Refusal> {
        if actor.municipalities().next().is_none() {
            return Err(Refusal::NotPermitted { needs: Permission::AnyMunicipality });
        }
        let act = self.act(id)?;
        speaks_for(actor, act.filed.municipality)?;
        act.at(quarter, version)
    }

    /// A reviewer acts upon a submission.
    fn reviewed(
        &self,
        quarter: &QuarterState,
        actor: &Actor,
        id: SubmissionId,
        version: Version,
    ) -> Result<Act<'_>, Refusal> {
        if !actor.is(Role::Reviewer) {
            return Err(Refusal::NotPermitted { needs: Permission::Reviewer });
        }
        self.act(id)?.at(quarter, version)
    }

    fn act(&self, id: SubmissionId) -> Result<Act<'_>, Refusal> {
        let (filed, state) = self.filed().ok_or(Refusal::UnknownSubmission { submission: id })?;
        Ok(Act { filed, state })
    }

    /// The state after an event of its own. `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(self, event: &Event, actor: &str) -> Option<Self> {
        if self.filed().is_some_and(|(filed, _)| !filed.is_of(event)) {
            return None;
        }
        match (self, event) {
            (Self::Absent, Event::ActivitySubmitted(event)) if event.version == Version::FIRST => {
                Some(Self::Submitted(Filed {
                    id: event.submission_id,
                    municipality: event.municipality,
                    quarter: event.quarter,
                    version: event.version,
                    author: actor.to_owned(),
                }))
            }
            (Self::Submitted(filed), Event::ActivityCorrected(event)) if event.was == Waiting::Submitted => {
                filed.corrected(event.version, actor)
            }
            (Self::Returned(filed), Event::ActivityCorrected(event)) if event.was == Waiting::Returned => {
                filed.corrected(event.version, actor)
            }
            (Self::Submitted(filed), Event::ActivityReturned(event)) if event.version == filed.version => {
                Some(Self::Returned(filed))
            }
            (Self::Submitted(filed), Event::ActivityApproved(event)) if event.version == filed.version => {
                Some(Self::Approved(filed))
            }
            (Self::Approved(filed), Event::ApprovalRevoked(event)) if event.version == filed.version => {
                Some(Self::Submitted(filed))
            }
            (Self::Submitted(filed), Event::ActivityWithdrawn(event)) if event.was == Waiting::Submitted => {
                (event.version == filed.version).then_some(Self::Withdrawn(filed))
            }
            (Self::Returned(filed), Event::ActivityWithdrawn(event)) if event.was == Waiting::Returned => {
                (event.version == filed.version).then_some(Self::Withdrawn(filed))
            }
            _impossible => None,
        }
    }
}

impl Filed {
    /// Whether the event speaks of this very submission.
    fn is_of(&self, event: &Event) -> bool {
        let named = (event.submission(), event.municipality(), event.quarter());
        named == (Some(self.id), Some(self.municipality), Some(self.quarter))
    }

    /// After a correction, which is the next version and nothing else.
    fn corrected(self, version: Version, author: &str) -> Option<Submission> {
        let next = version == self.version.next();
        next.then(|| Submission::Submitted(Self { version, author: author.to_owned(), ..self }))
    }
}

impl<'a> Act<'a> {
    /// The quarter is open, and the version that the command speaks of is the present one.
    fn at(self, quarter: &QuarterState, version: Version) -> Result<Act<'a>, Refusal> {
        quarter.open(self.filed.quarter)?;
        if version != self.filed.version {
            return Err(Refusal::StaleVersion { named: version, present: self.filed.version });
        }
        Ok(self)
    }

    fn must_be(&self, state: State) -> Result<(), Refusal> {
        if self.state == state {
            return Ok(());
        }
        Err(Refusal::WrongState { state: self.state, present: Some(self.filed.version) })
    }

    fn waiting(&self) -> Result<Waiting, Refusal> {
        match self.state {
            State::Submitted => Ok(Waiting::Submitted),
            State::Returned => Ok(Waiting::Returned),
            state => Err(Refusal::WrongState { state, present: Some(self.filed.version) }),
        }
    }
}

/// A municipality files, corrects and withdraws only its own.
pub(crate) fn speaks_for(actor: &Actor, municipality: MunicipalityCode) -> Result<(), Refusal> {
    if actor.is(Role::Municipality(municipality)) {
        return Ok(());
    }
    Err(Refusal::NotPermitted { needs: Permission::Municipality(municipality) })
}

#[cfg(test)]
#[path = "submission_tests.rs"]
mod tests;
