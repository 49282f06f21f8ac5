//! The first sheet, row by row, and the workbook around both.

use std::borrow::Cow;
use std::io::Write;

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};
use svod_text::countries::country_name;
use svod_text::document::COLUMNS;
use svod_text::workbook::{DATA_COLUMNS, IN_TIME, LATE, REPORT_SHEET};

use super::looks::Looks;
use super::pieces::{Piece, pieces};
use super::revision;
use super::summary::Sums;
use crate::properties::{Fact, Properties, facts, mark};
use crate::xml::legal;
use crate::{Head, RenderError, Renderer, Revision, Row, SectionHead, Writer};

/// Widths of the columns of the form in letters, about in the proportions of the printed ones.
const WIDTHS: [f64; 6] = [6.0, 30.0, 20.0, 18.0, 70.0, 42.0];

/// How many letters are reckoned to a line of them: wide ones leave room for less than the width says.
const LINE_CHARS: [usize; 6] = [5, 27, 18, 16, 64, 38];

/// Widths of the columns beside it.
const DATA_WIDTHS: [f64; 8] = [12.0, 12.0, 36.0, 12.0, 24.0, 15.0, 38.0, 9.0];

/// The last column that is printed, and the last of all.
const FORM_END: u16 = 5;
const DATA_END: u16 = 13;

/// Paper of 210 × 297 mm, by Excel's number.
const A4: u8 = 9;

/// Margins of the Word document, in inches: 30, 10, 20 and 20 mm, and 10 mm above the number of the page.
const MARGINS: [f64; 5] = [1.181, 0.394, 0.787, 0.787, 0.394];

/// Height of a line of text in points.
pub(crate) const LINE_HEIGHT: f64 = 15.0;

/// Heights of the title's row and of the headings', in lines. All rows bear a height: not every program reckons one.
pub(crate) const TITLE_LINES: f64 = 3.0;
const HEADING_LINES: f64 = 3.0;

/// A workbook that is being written. Its first sheet lies in a temporary file until the end.
pub(crate) struct Xlsx<W> {
    out: W,
    workbook: Workbook,
    sheet: Worksheet,
    looks: Looks,
    title: String,
    /// What the third sheet says. `None`: there is none.
    revision: Option<Revision>,
    section: Option<SectionHead>,
    sums: Sums,
    heading_row: u32,
    next_row: u32,
}

impl<W: Write + Send> Xlsx<W> {
    /// Writes what stands above the first section row.
    pub(crate) fn begin(head: &Head, out: W) -> Result<Self, RenderError> {
        let workbook = Self::begin_with(Renderer::Xlsx2, head, out)?;
        Ok(Self { revision: head.revision.clone(), ..workbook })
    }

    /// The same by the first renderer.
    pub(crate) fn begin_first(head: &Head, out: W) -> Result<Self, RenderError> {
        Self::begin_with(Renderer::Xlsx1, head, out)
    }

    fn begin_with(renderer: Renderer, head: &Head, out: W) -> Result<Self, RenderError> {
        let mut workbook = Workbook::new();
        workbook.set_properties(&properties(head, renderer)?);
        let mut sheet = workbook.new_worksheet_with_constant_memory()?;
        let (looks, title) = (Looks::new(), legal(&head.title).into_owned());
        sheet.set_name(REPORT_SHEET)?;
        set_up_page(&mut sheet);
        for (column, width) in (0..).zip(WIDTHS.iter().chain(&DATA_WIDTHS)) {
            sheet.set_column_width(column, *width)?;
        }
        sheet.set_row_height(0, TITLE_LINES * LINE_HEIGHT)?;
        sheet.merge_range(0, 0, 0, FORM_END, &title, &looks.title)?;
        let mut heading_row = 1;
        let number = "&C&\"Times New Roman,Regular\"&12&P";
        if let Some(mark) = mark(head.status) {
            sheet.merge_range(1, 0, 1, FORM_END, mark, &looks.mark)?;
            sheet.set_header(format!("{number}\n&\"Times New Roman,Bold\"&KC00000{mark}"));
            heading_row = 2;
        } else {
            sheet.set_header(number);
        }
        for (column, heading) in (0..).zip(COLUMNS.iter().chain(&DATA_COLUMNS)) {
            sheet.write_string_with_format(heading_row, column, *heading, &looks.heading)?;
        }
        sheet.set_row_height(heading_row, HEADING_LINES * LINE_HEIGHT)?;
        sheet.set_freeze_panes(heading_row + 1, 0)?;
        sheet.set_repeat_rows(heading_row, heading_row)?;
        let (sums, next_row) = (Sums::default(), heading_row + 1);
        let (revision, section) = (None, None);
        Ok(Self { out, workbook, sheet, looks, title, revision, section, sums, heading_row, next_row })
    }

    /// What a filter finds the row by, beside the form. Only dates bear a look: finding one costs as much as the cell.
    fn data_cells(&mut self, row: &Row) -> Result<(), XlsxError> {
        let (at, looks, sheet) = (self.next_row, &self.looks, &mut self.sheet);
        if let Some(days) = row.days {
            date(sheet, at, 6, days.from, looks)?;
            date(sheet, at, 7, days.to, looks)?;
        }
        if let Some(section) = &self.section {
            sheet.write_string(at, 8, section.heading.as_str())?;
            sheet.write_string(at, 9, section.municipality.to_string())?;
        }
        let countries = row.countries.iter().map(|code| country_name(code).unwrap_or(code));
        let countries = countries.collect::<Vec<_>>().join(", ");
        sheet.write_string(at, 10, countries)?;
        let filed = if row.late { LATE } else { IN_TIME };
        sheet.write_string(at, 11, filed)?;
        sheet.write_string(at, 12, row.submission_id.to_string())?;
        sheet.write_number(at, 13, row.version.0)?;
        Ok(())
    }
}

impl<W: Write + Send> Writer for Xlsx<W> {
    /// The section row bears the municipality beside the form, too: who filters by it keeps the row.
    fn section(&mut self, section: &SectionHead) -> Result<(), RenderError> {
        let section = SectionHead { heading: legal(&section.heading).into_owned(), ..section.clone() };
        let (at, looks, sheet) = (self.next_row, &self.looks, &mut self.sheet);
        sheet.merge_range(at, 0, at, FORM_END, &section.heading, &looks.section)?;
        sheet.write_string(at, 8, section.heading.as_str())?;
        sheet.write_string(at, 9, section.municipality.to_string())?;
        self.sums.section(&section);
        self.section = Some(section);
        self.next_row += 1;
        Ok(())
    }

    fn row(&mut self, row: &Row) -> Result<(), RenderError> {
        let texts: [Cow<'_, str>; 5] = [
            legal(&row.title),
            legal(&row.place),
            legal(&row.dates),
            Cow::Owned(legal(&row.content.join("\n")).into_owned()),
            legal(&row.participants),
        ];
        let columns = (1_u16..).zip(&texts).zip(&LINE_CHARS[1..]);
        let columns: Vec<(u16, Vec<Piece<'_>>)> =
            columns.map(|((column, text), chars)| (column, pieces(text, *chars))).collect();
        let height = columns.iter().map(|(_, pieces)| pieces.len()).max().unwrap_or(1);
        for line in 0..height {
            if line == 0 {
                self.sheet.write_number_with_format(self.next_row, 0, row.number, &self.looks.number)?;
            } else {
                self.sheet.write_blank(self.next_row, 0, &self.looks.number)?;
            }
            let mut lines = 1;
            for (column, pieces) in &columns {
                let piece = pieces.get(line);
                lines = lines.max(piece.map_or(1, |piece| piece.lines));
                let text = piece.map_or("", |piece| piece.text);
                self.sheet.write_string_with_format(self.next_row, *column, text, &self.looks.text)?;
            }
            self.sheet.set_row_height(self.next_row, f64::from(lines) * LINE_HEIGHT)?;
            if line == 0 {
                self.data_cells(row)?;
            }
            self.next_row += 1;
        }
        self.sums.row(row);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), RenderError> {
        let last_row = self.next_row - 1;
        self.sheet.autofilter(self.heading_row, 0, last_row, DATA_END)?;
        self.sheet.set_print_area(0, 0, last_row, FORM_END)?;
        let mut summary = Worksheet::new();
        self.sums.write(&self.title, &self.looks, &mut summary)?;
        self.workbook.push_worksheet(self.sheet);
        self.workbook.push_worksheet(summary);
        if let Some(revision) = &self.revision {
            let mut sheet = Worksheet::new();
            revision::write(revision, &self.title, &self.looks, &mut sheet)?;
            self.workbook.push_worksheet(sheet);
        }
        Ok(self.workbook.save_to_writer(self.out)?)
    }
}

/// The page of the Word document, one page wide however the columns are drawn.
pub(crate) fn set_up_page(sheet: &mut Worksheet) {
    let [left, right, top, bottom, header] = MARGINS;
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
    sheet.set_margins(left, right, top, bottom, header, header);
}

/// What the file says of itself. The only time in it is that of the close.
fn properties(head: &Head, renderer: Renderer) -> Result<DocProperties, XlsxError> {
    let Properties { state, time, subject } = Properties::of(head);
    let created = ExcelDateTime::parse_from_str(&time)?;
    let properties = DocProperties::new()
        .set_title(legal(&head.title))
        .set_subject(subject)
        .set_author(legal(&head.creator))
        .set_status(state)
        .set_creation_datetime(&created);
    facts(head, renderer, None).into_iter().try_fold(properties, |properties, (name, fact)| {
        Ok(match fact {
            Fact::Text(text) => properties.set_custom_property(name, legal(&text).as_ref()),
            Fact::Number(number) => {
                properties.set_custom_property(name, i32::try_from(number).unwrap_or(i32::MAX))
            }
            Fact::Moment(moment) => {
                properties.set_custom_property(name, &ExcelDateTime::parse_from_str(&moment)?)
            }
        })
    })
}

/// A date that can be reckoned with; as text where it lies beyond the years that Excel knows.
fn date(sheet: &mut Worksheet, row: u32, column: u16, day: Date, looks: &Looks) -> Result<(), XlsxError> {
    let year = u16::try_from(day.year()).unwrap_or_default();
    match ExcelDateTime::from_ymd(year, day.month().unsigned_abs(), day.day().unsigned_abs()) {
        Ok(excel) => sheet.write_date_with_format(row, column, excel, &looks.date)?,
        Err(_beyond) => sheet.write_string_with_format(row, column, day.to_string(), &looks.text)?,
    };
    Ok(())
}
