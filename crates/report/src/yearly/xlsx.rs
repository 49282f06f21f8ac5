//! The summary as a workbook: sums by municipality, sums by country, and the activities behind them.

use std::io::{Cursor, Seek, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};
use svod_text::countries::country_name;
use svod_text::workbook::{COUNTRIES_NOTE, NO_COUNTRY, TOTAL};
use svod_text::yearly::{ACTIVITIES, COUNTRIES, MUNICIPALITIES, NOT_CLOSED, SHEETS, missing, source};

use super::{MunicipalityYear, YearSummary};
use crate::RenderError;
use crate::properties::seconds;
use crate::xlsx::{LINE_HEIGHT, Looks, TITLE_LINES, pieces, set_up_page};
use crate::xml::legal;

/// Widths of the columns in letters.
const MUNICIPALITY_WIDTHS: [f64; 9] = [56.0, 12.0, 10.0, 10.0, 10.0, 10.0, 12.0, 14.0, 50.0];
const COUNTRY_WIDTHS: [f64; 4] = [40.0, 8.0, 16.0, 18.0];
const ACTIVITY_WIDTHS: [f64; 7] = [36.0, 20.0, 50.0, 22.0, 30.0, 24.0, 50.0];

/// How many letters are reckoned to a line of the last.
const ACTIVITY_CHARS: [usize; 7] = [32, 18, 45, 19, 27, 21, 45];

/// Of a summary without any edition: two of them are the same file.
const NO_TIME: &str = "1980-01-01T00:00:00Z";

/// The summary as the bytes of a workbook. The same summary gives the same bytes, always and everywhere.
pub fn year_workbook(summary: &YearSummary) -> Result<Vec<u8>, RenderError> {
    let mut out = Cursor::new(vec![]);
    write(summary, &mut out)?;
    Ok(out.into_inner())
}

fn write(summary: &YearSummary, out: impl Write + Seek + Send) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let time = summary.editions.iter().map(|edition| edition.closed_at).max();
    let time = time.map_or_else(|| NO_TIME.to_owned(), seconds);
    let properties =
        DocProperties::new().set_title(legal(&summary.title)).set_author(legal(&summary.creator));
    workbook.set_properties(&properties.set_creation_datetime(&ExcelDateTime::parse_from_str(&time)?));
    let looks = Looks::new();
    municipalities(summary, &looks, workbook.add_worksheet())?;
    countries(summary, &looks, workbook.add_worksheet())?;
    activities(summary, &looks, workbook.add_worksheet())?;
    workbook.save_to_writer(out)
}

/// Begins a sheet: its name, title and headings. The answer is the row behind them.
fn begin(
    sheet: &mut Worksheet,
    name: &str,
    looks: &Looks,
    title: &str,
    columns: &[(&str, f64)],
) -> Result<u32, XlsxError> {
    sheet.set_name(name)?;
    set_up_page(sheet);
    let last = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.set_row_height(0, TITLE_LINES * LINE_HEIGHT)?;
    sheet.merge_range(0, 0, 0, last, &legal(title), &looks.title)?;
    sheet.set_row_height(1, TITLE_LINES * LINE_HEIGHT)?;
    for (column, (heading, width)) in (0..).zip(columns) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(1, column, *heading, &looks.heading)?;
    }
    sheet.set_freeze_panes(2, 0)?;
    sheet.set_repeat_rows(1, 1)?;
    Ok(2)
}

fn paired<const N: usize>(headings: [&str; N], widths: [f64; N]) -> Vec<(&str, f64)> {
    headings.into_iter().zip(widths).collect()
}

fn names<'a>(codes: impl IntoIterator<Item = &'a String>) -> String {
    codes.into_iter().map(|code| country_name(code).unwrap_or(code)).collect::<Vec<_>>().join(", ")
}

fn municipalities(summary: &YearSummary, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let columns = paired(MUNICIPALITIES, MUNICIPALITY_WIDTHS);
    let mut row = begin(sheet, SHEETS[0], looks, &summary.title, &columns)?;
    for unit in &summary.municipalities {
        let MunicipalityYear { municipality, heading, quarters, activities, late, countries } = unit;
        sheet.write_string_with_format(row, 0, legal(heading).as_ref(), &looks.text)?;
        sheet.write_string_with_format(row, 1, municipality.to_string(), &looks.text)?;
        sums(sheet, row, quarters, *activities, *late, looks)?;
        sheet.write_string_with_format(row, 8, names(countries), &looks.text)?;
        row += 1;
    }
    let of = |index: usize| {
        let mut counts = summary.municipalities.iter().map(|unit| unit.quarters[index]);
        let closed =
            !summary.missing.iter().any(|quarter| quarter.number().unsigned_abs() as usize == index + 1);
        closed.then(|| counts.by_ref().flatten().sum())
    };
    let late = summary.municipalities.iter().map(|unit| unit.late).sum();
    sheet.write_string_with_format(row, 0, TOTAL, &looks.text)?;
    sheet.write_string_with_format(row, 1, "", &looks.text)?;
    sums(sheet, row, &[of(0), of(1), of(2), of(3)], summary.total, late, looks)?;
    sheet.write_string_with_format(
        row,
        8,
        names(summary.countries.iter().map(|country| &country.country)),
        &looks.text,
    )?;
    let editions: Vec<_> =
        summary.editions.iter().map(|edition| (edition.quarter, edition.edition.0)).collect();
    if !editions.is_empty() {
        row += 1;
        sheet.write_string_with_format(row, 0, source(&editions), &looks.note)?;
    }
    if !summary.missing.is_empty() {
        sheet.write_string_with_format(row + 1, 0, missing(&summary.missing), &looks.note)?;
    }
    Ok(())
}

fn sums(
    sheet: &mut Worksheet,
    row: u32,
    quarters: &[Option<u32>; 4],
    activities: u32,
    late: u32,
    looks: &Looks,
) -> Result<(), XlsxError> {
    for (column, count) in (2..).zip(quarters) {
        match count {
            Some(count) => sheet.write_number_with_format(row, column, *count, &looks.count)?,
            None => sheet.write_string_with_format(row, column, NOT_CLOSED, &looks.text)?,
        };
    }
    sheet.write_number_with_format(row, 6, activities, &looks.count)?;
    sheet.write_number_with_format(row, 7, late, &looks.count)?;
    Ok(())
}

fn countries(summary: &YearSummary, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let columns = paired(COUNTRIES, COUNTRY_WIDTHS);
    let mut row = begin(sheet, SHEETS[1], looks, &summary.title, &columns)?;
    for country in &summary.countries {
        let code = &country.country;
        sheet.write_string_with_format(row, 0, country_name(code).unwrap_or(code), &looks.text)?;
        sheet.write_string_with_format(row, 1, code.as_str(), &looks.text)?;
        sheet.write_number_with_format(row, 2, country.activities, &looks.count)?;
        sheet.write_number_with_format(row, 3, country.municipalities, &looks.count)?;
        row += 1;
    }
    if summary.without_country > 0 {
        sheet.write_string_with_format(row, 0, NO_COUNTRY, &looks.text)?;
        sheet.write_string_with_format(row, 1, "", &looks.text)?;
        sheet.write_number_with_format(row, 2, summary.without_country, &looks.count)?;
        sheet.write_string_with_format(row, 3, "", &looks.text)?;
        row += 1;
    }
    sheet.write_string_with_format(row, 0, COUNTRIES_NOTE, &looks.note)?;
    Ok(())
}

fn activities(summary: &YearSummary, looks: &Looks, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let columns = paired(ACTIVITIES, ACTIVITY_WIDTHS);
    let mut row = begin(sheet, SHEETS[2], looks, &summary.title, &columns)?;
    for activity in &summary.activities {
        let cells = [
            legal(&activity.heading).into_owned(),
            svod_text::quarter::quarter_name(activity.quarter),
            legal(&activity.row.title).into_owned(),
            legal(&activity.row.dates).into_owned(),
            legal(&activity.row.place).into_owned(),
            names(&activity.row.countries),
            legal(&activity.agreements).into_owned(),
        ];
        let columns = cells.iter().zip(ACTIVITY_CHARS).map(|(text, chars)| pieces(text, chars));
        let columns: Vec<_> = columns.collect();
        for line in 0..columns.iter().map(Vec::len).max().unwrap_or(1) {
            for (column, pieces) in (0..).zip(&columns) {
                let text = pieces.get(line).map_or("", |piece| piece.text);
                sheet.write_string_with_format(row, column, text, &looks.text)?;
            }
            row += 1;
        }
    }
    if row > 2 {
        sheet.autofilter(1, 0, row - 1, 6)?;
    }
    Ok(())
}
