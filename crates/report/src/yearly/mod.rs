//! A year in sums: what four quarters say together of municipalities and countries, for the yearly report of the region to the
//! ministry. Made of the same inputs as the reports, so it cannot say anything else than they do.

mod xlsx;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use svod_domain::{Edition, MunicipalityCode, Quarter};
use svod_engine::{ReportInputs, ReportStatus};
use svod_text::typography::typeset;

pub use xlsx::year_workbook;

use crate::{ReportSettings, Row};

/// A year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct YearSummary {
    /// Which.
    pub year: i16,
    /// The whole title.
    pub title: String,
    /// Who issues it.
    pub creator: String,
    /// The editions that it is made of, by quarter.
    pub editions: Vec<YearEdition>,
    /// Quarters of the year that are not closed, and so not in it.
    pub missing: Vec<Quarter>,
    /// In the order of the register.
    pub municipalities: Vec<MunicipalityYear>,
    /// The country with the most activities first.
    pub countries: Vec<CountryYear>,
    /// Activities without any country.
    pub without_country: u32,
    /// All of them.
    pub total: u32,
    #[serde(skip)]
    activities: Vec<YearActivity>,
}

/// An edition that the summary is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct YearEdition {
    /// Of which quarter.
    pub quarter: Quarter,
    /// Which.
    pub edition: Edition,
    /// When the quarter was closed.
    pub closed_at: jiff::Timestamp,
    /// Where the close stands in the log.
    pub position: u64,
}

/// A municipality's year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MunicipalityYear {
    /// Which.
    pub municipality: MunicipalityCode,
    /// What the newest report calls it.
    pub heading: String,
    /// Activities by quarter; `None`: the quarter is not closed.
    pub quarters: [Option<u32>; 4],
    /// Activities of the year.
    pub activities: u32,
    /// Those filed after the deadline.
    pub late: u32,
    /// Countries involved, ISO 3166-1 alpha-2.
    pub countries: BTreeSet<String>,
}

/// A country's year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountryYear {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Activities with it.
    pub activities: u32,
    /// Municipalities that had them.
    pub municipalities: u32,
}

/// An activity in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct YearActivity {
    heading: String,
    quarter: Quarter,
    row: Row,
    agreements: String,
}

impl YearSummary {
    /// What the newest editions of a year's quarters say together; a quarter without one is missing.
    #[must_use]
    pub fn new(year: i16, quarters: &[(Quarter, Option<ReportInputs>)], settings: &ReportSettings) -> Self {
        let region = if settings.region.is_empty() { &settings.creator } else { &settings.region };
        let mut summary = Self {
            year,
            title: typeset(&svod_text::yearly::title(region, year)),
            creator: typeset(&settings.creator),
            editions: vec![],
            missing: vec![],
            municipalities: vec![],
            countries: vec![],
            without_country: 0,
            total: 0,
            activities: vec![],
        };
        let closed: [Option<u32>; 4] = std::array::from_fn(|index| {
            quarters.get(index).and_then(|(_, inputs)| inputs.as_ref()).map(|_| 0)
        });
        let mut partners: BTreeMap<String, (u32, BTreeSet<MunicipalityCode>)> = BTreeMap::new();
        for (index, (quarter, inputs)) in quarters.iter().enumerate() {
            let Some(inputs) = inputs else {
                summary.missing.push(*quarter);
                continue;
            };
            summary.edition(inputs);
            for section in &inputs.sections {
                let unit = summary.unit(section.municipality, &typeset(&section.heading), closed);
                for record in &section.records {
                    let counted = &mut summary.municipalities[unit];
                    counted.quarters[index] = counted.quarters[index].map(|count| count + 1);
                    counted.activities += 1;
                    counted.late += u32::from(record.late);
                    counted.countries.extend(record.activity.countries.iter().cloned());
                    summary.total += 1;
                    summary.without_country += u32::from(record.activity.countries.is_empty());
                    for country in &record.activity.countries {
                        let (count, of) = partners.entry(country.clone()).or_default();
                        *count += 1;
                        of.insert(section.municipality);
                    }
                    summary.activities.push(YearActivity {
                        heading: typeset(&section.heading),
                        quarter: *quarter,
                        row: Row::new(record, *quarter, summary.total),
                        agreements: record.activity.agreements.as_deref().map(typeset).unwrap_or_default(),
                    });
                }
            }
        }
        let country = |(country, (activities, of)): (String, (u32, BTreeSet<_>))| CountryYear {
            country,
            activities,
            municipalities: u32::try_from(of.len()).unwrap_or(u32::MAX),
        };
        summary.countries = partners.into_iter().map(country).collect();
        summary
            .countries
            .sort_by(|one, other| (other.activities, &one.country).cmp(&(one.activities, &other.country)));
        summary
    }

    fn edition(&mut self, inputs: &ReportInputs) {
        if let ReportStatus::Edition { edition, closed_at } = inputs.status {
            let (quarter, position) = (inputs.quarter, inputs.position.0);
            self.editions.push(YearEdition { quarter, edition, closed_at, position });
        }
    }

    /// Where a municipality stands; behind the others if it was not there before. The newest quarter gives it its name.
    fn unit(&mut self, municipality: MunicipalityCode, heading: &str, closed: [Option<u32>; 4]) -> usize {
        let found = self.municipalities.iter().position(|unit| unit.municipality == municipality);
        let at = found.unwrap_or_else(|| {
            let (activities, late, countries) = (0, 0, BTreeSet::new());
            let heading = String::new();
            self.municipalities.push(MunicipalityYear {
                municipality,
                heading,
                quarters: closed,
                activities,
                late,
                countries,
            });
            self.municipalities.len() - 1
        });
        heading.clone_into(&mut self.municipalities[at].heading);
        at
    }
}
