//! A run of Word: letters of one look, and what stands between them.

use super::body::Body;
use super::symbols::{UNKNOWN, symbol};
use crate::import::draft::add_fact;
use crate::import::lines::{Line, Lines, Looks};
use crate::import::names::Ns;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, NoticeKind};

impl Body<'_, '_> {
    /// Reads the run that began last; text boxes that hang on it go to `boxes`.
    pub(super) fn run(
        &mut self,
        paragraph: Looks,
        line: &mut Line,
        boxes: &mut Lines,
    ) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        let mut looks = paragraph;
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start || self.aside()? {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "rPr") => looks = self.run_looks(paragraph)?,
                (Ns::Word | Ns::Math, "t") => {
                    let text = self.xml.text_inside()?;
                    self.add_text(&text, looks, line)?;
                }
                (Ns::Word, "tab" | "ptab") => self.add_text("\t", looks, line)?,
                (Ns::Word, "br" | "cr") => self.add_text("\n", looks, line)?,
                (Ns::Word, "noBreakHyphen") => self.add_text("\u{2011}", looks, line)?,
                (Ns::Word, "sym") => self.symbol(looks, line)?,
                (Ns::Word, "fldChar") => self.field(looks, line)?,
                (Ns::Word, "txbxContent") => {
                    self.note(Fact::TextBox, NoticeKind::TextBox);
                    self.flow(boxes)?;
                }
                _ => self.beside(line)?,
            }
        }
        Ok(())
    }

    /// Text as far as it is shown.
    pub(super) fn add_text(&mut self, text: &str, looks: Looks, line: &mut Line) -> Result<(), CannotRead> {
        if !self.shows() {
            if self.is_muted() && !text.trim().is_empty() {
                self.draft.find(&self.place, NoticeKind::Placeholder);
            }
            return Ok(());
        }
        let is_shown = self.draft.add_text(text, looks, line, (&self.place, &mut self.facts))?;
        if is_shown && !self.fields.is_empty() {
            add_fact(&mut self.facts, Fact::Computed);
        }
        Ok(())
    }

    fn symbol(&mut self, looks: Looks, line: &mut Line) -> Result<(), CannotRead> {
        let font = self.xml.attribute(Ns::Word, "font").unwrap_or_default();
        let code = self.xml.attribute(Ns::Word, "char").unwrap_or_default();
        let code = u32::from_str_radix(&code, 16).unwrap_or_default();
        let letter = symbol(&font, code);
        if letter == UNKNOWN {
            self.draft.find(&self.place, NoticeKind::UnknownSymbol);
        }
        self.add_text(letter.encode_utf8(&mut [0; 4]), looks, line)
    }

    /// A field begins, turns to its result, or ends.
    fn field(&mut self, looks: Looks, line: &mut Line) -> Result<(), CannotRead> {
        let kind = self.xml.attribute(Ns::Word, "fldCharType").unwrap_or_default();
        let choice = self.choice()?;
        match kind.as_str() {
            "begin" => self.begin_field(choice),
            "separate" => {
                if let Some(field) = self.fields.last_mut() {
                    field.shows = true;
                }
                Ok(())
            }
            "end" => match self.fields.pop() {
                Some(field) if !field.shows => match field.choice {
                    Some(choice) => self.add_text(&choice, looks, line),
                    None => Ok(()),
                },
                Some(_) | None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// What is chosen in the list of a form field, if the element that began last holds one.
    fn choice(&mut self) -> Result<Option<String>, CannotRead> {
        let depth = self.xml.depth();
        let mut chosen = None;
        let mut entries = Vec::new();
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "ddList") => chosen = Some(0),
                (Ns::Word, "result") => {
                    chosen = self.xml.attribute(Ns::Word, "val").and_then(|at| at.parse().ok()).or(chosen);
                }
                (Ns::Word, "listEntry") => {
                    let entry = self.xml.attribute(Ns::Word, "val").unwrap_or_default();
                    self.draft.count_note(&entry)?;
                    entries.push(entry);
                }
                _ => {}
            }
        }
        Ok(chosen.and_then(|at: usize| entries.into_iter().nth(at)))
    }

    /// Notes, pictures and objects: not in the text, and yet on the page.
    fn beside(&mut self, line: &mut Line) -> Result<(), CannotRead> {
        match self.xml.name() {
            (Ns::Word, name @ ("footnoteReference" | "endnoteReference" | "commentReference")) => {
                let id = self.xml.attribute(Ns::Word, "id").unwrap_or_default();
                let (texts, kind) = match name {
                    "footnoteReference" => (&self.notes.footnotes, NoticeKind::Footnote),
                    "endnoteReference" => (&self.notes.endnotes, NoticeKind::Footnote),
                    _ => (&self.notes.comments, NoticeKind::Comment),
                };
                let text = texts.get(&id).cloned().unwrap_or_default();
                self.draft.count_note(&text)?;
                self.draft.find(&self.place, kind.clone());
                line.facts.push(match kind {
                    NoticeKind::Comment => Fact::Comment(text),
                    _ => Fact::Footnote(text),
                });
            }
            (Ns::Picture, "pic") | (Ns::Vml, "imagedata") => self.note(Fact::Image, NoticeKind::Image),
            (Ns::Diagram, "chart" | "relIds") => self.draft.find(&self.place, NoticeKind::Drawing),
            (Ns::Office, "OLEObject") => self.draft.find(&self.place, NoticeKind::EmbeddedObject),
            _ => {}
        }
        Ok(())
    }
}
