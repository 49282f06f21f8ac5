//! Makes a published document again, from the log alone, and compares: the whole by its hash, and another file cell by cell.

use std::io::{Cursor, Read as _};
use std::sync::Arc;

use roxmltree::{Document, Node};
use svod_domain::event::ReportBuilt;
use svod_engine::{Engine, EngineError, ReportInputs, edition_inputs};
use svod_log::Hash;
use zip::ZipArchive;

use crate::{
    CannotLoad, RenderError, Rendered, Renderer, ReportSettings, Template, UnknownRenderer, content_hash,
    load_template, render_with,
};

/// Largest text of a document that is looked into, in bytes: many times that of the largest report, and what a hostile file
/// may unpack to.
pub(crate) const TEXT_BYTES_MAX: u64 = 256 << 20;

/// The part of a Word file that holds its text (ISO/IEC 29500-1, 11.3.10).
const TEXT_PART: &str = "word/document.xml";

/// What came of making a document again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reproduced {
    /// The same bytes.
    Same(Rendered),
    /// The same parts, packed by another compressor than the one that is recorded.
    PackedOtherwise(Rendered),
    /// Persons whom it named were erased since; its masked twin is the same bytes.
    MaskedTwin(Rendered),
    /// Another document.
    Another(Rendered),
}

/// Why a document cannot be made again.
#[derive(Debug, thiserror::Error)]
pub enum CannotReproduce {
    /// The ledger failed.
    #[error("the ledger failed")]
    Ledger(#[from] EngineError),
    /// The log has no such edition.
    #[error("the log does not yield the edition")]
    NoInputs,
    /// Made by a renderer that this program does not have.
    #[error("it was made by the renderer {renderer}, which this program does not have")]
    Renderer {
        /// What the log calls it.
        renderer: String,
    },
    /// The words of the region that the log has are not those that the renderer takes.
    #[error("the settings that it was made with cannot be read")]
    Settings(#[source] serde_json::Error),
    /// The template that it was made with cannot be had.
    #[error("the template that it was made with cannot be had")]
    Template(#[from] CannotLoad),
    /// The renderer failed.
    #[error("it could not be rendered")]
    Render(#[from] RenderError),
    /// The renderer panicked or was stopped.
    #[error("the renderer ended early")]
    RendererEnded(#[from] tokio::task::JoinError),
}

/// Makes a document again with the settings that the log has of it.
pub async fn reproduce(engine: &Engine, built: &ReportBuilt) -> Result<Reproduced, CannotReproduce> {
    let (inputs, Means { settings, renderer, template }) = ingredients(engine, built).await?;
    let (sha256, masked_sha256) = (built.sha256.clone(), built.masked_sha256.clone());
    let content = built.content.clone();
    let work = move || {
        let plain = render_with(renderer, &inputs, &settings, template.as_ref())?;
        if is(&plain, &sha256) {
            return Ok(Reproduced::Same(plain));
        }
        if content.is_some_and(|content| has_content(&plain, &content.sha256)) {
            return Ok(Reproduced::PackedOtherwise(plain));
        }
        // With every name that it had, it must be the same bytes; only where a name is gone the twin answers for it.
        if !inputs.names_erased() {
            return Ok(Reproduced::Another(plain));
        }
        let masked = render_with(renderer, &inputs.masked(), &settings, template.as_ref())?;
        Ok(if is(&masked, &masked_sha256) {
            Reproduced::MaskedTwin(masked)
        } else {
            Reproduced::Another(plain)
        })
    };
    tokio::task::spawn_blocking(work).await?
}

/// Makes the masked twin of a document: with nobody in it. `None`: it is not the one that was recorded.
pub async fn masked_twin(engine: &Engine, built: &ReportBuilt) -> Result<Option<Rendered>, CannotReproduce> {
    // Whom it names is nothing to it: no name is read.
    let inputs = edition_inputs(engine.store().as_ref(), built.quarter, built.edition).await?;
    let inputs = inputs.ok_or(CannotReproduce::NoInputs)?;
    let Means { settings, renderer, template } = means(engine, built).await?;
    let masked_sha256 = built.masked_sha256.clone();
    let work = move || {
        let twin = render_with(renderer, &inputs.masked(), &settings, template.as_ref())?;
        Ok(is(&twin, &masked_sha256).then_some(twin))
    };
    tokio::task::spawn_blocking(work).await?
}

/// What a document is made of, by what made it.
async fn ingredients(engine: &Engine, built: &ReportBuilt) -> Result<(ReportInputs, Means), CannotReproduce> {
    let means = means(engine, built).await?;
    let inputs = engine.edition(built.quarter, built.edition).await?.ok_or(CannotReproduce::NoInputs)?;
    Ok((inputs, means))
}

/// What it was made with.
struct Means {
    settings: ReportSettings,
    renderer: Renderer,
    template: Option<Arc<Template>>,
}

async fn means(engine: &Engine, built: &ReportBuilt) -> Result<Means, CannotReproduce> {
    let unknown = |UnknownRenderer { given }| CannotReproduce::Renderer { renderer: given };
    let renderer: Renderer = built.renderer.parse().map_err(unknown)?;
    if renderer.format().as_str() != built.format {
        return Err(CannotReproduce::Renderer { renderer: built.renderer.clone() });
    }
    let settings = serde_json::from_value(built.settings.clone()).map_err(CannotReproduce::Settings)?;
    let template = load_template(engine, &settings).await?;
    Ok(Means { settings, renderer, template })
}

fn is(rendered: &Rendered, sha256: &str) -> bool {
    Hash::of(&rendered.bytes).to_string() == sha256
}

fn has_content(rendered: &Rendered, sha256: &str) -> bool {
    content_hash(&rendered.bytes).is_ok_and(|hash| hash.to_string() == sha256)
}

/// Where two documents begin to differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Row of the table, from 1; its heading is the first.
    pub row: usize,
    /// Column, from 1.
    pub column: usize,
    /// What the first says there; `None`: it has no such cell.
    pub first: Option<String>,
    /// What the second says there.
    pub second: Option<String>,
}

/// A file that is no Word document with a table.
#[derive(Debug, thiserror::Error)]
pub enum NotADocument {
    /// It cannot be unpacked.
    #[error("the file is no Word document")]
    Packed(#[from] zip::result::ZipError),
    /// Its text cannot be read.
    #[error("the text of the document cannot be read")]
    Unread(#[from] std::io::Error),
    /// Its text is longer than any report.
    #[error("the text of the document is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong,
    /// Its text is no XML.
    #[error("the text of the document is no XML")]
    Malformed(#[from] roxmltree::Error),
}

/// The first cell of the table in which two Word files differ. `None`: they say the same, whatever else differs.
pub fn first_difference(first: &[u8], second: &[u8]) -> Result<Option<Difference>, NotADocument> {
    let (first, second) = (cells(first)?, cells(second)?);
    for row in 0..first.len().max(second.len()) {
        let of =
            |table: &[Vec<String>], column: usize| table.get(row).and_then(|row| row.get(column)).cloned();
        let columns = [&first, &second].map(|table| table.get(row).map_or(0, Vec::len));
        for column in 0..columns[0].max(columns[1]) {
            let (first, second) = (of(&first, column), of(&second, column));
            if first != second {
                return Ok(Some(Difference { row: row + 1, column: column + 1, first, second }));
            }
        }
    }
    Ok(None)
}

/// The texts of the cells of every table, row by row; the paragraphs of a cell are lines.
fn cells(document: &[u8]) -> Result<Vec<Vec<String>>, NotADocument> {
    let mut archive = ZipArchive::new(Cursor::new(document))?;
    let mut text = String::new();
    archive.by_name(TEXT_PART)?.take(TEXT_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > TEXT_BYTES_MAX {
        return Err(NotADocument::TooLong);
    }
    let document = Document::parse(&text)?;
    let rows = document.descendants().filter(|node| node.tag_name().name() == "tr");
    Ok(rows.map(|row| below(row, "tc").map(cell_text).collect()).collect())
}

fn below<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn cell_text(cell: Node<'_, '_>) -> String {
    let paragraphs = below(cell, "p").map(|paragraph| {
        let texts = paragraph.descendants().filter(|node| node.tag_name().name() == "t");
        texts.filter_map(|node| node.text()).collect::<String>()
    });
    paragraphs.collect::<Vec<_>>().join("\n")
}
