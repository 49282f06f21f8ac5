//! Little phrases of reports: «мероприятий не было», a dash for nothing, the quarter of a title, a day that no calendar has.

use jiff::civil::Date;
use svod_domain::Quarter;

use super::plain::{plain, plain_words};
use crate::dates_words::{NumericYear, Token, month, tokens};

/// Longest mark for nothing, in bytes, spaces and quotes around it included: long texts are not even compared.
const ABSENT_BYTES_MAX: usize = 60;

/// Longest text that says that there was nothing, in letters: a longer one tells of something.
const NOTHING_CHARS_MAX: usize = 250;

/// Whether a cell says by a mark that there is nothing to say: «-», «нет».
#[must_use]
pub fn is_absent(text: &str) -> bool {
    if text.len() > ABSENT_BYTES_MAX {
        return false;
    }
    let text = plain(text);
    matches!(
        text.trim_end_matches('.'),
        "" | "-" | "--" | "---" | "нет" | "отсутствует" | "отсутствуют" | "не имеется" | "х"
    )
}

/// Whether the text says that there were no activities.
#[must_use]
pub fn says_nothing(text: &str) -> bool {
    let words = plain_words(text);
    if text.chars().count() > NOTHING_CHARS_MAX {
        return false;
    }
    let speaks = words.iter().any(|word| word.starts_with("мероприяти"));
    let denies = words.windows(2).any(|pair| {
        pair[0] == "не"
            && ["проводил", "был", "проведен", "осуществлял", "состоял", "имел", "планировал"]
                .iter()
                .any(|stem| pair[1].starts_with(stem))
    });
    let lacks = words.iter().any(|word| matches!(word.as_str(), "отсутствовали" | "отсутствуют"));
    speaks && (denies || lacks)
}

/// The quarter that a title speaks of: «во II квартале 2020 года», «за 2-й кв. 2020 г.».
#[must_use]
pub fn names_quarter(text: &str) -> Option<Quarter> {
    let words = plain_words(text);
    let at = words.iter().position(|word| word.starts_with("квартал") || word == "кв")?;
    let number = match words[at.checked_sub(1)?].as_str() {
        "i" | "1" | "1-й" | "1-м" | "первый" | "первом" => 1,
        "ii" | "2" | "2-й" | "2-м" | "второй" | "втором" => 2,
        "iii" | "3" | "3-й" | "3-м" | "третий" | "третьем" => 3,
        "iv" | "4" | "4-й" | "4-м" | "четвертый" | "четвертом" => 4,
        _ => return None,
    };
    let year =
        words[at + 1..].iter().find_map(|word| word.parse::<i16>().ok().filter(|year| *year >= 1000))?;
    Quarter::find(year, number)
}

/// Whether the text names a day that the calendar does not have, such as «31 июня».
#[must_use]
pub fn is_no_such_day(text: &str, quarter: Quarter) -> bool {
    // A word that no date phrase has does not hide the day before it.
    let known = tokens(text).unwrap_or_else(|| days_of(text));
    let year_behind = |at: usize| match known.get(at) {
        Some(Token::Year(year)) => *year,
        _ => quarter.year(),
    };
    known.iter().enumerate().any(|(at, token)| match (*token, known.get(at + 1)) {
        (Token::Number(day), Some(Token::Month(month))) => {
            Date::new(year_behind(at + 2), *month, day).is_err()
        }
        (Token::Numeric { day, month, year }, _) => {
            let year = match year {
                Some(NumericYear::Full(year)) => year,
                Some(NumericYear::Short(short)) => 2000 + short,
                None => quarter.year(),
            };
            // «5.13» may be a time or a number of something.
            (1..=12).contains(&month) && Date::new(year, month, day).is_err()
        }
        _ => false,
    })
}

/// Every number with the month behind it, whatever else the text says.
fn days_of(text: &str) -> Vec<Token> {
    let words = plain_words(text);
    let day = |pair: &[String]| Some([Token::Number(pair[0].parse().ok()?), Token::Month(month(&pair[1])?)]);
    words.windows(2).filter_map(day).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_for_nothing_is_seen() {
        for (text, absent) in
            [("", true), (" – ", true), ("-", true), ("Нет", true), ("Нетания", false), ("г. Вязьма", false)]
        {
            assert_eq!(is_absent(text), absent, "{text}");
        }
    }

    #[test]
    fn that_there_was_nothing_is_understood() {
        for (text, nothing) in [
            ("Мероприятий не было", true),
            ("Мероприятия в международной сфере не проводились.", true),
            ("В отчётном периоде мероприятия не проводились", true),
            ("Мероприятия отсутствуют", true),
            ("Мероприятие проведено онлайн", false),
            ("Не состоялось", false),
        ] {
            assert_eq!(says_nothing(text), nothing, "{text}");
        }
    }

    #[test]
    fn the_quarter_of_a_title_is_read() {
        for (text, quarter) in [
            ("Отчет … в международной сфере во II квартале 2020 года", Some("2020-Q2")),
            ("за 3 квартал 2021 г.", Some("2021-Q3")),
            ("за 4-й кв. 2020", Some("2020-Q4")),
            ("в первом квартале 2019 года", Some("2019-Q1")),
            ("за квартал", None),
            ("во II квартале", None),
        ] {
            assert_eq!(names_quarter(text), quarter.map(|quarter| quarter.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_day_that_no_calendar_has_is_seen() {
        let quarter = "2021-Q2".parse().unwrap();
        for (text, wrong) in [
            ("31 июня", true),
            ("28–31 июня 2021 года", true),
            ("31.06.2021", true),
            ("29 февраля", true),
            ("29 февраля 2020 года", false),
            ("31 июня, в школе", true),
            ("30 июня", false),
            ("с 8.00 до 17.30", false),
            ("на Пасху", false),
        ] {
            assert_eq!(is_no_such_day(text, quarter), wrong, "{text}");
        }
    }
}
