//! Compiles a template: what is copied, what is filled in once, and the two rows that are repeated.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};
use svod_log::Hash;

use super::below::Look;
use super::inspect::{W, inspect};
use super::marks::{Edit, Marks, cut, find_marks, quoted};
use super::package::{DOCUMENT, Package, Relation, is_word_xml, parse, text_of};
use super::segments::Segment;
use super::{Mark, TemplateFault, TemplateRefused};

/// Marks that are filled in for each record, all of which have to be there.
const OF_RECORD: [Mark; 6] =
    [Mark::Number, Mark::Name, Mark::Place, Mark::Dates, Mark::Content, Mark::Participants];

/// What stands in the repeated rows only for Word's own memory, and must not stand twice.
const ONLY_ONCE: [&str; 6] =
    ["bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd", "lastRenderedPageBreak"];

/// Names of attributes that number paragraphs for Word, and must not stand twice.
const NUMBERS: [&str; 2] = ["paraId", "textId"];

/// A part that rows have no share in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As it is.
    Bytes(Vec<u8>),
    /// Filled in once.
    Segments(Vec<Segment>),
}

/// A template that was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The hash of the file, which the settings name it by.
    pub(super) sha256: Hash,
    /// In the order of writing.
    pub(super) parts: Vec<(String, Part)>,
    pub(super) content_types: String,
    pub(super) opening: Vec<Segment>,
    pub(super) section: Vec<Segment>,
    pub(super) record: Vec<Segment>,
    /// Up to the end of the table.
    pub(super) table_closing: Vec<Segment>,
    /// Of what an edition says behind it.
    pub(super) below: Look,
    pub(super) closing: Vec<Segment>,
}

impl Template {
    /// Compiles a Word file, or says why it cannot be a template.
    pub fn compile(bytes: &[u8]) -> Result<Self, TemplateRefused> {
        let package = Package::open(bytes)?;
        let mut parts = vec![];
        let mut seen = BTreeSet::new();
        for (name, bytes) in package.parts.iter().filter(|(name, _)| *name != DOCUMENT) {
            parts.push((name.clone(), part(name, bytes, &package, &mut seen)?));
        }
        for (name, relations) in &package.relations {
            let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
            let text = relations_part(relations).into_bytes();
            parts.push((format!("{folder}/_rels/{file}.rels"), Part::Bytes(text)));
        }
        parts.sort_by(|(one, _), (other, _)| one.cmp(other));
        let source = text_of(DOCUMENT, package.parts.get(DOCUMENT).map_or(&[], Vec::as_slice))?;
        let document = parse(DOCUMENT, source)?;
        inspect(&document)?;
        let mut marks = find_marks(source, &document)?;
        let rows = Rows::find(&document, &marks, &mut seen)?;
        rows.check(&document)?;
        rows.edit(source, &mut marks);
        let (section, record, table) = (rows.section.range(), rows.record.range(), rows.table.range());
        let cut = |range| cut(source, range, marks.edits.iter());
        Ok(Self {
            sha256: Hash::of(bytes),
            parts,
            content_types: content_types(&package.types, &package.parts),
            opening: cut(0..section.start),
            section: cut(section.clone()),
            record: cut(record.clone()),
            table_closing: cut(record.end..table.end),
            below: Look::behind(source, rows.table),
            closing: cut(table.end..source.len()),
        })
    }

    /// The hash of the file, which the settings name it by.
    #[must_use]
    pub fn sha256(&self) -> Hash {
        self.sha256
    }
}

/// A part beside the pages. Only heads and feet of pages may have marks, and none of those that belong to rows.
fn part(
    name: &str,
    bytes: &[u8],
    package: &Package,
    seen: &mut BTreeSet<Mark>,
) -> Result<Part, TemplateRefused> {
    let kind = package.types.get(name).map_or("", String::as_str);
    if !kind.ends_with("+xml") {
        return Ok(Part::Bytes(bytes.to_vec()));
    }
    let source = text_of(name, bytes)?;
    let document = parse(name, source)?;
    inspect(&document)?;
    if !is_word_xml(kind) {
        return Ok(Part::Bytes(bytes.to_vec()));
    }
    let marks = find_marks(source, &document)?;
    for place in &marks.places {
        if OF_RECORD.contains(&place.mark) || place.mark == Mark::Municipality {
            return Err(TemplateRefused::new(TemplateFault::MarkElsewhere, place.mark.name()));
        }
        if place.mark == Mark::Notice {
            seen.insert(Mark::Notice);
        }
    }
    Ok(Part::Segments(cut(source, 0..source.len(), marks.edits.iter())))
}

/// The two rows that are repeated.
struct Rows<'a, 'input> {
    table: Node<'a, 'input>,
    section: Node<'a, 'input>,
    record: Node<'a, 'input>,
}

fn named<'a, 'input>(node: Node<'a, 'input>, name: &'static str) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name((W, name)))
}

impl<'a, 'input> Rows<'a, 'input> {
    /// Finds them by their marks. `seen` has the marks of the heads and feet of pages.
    fn find(
        document: &'a Document<'input>,
        marks: &Marks,
        seen: &mut BTreeSet<Mark>,
    ) -> Result<Self, TemplateRefused> {
        let missing = |mark: Mark| TemplateRefused::new(TemplateFault::MissingMark, mark.name());
        let elsewhere = |mark: Mark| TemplateRefused::new(TemplateFault::MarkElsewhere, mark.name());
        let is_noticed_above = seen.contains(&Mark::Notice);
        let mut rows: BTreeMap<bool, Node<'a, 'input>> = BTreeMap::new();
        let mut here = BTreeSet::new();
        for place in &marks.places {
            here.insert(place.mark);
            let is_of_record = OF_RECORD.contains(&place.mark);
            if !is_of_record && place.mark != Mark::Municipality {
                continue;
            }
            let node = document.get_node(place.node);
            let row = node.and_then(|node| node.ancestors().find(|above| above.has_tag_name((W, "tr"))));
            let row = row.ok_or_else(|| elsewhere(place.mark))?;
            if *rows.entry(is_of_record).or_insert(row) != row {
                return Err(elsewhere(place.mark));
            }
        }
        let needed = OF_RECORD.into_iter().chain([Mark::Municipality, Mark::Notice]);
        if let Some(mark) = needed.into_iter().find(|mark| !here.contains(mark)) {
            return Err(missing(mark));
        }
        if !here.contains(&Mark::Title) && !here.contains(&Mark::InQuarter) && !here.contains(&Mark::Quarter)
        {
            return Err(missing(Mark::Title));
        }
        // A preview is marked on every page.
        if !is_noticed_above {
            return Err(missing(Mark::Notice));
        }
        let unfit = || TemplateRefused::new(TemplateFault::Rows, "");
        let (section, record) = (*rows.get(&false).ok_or_else(unfit)?, *rows.get(&true).ok_or_else(unfit)?);
        let table = record.parent().filter(|table| table.has_tag_name((W, "tbl"))).ok_or_else(unfit)?;
        let is_on_page = table.parent().is_some_and(|body| body.has_tag_name((W, "body")));
        let next_row = section.next_siblings().skip(1).find(|node| node.has_tag_name((W, "tr")));
        if !is_on_page || section.parent() != Some(table) || next_row != Some(record) {
            return Err(unfit());
        }
        Ok(Self { table, section, record })
    }

    /// What Word refuses and no validator sees, in every table; and what makes the table look as it must.
    fn check(&self, document: &Document<'_>) -> Result<(), TemplateRefused> {
        let refused = |fault| Err(TemplateRefused::new(fault, ""));
        let is_repeated = |row: Node<'_, '_>| {
            let off = |mark: Node<'_, '_>| matches!(mark.attribute((W, "val")), Some("0" | "false" | "off"));
            named(row, "trPr").any(|properties| named(properties, "tblHeader").any(|mark| !off(mark)))
        };
        let first = named(self.table, "tr").next();
        if !first.is_some_and(|first| first != self.section && is_repeated(first)) {
            return refused(TemplateFault::HeadingNotRepeated);
        }
        for row in [self.section, self.record] {
            if row.descendants().any(|node| ["drawing", "pict"].contains(&node.tag_name().name())) {
                return refused(TemplateFault::PictureInRow);
            }
        }
        for table in document.descendants().filter(|node| node.has_tag_name((W, "tbl"))) {
            let columns: usize = named(table, "tblGrid").map(|grid| named(grid, "gridCol").count()).sum();
            for row in named(table, "tr") {
                if named(row, "tc")
                    .any(|cell| !cell.last_element_child().is_some_and(|last| last.has_tag_name((W, "p"))))
                {
                    return refused(TemplateFault::CellWithoutParagraph);
                }
                if columns_of(row) != columns {
                    return refused(TemplateFault::Spans);
                }
            }
            let behind = table.next_siblings().skip(1).find(Node::is_element);
            if !behind.is_some_and(|behind| behind.has_tag_name((W, "p")) || behind.has_tag_name((W, "tbl")))
            {
                return refused(TemplateFault::NothingBehindTable);
            }
        }
        Ok(())
    }

    /// What must not stand twice goes; the section row is kept with its first record.
    fn edit(&self, source: &str, marks: &mut Marks) {
        for row in [self.section, self.record] {
            for node in row.descendants().filter(Node::is_element) {
                if node.tag_name().namespace() == Some(W) && ONLY_ONCE.contains(&node.tag_name().name()) {
                    marks.edits.push(Edit { range: node.range(), segments: vec![] });
                }
                for number in node.attributes().filter(|attribute| NUMBERS.contains(&attribute.name())) {
                    marks.edits.push(Edit { range: number.range(), segments: vec![] });
                }
            }
        }
        for paragraph in self.section.descendants().filter(|node| node.has_tag_name((W, "p"))) {
            marks.edits.extend(kept_with_next(source, paragraph));
        }
    }
}

/// How many columns of the grid a row takes.
fn columns_of(row: Node<'_, '_>) -> usize {
    let value = |node: Node<'_, '_>| {
        let value = node.attribute((W, "val")).and_then(|value| value.parse::<usize>().ok());
        value.unwrap_or(1)
    };
    let beside: usize = named(row, "trPr")
        .flat_map(|properties| named(properties, "gridBefore").chain(named(properties, "gridAfter")))
        .map(value)
        .sum();
    let cells = named(row, "tc").map(|cell| {
        let span = named(cell, "tcPr").find_map(|properties| named(properties, "gridSpan").next());
        span.map_or(1, value)
    });
    beside + cells.sum::<usize>()
}

/// The edit that keeps a paragraph on one page with what follows. `None`: it says so itself, or says that it is not.
fn kept_with_next(source: &str, paragraph: Node<'_, '_>) -> Option<Edit> {
    let behind = source.get(paragraph.range().start + 1..)?;
    let name = behind.split([' ', '>', '/']).next()?;
    let prefix = name.strip_suffix('p')?;
    let keep = format!("<{prefix}keepNext/>");
    let Some(properties) = named(paragraph, "pPr").next() else {
        let at = behind_tag(source, paragraph)?;
        let text = format!("<{prefix}pPr>{keep}</{prefix}pPr>");
        return Some(Edit { range: at..at, segments: vec![Segment::Text(text)] });
    };
    if named(properties, "keepNext").next().is_some() {
        return None;
    }
    let at = match named(properties, "pStyle").next() {
        Some(style) => style.range().end,
        None => behind_tag(source, properties)?,
    };
    Some(Edit { range: at..at, segments: vec![Segment::Text(keep)] })
}

/// Where what is in an element begins. `None`: nothing is in it.
fn behind_tag(source: &str, node: Node<'_, '_>) -> Option<usize> {
    let tag = source.get(node.range())?.split_inclusive('>').next()?;
    (!tag.ends_with("/>")).then_some(node.range().start + tag.len())
}

fn relations_part(relations: &[Relation]) -> String {
    let lines = relations.iter().map(|Relation { id, kind, target }| {
        format!("<Relationship Id={} Type={} Target={}/>\n", quoted(id), quoted(kind), quoted(target))
    });
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\n",
        &lines.collect::<String>(),
        "</Relationships>",
    ]
    .concat()
}

/// Every part that is kept by its name, beside our own.
fn content_types(types: &BTreeMap<String, String>, parts: &BTreeMap<String, Vec<u8>>) -> String {
    let kept = types.iter().filter(|(name, _)| parts.contains_key(*name));
    let overrides = kept.map(|(name, kind)| {
        format!("<Override PartName={} ContentType={}/>\n", quoted(&format!("/{name}")), quoted(kind))
    });
    [
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\n",
        "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\n",
        "<Default Extension=\"xml\" ContentType=\"application/xml\"/>\n",
        &overrides.collect::<String>(),
        "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\n",
        "<Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/>\n",
        "<Override PartName=\"/docProps/custom.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.custom-properties+xml\"/>\n",
        "</Types>",
    ]
    .concat()
}
