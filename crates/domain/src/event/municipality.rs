//! What happens to the register of municipalities.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::Event;
use crate::MunicipalityCode;

/// See [`Event::MunicipalityRegistered`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalityRegistered {
    /// Its code.
    pub municipality: MunicipalityCode,
    /// Its place in the register.
    pub order: u32,
    /// Short name.
    pub short_name: String,
    /// The words of its section row.
    pub report_heading: String,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
}

/// See [`Event::MunicipalityRenamed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalityRenamed {
    /// Which one.
    pub municipality: MunicipalityCode,
    /// Short name from that day on.
    pub short_name: String,
    /// The words of its section row from that day on.
    pub report_heading: String,
    /// First day of the new names.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
}

/// See [`Event::MunicipalityRetired`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalityRetired {
    /// Which one.
    pub municipality: MunicipalityCode,
    /// First day on which it is no more.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Who reports in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<MunicipalityCode>,
}
