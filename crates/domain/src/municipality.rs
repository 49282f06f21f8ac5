//! A municipality: from when to when it reports, and which names it bore.

use jiff::civil::Date;

use crate::command::{RegisterMunicipality, RenameMunicipality, RetireMunicipality};
use crate::decision::Decision;
use crate::event::{MunicipalityRegistered, MunicipalityRenamed, MunicipalityRetired};
use crate::refusal::{Existing, Permission, State};
use crate::{Actor, Event, MunicipalityCode, Quarter, Refusal, Role};

/// What the register knows of one code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Municipality {
    /// Nothing.
    #[default]
    Absent,
    /// It reports.
    Active(Unit),
    /// It reports no more.
    Retired {
        /// As it was.
        unit: Unit,
        /// First day on which it is no more.
        from: Date,
        /// Who reports in its place.
        successor: Option<MunicipalityCode>,
    },
}

/// A unit that reports or has reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: MunicipalityCode,
    /// Its place in the register.
    pub order: u32,
    /// First day.
    pub from: Date,
    /// Names by their first day, oldest first; never empty.
    pub names: Vec<Naming>,
}

/// The names from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// First day.
    pub from: Date,
    /// Short name.
    pub short_name: String,
    /// The words of the section row.
    pub report_heading: String,
}

impl Unit {
    /// The names in force on the quarter's last day (the oldest ones, if they all begin later).
    #[must_use]
    pub fn naming(&self, quarter: Quarter) -> &Naming {
        let in_force = self.names.iter().rev().find(|naming| naming.from <= quarter.last_day());
        in_force.unwrap_or_else(|| self.names.first().expect("a unit is registered with its first names"))
    }

    /// With new names in the place of those that began on the same day. `None`: it bore these already.
    fn renamed(mut self, event: &MunicipalityRenamed) -> Option<Self> {
        let naming = Naming {
            from: event.from,
            short_name: event.short_name.clone(),
            report_heading: event.report_heading.clone(),
        };
        if self.names.contains(&naming) {
            return None;
        }
        self.names.retain(|other| other.from != naming.from);
        self.names.push(naming);
        self.names.sort_by_key(|naming| naming.from);
        Some(self)
    }
}

impl Municipality {
    /// The unit, if it reports in the quarter: it began before the quarter's end and ended after its beginning.
    pub fn reporting_in(&self, code: MunicipalityCode, quarter: Quarter) -> Result<&Unit, Refusal> {
        let (unit, until, successor) = match self {
            Self::Absent => return Err(Refusal::UnknownMunicipality { municipality: code }),
            Self::Active(unit) => (unit, None, None),
            Self::Retired { unit, from, successor } => (unit, Some(*from), *successor),
        };
        let began = unit.from <= quarter.last_day();
        let ended = until.is_some_and(|until| until <= quarter.first_day());
        if began && !ended {
            return Ok(unit);
        }
        Err(Refusal::MunicipalityNotActive { municipality: code, quarter, successor })
    }

    /// Adds it to the register.
    pub fn register(&self, actor: &Actor, command: &RegisterMunicipality) -> Result<Decision, Refusal> {
        keeps_register(actor)?;
        if *self != Self::Absent {
            let what = Existing::Municipality(command.municipality);
            return Err(Refusal::AlreadyExists { what });
        }
        Ok(Decision::of(
            MunicipalityRegistered {
                municipality: command.municipality,
                order: command.order,
                short_name: command.short_name.clone(),
                report_heading: command.report_heading.clone(),
                from: command.from,
            }
            .into(),
        ))
    }

    /// Gives it new names from a day on.
    pub fn rename(&self, actor: &Actor, command: &RenameMunicipality) -> Result<Decision, Refusal> {
        keeps_register(actor)?;
        let unit = self.still_active(command.municipality)?;
        let naming = Naming {
            from: command.from,
            short_name: command.short_name.clone(),
            report_heading: command.report_heading.clone(),
        };
        if unit.names.contains(&naming) {
            return Err(Refusal::NothingToChange);
        }
        Ok(Decision::of(
            MunicipalityRenamed {
                municipality: command.municipality,
                short_name: naming.short_name,
                report_heading: naming.report_heading,
                from: naming.from,
            }
            .into(),
        ))
    }

    /// Ends it from a day on.
    pub fn retire(&self, actor: &Actor, command: &RetireMunicipality) -> Result<Decision, Refusal> {
        keeps_register(actor)?;
        self.still_active(command.municipality)?;
        Ok(Decision::of(
            MunicipalityRetired {
                municipality: command.municipality,
                from: command.from,
                successor: command.successor,
            }
            .into(),
        ))
    }

    fn still_active(&self, code: MunicipalityCode) -> Result<&Unit, Refusal> {
        match self {
            Self::Absent => Err(Refusal::UnknownMunicipality { municipality: code }),
            Self::Active(unit) => Ok(unit),
            Self::Retired { .. } => {
                Err(Refusal::WrongState { state: State::MunicipalityRetired, present: None })
            }
        }
    }

    /// The state after an event of its own. `None`: that cannot have happened.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Option<Self> {
        match (self, event) {
            (Self::Absent, Event::MunicipalityRegistered(event)) => Some(Self::Active(Unit {
                code: event.municipality,
                order: event.order,
                from: event.from,
                names: vec![Naming {
                    from: event.from,
                    short_name: event.short_name.clone(),
                    report_heading: event.report_heading.clone(),
                }],
            })),
            (Self::Active(unit), Event::MunicipalityRenamed(event)) if event.municipality == unit.code => {
                unit.renamed(event).map(Self::Active)
            }
            (Self::Active(unit), Event::MunicipalityRetired(event)) if event.municipality == unit.code => {
                Some(Self::Retired { unit, from: event.from, successor: event.successor })
            }
            _impossible => None,
        }
    }
}

/// The register is kept by operators; svod itself loads it into an empty ledger.
fn keeps_register(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Operator) || actor.is(Role::Service) {
        return Ok(());
    }
    Err(Refusal::NotPermitted { needs: Permission::Operator })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn operator() -> Actor {
        Actor { name: "o-1".into(), roles: vec![Role::Operator] }
    }

    fn code() -> MunicipalityCode {
        "66605000".parse().unwrap()
    }

    fn register() -> RegisterMunicipality {
        RegisterMunicipality {
            municipality: code(),
            order: 4,
            short_name: "Вяземский район".into(),
            report_heading: "Район".into(),
            from: date(2006, 1, 1),
        }
    }

    fn registered() -> Event {
        MunicipalityRegistered {
            municipality: code(),
            order: 4,
            short_name: "Вяземский район".into(),
            report_heading: "Район".into(),
            from: date(2006, 1, 1),
        }
        .into()
    }

    fn renamed(from: Date) -> Event {
        MunicipalityRenamed {
            municipality: code(),
            short_name: "Вяземский округ".into(),
            report_heading: "Округ".into(),
            from,
        }
        .into()
    }

    fn given(events: &[Event]) -> Municipality {
        events.iter().fold(Municipality::Absent, |state, event| state.evolve(event).unwrap())
    }

    #[test]
    fn the_name_in_force_on_the_last_day_of_the_quarter_heads_its_section() {
        let Municipality::Active(unit) = given(&[registered(), renamed(date(2024, 12, 31))]) else {
            panic!("not active")
        };
        assert_eq!(unit.naming("2024-Q3".parse().unwrap()).report_heading, "Район");
        assert_eq!(unit.naming("2024-Q4".parse().unwrap()).report_heading, "Округ");
    }

    #[test]
    fn a_retired_municipality_reports_up_to_its_last_quarter() {
        let retired = MunicipalityRetired { municipality: code(), from: date(2025, 1, 1), successor: None };
        let state = given(&[registered(), retired.into()]);
        assert!(state.reporting_in(code(), "2024-Q4".parse().unwrap()).is_ok());
        let refused = state.reporting_in(code(), "2025-Q1".parse().unwrap());
        assert!(matches!(refused, Err(Refusal::MunicipalityNotActive { .. })));
    }

    #[test]
    fn a_municipality_is_registered_once() {
        assert_eq!(Municipality::Absent.register(&operator(), &register()).unwrap().events, [registered()]);
        let again = given(&[registered()]).register(&operator(), &register());
        assert!(matches!(again, Err(Refusal::AlreadyExists { .. })));
    }

    fn rename() -> RenameMunicipality {
        RenameMunicipality {
            municipality: code(),
            short_name: "Вяземский округ".into(),
            report_heading: "Округ".into(),
            from: date(2024, 12, 31),
        }
    }

    fn retire() -> RetireMunicipality {
        RetireMunicipality { municipality: code(), from: date(2025, 1, 1), successor: Some(successor()) }
    }

    fn successor() -> MunicipalityCode {
        "66505000".parse().unwrap()
    }

    fn retired() -> Event {
        let from = date(2025, 1, 1);
        MunicipalityRetired { municipality: code(), from, successor: Some(successor()) }.into()
    }

    /// What each of the three orders answers in the state, to this actor.
    fn answers(state: &Municipality, actor: &Actor) -> [Result<Decision, Refusal>; 3] {
        [state.register(actor, &register()), state.rename(actor, &rename()), state.retire(actor, &retire())]
    }

    #[test]
    fn operators_and_svod_itself_keep_the_register_and_nobody_else() {
        let refused = Refusal::NotPermitted { needs: Permission::Operator };
        for state in [given(&[]), given(&[registered()]), given(&[registered(), retired()])] {
            for role in [Role::Reviewer, Role::Auditor, Role::Municipality(code())] {
                let actor = Actor { name: "x".into(), roles: vec![role] };
                for answer in answers(&state, &actor) {
                    assert_eq!(answer, Err(refused.clone()), "{role}");
                }
            }
            assert_eq!(answers(&state, &Actor::service()), answers(&state, &operator()));
        }
    }

    #[track_caller]
    fn check(history: &[Event], then: [Result<Event, Refusal>; 3]) {
        assert_eq!(answers(&given(history), &operator()), then.map(|then| then.map(Decision::of)));
    }

    #[test]
    fn each_state_takes_its_own_orders_and_no_other() {
        let unknown = Refusal::UnknownMunicipality { municipality: code() };
        let exists = Refusal::AlreadyExists { what: Existing::Municipality(code()) };
        let ended = Refusal::WrongState { state: State::MunicipalityRetired, present: None };
        check(&[], [Ok(registered()), Err(unknown.clone()), Err(unknown)]);
        check(&[registered()], [Err(exists.clone()), Ok(renamed(date(2024, 12, 31))), Ok(retired())]);
        check(&[registered(), retired()], [Err(exists), Err(ended.clone()), Err(ended)]);
    }

    #[test]
    fn names_that_it_bears_already_are_no_new_names() {
        let state = given(&[registered(), renamed(date(2024, 12, 31))]);
        assert_eq!(state.rename(&operator(), &rename()), Err(Refusal::NothingToChange));
        let later = RenameMunicipality { from: date(2025, 12, 31), ..rename() };
        assert!(state.rename(&operator(), &later).is_ok(), "from another day on it is a change");
    }

    #[test]
    fn names_from_the_same_day_take_the_place_of_the_first_ones() {
        let corrected = MunicipalityRenamed {
            municipality: code(),
            short_name: "Вяземский".into(),
            report_heading: "Вяземский округ".into(),
            from: date(2024, 12, 31),
        };
        let Municipality::Active(unit) =
            given(&[registered(), renamed(date(2024, 12, 31)), corrected.into()])
        else {
            panic!("not active")
        };
        assert_eq!(unit.names.len(), 2);
        assert_eq!(unit.naming("2024-Q4".parse().unwrap()).report_heading, "Вяземский округ");
    }

    #[test]
    fn names_are_in_the_order_of_their_days_whatever_the_order_of_the_log() {
        let Municipality::Active(unit) =
            given(&[registered(), renamed(date(2024, 12, 31)), renamed(date(2015, 1, 1))])
        else {
            panic!("not active")
        };
        let days: Vec<Date> = unit.names.iter().map(|naming| naming.from).collect();
        assert_eq!(days, [date(2006, 1, 1), date(2015, 1, 1), date(2024, 12, 31)]);
    }

    #[test]
    fn what_ends_names_its_successor_to_who_files_later() {
        let state = given(&[registered(), retired()]);
        let quarter = "2025-Q1".parse().unwrap();
        let refused =
            Refusal::MunicipalityNotActive { municipality: code(), quarter, successor: Some(successor()) };
        assert_eq!(state.reporting_in(code(), quarter), Err(refused));
    }

    #[track_caller]
    fn check_impossible(history: &[Event], then: &Event) {
        assert_eq!(given(history).evolve(then), None, "{then:?} after {history:?}");
    }

    #[test]
    fn an_event_in_a_state_that_is_not_its_own_cannot_have_happened() {
        let renamed = renamed(date(2024, 12, 31));
        check_impossible(&[], &renamed);
        check_impossible(&[], &retired());
        check_impossible(&[registered()], &registered());
        for event in [registered(), renamed.clone(), retired()] {
            check_impossible(&[registered(), retired()], &event);
        }
        check_impossible(&[registered(), renamed.clone()], &renamed);
    }

    #[test]
    fn an_event_of_another_municipality_cannot_have_happened_to_this_one() {
        let from = date(2025, 1, 1);
        let retired = MunicipalityRetired { municipality: successor(), from, successor: None };
        check_impossible(&[registered()], &retired.into());
        let renamed = MunicipalityRenamed {
            municipality: successor(),
            short_name: "Другой".into(),
            report_heading: "Другой".into(),
            from,
        };
        check_impossible(&[registered()], &renamed.into());
    }
}
