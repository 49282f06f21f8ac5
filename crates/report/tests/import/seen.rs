//! What is seen in a grid, in words that a test can be compared with.

use svod_report::import::{Block, CannotRead, Fact, Grid, GridCell, NoticeKind, ReadOptions, Table, read};

#[track_caller]
pub(crate) fn grid(bytes: &[u8]) -> Grid {
    read(bytes, None, &ReadOptions::default()).unwrap_or_else(|error| panic!("refused: {error}"))
}

#[track_caller]
pub(crate) fn refusal(bytes: &[u8]) -> CannotRead {
    match read(bytes, None, &ReadOptions::default()) {
        Ok(grid) => panic!("read: {:?}", blocks(&grid)),
        Err(refusal) => refusal,
    }
}

/// Blocks in their order: a paragraph as its text, a table as its rows: cells between bars, `^` for one that goes on from
/// above, `…` for each further column that a cell covers, `/` between paragraphs.
pub(crate) fn blocks(grid: &Grid) -> Vec<String> {
    let mut seen = Vec::new();
    for block in &grid.blocks {
        match block {
            Block::Paragraph(paragraph) => seen.push(paragraph.text.clone()),
            Block::Table(table) => seen.extend(rows(table)),
        }
    }
    seen
}

pub(crate) fn rows(table: &Table) -> Vec<String> {
    let row = |cells: &[GridCell]| {
        let mut seen = String::from("|");
        let mut next = 1;
        for cell in cells {
            seen += &"-|".repeat(cell.column - next);
            next = cell.column + cell.span;
            let text = if cell.merged_up { "^".to_owned() } else { cell.paragraphs.join("/") };
            seen += &[&*text, &"…".repeat(cell.span - 1), "|"].concat();
        }
        seen
    };
    table.rows.iter().map(|found| row(&found.cells)).collect()
}

/// Everything that is seen, and nothing to look at.
#[track_caller]
pub(crate) fn shows(bytes: &[u8], wanted: &[&str]) {
    let grid = grid(bytes);
    assert_eq!(blocks(&grid), wanted);
    assert_eq!(grid.findings, [], "nothing wants a look");
}

/// Everything that is seen, and what wants a look, in its order.
#[track_caller]
pub(crate) fn shows_with(bytes: &[u8], wanted: &[&str], kinds: &[NoticeKind]) {
    let grid = grid(bytes);
    assert_eq!(blocks(&grid), wanted);
    let found: Vec<&NoticeKind> = grid.findings.iter().map(|notice| &notice.kind).collect();
    assert_eq!(found, kinds.iter().collect::<Vec<_>>());
}

/// The facts of a cell, counted from 1.
pub(crate) fn facts(grid: &Grid, row: usize, cell: usize) -> Vec<Fact> {
    grid.tables().next().unwrap().rows[row - 1].cells[cell - 1].facts.clone()
}
