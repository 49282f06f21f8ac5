//! A grid that grows: every reader adds to it, and it alone counts what may be kept.

use std::mem;

use svod_domain::guard::is_taken_out;

use super::limits::{CELLS_MAX, DEFINITIONS_MAX, FINDINGS_MAX, PARAGRAPHS_MAX, TEXT_BYTES_MAX};
use super::lines::{Line, Lines, Looks};
use super::{
    Block, CannotRead, Fact, Grid, GridCell, GridRow, Limit, Notice, NoticeKind, Paragraph, Place,
    SourceFormat, Table,
};

/// As many findings back as one is looked for again, before it is added a second time.
const SAME_FINDINGS: usize = 8;

pub(super) struct Draft {
    grid: Grid,
    tables: usize,
    body_paragraphs: usize,
    paragraphs: usize,
    cells: usize,
    text_bytes: usize,
    notes: usize,
    findings_left_out: usize,
}

impl Draft {
    pub(super) fn new(format: SourceFormat) -> Self {
        Self {
            grid: Grid { format, blocks: Vec::new(), findings: Vec::new() },
            tables: 0,
            body_paragraphs: 0,
            paragraphs: 0,
            cells: 0,
            text_bytes: 0,
            notes: 0,
            findings_left_out: 0,
        }
    }

    /// Begins a table and numbers it.
    pub(super) fn begin_table(&mut self, sheet: Option<String>) -> Table {
        self.tables += 1;
        self.grid.blocks.push(Block::Table(Table {
            number: self.tables,
            sheet: sheet.clone(),
            columns: 0,
            rows: Vec::new(),
        }));
        Table { number: self.tables, sheet, columns: 0, rows: Vec::new() }
    }

    /// Puts a table that was begun in its place, or takes the place away if there is nothing in it.
    pub(super) fn end_table(&mut self, mut table: Table) {
        table.rows.shrink_to_fit();
        for row in &mut table.rows {
            set_apart(row);
        }
        let place = self.grid.blocks.iter_mut().rev().find_map(|block| match block {
            Block::Table(begun) if begun.number == table.number => Some(begun),
            Block::Table(_) | Block::Paragraph(_) => None,
        });
        if let Some(begun) = place {
            *begun = table;
        }
    }

    /// The number of the paragraph outside of tables that comes next.
    pub(super) fn next_paragraph(&self) -> usize {
        self.body_paragraphs + 1
    }

    /// Begins a paragraph outside of tables, and numbers it.
    pub(super) fn begin_paragraph(&mut self) -> usize {
        self.body_paragraphs += 1;
        self.body_paragraphs
    }

    /// A paragraph outside of tables, if it is not empty.
    pub(super) fn paragraph(&mut self, paragraph: Paragraph) {
        if !paragraph.text.trim().is_empty() || !paragraph.facts.is_empty() {
            self.grid.blocks.push(Block::Paragraph(paragraph));
        }
    }

    /// Counts a paragraph, wherever it stands.
    pub(super) fn count_paragraph(&mut self) -> Result<(), CannotRead> {
        count(&mut self.paragraphs, 1, PARAGRAPHS_MAX, Limit::Paragraphs)
    }

    /// Counts a cell that is kept.
    pub(super) fn count_cell(&mut self) -> Result<(), CannotRead> {
        count(&mut self.cells, 1, CELLS_MAX, Limit::Cells)
    }

    /// Counts a note or remark that is kept.
    pub(super) fn count_note(&mut self, text: &str) -> Result<(), CannotRead> {
        count(&mut self.notes, 1, DEFINITIONS_MAX, Limit::Definitions)?;
        self.count_text(text)
    }

    /// Counts text that is kept.
    pub(super) fn count_text(&mut self, text: &str) -> Result<(), CannotRead> {
        count(&mut self.text_bytes, text.len(), TEXT_BYTES_MAX, Limit::TextBytes)
    }

    /// Text as a person sees it, added to `out`; tells whether anything invisible was left out.
    pub(super) fn add_visible(&mut self, text: &str, out: &mut String) -> Result<bool, CannotRead> {
        self.count_text(text)?;
        if !text.chars().any(is_invisible) {
            out.push_str(text);
            return Ok(false);
        }
        out.extend(text.chars().filter(|letter| !is_invisible(*letter)));
        Ok(true)
    }

    /// Takes the paragraphs outside of tables that are whole.
    pub(super) fn put_down(&mut self, lines: &mut Lines) {
        for line in lines.done.drain(..) {
            let number = self.begin_paragraph();
            let bold = line.bold == Some(true);
            self.paragraph(Paragraph { number, text: line.text, bold, facts: line.facts });
        }
    }

    /// Adds text of these looks to a line, as far as it is shown. The answer is whether there is any.
    pub(super) fn add_text(
        &mut self,
        text: &str,
        looks: Looks,
        line: &mut Line,
        (place, facts): (&Place, &mut Vec<Fact>),
    ) -> Result<bool, CannotRead> {
        let is_blank = text.trim().is_empty();
        if looks.hidden == Some(true) {
            if !is_blank {
                add_fact(facts, Fact::Hidden);
                self.find(place, NoticeKind::HiddenText);
            }
            return Ok(false);
        }
        if self.add_visible(text, &mut line.text)? {
            self.find(place, NoticeKind::InvisibleCharacters);
        }
        if is_blank {
            return Ok(false);
        }
        line.bold = Some(line.bold.unwrap_or(true) && looks.bold == Some(true));
        if looks.struck == Some(true) {
            add_fact(facts, Fact::StruckOut);
            self.find(place, NoticeKind::StruckOut);
        }
        Ok(true)
    }

    pub(super) fn find(&mut self, place: &Place, kind: NoticeKind) {
        let recent = self.grid.findings.iter().rev().take(SAME_FINDINGS);
        if recent.into_iter().any(|notice| notice.kind == kind && notice.place == *place) {
            return;
        }
        if self.grid.findings.len() >= FINDINGS_MAX {
            self.findings_left_out += 1;
            return;
        }
        self.grid.findings.push(Notice::new(place.clone(), kind));
    }

    pub(super) fn finish(mut self) -> Grid {
        if self.findings_left_out > 0 {
            let kind = NoticeKind::MoreFindings { count: self.findings_left_out };
            self.grid.findings.push(Notice::new(Place::File, kind));
        }
        self.grid.blocks.retain(|block| match block {
            Block::Table(table) => !table.rows.is_empty(),
            Block::Paragraph(_) => true,
        });
        self.grid
    }
}

/// Broken files let cells cover each other: the further right one begins where it says, and the other one ends there. Of two
/// at one place the one that only goes on from above says nothing.
fn set_apart(row: &mut GridRow) {
    let is_apart = |pair: &[GridCell]| pair[0].column + pair[0].span <= pair[1].column;
    if row.cells.windows(2).all(is_apart) {
        return;
    }
    row.cells.sort_by_key(|cell| (cell.column, cell.merged_up));
    row.cells.dedup_by(|next, cell| next.column == cell.column && next.merged_up);
    for at in 1..row.cells.len() {
        let next = row.cells[at].column;
        let cell = &mut row.cells[at - 1];
        cell.span = cell.span.min(next - cell.column).max(1);
    }
}

/// Adds a fact once; notes, remarks and numbers as often as there are.
pub(super) fn add_fact(facts: &mut Vec<Fact>, fact: Fact) {
    if !facts.contains(&fact) {
        facts.push(fact);
    }
}

/// Moves facts from one list to another.
pub(super) fn move_facts(from: &mut Vec<Fact>, to: &mut Vec<Fact>) {
    for fact in mem::take(from) {
        add_fact(to, fact);
    }
}

fn count(sum: &mut usize, more: usize, max: usize, limit: Limit) -> Result<(), CannotRead> {
    *sum = sum.saturating_add(more);
    if *sum > max { Err(CannotRead::TooLarge { limit, max: max as u64 }) } else { Ok(()) }
}

/// What takes no room and says nothing: soft hyphens, spaces without width, marks of direction, controls. The joiners
/// (U+200C, U+200D) stay, for words of some scripts and signs made of several are spelled with them.
fn is_invisible(letter: char) -> bool {
    match letter {
        // What ends a line is text too, until the cell is read in lines.
        blank if blank.is_whitespace() => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{feff}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' => true,
        other => is_taken_out(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_told_once_and_never_dropped_in_silence() {
        let mut draft = Draft::new(SourceFormat::Csv);
        for row in 0..FINDINGS_MAX + 5 {
            let place = Place::Row { table: 1, row };
            draft.find(&place, NoticeKind::UnevenRow);
            draft.find(&place, NoticeKind::UnevenRow);
        }
        let findings = draft.finish().findings;
        assert_eq!(findings.len(), FINDINGS_MAX + 1);
        // Both tries of each of the five that found no room are counted.
        assert_eq!(findings[FINDINGS_MAX].kind, NoticeKind::MoreFindings { count: 10 });
    }

    #[test]
    fn what_ends_a_line_is_kept_until_the_cell_is_read_and_no_character_is_not() {
        let (mut draft, mut text) = (Draft::new(SourceFormat::Csv), String::new());
        assert!(!draft.add_visible("один\u{b}два\u{2028}три", &mut text).unwrap());
        assert!(draft.add_visible("\u{fdd0}\u{1fffe}\u{0}", &mut text).unwrap());
        assert_eq!(text, "один\u{b}два\u{2028}три");
    }

    #[test]
    fn what_nobody_sees_is_left_out_and_joiners_are_kept() {
        let mut draft = Draft::new(SourceFormat::Csv);
        let mut text = String::new();
        assert!(
            draft.add_visible("\u{feff}Мо\u{ad}сква\u{200b}\u{202e} 👨\u{200d}👩\t\n", &mut text).unwrap()
        );
        assert_eq!(text, "Москва 👨\u{200d}👩\t\n");
        assert!(!draft.add_visible(" ок", &mut text).unwrap());
    }
}
