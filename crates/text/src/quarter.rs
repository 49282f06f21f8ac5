//! Quarters in words, and the terms that follow from the calendar of working days.

use jiff::civil::{Date, Weekday};
use svod_domain::calendar::Derivation;
use svod_domain::{DateRange, Quarter};

use crate::dates::{date_ranges, day_of_month};

/// The Roman number of a quarter, in Latin letters.
#[must_use]
pub fn roman(quarter: Quarter) -> &'static str {
    match quarter.number() {
        1 => "I",
        2 => "II",
        3 => "III",
        _ => "IV",
    }
}

/// «II квартал 2020 года».
#[must_use]
pub fn quarter_name(quarter: Quarter) -> String {
    format!("{} квартал {} года", roman(quarter), quarter.year())
}

/// «во II квартале 2020 года», as the title of the report ends. Only the second takes «во»: «во втором».
#[must_use]
pub fn in_quarter(quarter: Quarter) -> String {
    let preposition = if quarter.number() == 2 { "во" } else { "в" };
    format!("{preposition} {} квартале {} года", roman(quarter), quarter.year())
}

/// How the filing deadline follows: «8 июля, среда; 5-й рабочий день; 1 июля — нерабочий день».
#[must_use]
pub fn submit_term(derivation: &Derivation) -> String {
    term(derivation, derivation.submit_day, derivation.submit_working_day)
}

/// How the closing day follows: «15 июля, среда; 10-й рабочий день; 1 июля — нерабочий день».
#[must_use]
pub fn close_term(derivation: &Derivation) -> String {
    term(derivation, derivation.close_day, derivation.close_working_day)
}

fn term(derivation: &Derivation, day: Date, working_day: u8) -> String {
    let mut parts = vec![
        format!("{}, {}", day_of_month(day), weekday(day.weekday())),
        format!("{working_day}-й рабочий день{}", counted_from(derivation.counted_after)),
    ];
    parts.extend(days(&derivation.weekdays_off, day, "нерабочий день", "нерабочие дни"));
    parts.extend(days(&derivation.weekend_days_worked, day, "рабочий день", "рабочие дни"));
    if !derivation.decreed {
        parts.push("перенос выходных дней ещё не установлен".to_owned());
    }
    parts.join("; ")
}

/// Nothing for a quarter's last day, which is the rule; the day of a late opening is named.
fn counted_from(day: Date) -> String {
    if Quarter::of(day).last_day() == day {
        String::new()
    } else {
        format!(", считая после {}", day_of_month(day))
    }
}

/// Those of the days that lie before the term, as one part of its derivation.
fn days(all: &[Date], term: Date, one: &str, several: &str) -> Option<String> {
    let before: Vec<Date> = all.iter().copied().filter(|day| *day <= term).collect();
    let what = if before.len() == 1 { one } else { several };
    let printed = date_ranges(&runs(&before), Quarter::of(term)).replace('\u{a0}', " ");
    (!before.is_empty()).then(|| format!("{printed} — {what}"))
}

/// Days that follow each other, as ranges.
fn runs(days: &[Date]) -> Vec<DateRange> {
    let mut ranges: Vec<DateRange> = vec![];
    for day in days {
        match ranges.last_mut() {
            Some(range) if range.to.tomorrow().is_ok_and(|next| next == *day) => range.to = *day,
            _ => ranges.push(DateRange::day(*day)),
        }
    }
    ranges
}

/// The name of a day of the week.
#[must_use]
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "понедельник",
        Weekday::Tuesday => "вторник",
        Weekday::Wednesday => "среда",
        Weekday::Thursday => "четверг",
        Weekday::Friday => "пятница",
        Weekday::Saturday => "суббота",
        Weekday::Sunday => "воскресенье",
    }
}

#[cfg(test)]
mod tests {
    use svod_domain::calendar::{Calendar, TermRule};

    use super::*;

    fn derivation(quarter: &str) -> Derivation {
        TermRule::default().terms_of(quarter.parse().unwrap(), &Calendar::built_in()).1
    }

    #[test]
    fn the_title_of_each_quarter_has_its_preposition() {
        let expected = [
            ("2020-Q1", "в I квартале 2020 года"),
            ("2020-Q2", "во II квартале 2020 года"),
            ("2020-Q3", "в III квартале 2020 года"),
            ("2020-Q4", "в IV квартале 2020 года"),
        ];
        for (quarter, words) in expected {
            assert_eq!(in_quarter(quarter.parse().unwrap()), words);
        }
    }

    #[test]
    fn a_term_shows_how_it_was_counted() {
        let summer = derivation("2020-Q2");
        assert_eq!(submit_term(&summer), "8 июля, среда; 5-й рабочий день; 1 июля — нерабочий день");
        assert_eq!(close_term(&summer), "15 июля, среда; 10-й рабочий день; 1 июля — нерабочий день");
    }

    #[test]
    fn days_off_that_follow_each_other_are_named_together() {
        let winter = close_term(&derivation("2019-Q4"));
        assert_eq!(winter, "22 января, среда; 10-й рабочий день; 1–3, 6–8 января — нерабочие дни");
    }

    #[test]
    fn a_year_without_a_decree_is_named_as_such() {
        assert!(close_term(&derivation("2034-Q4")).ends_with("; перенос выходных дней ещё не установлен"));
    }
}
