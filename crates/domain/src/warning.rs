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
            Self::TermsFromOpening | Self::CalendarProvisional { .. } => None,
        }
    }

    /// One of each kind, for catalogues and tests.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let quarter = Quarter::find(2020, 2).expect("a real quarter");
        vec![
            Self::DatesOutsideQuarter { index: Some(0), quarter },
            Self::DatesOutsideQuarter { index: None, quarter },
            Self::DatesUnreadable,
            Self::TermsFromOpening,
            Self::CalendarProvisional { year: 2030 },
        ]
    }
}
