//! Days and moments as they are printed.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use svod_domain::{DateRange, Quarter};

/// No line is broken here.
const NBSP: char = '\u{a0}';

/// The months with a day before them: «5 июня».
const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// The name of a day's month, as it stands after a number.
#[must_use]
pub fn month_of(day: Date) -> &'static str {
    MONTHS[usize::from(day.month().unsigned_abs()) - 1]
}

/// «15 июля», with a plain space: for messages and pages.
#[must_use]
pub fn day_of_month(day: Date) -> String {
    format!("{} {}", day.day(), month_of(day))
}

/// «15 июля 2020 г.»
#[must_use]
pub fn day(day: Date) -> String {
    format!("{} {} г.", day_of_month(day), day.year())
}

/// «15 июля 2020 г., 18:00 (МСК)»: a moment by the clocks of Moscow, whatever clocks the machine has.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let local = in_moscow(at);
    format!("{}, {:02}:{:02} (МСК)", day(local.date()), local.hour(), local.minute())
}

/// «15 июля 2020 г.»: the day that a moment falls on by the clocks of Moscow.
#[must_use]
pub fn day_of(at: Timestamp) -> String {
    day(in_moscow(at).date())
}

fn in_moscow(at: Timestamp) -> ZonedDateTime {
    at.to_zoned_datetime(TimeZone::get("Europe/Moscow").expect("the time zones are compiled in"))
}

/// Two moments that are told apart: to the minute where that suffices, otherwise as exactly as they are known.
#[must_use]
pub fn moments_apart(one: Timestamp, other: Timestamp) -> (String, String) {
    if one == other || moment(one) != moment(other) {
        return (moment(one), moment(other));
    }
    (exact(one), exact(other))
}

/// «15 июля 2020 г., 18:00:30 (МСК)», with what there is of a second behind a comma.
fn exact(at: Timestamp) -> String {
    let micros = at.subsec_microsecond();
    let fraction = if micros == 0 { String::new() } else { format!(",{micros:06}") };
    let second = at.as_second().rem_euclid(60);
    moment(at).replace(" (МСК)", &format!(":{second:02}{fraction} (МСК)"))
}

/// The column of dates: «5 июня», «8–20 апреля», «30 мая – 2 июня», «2, 9 октября». The year only when it is not the
/// quarter's. In order of time, each once.
#[must_use]
pub fn date_ranges(ranges: &[DateRange], quarter: Quarter) -> String {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let groups = by_month(&sorted);
    let is_list = groups.iter().any(|group| group.len() > 1);
    let printed: Vec<String> = groups.into_iter().map(|group| group_of_month(group, quarter)).collect();
    printed.join(if is_list { "; " } else { ", " })
}

/// Cuts the ranges into groups that share a month; one that crosses months stands alone.
fn by_month(sorted: &[DateRange]) -> Vec<&[DateRange]> {
    let month = |day: Date| (day.year(), day.month());
    sorted
        .chunk_by(|left, right| {
            month(left.from) == month(left.to)
                && month(left.to) == month(right.from)
                && month(right.from) == month(right.to)
        })
        .collect()
}

fn group_of_month(group: &[DateRange], quarter: Quarter) -> String {
    let last = group.last().map_or(quarter.first_day(), |range| range.to);
    match group {
        [range] if (range.from.year(), range.from.month()) != (last.year(), last.month()) => {
            across_months(*range, quarter)
        }
        _ => {
            let days: Vec<String> = group.iter().map(|range| days_of_month(*range)).collect();
            format!("{}{NBSP}{}{}", days.join(", "), month_of(last), year_if_other(last, quarter))
        }
    }
}

/// «30 мая – 2 июня». Over a year and longer both years print: with one of them the phrase would read as a shorter
/// range.
fn across_months(range: DateRange, quarter: Quarter) -> String {
    let (from, to) = (range.from, range.to);
    let years = to.year() - from.year();
    if years > 1 || (years == 1 && from.month() <= to.month()) {
        return format!("{}{NBSP}– {}", day_with_year(from), day_with_year(to));
    }
    format!("{}{NBSP}– {}", with_month(from, quarter), with_month(to, quarter))
}

fn day_with_year(day: Date) -> String {
    format!("{}{NBSP}{} {}{NBSP}г.", day.day(), month_of(day), day.year())
}

fn days_of_month(range: DateRange) -> String {
    if range.from == range.to {
        range.from.day().to_string()
    } else {
        format!("{}–{}", range.from.day(), range.to.day())
    }
}

fn with_month(day: Date, quarter: Quarter) -> String {
    format!("{}{NBSP}{}{}", day.day(), month_of(day), year_if_other(day, quarter))
}

fn year_if_other(day: Date, quarter: Quarter) -> String {
    if day.year() == quarter.year() { String::new() } else { format!(" {}{NBSP}г.", day.year()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ranges: &[(&str, &str)], expected: &str) {
        let ranges: Vec<DateRange> = ranges
            .iter()
            .map(|(from, to)| DateRange { from: from.parse().unwrap(), to: to.parse().unwrap() })
            .collect();
        assert_eq!(date_ranges(&ranges, "2020-Q2".parse().unwrap()), expected.replace('_', "\u{a0}"));
    }

    #[test]
    fn moments_of_one_minute_are_told_apart() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (noon, later) = (at("2020-07-15T15:00:10Z"), at("2020-07-15T15:00:30.000500Z"));
        let told = moments_apart(later, noon);
        let expected = ("15 июля 2020 г., 18:00:30,000500 (МСК)", "15 июля 2020 г., 18:00:10 (МСК)");
        assert_eq!((told.0.as_str(), told.1.as_str()), expected);
        let (tomorrow, today) = moments_apart(at("2020-07-16T15:00:00Z"), noon);
        assert_eq!(
            (tomorrow.as_str(), today.as_str()),
            ("16 июля 2020 г., 18:00 (МСК)", "15 июля 2020 г., 18:00 (МСК)")
        );
    }

    #[test]
    fn dates_print_as_the_form_has_them() {
        check(&[], "");
        check(&[("2020-06-05", "2020-06-05")], "5_июня");
        check(&[("2020-04-08", "2020-04-20")], "8–20_апреля");
        check(&[("2020-05-30", "2020-06-02")], "30_мая_– 2_июня");
        check(&[("2020-10-02", "2020-10-02"), ("2020-10-09", "2020-10-09")], "2, 9_октября");
        check(&[("2020-05-01", "2020-05-03"), ("2020-05-09", "2020-05-09")], "1–3, 9_мая");
    }

    #[test]
    fn the_year_prints_only_when_it_is_not_the_quarter_s() {
        check(&[("2019-06-05", "2019-06-05")], "5_июня 2019_г.");
        check(&[("2019-12-31", "2020-01-02")], "31_декабря 2019_г._– 2_января");
        check(&[("2020-12-30", "2021-01-02")], "30_декабря_– 2_января 2021_г.");
        check(&[("2020-05-30", "2021-06-02")], "30_мая 2020_г._– 2_июня 2021_г.");
        check(&[("2020-05-30", "2022-01-02")], "30_мая 2020_г._– 2_января 2022_г.");
        check(&[("2019-06-01", "2019-06-02"), ("2019-06-05", "2019-06-05")], "1–2, 5_июня 2019_г.");
    }

    #[test]
    fn days_of_several_months_are_told_apart() {
        check(&[("2020-05-05", "2020-05-05"), ("2020-06-06", "2020-06-06")], "5_мая, 6_июня");
        check(
            &[("2020-06-03", "2020-06-03"), ("2020-05-02", "2020-05-02"), ("2020-05-09", "2020-05-09")],
            "2, 9_мая; 3_июня",
        );
        check(&[("2020-06-05", "2020-06-05"), ("2019-06-05", "2019-06-05")], "5_июня 2019_г., 5_июня");
    }

    #[test]
    fn a_day_given_twice_prints_once() {
        check(&[("2020-06-05", "2020-06-05"), ("2020-06-05", "2020-06-05")], "5_июня");
    }

    #[test]
    fn a_moment_prints_by_the_clocks_of_moscow() {
        let close: Timestamp = "2020-07-15T15:00:00Z".parse().unwrap();
        assert_eq!(moment(close), "15 июля 2020 г., 18:00 (МСК)");
        let new_year: Timestamp = "2020-12-31T21:05:59Z".parse().unwrap();
        assert_eq!(moment(new_year), "1 января 2021 г., 00:05 (МСК)");
        assert_eq!(day_of(new_year), "1 января 2021 г.");
    }
}
