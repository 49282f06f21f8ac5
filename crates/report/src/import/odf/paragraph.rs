//! A paragraph of ODF: text with elements in it, spaces counted instead of written.

use std::mem;

use super::Reader;
use crate::import::draft::{add_fact, move_facts};
use crate::import::limits::COLUMNS_MAX;
use crate::import::lines::{Line, Lines, Looks};
use crate::import::names::Ns;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, NoticeKind};

impl Reader<'_, '_> {
    /// Reads the paragraph that began last into `lines`.
    pub(super) fn paragraph(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        self.draft.count_paragraph()?;
        let style = self.xml.attribute(Ns::OdfText, "style-name").unwrap_or_default();
        let looks = self.styles.looks(&style).or(self.base);
        let label = self.lists.take_label(&style, &self.styles);
        let outer_facts = mem::take(&mut self.facts);
        let outer_space = mem::replace(&mut self.after_space, true);
        let mut line = Line::default();
        let mut boxes = Lines::default();
        self.inline(looks, &mut line, &mut boxes)?;
        self.after_space = outer_space;
        let mut facts = mem::replace(&mut self.facts, outer_facts);
        move_facts(&mut facts, &mut line.facts);
        line.label(label);
        lines.done.push(line);
        lines.done.append(&mut boxes.done);
        Ok(())
    }

    /// Everything in the element that began last.
    fn inline(&mut self, looks: Looks, line: &mut Line, boxes: &mut Lines) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            match node {
                Node::Text => {
                    let text = self.collapsed();
                    self.add_text(&text, looks, line)?;
                }
                Node::Start => self.inline_element(looks, line, boxes)?,
                Node::End | Node::Eof => {}
            }
        }
        Ok(())
    }

    fn inline_element(&mut self, looks: Looks, line: &mut Line, boxes: &mut Lines) -> Result<(), CannotRead> {
        match self.xml.name() {
            (Ns::OdfText, "span") => {
                let style = self.xml.attribute(Ns::OdfText, "style-name").unwrap_or_default();
                self.inline(self.styles.looks(&style).or(looks), line, boxes)
            }
            (Ns::OdfText, "s") => {
                let count = self.xml.attribute(Ns::OdfText, "c").and_then(|count| count.parse().ok());
                // Nobody sees more spaces than a line is wide.
                self.add_text(&" ".repeat(count.unwrap_or(1).min(COLUMNS_MAX)), looks, line)
            }
            (Ns::OdfText, "tab") => self.add_text("\t", looks, line),
            (Ns::OdfText, "line-break") => self.add_text("\n", looks, line),
            (Ns::OdfText, "note") => {
                let text = self.plain_text()?;
                self.draft.find(&self.place, NoticeKind::Footnote);
                self.facts.push(Fact::Footnote(text));
                Ok(())
            }
            (Ns::OdfText, "hidden-text" | "hidden-paragraph") => {
                self.note(Fact::Hidden, NoticeKind::HiddenText);
                self.xml.skip()
            }
            (Ns::OdfText, "change" | "change-start" | "change-end") => {
                self.note(Fact::Tracked, NoticeKind::TrackedChanges);
                Ok(())
            }
            (Ns::OdfText, "ruby-text") => self.xml.skip(),
            (Ns::OdfText, "placeholder") => {
                self.draft.find(&self.place, NoticeKind::Placeholder);
                self.xml.skip()
            }
            (Ns::OdfText, "sequence" | "date" | "time" | "expression" | "user-field-get" | "drop-down") => {
                add_fact(&mut self.facts, Fact::Computed);
                Ok(())
            }
            _ => self.beside(boxes),
        }
    }

    /// The text that was met last, each run of white space as one space.
    fn collapsed(&mut self) -> String {
        let mut text = String::with_capacity(self.xml.text().len());
        for letter in self.xml.text().chars() {
            let is_space = matches!(letter, ' ' | '\t' | '\n' | '\r');
            if !is_space {
                text.push(letter);
            } else if !self.after_space {
                text.push(' ');
            }
            self.after_space = is_space;
        }
        text
    }

    fn add_text(&mut self, text: &str, looks: Looks, line: &mut Line) -> Result<(), CannotRead> {
        self.draft.add_text(text, looks, line, (&self.place, &mut self.facts)).map(drop)
    }
}
