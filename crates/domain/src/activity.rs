//! An activity: what a municipality did in the international sphere, in the words it typed.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Quarter, Refusal, SchemaFault, Warning};

/// One row of the form. Texts stay as typed, but composed (NFC) and without control characters; only the document touches
/// spaces, quotes and dashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// «Наименование мероприятия»
    #[schemars(length(min = 1, max = 1_000), regex(pattern = r"\S"))]
    pub title: String,
    /// «Место проведения мероприятия»; null or absent for an online event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub place: Option<String>,
    /// «Сроки проведения мероприятия», as days. At least one of `dates` and `dates_text` is given.
    #[serde(default, deserialize_with = "null_is_none", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<DateRange>>", extend("maxItems" = 60))]
    pub dates: Vec<DateRange>,
    /// «Сроки проведения мероприятия», printed as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 300))]
    pub dates_text: Option<String>,
    /// «Содержание мероприятия»
    #[schemars(length(min = 1, max = 20_000), regex(pattern = r"\S"))]
    pub content: String,
    /// «Краткая информация о достигнутых договоренностях»
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20_000))]
    pub agreements: Option<String>,
    /// «Участники мероприятия (ФИО, должность)», in the order of printing.
    #[schemars(length(min = 1, max = 200))]
    pub participants: Vec<Participant>,
    /// Foreign countries involved, ISO 3166-1 alpha-2.
    #[serde(default, deserialize_with = "null_is_none", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Option<Vec<Country>>", extend("maxItems" = 60))]
    pub countries: Vec<String>,
}

/// Many clients write what is absent as null; a list that is null holds nothing.
fn null_is_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A country, ISO 3166-1 alpha-2.
#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
struct Country(#[schemars(regex(pattern = "^[A-Z]{2}$"))] String);

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// First day, ISO 8601.
    #[schemars(with = "String", extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub from: Date,
    /// Last day, ISO 8601.
    #[schemars(with = "String", extend("format" = "date", "pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub to: Date,
}

impl DateRange {
    /// One day.
    #[must_use]
    pub fn day(day: Date) -> Self {
        Self { from: day, to: day }
    }
}

/// A person or a group. Which of the two is told by the fields (contract: `{name, position}` or `{group}`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum Participant {
    /// Prints as «должность ФИО».
    Person {
        /// «ФИО»
        #[schemars(length(min = 1, max = 300), regex(pattern = r"\S"))]
        name: String,
        /// «должность»
        #[schemars(length(min = 1, max = 500), regex(pattern = r"\S"))]
        position: String,
    },
    /// Prints as written.
    Group {
        /// Such as «сотрудники администрации города».
        #[schemars(length(min = 1, max = 2_000), regex(pattern = r"\S"))]
        group: String,
    },
    /// A person as the log and the views hold one: name and position are sealed. No message says this.
    #[schemars(skip)]
    Sealed {
        /// Digests of the disclosures (RFC 9901 §4.2), in base64url, sorted.
        #[serde(rename = "_sd")]
        digests: Vec<String>,
        /// Whose they are; known to nobody who has not the vault.
        person: Uuid,
    },
}

/// Stands for name and position of a person who was erased.
pub const ERASED: &str = "[персональные данные уничтожены]";

impl Participant {
    /// A person who was erased.
    #[must_use]
    pub fn erased() -> Self {
        Self::Person { name: ERASED.to_owned(), position: ERASED.to_owned() }
    }

    /// Whether this is a person who was erased.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        *self == Self::erased()
    }
}

impl Activity {
    /// The first day, if any is known; what has none is sorted last.
    #[must_use]
    pub fn first_day(&self) -> Option<Date> {
        self.dates.iter().map(|range| range.from).min()
    }

    /// What the schema cannot say: some date is there, and no range ends before it begins.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.dates.is_empty() && self.dates_text.as_deref().is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::Schema {
                pointer: "/data/activity/dates".into(),
                fault: SchemaFault::NoDates,
                others: vec![],
            });
        }
        let turned = self.dates.iter().enumerate().filter(|(_, range)| range.to < range.from);
        let faults =
            turned.map(|(at, _)| (format!("/data/activity/dates/{at}/to"), SchemaFault::EndsBeforeItBegins));
        Refusal::of_faults(faults).map_or(Ok(()), Err)
    }

    /// What both sides should know, though it is taken.
    #[must_use]
    pub fn warnings(&self, quarter: Quarter) -> Vec<Warning> {
        if self.dates.is_empty() {
            return vec![Warning::DatesUnreadable];
        }
        let outside = |range: &DateRange| !quarter.contains(range.from) || !quarter.contains(range.to);
        match self.dates.iter().position(outside) {
            // Text that was read into days has no place among the dates of the message.
            Some(index) => {
                let index = self.dates_text.is_none().then_some(index);
                vec![Warning::DatesOutsideQuarter { index, quarter }]
            }
            None => vec![],
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    use jiff::civil::date;

    use super::*;

    /// An activity of 5 June 2020.
    pub(crate) fn activity() -> Activity {
        Activity {
            title: "Встреча с делегацией города-побратима".into(),
            place: Some("г. Вязьма".into()),
            dates: vec![DateRange::day(date(2020, 6, 5))],
            dates_text: None,
            content: "Обсудили обмен школьными группами".into(),
            agreements: None,
            participants: vec![Participant::Group {
                group: "сотрудники администрации".into()
            }],
            countries: vec!["PL".into()],
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::samples::activity;
    use super::*;

    #[test]
    fn an_activity_without_any_date_is_refused() {
        let blank = Activity { dates: vec![], dates_text: Some("  ".into()), ..activity() };
        assert!(matches!(blank.check(), Err(Refusal::Schema { fault: SchemaFault::NoDates, .. })));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_refused_with_its_place() {
        let backwards = DateRange { from: date(2020, 6, 5), to: date(2020, 6, 4) };
        let wrong = Activity { dates: vec![DateRange::day(date(2020, 6, 1)), backwards], ..activity() };
        let Err(Refusal::Schema { pointer, .. }) = wrong.check() else { panic!("taken") };
        assert_eq!(pointer, "/data/activity/dates/1/to");
    }

    #[test]
    fn dates_outside_the_quarter_and_unreadable_dates_are_warned_of() {
        let quarter: Quarter = "2020-Q2".parse().unwrap();
        let outside = Activity { dates: vec![DateRange::day(date(2020, 7, 1))], ..activity() };
        let unread = Activity { dates: vec![], dates_text: Some("на Пасху".into()), ..activity() };
        assert_eq!(activity().warnings(quarter), vec![]);
        assert_eq!(outside.warnings(quarter), vec![Warning::DatesOutsideQuarter { index: Some(0), quarter }]);
        let typed = Activity { dates_text: Some("1 июля".into()), ..outside };
        let [warning] = &typed.warnings(quarter)[..] else { panic!("not warned") };
        assert_eq!(warning.pointer().as_deref(), Some("/data/activity/dates_text"));
        assert_eq!(unread.warnings(quarter), vec![Warning::DatesUnreadable]);
    }
}
