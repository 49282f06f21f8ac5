//! A quarter of a year as a value: `2020-Q2`, its days, its neighbours.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A quarter of a year, written `2020-Q2`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i16,
    number: i8,
}

/// Not a quarter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a quarter: write it as 2020-Q2")]
pub struct InvalidQuarter {
    /// What was given.
    pub given: String,
}

/// First year that a quarter may have: four digits, and no form is older.
const YEAR_MIN: i16 = 1900;

impl Quarter {
    /// The quarter `number` (1 to 4) of `year` (four digits).
    #[must_use]
    pub fn find(year: i16, number: i8) -> Option<Self> {
        ((YEAR_MIN..=9998).contains(&year) && (1..=4).contains(&number)).then_some(Self { year, number })
    }

    /// The quarter that a day lies in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: (day.month() - 1) / 3 + 1 }
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.year
    }

    /// 1 to 4.
    #[must_use]
    pub fn number(self) -> i8 {
        self.number
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        date(self.year, self.number * 3 - 2, 1)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        date(self.year, self.number * 3, 1).last_of_month()
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        if self.number == 4 {
            Self { year: self.year + 1, number: 1 }
        } else {
            Self { year: self.year, number: self.number + 1 }
        }
    }

    /// Whether the day lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.first_day() <= day && day <= self.last_day()
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

impl fmt::Debug for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Quarter {
    type Err = InvalidQuarter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || InvalidQuarter { given: text.to_owned() };
        let (year, number) = text.split_once("-Q").ok_or_else(refuse)?;
        let plain =
            |digits: &str, length| digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
        if !plain(year, 4) || !plain(number, 1) {
            return Err(refuse());
        }
        let (year, number) = (year.parse().map_err(|_| refuse())?, number.parse().map_err(|_| refuse())?);
        Self::find(year, number).ok_or_else(refuse)
    }
}

impl Serialize for Quarter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quarter {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Quarter {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quarter".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(19|[2-8][0-9]|9[0-8])[0-9]{2}-Q[1-4]$",
            "description": "A quarter of a year, such as 2020-Q2",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_reads_back_as_it_is_written() {
        for text in ["2020-Q1", "2020-Q4", "1999-Q3"] {
            assert_eq!(text.parse::<Quarter>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_quarter_is_refused() {
        for text in ["", "2020", "2020-Q0", "2020-Q5", "2020-q2", "20-Q2", "2020-Q12", "+020-Q2", "2020-Q2 "]
        {
            assert!(text.parse::<Quarter>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_quarter_knows_its_days() {
        let quarter: Quarter = "2020-Q1".parse().unwrap();
        assert_eq!((quarter.first_day(), quarter.last_day()), (date(2020, 1, 1), date(2020, 3, 31)));
        assert_eq!(Quarter::of(date(2020, 12, 31)).to_string(), "2020-Q4");
        assert_eq!(Quarter::of(date(2020, 12, 31)).next().to_string(), "2021-Q1");
    }
}
