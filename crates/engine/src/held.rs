//! What held at a moment of valid time: the register with its names, and the terms of quarters. Apart from what was known
//! at a moment, which is how far the log is read.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use svod_domain::Quarter;
use svod_log::Position;

use crate::happened::QUARTERS;
use crate::past::{of_quarter, streams};
use crate::views::{MunicipalityCard, Projection as _, QuarterCard, Quarters};
use crate::{EngineError, Happened, Reader};

/// A moment of valid time: a day, or a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// On this day; of what changed on it, what held at its end.
    Day(Date),
    /// At this moment.
    Time(Timestamp),
}

/// Neither a day nor a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is neither a date such as 2020-07-15 nor an RFC 3339 time")]
pub struct InvalidHeld {
    /// What was given.
    pub given: String,
}

impl FromStr for Held {
    type Err = InvalidHeld;

    fn from_str(text: &str) -> Result<Self, InvalidHeld> {
        // Of a time without its zone the reader of dates would take the day alone.
        let refused = || InvalidHeld { given: text.to_owned() };
        if text.len() == "2020-07-15".len() {
            return text.parse().map(Self::Day).map_err(|_| refused());
        }
        text.parse().map(Self::Time).map_err(|_| refused())
    }
}

impl Held {
    fn day(self, zone: &TimeZone) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Time(moment) => moment.to_zoned_datetime(zone.clone()).date(),
        }
    }

    /// Whether what holds from `since` on had begun.
    fn had_begun(self, since: Timestamp, zone: &TimeZone) -> bool {
        match self {
            Self::Day(day) => since.to_zoned_datetime(zone.clone()).date() <= day,
            Self::Time(moment) => since <= moment,
        }
    }

    /// Leaves of a municipality what held: the names that it had begun to bear. `false`: it did not report then.
    pub(crate) fn narrow(self, card: &mut MunicipalityCard, zone: &TimeZone) -> bool {
        let day = self.day(zone);
        let first = card.names.first().cloned();
        card.names.retain(|naming| naming.from <= day);
        if card.names.is_empty() {
            card.names.extend(first);
        }
        card.from <= day && card.until.is_none_or(|until| until > day)
    }
}

impl Reader {
    pub(crate) async fn quarters_held(&self, held: Held) -> Result<Vec<QuarterCard>, EngineError> {
        let mut cards = vec![];
        for stream in streams(self.log.as_ref(), QUARTERS).await? {
            let Ok(quarter) = stream.as_str()[QUARTERS.len()..].parse() else { continue };
            cards.extend(self.quarter_held(quarter, held).await?);
        }
        Ok(cards)
    }

    /// A quarter by those of its events that held then. A close holds from its time on, also where it was recorded later.
    pub(crate) async fn quarter_held(
        &self,
        quarter: Quarter,
        held: Held,
    ) -> Result<Option<QuarterCard>, EngineError> {
        let until: Position = self.position();
        let happened = of_quarter(self.log.as_ref(), quarter, until).await?;
        let holds = |one: &&Happened| held.had_begun(one.recorded.valid_at, &self.zone);
        Ok(happened.iter().filter(holds).fold(None, Quarters::evolve))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_that_holds_is_a_day_or_a_time() {
        let day = Held::Day("2020-07-15".parse().unwrap());
        let time = Held::Time("2020-07-15T18:00:00+03:00".parse().unwrap());
        for (text, held) in [
            ("2020-07-15", Some(day)),
            ("2020-07-15T18:00:00+03:00", Some(time)),
            ("2020-07-15T18:00:00", None),
            ("17", None),
        ] {
            assert_eq!(text.parse().ok(), held, "{text}");
        }
    }
}
