//! Texts and spreadsheets of ODF, read in one pass over their content. Unlike in Word, what is deleted lies apart,
//! covered cells are written out, and equal cells and rows are counted instead of repeated.

mod lists;
mod paragraph;
mod row;
mod styles;
mod table;

use std::mem;

use lists::Lists;
use styles::Styles;

use super::draft::{Draft, add_fact};
use super::limits::NAME_CHARS_MAX;
use super::lines::{Lines, Looks};
use super::names::Ns;
use super::package::Package;
use super::xml::{Node, Xml};
use super::{CannotRead, Fact, NoticeKind, Place};

/// The part with styles that are shared; those of the content itself stand before it.
const STYLES: &str = "styles.xml";

/// Reads a document whose content is in this part.
pub(super) fn read(package: &mut Package<'_>, main: &str, draft: &mut Draft) -> Result<(), CannotRead> {
    let mut styles = Styles::default();
    if let Some(mut xml) = package.find_definitions(STYLES)? {
        while xml.next()? != Node::Eof {
            styles.element(&mut xml)?;
        }
    }
    Reader::new(package.load(main)?, draft, styles).read()
}

struct Reader<'p, 'd> {
    xml: Xml<'p>,
    draft: &'d mut Draft,
    styles: Styles,
    lists: Lists,
    /// Where the reading is, for notices.
    place: Place,
    /// Columns of the table that is being read; 0 outside of tables.
    columns: usize,
    /// Whether the table that is being read is a list within a cell, whose place stays that of the cell.
    is_listed: bool,
    /// Facts of the paragraph that is being read.
    facts: Vec<Fact>,
    /// The looks of the cell that is being read.
    base: Looks,
    /// Whether the last letter was a space, which swallows those behind it.
    after_space: bool,
}

impl<'p, 'd> Reader<'p, 'd> {
    fn new(xml: Xml<'p>, draft: &'d mut Draft, styles: Styles) -> Self {
        Self {
            xml,
            draft,
            styles,
            lists: Lists::default(),
            place: Place::File,
            columns: 0,
            is_listed: false,
            facts: Vec::new(),
            base: Looks::default(),
            after_space: true,
        }
    }

    fn read(mut self) -> Result<(), CannotRead> {
        let mut has_body = false;
        loop {
            match self.xml.next()? {
                Node::Start => match self.xml.name() {
                    (Ns::OdfOffice, "text") => {
                        has_body = true;
                        self.body()?;
                    }
                    (Ns::OdfOffice, "spreadsheet") => {
                        has_body = true;
                        self.sheets()?;
                    }
                    _ => self.styles.element(&mut self.xml)?,
                },
                Node::Eof if has_body => return Ok(()),
                Node::Eof => return Err(self.xml.malformed()),
                Node::End | Node::Text => {}
            }
        }
    }

    fn body(&mut self) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let mut lines = Lines::default();
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            self.place = Place::Paragraph { number: self.draft.next_paragraph() };
            match self.xml.name() {
                (Ns::OdfTable, "table") => self.table(None)?,
                // What was deleted lies here, out of the text.
                (Ns::OdfText, "tracked-changes") => {
                    self.draft.find(&Place::File, NoticeKind::TrackedChanges);
                    self.xml.skip()?;
                }
                _ => self.flow_element(&mut lines)?,
            }
            self.draft.put_down(&mut lines);
        }
        Ok(())
    }

    /// The sheets of a workbook.
    fn sheets(&mut self) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::OdfTable, "table") => {
                    let name = self.xml.attribute(Ns::OdfTable, "name").unwrap_or_default();
                    let sheet = name.chars().take(NAME_CHARS_MAX).collect();
                    let style = self.xml.attribute(Ns::OdfTable, "style-name").unwrap_or_default();
                    if self.styles.is_hidden_table(&style) {
                        self.draft.find(&Place::Sheet { sheet }, NoticeKind::HiddenSheet);
                        self.xml.skip()?;
                    } else {
                        self.sheet(sheet)?;
                    }
                }
                (Ns::OdfTable, "tracked-changes" | "content-validations") => self.xml.skip()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Paragraphs, lists and tables within the element that began last.
    fn flow(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            if node == Node::Start {
                self.flow_element(lines)?;
            }
        }
        Ok(())
    }

    fn flow_element(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        match self.xml.name() {
            (Ns::OdfText, "p" | "h") => self.paragraph(lines),
            (Ns::OdfText, "list") => self.list(lines, 0),
            (Ns::OdfTable, "table") => self.table(Some(lines)),
            (Ns::OdfText, "section") if self.is_hidden_section() => {
                self.draft.find(&self.place, NoticeKind::HiddenText);
                self.xml.skip()
            }
            (Ns::OdfText, "tracked-changes" | "sequence-decls" | "variable-decls" | "user-field-decls")
            | (Ns::OdfOffice, "forms") => self.xml.skip(),
            _ => self.beside(lines),
        }
    }

    fn is_hidden_section(&self) -> bool {
        self.xml.attribute(Ns::OdfText, "display").is_some_and(|display| display == "none")
    }

    /// What hangs on a paragraph or stands beside it.
    fn beside(&mut self, boxes: &mut Lines) -> Result<(), CannotRead> {
        match self.xml.name() {
            (Ns::OdfDraw, "image") => self.note(Fact::Image, NoticeKind::Image),
            (Ns::OdfDraw, "object" | "object-ole") => {
                self.draft.find(&self.place, NoticeKind::EmbeddedObject);
                // Its picture stands beside it and shows the same.
                return self.xml.skip();
            }
            (Ns::OdfDraw, "text-box") => {
                self.note(Fact::TextBox, NoticeKind::TextBox);
                let outer = mem::take(&mut self.facts);
                self.flow(boxes)?;
                self.facts = outer;
            }
            (Ns::OdfOffice, "annotation") => {
                let remark = self.plain_text()?;
                self.draft.find(&self.place, NoticeKind::Comment);
                self.facts.push(Fact::Comment(remark));
            }
            _ => {}
        }
        Ok(())
    }

    /// A fact of the present paragraph, and the notice that goes with it.
    fn note(&mut self, fact: Fact, kind: NoticeKind) {
        add_fact(&mut self.facts, fact);
        self.draft.find(&self.place, kind);
    }

    /// The paragraphs in the element that began last, as one text.
    fn plain_text(&mut self) -> Result<String, CannotRead> {
        let depth = self.xml.depth();
        let mut text = String::new();
        let mut is_inside = false;
        while let Some(node) = self.xml.next_in(depth)? {
            match node {
                Node::Start => match self.xml.name() {
                    (Ns::OdfText, "p" | "h") => {
                        is_inside = true;
                        if !text.is_empty() {
                            text.push('\n');
                        }
                    }
                    (Ns::OdfText, "s" | "tab") => text.push(' '),
                    (Ns::OdfText, "line-break") => text.push('\n'),
                    (Ns::OdfText, "note-citation") => self.xml.skip()?,
                    _ => {}
                },
                Node::Text if is_inside => text.push_str(self.xml.text()),
                Node::Text | Node::End | Node::Eof => {}
            }
            Xml::check_kept(text.len())?;
        }
        self.draft.count_note(&text)?;
        Ok(text.trim().to_owned())
    }
}
