//! What a region decides about its report.

use serde::{Deserialize, Serialize};
use svod_text::document::{REPORT_CREATOR, REPORT_TITLE};

/// The region's words in the report; by default those of the oblast whose form this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportSettings {
    /// The title up to its quarter, which is added: «… во II квартале 2020 года».
    pub title: String,
    /// Who issues the report; stands in the properties of the document, not on its pages.
    pub creator: String,
    /// The region, where it is not who issues the report; stands in the properties, too.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// SHA-256 of the region's own Word template, which the ledger keeps. `None`: the built-in form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Default for ReportSettings {
    fn default() -> Self {
        Self {
            title: REPORT_TITLE.to_owned(),
            creator: REPORT_CREATOR.to_owned(),
            region: String::new(),
            template: None,
        }
    }
}
