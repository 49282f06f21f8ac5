//! What is taken, and yet both sides should know.

use serde::{Deserialize, Serialize};

use crate::Quarter;

/// A warning in a receipt; the words are in `svod-text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Warning {
    /// Some date lies outside the quarter.
    DatesOutsideQuarter {
        /// Index of the first such range; absent when the dates were typed as text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
        /// The quarter.
        quarter: Quarter,
    },
    /// Characters that are never recorded were taken out of a text; line breaks and spaces stand where a person saw some.
    ControlCharactersRemoved {
        /// JSON Pointer into the message.
        pointer: String,
        /// How many are gone.
        removed: usize,
        /// In whose place a line break or a space stands.
        replaced: usize,
        /// The first of them, counted from 1 in the text that was sent.
        at: usize,
    },
    /// The text of the dates could not be read into days; the activity is sorted last.
    DatesUnreadable,
    /// The terms by rule had passed, so they were counted from the day of opening.
    TermsFromOpening,
    /// The calendar of working days of that year is not decreed yet; the law's holidays were used.
    CalendarProvisional {
        /// The year.
        year: i16,
    },
}

impl Warning {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DatesOutsideQuarter { .. } => "dates-outside-quarter",
            Self::ControlCharactersRemoved { .. } => "control-characters-removed",
            Self::DatesUnreadable => "dates-unreadable",
            Self::TermsFromOpening => "terms-from-opening",
            Self::CalendarProvisional { .. } => "calendar-provisional",
        }
    }

    /// JSON Pointer into the message, where there is a place.
    #[must_use]
    pub fn pointer(&self) -> Option<String> {
        match self {
            Self::DatesOutsideQuarter { index: Some(index), .. } => {
                Some(format!("/data/activity/dates/{index}"))
            }
            Self::DatesOutsideQuarter { index: None, .. } | Self::DatesUnreadable => {
                Some("/data/activity/dates_text".into())
            }
            Self::ControlCharactersRemoved { pointer, .. } => Some(pointer.clone()),
            Self::TermsFromOpening | Self::CalendarProvisional { .. } => None,
        }
    }

    /// One of each kind, for catalogues and tests.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let quarter = Quarter::find(2020, 2).expect("a real quarter");
        let taken_out = |pointer: &str, removed, replaced| Self::ControlCharactersRemoved {
            pointer: pointer.to_owned(),
            removed,
            replaced,
            at: 17,
        };
        vec![
            Self::DatesOutsideQuarter { index: Some(0), quarter },
            Self::DatesOutsideQuarter { index: None, quarter },
            taken_out("/data/activity/content", 1, 0),
            taken_out("/data/activity/participants/1/name", 0, 2),
            taken_out("/data/note", 12, 3),
            Self::DatesUnreadable,
            Self::TermsFromOpening,
            Self::CalendarProvisional { year: 2030 },
        ]
    }
}
