//! Reads the dates that a person wrote: «5 июня», «8-20 апреля», «с 12 января по 30 апреля», «18, 19 сентября;
//! 2, 3 октября», «06.11.2012 – 09 мая 2013 г.», «апрель-июнь». What is not surely understood is not read at all: a
//! wrong date in an official report is worse than a date left as text.
//!
//! A day takes its month, and a date its year, from what stands behind it: «2, 9 октября 2020 года». A year that is
//! written nowhere is the quarter's.

use jiff::civil::Date;
use svod_domain::{DateRange, Quarter};

use crate::dates_words::{NumericYear, Token, tokens};

/// The days that the text speaks of, in its order. `None`: it is not surely understood.
#[must_use]
pub fn read_dates(text: &str, quarter: Quarter) -> Option<Vec<DateRange>> {
    let tokens = tokens(text)?;
    if let Some(whole) = whole_quarter(&tokens, quarter) {
        return Some(vec![DateRange { from: whole.first_day(), to: whole.last_day() }]);
    }
    let spans = phrase(&tokens, quarter)?;
    resolve(spans, quarter)
}

/// «в течение квартала», «II квартал», «во II квартале 2020 года».
fn whole_quarter(tokens: &[Token], quarter: Quarter) -> Option<Quarter> {
    match tokens {
        [Token::In, Token::During, Token::Quarter] => Some(quarter),
        [Token::In, rest @ ..] | rest => numbered_quarter(rest, quarter),
    }
}

fn numbered_quarter(tokens: &[Token], quarter: Quarter) -> Option<Quarter> {
    match *tokens {
        [Token::Roman(number) | Token::Number(number), Token::Quarter] => {
            Quarter::find(quarter.year(), number)
        }
        [Token::Roman(number) | Token::Number(number), Token::Quarter, Token::Year(year), ref rest @ ..] => {
            matches!(rest, [] | [Token::YearWord]).then_some(())?;
            Quarter::find(year, number)
        }
        _ => None,
    }
}

/// One end of a range as it is written: any part may be missing, but not all.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    /// Whether its month is that of the next date.
    is_borrower: bool,
}

/// A day or a range as it is written.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: Point,
    to: Option<Point>,
}

/// Cuts the phrase into spans: `[preamble] span {separator span}`.
fn phrase(tokens: &[Token], quarter: Quarter) -> Option<Vec<Span>> {
    let mut rest = match tokens {
        [Token::In, Token::Period, rest @ ..] | [Token::Period | Token::On, rest @ ..] => rest,
        [Token::In, rest @ ..] if matches!(rest.first(), Some(Token::Month(_))) => rest,
        all => all,
    };
    let mut spans = vec![];
    loop {
        spans.push(span(&mut rest, quarter)?);
        match rest {
            [] => return Some(spans),
            [Token::Separator, Token::Separator, behind @ ..] | [Token::Separator, behind @ ..] => {
                rest = behind;
            }
            _ => return None,
        }
    }
}

/// `point`, `point – point`, `с point по point`.
fn span(rest: &mut &[Token], quarter: Quarter) -> Option<Span> {
    let begins = take(rest, Token::From);
    let from = point(rest, quarter)?;
    let goes_on = take(rest, Token::Dash) || (begins && take(rest, Token::To));
    if !goes_on {
        return (!begins).then_some(Span { from, to: None });
    }
    Some(Span { from, to: Some(point(rest, quarter)?) })
}

fn take(rest: &mut &[Token], wanted: Token) -> bool {
    match rest {
        [first, behind @ ..] if *first == wanted => {
            *rest = behind;
            true
        }
        _ => false,
    }
}

fn point(rest: &mut &[Token], quarter: Quarter) -> Option<Point> {
    let (first, behind) = rest.split_first()?;
    *rest = behind;
    let mut point = match *first {
        Token::Number(day) => Point { day: Some(day), ..Point::default() },
        Token::Month(month) => Point { month: Some(month), ..Point::default() },
        Token::Numeric { day, month, year } => {
            let year = match year {
                Some(year) => Some(full_year(year, quarter)?),
                None => None,
            };
            take(rest, Token::YearWord);
            return Some(Point { day: Some(day), month: Some(month), year, is_borrower: false });
        }
        _ => return None,
    };
    if let (None, Some(Token::Month(month))) = (point.month, rest.first()) {
        point.month = Some(*month);
        *rest = &rest[1..];
    }
    if let (Some(_), Some(Token::Year(year))) = (point.month, rest.first()) {
        point.year = Some(*year);
        *rest = &rest[1..];
        take(rest, Token::YearWord);
    }
    Some(point)
}

/// A year of two digits is read only next to the quarter's own: farther off it might be anything.
fn full_year(year: NumericYear, quarter: Quarter) -> Option<i16> {
    match year {
        NumericYear::Full(year) => Some(year),
        NumericYear::Short(short) => [quarter.year() - 1, quarter.year(), quarter.year() + 1]
            .into_iter()
            .find(|year| year % 100 == short),
    }
}

/// Gives every point its month and year, from the last to the first, and makes days of them.
fn resolve(mut spans: Vec<Span>, quarter: Quarter) -> Option<Vec<DateRange>> {
    fill_months(&mut spans)?;
    let years = spans.iter().flat_map(|span| [span.from.year, span.to.and_then(|to| to.year)]).flatten();
    let is_home = years.into_iter().all(|year| year == quarter.year());
    let mut ranges: Vec<DateRange> = vec![];
    for span in spans.into_iter().rev() {
        let behind = ranges.last().map(|range| range.from.year());
        let range = match (span.from.year, span.last().year) {
            (None, None) if is_home => this_year(span, quarter)?,
            // Of another year only what shares its month with a date that names it: «5 и 6 июня 2019 года».
            (None, None) if span.last().is_borrower => span.in_years(behind?, behind?)?,
            (None, None) => return None,
            (None, Some(to)) => span.in_years(if span.crosses_new_year() { to - 1 } else { to }, to)?,
            (Some(from), None) => up_to_this_year(span, from, quarter)?,
            (Some(from), Some(to)) => span.in_years(from, to)?,
        };
        ranges.push(range);
    }
    ranges.reverse();
    Some(ranges)
}

/// A day without a month has the month of the next date. Such days must go up: in «30, 2 июня» a word is lost.
fn fill_months(spans: &mut [Span]) -> Option<()> {
    let mut next: Option<Point> = None;
    for point in spans.iter_mut().rev().flat_map(|span| span.to.iter_mut().chain([&mut span.from])) {
        if let (Some(day), None) = (point.day, point.month) {
            let behind = next.filter(|behind| behind.day.is_some_and(|later| day < later))?;
            point.month = behind.month;
            point.is_borrower = true;
        }
        next = Some(*point);
    }
    Some(())
}

/// No year is written, or only the quarter's own. A range that goes back in the year crosses a new year: that after a
/// fourth quarter, that before a first.
fn this_year(span: Span, quarter: Quarter) -> Option<DateRange> {
    let year = quarter.year();
    match (span.crosses_new_year(), quarter.number()) {
        (false, _) => span.in_years(year, year),
        (true, 1) => span.in_years(year - 1, year),
        (true, 4) => span.in_years(year, year + 1),
        (true, _) => None,
    }
}

/// Only the first year is written: «31 декабря 2019 г. – 2 января».
fn up_to_this_year(span: Span, from: i16, quarter: Quarter) -> Option<DateRange> {
    let is_sure = from + i16::from(span.crosses_new_year()) == quarter.year();
    is_sure.then(|| span.in_years(from, quarter.year()))?
}

impl Span {
    fn last(&self) -> Point {
        self.to.unwrap_or(self.from)
    }

    fn crosses_new_year(&self) -> bool {
        self.from.month > self.last().month
    }

    /// Its days, if the calendar has them, in order.
    fn in_years(&self, from: i16, to: i16) -> Option<DateRange> {
        let last = self.last();
        if self.from.day.is_some() != last.day.is_some() {
            return None;
        }
        let range = DateRange { from: self.from.first_day(from)?, to: last.last_day(to)? };
        (range.from <= range.to).then_some(range)
    }
}

impl Point {
    /// Its day in that year; of a month without a day the first.
    fn first_day(self, year: i16) -> Option<Date> {
        Quarter::find(year, 1)?;
        Date::new(year, self.month?, self.day.unwrap_or(1)).ok()
    }

    /// Its day in that year; of a month without a day the last.
    fn last_day(self, year: i16) -> Option<Date> {
        let first = self.first_day(year)?;
        Some(if self.day.is_some() { first } else { first.last_of_month() })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::dates::date_ranges;

    /// `expected` is «from..to» or «day», several by a space; empty: not read.
    #[track_caller]
    fn check(quarter: &str, text: &str, expected: &str) {
        let wanted: Vec<DateRange> = expected
            .split_whitespace()
            .map(|range| {
                let (from, to) = range.split_once("..").unwrap_or((range, range));
                DateRange { from: from.parse().unwrap(), to: to.parse().unwrap() }
            })
            .collect();
        let read = read_dates(text, quarter.parse().unwrap());
        assert_eq!(read, (!wanted.is_empty()).then_some(wanted), "{text}");
    }

    #[test]
    fn a_day_is_read() {
        check("2020-Q2", "5 июня", "2020-06-05");
        check("2020-Q2", " 05  июня. ", "2020-06-05");
        check("2020-Q2", "5\u{a0}июня 2020 г.", "2020-06-05");
        check("2020-Q2", "5-го Июня 2020 года", "2020-06-05");
        check("2020-Q2", "5июня 2020г", "2020-06-05");
        check("2020-Q2", "05.06.2020", "2020-06-05");
        check("2020-Q2", "5.06.20 г.", "2020-06-05");
        check("2020-Q2", "05.06", "2020-06-05");
        check("2025-Q1", "2.03.2025", "2025-03-02");
        check("2020-Q2", "2020-06-05", "2020-06-05");
        check("2022-Q1", "06 марта 2022года", "2022-03-06");
        check("2020-Q2", "5 июня 2019", "2019-06-05");
        check("2020-Q1", "29 февраля", "2020-02-29");
    }

    #[test]
    fn a_range_is_read() {
        check("2020-Q2", "8-20 апреля", "2020-04-08..2020-04-20");
        check("2020-Q2", "8–20 апреля", "2020-04-08..2020-04-20");
        check("2020-Q2", "8 — 20 апреля 2020 года", "2020-04-08..2020-04-20");
        check("2020-Q2", "08-20.04.2020", "2020-04-08..2020-04-20");
        check("2020-Q2", "08.04–20.04.2020", "2020-04-08..2020-04-20");
        check("2020-Q2", "08.04.2020 - 20.04.2020 г.", "2020-04-08..2020-04-20");
        check("2020-Q2", "30 мая – 2 июня", "2020-05-30..2020-06-02");
        check("2020-Q3", "с 12 по 13 июля", "2020-07-12..2020-07-13");
        check("2020-Q3", "c 12 по 13 июля", "2020-07-12..2020-07-13");
        check("2020-Q2", "с 12 января по 30 апреля", "2020-01-12..2020-04-30");
        check("2012-Q4", "с 06.11.2012 по 09 мая 2022", "2012-11-06..2022-05-09");
        check("2009-Q2", "с 12 апреля 2004 г. по 01 апреля 2009 г.", "2004-04-12..2009-04-01");
        check("2021-Q2", "в период с 1 марта по 31 мая 2021 года", "2021-03-01..2021-05-31");
        check("2018-Q4", "на 9-10 октября", "2018-10-09..2018-10-10");
        check("2020-Q2", "со 2 по 4 июня", "2020-06-02..2020-06-04");
        check("2020-Q2", "12 мая – 3 июня 2019 г.", "2019-05-12..2019-06-03");
    }

    #[test]
    fn a_list_is_read() {
        check("2020-Q4", "2, 9 октября", "2020-10-02 2020-10-09");
        check("2024-Q4", "11, 12 и 13 октября 2024 года", "2024-10-11 2024-10-12 2024-10-13");
        check(
            "2020-Q3",
            "18, 19, 25 сентября; 2, 3 октября",
            "2020-09-18 2020-09-19 2020-09-25 2020-10-02 2020-10-03",
        );
        check("2020-Q2", "1-3, 5 и 7–9 июня", "2020-06-01..2020-06-03 2020-06-05 2020-06-07..2020-06-09");
        check("2020-Q2", "с 1 по 3 и с 5 по 7 июня", "2020-06-01..2020-06-03 2020-06-05..2020-06-07");
        check("2020-Q2", "30 мая, 2 июня", "2020-05-30 2020-06-02");
        check("2020-Q2", "5 и 6 июня 2019 года", "2019-06-05 2019-06-06");
        check("2020-Q2", "05.06.2020, 07.06.2020", "2020-06-05 2020-06-07");
        check("2020-Q2", "5 июня 2020 г., 7 июня", "2020-06-05 2020-06-07");
    }

    #[test]
    fn whole_months_and_quarters_are_read() {
        check("2017-Q2", "май", "2017-05-01..2017-05-31");
        check("2020-Q2", "в июне 2020 г.", "2020-06-01..2020-06-30");
        check("2020-Q2", "апрель-июнь", "2020-04-01..2020-06-30");
        check("2013-Q2", "июнь-июль 2013г.", "2013-06-01..2013-07-31");
        check("2020-Q2", "апрель, июнь", "2020-04-01..2020-04-30 2020-06-01..2020-06-30");
        check("2020-Q2", "II квартал", "2020-04-01..2020-06-30");
        check("2020-Q2", "во II квартале 2020 года", "2020-04-01..2020-06-30");
        check("2020-Q2", "2-й квартал 2020 г.", "2020-04-01..2020-06-30");
        check("2020-Q2", "в течение квартала", "2020-04-01..2020-06-30");
    }

    #[test]
    fn a_range_over_the_new_year_is_read_where_the_quarter_makes_it_sure() {
        check("2020-Q4", "31 декабря – 2 января", "2020-12-31..2021-01-02");
        check("2021-Q1", "31 декабря – 2 января", "2020-12-31..2021-01-02");
        check("2021-Q1", "31 декабря 2020 г. – 2 января", "2020-12-31..2021-01-02");
        check("2020-Q4", "с 31 декабря по 2 января 2021 г.", "2020-12-31..2021-01-02");
        check("2020-Q4", "ноябрь – январь", "2020-11-01..2021-01-31");
        check("2020-Q2", "31 декабря – 2 января", "");
    }

    #[test]
    fn what_is_not_surely_understood_is_not_read() {
        let unsure = [
            "",
            "   ",
            ".",
            "на Пасху",
            "постоянно",
            "ежемесячно",
            "конец мая",
            "до 15 мая",
            "по 15 мая",
            "с 15 мая",
            "1-я декада июня",
            "26-27 марта в Райгруде",
            "перенесено на III квартал",
            "31 июня",
            "0 июня",
            "32 июня",
            "5",
            "5, 7",
            "5 6 июня",
            "30, 2 июня",
            "20-8 апреля",
            "5 – июнь",
            "5.13.2020",
            "05.06.99",
            "2 июня – 30 мая",
            "5 июня 2019 г., 7 июня",
            "12 мая, 3 июня 2019 г.",
            "5 июня 2019 г. – 7 июня",
            "5 июня 20 г.",
            "12-00",
            "с 8.00 до 10.00",
            "5 июня, 12.30",
            "июнь 5",
            "5 июнь июль",
            "5 июня,",
            "5 июня -",
            "- 5 июня",
            "5 -- 7 июня",
            "2020",
            "2020 год",
            "V квартал",
            "5 квартал",
        ];
        for text in unsure {
            check("2020-Q2", text, "");
        }
        check("2020-Q2", &"5 июня, ".repeat(100), "");
    }

    fn ranges() -> impl Strategy<Value = Vec<DateRange>> {
        let range = (-500_i32..900, 0_i32..400).prop_map(|(from, length)| {
            let day = |days: i32| date(2020, 1, 1).saturating_add(jiff::Span::new().days(days));
            DateRange { from: day(from), to: day(from + length) }
        });
        proptest::collection::vec(range, 1..4).prop_map(|mut ranges| {
            ranges.sort_unstable();
            ranges.dedup();
            ranges
        })
    }

    proptest! {
        #[test]
        fn printed_dates_are_read_as_they_were_or_not_at_all(ranges in ranges(), number in 1_i8..=4) {
            let quarter = Quarter::find(2020, number).unwrap();
            let read = read_dates(&date_ranges(&ranges, quarter), quarter);
            prop_assert!(read.is_none() || read == Some(ranges));
        }

        #[test]
        fn printed_dates_of_the_quarter_s_year_are_always_read(from in 0_i32..366, length in 0_i32..366) {
            let quarter = Quarter::find(2020, 2).unwrap();
            let day = |days: i32| date(2020, 1, 1).saturating_add(jiff::Span::new().days(days.min(365)));
            let range = vec![DateRange { from: day(from), to: day(from + length) }];
            prop_assert_eq!(read_dates(&date_ranges(&range, quarter), quarter), Some(range));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}", words in "[0-9]{1,4}[ .,–-](июня|май|г\\.|по|с|и)[ .0-9]{0,12}") {
            let quarter = Quarter::find(2020, 2).unwrap();
            for range in [text, words].iter().filter_map(|text| read_dates(text, quarter)).flatten() {
                prop_assert!(range.from <= range.to);
            }
        }
    }
}
