//! The order behind recorded events, told from the events themselves: what each rule must have been asked.
//!
//! Persons stand in an event as digests. No rule and no warning looks at who they are, so the order is given with the
//! digests, and decides the same. Days that were read from a text of dates are taken as the order's own: how well the text
//! was read is no rule. Texts are taken as they stand: which letters there are fonts for is no rule either, and was otherwise
//! when older entries were recorded. What was taken out of a text is gone, so what an event says of that is believed, as far
//! as the event has such a text.

use svod_domain::calendar::Derivation;
use svod_domain::command::{
    Approve, ApproveErasure, CloseQuarter, CompleteErasure, Correct, DeclareNothing, MoveQuarter,
    OpenQuarter, RecordReport, RegisterMunicipality, RenameMunicipality, ReopenQuarter, RequestErasure,
    RetireMunicipality, Return, Revoke, Submit, Withdraw,
};
use svod_domain::event::QuarterOpened;
use svod_domain::quarter::Rules;
use svod_domain::{Command, Event, Role, Version, Warning};

/// An order that may have led to what was recorded.
pub(crate) struct Candidate {
    pub(crate) command: Command,
    /// Set for terms that follow from another calendar or rule than those in force: only whether they may stand is asked,
    /// and not how they follow.
    pub(crate) derivation: Option<Derivation>,
}

impl From<Command> for Candidate {
    fn from(command: Command) -> Self {
        Self { command, derivation: None }
    }
}

/// The role that an entry names.
pub(crate) fn role(text: &str) -> Option<Role> {
    if text == "service" { Some(Role::Service) } else { text.parse().ok() }
}

/// What an event says was noticed before any rule was asked.
pub(crate) fn noticed(event: &Event) -> Vec<Warning> {
    let warnings = match event {
        Event::ActivitySubmitted(event) => &event.warnings,
        Event::ActivityCorrected(event) => &event.warnings,
        _without_warnings => return vec![],
    };
    let is_of_a_text = |warning: &&Warning| matches!(warning, Warning::ControlCharactersRemoved { .. });
    warnings.iter().filter(is_of_a_text).cloned().collect()
}

/// The orders that may have led to the events of one append, of which the last is given. None: no order ever leads there.
pub(crate) fn candidates(last: &Event, rules: &Rules) -> Vec<Candidate> {
    let command = match last {
        Event::ActivitySubmitted(event) => Command::Submit(Submit {
            submission_id: event.submission_id,
            municipality: event.municipality,
            quarter: event.quarter,
            activity: event.activity.clone(),
        }),
        Event::ActivityCorrected(event) => {
            let Some(before) = event.version.0.checked_sub(1) else { return vec![] };
            Command::Correct(Correct {
                submission_id: event.submission_id,
                version: Version(before),
                activity: event.activity.clone(),
                note: event.note.clone(),
            })
        }
        Event::ActivityReturned(event) => Command::Return(Return {
            submission_id: event.submission_id,
            version: event.version,
            remarks: event.remarks.clone(),
        }),
        Event::ActivityApproved(event) => {
            Command::Approve(Approve { submission_id: event.submission_id, version: event.version })
        }
        Event::ApprovalRevoked(event) => Command::Revoke(Revoke {
            submission_id: event.submission_id,
            version: event.version,
            reason: event.reason.clone(),
        }),
        Event::ActivityWithdrawn(event) => Command::Withdraw(Withdraw {
            submission_id: event.submission_id,
            version: event.version,
            reason: event.reason.clone(),
        }),
        Event::NothingDeclared(event) => Command::DeclareNothing(DeclareNothing {
            municipality: event.municipality,
            quarter: event.quarter,
        }),
        Event::QuarterOpened(event) => return openings(event, rules),
        of_a_quarter_or_the_register => return of_the_office(of_a_quarter_or_the_register),
    };
    vec![command.into()]
}

fn of_the_office(last: &Event) -> Vec<Candidate> {
    let command = match last {
        Event::QuarterMoved(event) => Command::MoveQuarter(MoveQuarter {
            quarter: event.quarter,
            submit_by: Some(event.submit_by),
            close_at: Some(event.close_at),
            reason: event.reason.clone(),
        }),
        Event::QuarterClosed(event) => Command::CloseQuarter(CloseQuarter {
            quarter: event.quarter,
            reason: event.reason.clone().unwrap_or_default(),
        }),
        Event::QuarterReopened(event) => Command::ReopenQuarter(ReopenQuarter {
            quarter: event.quarter,
            close_at: event.close_at,
            reason: event.reason.clone(),
        }),
        Event::ReportBuilt(event) => {
            Command::RecordReport(RecordReport { built: event.clone(), names: vec![] })
        }
        Event::MunicipalityRegistered(event) => Command::RegisterMunicipality(RegisterMunicipality {
            municipality: event.municipality,
            order: event.order,
            short_name: event.short_name.clone(),
            report_heading: event.report_heading.clone(),
            from: event.from,
        }),
        Event::MunicipalityRenamed(event) => Command::RenameMunicipality(RenameMunicipality {
            municipality: event.municipality,
            short_name: event.short_name.clone(),
            report_heading: event.report_heading.clone(),
            from: event.from,
        }),
        Event::MunicipalityRetired(event) => Command::RetireMunicipality(RetireMunicipality {
            municipality: event.municipality,
            from: event.from,
            successor: event.successor,
        }),
        Event::ErasureRequested(event) => {
            Command::RequestErasure(RequestErasure { requested: event.clone() })
        }
        Event::PersonErased(event) => Command::ApproveErasure(ApproveErasure {
            erasure_id: event.erasure_id,
            digests_root: event.digests_root.clone(),
            count: event.count,
        }),
        Event::ErasureCompleted(event) => {
            Command::CompleteErasure(CompleteErasure { completed: event.clone() })
        }
        // Only the last part of a selection ends an append, and it rides in the close. What municipalities and reviewers do
        // was looked at before.
        Event::QuarterSelected(_)
        | Event::QuarterOpened(_)
        | Event::ActivitySubmitted(_)
        | Event::ActivityCorrected(_)
        | Event::ActivityReturned(_)
        | Event::ActivityApproved(_)
        | Event::ApprovalRevoked(_)
        | Event::ActivityWithdrawn(_)
        | Event::NothingDeclared(_) => return vec![],
    };
    vec![command.into()]
}

/// An event tells the terms, and not which of them the order named.
fn openings(event: &QuarterOpened, rules: &Rules) -> Vec<Candidate> {
    let order = |submit_by, close_at| {
        let (quarter, reason) = (event.quarter, event.reason.clone());
        Command::OpenQuarter(OpenQuarter { quarter, submit_by, close_at, reason })
    };
    let (submit_by, close_at) = (Some(event.submit_by), Some(event.close_at));
    let Some(derivation) = &event.derivation else { return vec![order(submit_by, close_at).into()] };
    let same_rule = derivation.calendar == rules.calendar.version()
        && derivation.submit_working_day == rules.terms.submit_working_day
        && derivation.close_working_day == rules.terms.close_working_day;
    if same_rule {
        let orders = [order(None, None), order(submit_by, None), order(None, close_at)];
        return orders.into_iter().map(Candidate::from).collect();
    }
    vec![Candidate { command: order(submit_by, close_at), derivation: Some(derivation.clone()) }]
}
