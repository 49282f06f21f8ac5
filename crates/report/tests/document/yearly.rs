//! A year in sums.

use svod_domain::{Edition, Quarter};
use svod_engine::{ReportInputs, ReportStatus};
use svod_report::{ReportSettings, YearSummary, year_workbook};

use super::{keep, sample};

/// The sample as it would be for another quarter, with the countries of each record.
fn quarter(name: &str, countries: &[&[&str]]) -> (Quarter, Option<ReportInputs>) {
    let quarter: Quarter = name.parse().unwrap();
    let mut inputs = ReportInputs { quarter, ..sample() };
    let records = inputs.sections.iter_mut().flat_map(|section| &mut section.records);
    for (index, (record, countries)) in records.zip(countries).enumerate() {
        record.activity.countries = countries.iter().map(|code| (*code).to_owned()).collect();
        record.late = index == 1;
    }
    (quarter, Some(inputs))
}

fn year() -> YearSummary {
    let mut third = quarter("2020-Q3", &[&["BY"], &[], &["DE"], &[]]);
    if let Some(inputs) = &mut third.1 {
        inputs.sections.remove(0);
        inputs.status =
            ReportStatus::Edition { edition: Edition(2), closed_at: "2020-10-14T15:00:00Z".parse().unwrap() };
    }
    let quarters = [
        ("2020-Q1".parse().unwrap(), None),
        quarter("2020-Q2", &[&["BY", "DE"], &["BY"], &[], &["PL"]]),
        third,
        ("2020-Q4".parse().unwrap(), None),
    ];
    YearSummary::new(2020, &quarters, &ReportSettings::default())
}

#[test]
fn municipalities_and_countries_are_counted_over_the_closed_quarters() {
    let year = year();
    assert_eq!(year.total, 6);
    assert_eq!(year.missing.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2020-Q1", "2020-Q4"]);
    let units: Vec<_> =
        year.municipalities.iter().map(|unit| (unit.quarters, unit.activities, unit.late)).collect();
    assert_eq!(units, [([None, Some(2), Some(0), None], 2, 1), ([None, Some(2), Some(2), None], 4, 0)]);
    let countries: Vec<_> =
        year.countries.iter().map(|one| (one.country.as_str(), one.activities, one.municipalities)).collect();
    assert_eq!(countries, [("BY", 2, 1), ("DE", 2, 2), ("PL", 1, 1)]);
    assert_eq!(year.without_country, 2);
    let editions: Vec<_> = year.editions.iter().map(|one| (one.quarter.to_string(), one.edition.0)).collect();
    assert_eq!(editions, [("2020-Q2".to_owned(), 1), ("2020-Q3".to_owned(), 2)]);
}

#[test]
fn the_workbook_of_a_year_has_the_same_bytes_every_time() {
    let bytes = year_workbook(&year()).unwrap();
    assert_eq!(bytes, year_workbook(&year()).unwrap());
    keep("year.xlsx", &bytes);
}

#[test]
fn a_year_without_any_close_says_so() {
    let quarters = ["2021-Q1", "2021-Q2", "2021-Q3", "2021-Q4"].map(|name| (name.parse().unwrap(), None));
    let year = YearSummary::new(2021, &quarters, &ReportSettings::default());
    assert_eq!((year.total, year.missing.len(), year.municipalities.len()), (0, 4, 0));
    assert!(!year_workbook(&year).unwrap().is_empty());
}
