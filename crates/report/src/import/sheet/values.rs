//! Numbers of a sheet as a person sees them: plainly, or as days.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::formats::{Format, Shown};
use crate::import::Fact;

/// Digits that Excel keeps; what comes behind them is noise of binary fractions.
const DIGITS: usize = 15;

/// Seconds of a day.
const DAY_SECONDS: f64 = 86_400.0;

/// The last day that Excel knows: 31.12.9999.
const SERIAL_MAX: f64 = 2_958_465.0;

/// The day that Excel counts and that never was: 29.02.1900.
const NO_DAY: i64 = 60;

/// The text of a number, and what is known of it.
pub(super) fn number(value: &str, format: Format, is_1904: bool) -> (String, Option<Fact>) {
    let Ok(number) = value.trim().parse::<f64>() else { return (value.to_owned(), None) };
    let plain = || (plain(number), Some(Fact::Numeric));
    if format.shown == Shown::Number || !(0.0..=SERIAL_MAX).contains(&number) {
        return plain();
    }
    let seconds = whole(number.fract() * DAY_SECONDS);
    let time = format!("{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60);
    if format.shown == Shown::Time {
        return (time, None);
    }
    let Some(day) = day(whole(number.trunc()), is_1904) else { return plain() };
    match format.shown {
        Shown::Month => (format!("{:02}.{}", day.month(), day.year()), None),
        _ if seconds >= 60 => (format!("{} {time}", day_text(day)), Some(Fact::Date(day))),
        _ => (day_text(day), Some(Fact::Date(day))),
    }
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "days and seconds of a day are bounded by the last day")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// A day as it is written in Russia.
pub(in crate::import) fn day_text(day: Date) -> String {
    format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year())
}

fn day(serial: i64, is_1904: bool) -> Option<Date> {
    let first = if is_1904 {
        date(1904, 1, 1)
    } else if serial < NO_DAY {
        date(1899, 12, 31)
    } else {
        date(1899, 12, 30)
    };
    if serial == NO_DAY && !is_1904 {
        return None;
    }
    first.checked_add(serial.days()).ok()
}

/// In all its digits, and no more.
fn plain(number: f64) -> String {
    let rounded = format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_its_format_has_it() {
        let cases = [
            ("7", Shown::Number, "7"),
            ("7.0", Shown::Number, "7"),
            ("0.30000000000000004", Shown::Number, "0.3"),
            ("1E3", Shown::Number, "1000"),
            ("43929", Shown::Day, "08.04.2020"),
            ("43929.75", Shown::Day, "08.04.2020 18:00"),
            ("43922", Shown::Month, "04.2020"),
            ("0.5", Shown::Time, "12:00"),
            ("1", Shown::Day, "01.01.1900"),
            ("59", Shown::Day, "28.02.1900"),
            ("60", Shown::Day, "60"),
            ("61", Shown::Day, "01.03.1900"),
            ("-1", Shown::Day, "-1"),
            ("3000000", Shown::Day, "3000000"),
            ("NaN", Shown::Day, "NaN"),
            ("не число", Shown::Number, "не число"),
        ];
        for (value, shown, text) in cases {
            assert_eq!(number(value, Format { shown, bold: false }, false).0, text, "{value}");
        }
        let format = Format { shown: Shown::Day, bold: false };
        assert_eq!(
            number("42467", format, true),
            ("08.04.2020".to_owned(), Some(Fact::Date(date(2020, 4, 8))))
        );
    }
}
