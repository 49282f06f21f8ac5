//! Working days and the terms that follow from them. The calendar is data with a version; the rule shows its working.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Quarter;

/// The production calendar of Russia that comes with svod.
const BUILT_IN: &str = include_str!("../data/calendar-ru.csv");

/// Which weekdays are days off and which weekend days are worked, by decree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    version: String,
    years: Vec<i16>,
    days: BTreeMap<Date, bool>,
}

/// A calendar file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the calendar: {fault}")]
pub struct InvalidCalendar {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: &'static str,
}

impl Calendar {
    /// The one that comes with svod.
    #[must_use]
    pub fn built_in() -> Self {
        Self::read(BUILT_IN).expect("the built-in calendar is checked by a test")
    }

    /// Reads the file form: `version,NAME`, then `decreed,YEAR` for each year that is decreed, then
    /// `off,DATE,WHY` and `work,DATE,WHY` for each day that differs from the week. `#` begins a comment.
    pub fn read(text: &str) -> Result<Self, InvalidCalendar> {
        let mut calendar = Self { version: String::new(), years: vec![], days: BTreeMap::new() };
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            calendar.take(line).map_err(|fault| InvalidCalendar { line: number + 1, fault })?;
        }
        if calendar.version.is_empty() {
            return Err(InvalidCalendar { line: 1, fault: "the version is missing" });
        }
        Ok(calendar)
    }

    fn take(&mut self, line: &str) -> Result<(), &'static str> {
        let mut fields = line.splitn(3, ',');
        let (kind, value) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        match kind {
            "version" => value.clone_into(&mut self.version),
            "decreed" => self.years.push(value.parse().map_err(|_| "not a year")?),
            "off" | "work" => {
                let day: Date = value.parse().map_err(|_| "not a date")?;
                if self.days.insert(day, kind == "work").is_some() {
                    return Err("the day stands twice");
                }
            }
            _ => return Err("a line begins with version, decreed, off or work"),
        }
        Ok(())
    }

    /// The calendar in the form that [`Calendar::read`] takes, without the reasons.
    #[must_use]
    pub fn written(&self) -> String {
        let decreed = self.years.iter().map(|year| format!("decreed,{year}\n"));
        let days = self.days.iter().map(|(day, working)| {
            let kind = if *working { "work" } else { "off" };
            format!("{kind},{day}\n")
        });
        format!("version,{}\n{}{}", self.version, decreed.collect::<String>(), days.collect::<String>())
    }

    /// Which calendar this is; kept with every term that was derived from it.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the year's days off are decreed; before that the law's fixed holidays stand in.
    #[must_use]
    pub fn is_decreed(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// Whether the day is worked.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        if let Some(works) = self.days.get(&day) {
            return *works;
        }
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && (self.is_decreed(day.year()) || !is_fixed_holiday(day))
    }
}

/// Labour Code of Russia, article 112, part 1: the holidays that need no decree.
fn is_fixed_holiday(day: Date) -> bool {
    matches!((day.month(), day.day()), (1, 1..=8) | (2, 23) | (3, 8) | (5, 1 | 9) | (6, 12) | (11, 4))
}

/// When a quarter's filing ends and when it closes, counted in working days after the quarter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRule {
    /// The filing deadline falls on this working day after the quarter.
    pub submit_working_day: u8,
    /// The quarter closes on this working day after it.
    pub close_working_day: u8,
    /// At this time of day.
    pub time: Time,
    /// In this zone.
    pub zone: TimeZone,
}

/// Furthest that a term may lie behind its quarter: a rule of more working days would count into the next one.
pub const WORKING_DAY_MAX: u8 = 60;

impl Default for TermRule {
    /// 5th and 10th working day, 18:00 in Moscow.
    fn default() -> Self {
        Self {
            submit_working_day: 5,
            close_working_day: 10,
            time: Time::constant(18, 0, 0, 0),
            zone: TimeZone::get("Europe/Moscow").expect("the time zones are compiled in"),
        }
    }
}

/// The two terms of a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Filing deadline.
    pub submit_by: Timestamp,
    /// Closing time.
    pub close_at: Timestamp,
}

/// How terms follow from the calendar, so that anyone can count again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Derivation {
    /// The calendar's version.
    pub calendar: String,
    /// Counted from the day after this one.
    #[schemars(with = "String", extend("format" = "date"))]
    pub counted_after: Date,
    /// The filing deadline's working day, counted from 1.
    pub submit_working_day: u8,
    /// The close's working day, counted from 1.
    pub close_working_day: u8,
    /// Day of the filing deadline.
    #[schemars(with = "String", extend("format" = "date"))]
    pub submit_day: Date,
    /// Day of the close.
    #[schemars(with = "String", extend("format" = "date"))]
    pub close_day: Date,
    /// Weekdays that were skipped because they are days off.
    #[schemars(with = "Vec<String>")]
    pub weekdays_off: Vec<Date>,
    /// Weekend days that were counted because they are worked.
    #[schemars(with = "Vec<String>")]
    pub weekend_days_worked: Vec<Date>,
    /// Whether the year's days off are decreed.
    pub decreed: bool,
}

impl TermRule {
    /// The terms counted from the day after `day`: the quarter's last day, or the day of a late opening.
    #[must_use]
    pub fn terms_after(&self, day: Date, calendar: &Calendar) -> (Terms, Derivation) {
        let mut derivation = Derivation {
            calendar: calendar.version().to_owned(),
            counted_after: day,
            submit_working_day: self.submit_working_day,
            close_working_day: self.close_working_day,
            submit_day: day,
            close_day: day,
            weekdays_off: vec![],
            weekend_days_worked: vec![],
            decreed: true,
        };
        let last = self.submit_working_day.max(self.close_working_day);
        let (mut day, mut count) = (day, 0);
        while count < last {
            day = day.tomorrow().unwrap_or(Date::MAX);
            derivation.decreed &= calendar.is_decreed(day.year());
            count += derivation.count(day, calendar);
            if count == self.submit_working_day && derivation.submit_day == derivation.counted_after {
                derivation.submit_day = day;
            }
            if count == self.close_working_day && derivation.close_day == derivation.counted_after {
                derivation.close_day = day;
            }
        }
        let terms = Terms {
            submit_by: self.moment(derivation.submit_day),
            close_at: self.moment(derivation.close_day),
        };
        (terms, derivation)
    }

    /// The terms of a quarter.
    #[must_use]
    pub fn terms_of(&self, quarter: Quarter, calendar: &Calendar) -> (Terms, Derivation) {
        self.terms_after(quarter.last_day(), calendar)
    }

    /// The civil day of a moment in the rule's zone.
    #[must_use]
    pub fn day_of(&self, moment: Timestamp) -> Date {
        moment.to_zoned_datetime(self.zone.clone()).date()
    }

    /// The first moment of a day in the rule's zone; `None` at the ends of time.
    #[must_use]
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        day.to_datetime(Time::midnight())
            .to_zoned_datetime(self.zone.clone())
            .ok()
            .map(|start| start.timestamp())
    }

    fn moment(&self, day: Date) -> Timestamp {
        day.to_datetime(self.time)
            .to_zoned_datetime(self.zone.clone())
            .expect("terms lie within the years that quarters may have")
            .timestamp()
    }
}

impl Derivation {
    /// Counts one day in: 1 if it is worked; notes it if the week alone would have said otherwise.
    fn count(&mut self, day: Date, calendar: &Calendar) -> u8 {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let works = calendar.is_working(day);
        match (weekend, works) {
            (true, true) => self.weekend_days_worked.push(day),
            (false, false) => self.weekdays_off.push(day),
            (true, false) | (false, true) => {}
        }
        u8::from(works)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[track_caller]
    fn check(quarter: &str, submit_day: Date, close_day: Date) {
        let (_, derivation) = TermRule::default().terms_of(quarter.parse().unwrap(), &Calendar::built_in());
        assert_eq!((derivation.submit_day, derivation.close_day), (submit_day, close_day), "{quarter}");
    }

    #[test]
    fn terms_fall_on_the_fifth_and_tenth_working_day() {
        check("2019-Q4", date(2020, 1, 15), date(2020, 1, 22)); // 1–8 January are off
        check("2020-Q2", date(2020, 7, 8), date(2020, 7, 15)); // 1 July 2020 was off
        check("2020-Q3", date(2020, 10, 7), date(2020, 10, 14));
        check("2021-Q1", date(2021, 4, 7), date(2021, 4, 14));
        check("2024-Q1", date(2024, 4, 5), date(2024, 4, 12));
        check("2025-Q4", date(2026, 1, 16), date(2026, 1, 23)); // 9 January 2026 is off
    }

    #[test]
    fn terms_are_at_six_in_the_evening_in_moscow() {
        let (terms, _) = TermRule::default().terms_of("2020-Q2".parse().unwrap(), &Calendar::built_in());
        assert_eq!(terms.submit_by.to_string(), "2020-07-08T15:00:00Z");
        assert_eq!(terms.close_at.to_string(), "2020-07-15T15:00:00Z");
    }

    #[test]
    fn the_derivation_names_the_weekdays_that_were_off() {
        let (_, derivation) = TermRule::default().terms_of("2020-Q2".parse().unwrap(), &Calendar::built_in());
        assert_eq!(derivation.weekdays_off, [date(2020, 7, 1)]);
        assert!(derivation.decreed);
    }

    #[test]
    fn a_weekend_day_worked_by_decree_counts() {
        let calendar = Calendar::built_in();
        assert!(calendar.is_working(date(2024, 11, 2)));
        assert!(!calendar.is_working(date(2024, 11, 4)));
    }

    #[test]
    fn a_year_without_a_decree_has_the_holidays_of_the_law_and_says_so() {
        let (_, derivation) = TermRule::default().terms_of("2034-Q4".parse().unwrap(), &Calendar::built_in());
        assert!(!derivation.decreed);
        assert_eq!(derivation.submit_day, date(2035, 1, 15));
    }

    #[test]
    fn a_calendar_with_a_fault_names_the_line() {
        let read = Calendar::read("version,x\noff,2020-02-30,no such day\n");
        assert_eq!(read, Err(InvalidCalendar { line: 2, fault: "not a date" }));
        assert!(Calendar::read("off,2020-02-03,\n").is_err(), "a calendar without a version");
    }
}
