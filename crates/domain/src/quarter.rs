//! A quarter: opens, its terms move, it closes by itself or by hand, it may be reopened.

use jiff::Timestamp;

use crate::calendar::{Calendar, TermRule, Terms};
use crate::command::{CloseQuarter, MoveQuarter, OpenQuarter, ReopenQuarter};
use crate::decision::Decision;
use crate::event::{
    Included, LeftOut, LeftOutBecause, QuarterClosed, QuarterMoved, QuarterOpened, QuarterReopened,
    QuarterSelected,
};
use crate::refusal::{Existing, Permission, State};
use crate::submission::Submission;
use crate::{Actor, Edition, Event, Quarter, Refusal, Role, Warning};

/// Where a quarter stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QuarterState {
    /// Never opened.
    #[default]
    Unopened,
    /// Submissions are taken.
    Open(OpenTerms),
    /// Nothing changes.
    Closed {
        /// The filing deadline that it had.
        submit_by: Timestamp,
        /// The edition that the close made.
        edition: Edition,
        /// The moment of the close.
        closed_at: Timestamp,
    },
}

/// What an open quarter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenTerms {
    /// Filing deadline.
    pub submit_by: Timestamp,
    /// Closing time.
    pub close_at: Timestamp,
    /// The edition that the next close makes.
    pub edition: Edition,
}

/// Most versions in one event of the selection: 500 rows of about 100 bytes stay under the limit of an entry.
pub const SELECTION_ROWS_MAX: usize = 500;

/// The rule and the calendar that terms follow from.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The rule.
    pub terms: TermRule,
    /// The calendar.
    pub calendar: Calendar,
}

/// Which rules these are: grows with every change of what a rule answers.
const VERSION: &str = "svod-rules/1";

impl Rules {
    /// The rules in words, for whoever wants to know later whether they were the same: a line for their version, one for
    /// the terms, one for each day of the calendar.
    #[must_use]
    pub fn written(&self) -> String {
        let TermRule { submit_working_day, close_working_day, time, zone } = &self.terms;
        let zone = zone.iana_name().unwrap_or_default();
        let terms = format!("terms {submit_working_day} {close_working_day} {time} {zone}");
        format!("{VERSION}\n{terms}\n{}", self.calendar.written())
    }
}

impl QuarterState {
    /// The terms, if the quarter is open.
    pub fn open(&self, quarter: Quarter) -> Result<&OpenTerms, Refusal> {
        match self {
            Self::Unopened => Err(Refusal::QuarterNotOpen { quarter }),
            Self::Open(open) => Ok(open),
            Self::Closed { closed_at, .. } => Err(Refusal::QuarterClosed { quarter, closed_at: *closed_at }),
        }
    }

    /// The terms, if the quarter is open; a quarter that never was is unknown to those who run it.
    fn known(&self, quarter: Quarter) -> Result<&OpenTerms, Refusal> {
        if *self == Self::Unopened { Err(Refusal::UnknownQuarter { quarter }) } else { self.open(quarter) }
    }

    /// Opens it. Terms that are not given follow from the rule; if the rule's close has passed, they are counted
    /// from the day of opening, so that a quarter opened late is neither closed at once nor late from the start.
    pub fn begin(
        &self,
        rules: &Rules,
        actor: &Actor,
        now: Timestamp,
        command: &OpenQuarter,
    ) -> Result<Decision, Refusal> {
        opens_and_closes(actor)?;
        if *self != Self::Unopened {
            return Err(Refusal::AlreadyExists { what: Existing::Quarter(command.quarter) });
        }
        let mut warnings = vec![];
        let given = command.submit_by.is_some() && command.close_at.is_some();
        let (mut by_rule, mut derivation) = rules.terms.terms_of(command.quarter, &rules.calendar);
        if !given && by_rule.close_at <= now {
            (by_rule, derivation) = rules.terms.terms_after(rules.terms.day_of(now), &rules.calendar);
            warnings.push(Warning::TermsFromOpening);
        }
        let close_at = command.close_at.unwrap_or(by_rule.close_at);
        // A closing time given alone, before the rule's deadline, moves the deadline with it.
        let submit_by = command.submit_by.unwrap_or(by_rule.submit_by.min(close_at));
        check_terms(Terms { submit_by, close_at }, now)?;
        if !given && !derivation.decreed {
            warnings.push(Warning::CalendarProvisional { year: derivation.close_day.year() });
        }
        let event = QuarterOpened {
            quarter: command.quarter,
            submit_by,
            close_at,
            derivation: (!given).then_some(derivation),
            by_schedule: actor.is(Role::Service),
            reason: command.reason.clone(),
        };
        Ok(Decision { events: vec![event.into()], warnings })
    }

    /// Moves its terms.
    pub fn shift(&self, actor: &Actor, now: Timestamp, command: &MoveQuarter) -> Result<Decision, Refusal> {
        operates(actor)?;
        let open = self.known(command.quarter)?;
        let terms = Terms {
            submit_by: command.submit_by.unwrap_or(open.submit_by),
            close_at: command.close_at.unwrap_or(open.close_at),
        };
        if (terms.submit_by, terms.close_at) == (open.submit_by, open.close_at) {
            return Err(Refusal::NothingToChange);
        }
        check_terms(terms, now)?;
        Ok(Decision::of(
            QuarterMoved {
                quarter: command.quarter,
                submit_by: terms.submit_by,
                close_at: terms.close_at,
                reason: command.reason.clone(),
            }
            .into(),
        ))
    }

    /// Closes it. svod itself may do so once the closing time has come, and gives no reason; an operator may do so
    /// before, with one. `filed` is every submission of the quarter, in the order of filing.
    pub fn close<'a>(
        &self,
        actor: &Actor,
        now: Timestamp,
        command: &CloseQuarter,
        filed: impl Iterator<Item = &'a Submission>,
    ) -> Result<Decision, Refusal> {
        opens_and_closes(actor)?;
        let open = self.known(command.quarter)?;
        let by_schedule = actor.is(Role::Service);
        if by_schedule && now < open.close_at {
            return Err(Refusal::WrongState { state: State::QuarterOpen, present: None });
        }
        let mut parts = Selection::of(filed).parts();
        let last = parts.pop().unwrap_or_default();
        let earlier: Vec<Event> = (1..)
            .zip(&parts)
            .map(|(part, selection)| {
                QuarterSelected {
                    quarter: command.quarter,
                    edition: open.edition,
                    part,
                    included: selection.included.clone(),
                    left_out: selection.left_out.clone(),
                }
                .into()
            })
            .collect();
        let count = |size: fn(&Selection) -> usize| {
            let total = parts.iter().map(size).sum::<usize>() + size(&last);
            u32::try_from(total).unwrap_or(u32::MAX)
        };
        let closed = QuarterClosed {
            quarter: command.quarter,
            edition: open.edition,
            closed_at: if by_schedule { open.close_at } else { now },
            by_schedule,
            reason: (!by_schedule).then(|| command.reason.clone()),
            included_count: count(|selection| selection.included.len()),
            left_out_count: count(|selection| selection.left_out.len()),
            included: last.included,
            left_out: last.left_out,
            attested: None,
        };
        let events = earlier.into_iter().chain([closed.into()]).collect();
        Ok(Decision { events, warnings: vec![] })
    }

    /// Opens it again.
    pub fn reopen(
        &self,
        actor: &Actor,
        now: Timestamp,
        command: &ReopenQuarter,
    ) -> Result<Decision, Refusal> {
        operates(actor)?;
        let Self::Closed { edition, .. } = self else {
            let quarter = command.quarter;
            self.known(quarter)?;
            return Err(Refusal::WrongState { state: State::QuarterOpen, present: None });
        };
        if command.close_at <= now {
            return Err(Refusal::CloseInPast { close_at: command.close_at, now });
        }
        Ok(Decision::of(
            QuarterReopened {
                quarter: command.quarter,
                edition: edition.next(),
                close_at: command.close_at,
                reason: command.reason.clone(),
            }
            .into(),
        ))
    }

    /// The state after an event of its own. `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Option<Self> {
        match (self, event) {
            (Self::Unopened, Event::QuarterOpened(event)) => Some(Self::Open(OpenTerms {
                submit_by: event.submit_by,
                close_at: event.close_at,
                edition: Edition::FIRST,
            })),
            (Self::Open(open), Event::QuarterMoved(event)) => {
                let moved =
                    OpenTerms { submit_by: event.submit_by, close_at: event.close_at, edition: open.edition };
                (moved != open).then_some(Self::Open(moved))
            }
            (Self::Open(open), Event::QuarterSelected(event)) if event.edition == open.edition => {
                Some(Self::Open(open))
            }
            (Self::Open(open), Event::QuarterClosed(event)) if event.edition == open.edition => {
                Some(Self::Closed {
                    submit_by: open.submit_by,
                    edition: event.edition,
                    closed_at: event.closed_at,
                })
            }
            (Self::Closed { submit_by, edition, .. }, Event::QuarterReopened(event))
                if event.edition == edition.next() =>
            {
                // Closed early and reopened for less than its deadline: the deadline never lies behind the close.
                let submit_by = submit_by.min(event.close_at);
                Some(Self::Open(OpenTerms { submit_by, close_at: event.close_at, edition: event.edition }))
            }
            _impossible => None,
        }
    }
}

/// Which versions are in a report and which are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Selection {
    included: Vec<Included>,
    left_out: Vec<LeftOut>,
}

impl Selection {
    fn of<'a>(filed: impl Iterator<Item = &'a Submission>) -> Self {
        let mut selection = Self::default();
        for submission in filed {
            let Some((filed, state)) = submission.filed() else { continue };
            let because = match state {
                State::Approved => {
                    let included = Included { submission_id: filed.id, version: filed.version };
                    selection.included.push(included);
                    continue;
                }
                State::Returned => LeftOutBecause::NotCorrected,
                State::Withdrawn => LeftOutBecause::Withdrawn,
                _waiting => LeftOutBecause::NotReviewed,
            };
            selection.left_out.push(LeftOut { submission_id: filed.id, version: filed.version, because });
        }
        selection
    }

    /// Cut so that each part fits into one entry.
    fn parts(self) -> Vec<Self> {
        let included = self.included.chunks(SELECTION_ROWS_MAX);
        let left_out = self.left_out.chunks(SELECTION_ROWS_MAX);
        if included.len() <= 1
            && left_out.len() <= 1
            && self.included.len() + self.left_out.len() <= SELECTION_ROWS_MAX
        {
            return vec![self];
        }
        let included = included.map(|rows| Self { included: rows.to_vec(), left_out: vec![] });
        let left_out = left_out.map(|rows| Self { included: vec![], left_out: rows.to_vec() });
        included.chain(left_out).collect()
    }
}

fn check_terms(terms: Terms, now: Timestamp) -> Result<(), Refusal> {
    let Terms { submit_by, close_at } = terms;
    if close_at <= now {
        return Err(Refusal::CloseInPast { close_at, now });
    }
    if submit_by > close_at {
        return Err(Refusal::DeadlineAfterClose { submit_by, close_at });
    }
    Ok(())
}

/// Quarters are opened and closed by operators, and by svod itself when it is time.
fn opens_and_closes(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Service) { Ok(()) } else { operates(actor) }
}

/// Moving and reopening take a reason, so somebody has to have one.
fn operates(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Operator) {
        return Ok(());
    }
    Err(Refusal::NotPermitted { needs: Permission::Operator })
}

#[cfg(test)]
#[path = "quarter_tests.rs"]
mod tests;

#[cfg(test)]
pub(crate) mod tests_support {
    use jiff::civil::date;

    use super::*;
    use crate::municipality::{Municipality, Naming, Unit};
    use crate::{Edition, MunicipalityCode};

    pub(crate) fn quarter() -> Quarter {
        "2020-Q2".parse().unwrap()
    }

    pub(crate) fn municipality() -> MunicipalityCode {
        "66605000".parse().unwrap()
    }

    /// The quarter, open with the terms of the rule.
    pub(crate) fn open() -> QuarterState {
        QuarterState::Open(OpenTerms {
            submit_by: "2020-07-08T15:00:00Z".parse().unwrap(),
            close_at: "2020-07-15T15:00:00Z".parse().unwrap(),
            edition: Edition::FIRST,
        })
    }

    /// The municipality, reporting since 2006.
    pub(crate) fn active() -> Municipality {
        let from = date(2006, 1, 1);
        let naming = Naming {
            from, short_name: "Вяземский район".into(), report_heading: "Район".into()
        };
        Municipality::Active(Unit { code: municipality(), order: 4, from, names: vec![naming] })
    }
}
