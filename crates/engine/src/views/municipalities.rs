//! The register, one document a municipality. Key: its code.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use svod_domain::{Event, MunicipalityCode, Quarter};

use super::Projection;
use crate::Happened;

/// A municipality.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MunicipalityCard {
    /// Its code.
    pub municipality: MunicipalityCode,
    /// Its place in the register.
    pub order: u32,
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// First day on which it is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Date>,
    /// Who reports in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<MunicipalityCode>,
    /// Names by their first day, oldest first.
    pub names: Vec<NamingCard>,
}

/// The names from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamingCard {
    /// First day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Short name.
    pub short_name: String,
    /// The words of the section row.
    pub report_heading: String,
}

impl MunicipalityCard {
    /// Whether it reports in the quarter.
    #[must_use]
    pub fn reports_in(&self, quarter: Quarter) -> bool {
        self.from <= quarter.last_day() && self.until.is_none_or(|until| until > quarter.first_day())
    }

    /// The names in force on the quarter's last day.
    #[must_use]
    pub fn naming(&self, quarter: Quarter) -> Option<&NamingCard> {
        let in_force = self.names.iter().rev().find(|naming| naming.from <= quarter.last_day());
        in_force.or(self.names.first())
    }
}

/// The projection.
pub(crate) struct Municipalities;

impl Projection for Municipalities {
    type View = MunicipalityCard;
    const NAME: &'static str = "municipalities";
    const VERSION: u16 = 1;

    fn keys(happened: &Happened) -> Vec<String> {
        match &happened.event {
            Event::MunicipalityRegistered(_)
            | Event::MunicipalityRenamed(_)
            | Event::MunicipalityRetired(_) => {
                happened.event.municipality().iter().map(ToString::to_string).collect()
            }
            _other => vec![],
        }
    }

    fn evolve(view: Option<MunicipalityCard>, happened: &Happened) -> Option<MunicipalityCard> {
        match (&happened.event, view) {
            (Event::MunicipalityRegistered(event), _) => Some(MunicipalityCard {
                municipality: event.municipality,
                order: event.order,
                from: event.from,
                until: None,
                successor: None,
                names: vec![NamingCard {
                    from: event.from,
                    short_name: event.short_name.clone(),
                    report_heading: event.report_heading.clone(),
                }],
            }),
            (Event::MunicipalityRenamed(event), Some(mut card)) => {
                card.names.retain(|naming| naming.from != event.from);
                card.names.push(NamingCard {
                    from: event.from,
                    short_name: event.short_name.clone(),
                    report_heading: event.report_heading.clone(),
                });
                card.names.sort_by_key(|naming| naming.from);
                Some(card)
            }
            (Event::MunicipalityRetired(event), Some(card)) => {
                Some(MunicipalityCard { until: Some(event.from), successor: event.successor, ..card })
            }
            (_, view) => view,
        }
    }
}
