//! The main part of a Word file: one pass over it, with what must be remembered on the way.

use super::notes::Notes;
use super::numbering::Numbering;
use super::styles::Styles;
use crate::import::draft::Draft;
use crate::import::limits::DEPTH_MAX;
use crate::import::lines::Lines;
use crate::import::names::Ns;
use crate::import::xml::{Node, Xml};
use crate::import::{CannotRead, Fact, NoticeKind, Place};

/// A field that began and has not ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// Whether its result is being read, which is what a page shows, or still what it asks for.
    pub(super) shows: bool,
    /// What is chosen in a list to choose from; it is shown though it is no text of the document.
    pub(super) choice: Option<String>,
}

pub(super) struct Body<'p, 'd> {
    pub(super) xml: Xml<'p>,
    pub(super) draft: &'d mut Draft,
    pub(super) styles: &'d Styles,
    pub(super) numbering: Numbering,
    pub(super) notes: &'d Notes,
    /// Where the reading is, for notices.
    pub(super) place: Place,
    /// Columns of the table that is being read; 0 outside of tables.
    pub(super) columns: usize,
    /// Whether the table that is being read is a list within a cell, whose place stays that of the cell.
    pub(super) is_listed: bool,
    pub(super) fields: Vec<Field>,
    /// Facts of the paragraph that is being read.
    pub(super) facts: Vec<Fact>,
    /// The depth of the content that is only the prompt of a field nobody filled in.
    muted: Option<usize>,
    prompt_at: Option<usize>,
    /// The depths of alternatives that are open, and whether one of each was taken.
    alternatives: Vec<(usize, bool)>,
}

impl<'p, 'd> Body<'p, 'd> {
    pub(super) fn new(
        xml: Xml<'p>,
        draft: &'d mut Draft,
        styles: &'d Styles,
        numbering: Numbering,
        notes: &'d Notes,
    ) -> Self {
        Self {
            xml,
            draft,
            styles,
            numbering,
            notes,
            place: Place::File,
            columns: 0,
            is_listed: false,
            fields: Vec::new(),
            facts: Vec::new(),
            muted: None,
            prompt_at: None,
            alternatives: Vec::new(),
        }
    }

    pub(super) fn read(mut self) -> Result<(), CannotRead> {
        let mut has_body = false;
        while self.xml.next()? != Node::Eof {
            if self.xml.is(Ns::Word, "body") && !has_body {
                has_body = true;
                self.body()?;
            }
        }
        if !has_body {
            return Err(self.xml.malformed());
        }
        if !self.fields.is_empty() {
            self.draft.find(&Place::File, NoticeKind::UnclosedField);
        }
        self.xml.finish()
    }

    fn body(&mut self) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let mut lines = Lines::default();
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start || self.aside()? {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "p") => {
                    self.place = Place::Paragraph { number: self.draft.next_paragraph() };
                    self.paragraph(&mut lines)?;
                    self.draft.put_down(&mut lines);
                }
                (Ns::Word, "tbl") => self.table(None)?,
                _ => {}
            }
        }
        lines.end();
        self.draft.put_down(&mut lines);
        Ok(())
    }

    /// Paragraphs and tables within the element that began last: a cell, a text box.
    pub(super) fn flow(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.next_in(depth)? {
            if node == Node::Start {
                self.flow_element(lines)?;
            }
        }
        lines.end();
        Ok(())
    }

    pub(super) fn flow_element(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        if self.aside()? {
            return Ok(());
        }
        match self.xml.name() {
            (Ns::Word, "p") => self.paragraph(lines),
            (Ns::Word, "tbl") => self.table(Some(lines)),
            _ => Ok(()),
        }
    }

    /// The next piece within the element at `depth`.
    pub(super) fn next_in(&mut self, depth: usize) -> Result<Option<Node>, CannotRead> {
        let node = self.xml.next_in(depth)?;
        if self.muted.is_some_and(|muted| self.xml.depth() < muted) {
            self.muted = None;
        }
        Ok(node)
    }

    /// What means the same wherever it stands; says whether the element that began last is done with.
    pub(super) fn aside(&mut self) -> Result<bool, CannotRead> {
        let depth = self.xml.depth();
        match self.xml.name() {
            (Ns::Word, "ins" | "moveTo") => {
                self.note(Fact::Tracked, NoticeKind::TrackedChanges);
                return Ok(false);
            }
            (Ns::Word, "del" | "moveFrom") => self.note(Fact::Tracked, NoticeKind::TrackedChanges),
            (Ns::Word, "altChunk") => self.draft.find(&self.place, NoticeKind::EmbeddedDocument),
            (Ns::Word, "subDoc") => {
                self.draft.find(&self.place, NoticeKind::external("subDoc"));
            }
            (Ns::Word, "sdtPr") => {
                self.content_control()?;
                return Ok(true);
            }
            (Ns::Word, "sdtContent") => {
                if self.prompt_at == Some(depth) {
                    self.muted = self.muted.or(Some(depth));
                    self.prompt_at = None;
                }
                return Ok(false);
            }
            (Ns::Word, "sdtEndPr" | "customXmlPr" | "smartTagPr" | "rt" | "sectPr") => {}
            (Ns::Compatibility, "AlternateContent") => {
                self.alternatives.retain(|(open, _)| *open < depth);
                self.alternatives.push((depth, false));
                return Ok(false);
            }
            (Ns::Compatibility, "Choice" | "Fallback") => {
                self.alternatives.retain(|(open, _)| *open < depth);
                match self.alternatives.last_mut() {
                    Some((_, taken)) if *taken => {}
                    Some((_, taken)) => {
                        *taken = true;
                        return Ok(false);
                    }
                    None => return Ok(false),
                }
            }
            _ => return Ok(false),
        }
        self.xml.skip()?;
        Ok(true)
    }

    /// Whether text is shown where the reading is.
    pub(super) fn shows(&self) -> bool {
        self.muted.is_none() && self.fields.iter().all(|field| field.shows)
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted.is_some()
    }

    /// A fact of the present paragraph, and the notice that goes with it.
    pub(super) fn note(&mut self, fact: Fact, kind: NoticeKind) {
        crate::import::draft::add_fact(&mut self.facts, fact);
        self.draft.find(&self.place, kind);
    }

    pub(super) fn begin_field(&mut self, choice: Option<String>) -> Result<(), CannotRead> {
        if self.fields.len() >= DEPTH_MAX {
            return Err(self.xml.malformed());
        }
        self.fields.push(Field { shows: false, choice });
        Ok(())
    }

    /// Properties of a content control: whether what it holds is only a prompt.
    fn content_control(&mut self) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            if node == Node::Start
                && self.xml.is(Ns::Word, "showingPlcHdr")
                && super::styles::switch(&self.xml)
            {
                self.prompt_at = Some(depth);
            }
        }
        Ok(())
    }
}
