//! The second sheet: how many activities each municipality has, in time and late, and how many each country.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};
use svod_text::countries::country_name;
use svod_text::workbook::{
    COUNTRIES_NOTE, COUNTRY_SUMS, MUNICIPALITY_SUMS, NO_COUNTRY, SUMMARY_SHEET, TOTAL,
};

use super::looks::Looks;
use super::write::{LINE_HEIGHT, TITLE_LINES, set_up_page};
use crate::{Row, SectionHead};

/// Widths of its columns in letters.
const WIDTHS: [f64; 4] = [70.0, 16.0, 16.0, 16.0];

/// What is counted while rows pass by.
#[derive(Default)]
pub(super) struct Sums {
    municipalities: Vec<Sum>,
    countries: BTreeMap<String, u32>,
    without_country: u32,
}

#[derive(Clone, Default)]
struct Sum {
    name: String,
    activities: u32,
    late: u32,
}

impl Sums {
    pub(super) fn section(&mut self, section: &SectionHead) {
        self.municipalities.push(Sum { name: section.heading.clone(), ..Sum::default() });
    }

    pub(super) fn row(&mut self, row: &Row) {
        if let Some(sum) = self.municipalities.last_mut() {
            sum.activities += 1;
            sum.late += u32::from(row.late);
        }
        for country in &row.countries {
            *self.countries.entry(country.clone()).or_default() += 1;
        }
        self.without_country += u32::from(row.countries.is_empty());
    }

    /// Writes the sheet. The sums are values: who reads the file without Excel sees them, too.
    pub(super) fn write(&self, title: &str, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(SUMMARY_SHEET)?;
        set_up_page(sheet);
        for (column, width) in (0..).zip(WIDTHS) {
            sheet.set_column_width(column, width)?;
        }
        sheet.set_row_height(0, TITLE_LINES * LINE_HEIGHT)?;
        sheet.merge_range(0, 0, 0, 3, title, &looks.title)?;
        let next = self.municipalities(2, looks, sheet)?;
        self.countries(next + 1, looks, sheet)
    }

    /// The row behind the table.
    fn municipalities(&self, first: u32, looks: &Looks, sheet: &mut Worksheet) -> Result<u32, XlsxError> {
        headings(first, &MUNICIPALITY_SUMS, looks, sheet)?;
        let mut row = first + 1;
        let mut total = Sum { name: TOTAL.to_owned(), ..Sum::default() };
        for sum in &self.municipalities {
            sum.write(row, looks, sheet)?;
            total.activities += sum.activities;
            total.late += sum.late;
            row += 1;
        }
        total.write(row, looks, sheet)?;
        Ok(row + 1)
    }

    /// The country with the most first.
    fn countries(&self, first: u32, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        headings(first, &COUNTRY_SUMS, looks, sheet)?;
        let mut countries: Vec<(&str, &str, u32)> = self
            .countries
            .iter()
            .map(|(code, count)| (country_name(code).unwrap_or(code), code.as_str(), *count))
            .collect();
        countries.sort_by_key(|(name, code, count)| (Reverse(*count), *name, *code));
        if self.without_country > 0 {
            countries.push((NO_COUNTRY, "", self.without_country));
        }
        let mut row = first + 1;
        for (name, code, count) in countries {
            sheet.write_string_with_format(row, 0, name, &looks.text)?;
            sheet.write_string_with_format(row, 1, code, &looks.text)?;
            sheet.write_number_with_format(row, 2, count, &looks.count)?;
            row += 1;
        }
        sheet.write_string_with_format(row, 0, COUNTRIES_NOTE, &looks.note)?;
        Ok(())
    }
}

impl Sum {
    fn write(&self, row: u32, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, self.name.as_str(), &looks.text)?;
        for (column, count) in (1..).zip([self.activities, self.activities - self.late, self.late]) {
            sheet.write_number_with_format(row, column, count, &looks.count)?;
        }
        Ok(())
    }
}

fn headings(row: u32, headings: &[&str], looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_row_height(row, 2.0 * LINE_HEIGHT)?;
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(row, column, *heading, &looks.heading)?;
    }
    Ok(())
}
