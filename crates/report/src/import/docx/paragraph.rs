//! A paragraph of Word: runs put together, its number counted, its facts gathered.

use std::mem;

use super::body::Body;
use super::styles::{Listed, listed, looks};
use crate::import::draft::{add_fact, move_facts};
use crate::import::lines::{Label, Line, Lines, Looks};
use crate::import::names::Ns;
use crate::import::xml::Node;
use crate::import::{CannotRead, Fact, NoticeKind};

/// What `w:pPr` says.
#[derive(Debug, Default)]
pub(super) struct ParagraphStyle {
    pub(super) looks: Looks,
    listed: Listed,
    style: Option<String>,
    is_mark_deleted: bool,
    is_mark_hidden: bool,
}

impl Body<'_, '_> {
    /// Reads the paragraph that began last into `lines`.
    pub(super) fn paragraph(&mut self, lines: &mut Lines) -> Result<(), CannotRead> {
        self.draft.count_paragraph()?;
        let depth = self.xml.depth();
        let outer_facts = mem::take(&mut self.facts);
        let mut line = lines.carried.take().unwrap_or_default();
        let mut boxes = Lines::default();
        let mut style = None;
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start || self.aside()? {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "pPr") => style = Some(self.paragraph_style()?),
                (Ns::Word, "r") => {
                    let looks = style.get_or_insert_with(|| self.plain_style()).looks;
                    self.run(looks, &mut line, &mut boxes)?;
                }
                (Ns::Word, "fldSimple") => add_fact(&mut self.facts, Fact::Computed),
                (Ns::Math, "t") => {
                    let text = self.xml.text_inside()?;
                    self.add_text(&text, Looks::default(), &mut line)?;
                }
                _ => {}
            }
        }
        let style = style.unwrap_or_else(|| self.plain_style());
        let mut facts = mem::replace(&mut self.facts, outer_facts);
        move_facts(&mut facts, &mut line.facts);
        self.end_paragraph(line, &style, lines);
        lines.done.append(&mut boxes.done);
        Ok(())
    }

    fn end_paragraph(&mut self, mut line: Line, style: &ParagraphStyle, lines: &mut Lines) {
        if style.is_mark_deleted {
            add_fact(&mut line.facts, Fact::Tracked);
            self.draft.find(&self.place, NoticeKind::TrackedChanges);
            lines.carried = Some(line);
            return;
        }
        if style.is_mark_hidden && line.text.is_empty() {
            return;
        }
        line.label(self.label(style));
        lines.done.push(line);
    }

    fn label(&mut self, style: &ParagraphStyle) -> Option<Label> {
        let list = style.listed.list.as_deref().filter(|list| *list != "0")?;
        let by_style = || style.style.as_deref().and_then(|style| self.numbering.level_of_style(list, style));
        let level = style.listed.level.or_else(by_style).unwrap_or_default();
        self.numbering.count(list, level, self.styles)
    }

    fn plain_style(&self) -> ParagraphStyle {
        let resolved = self.styles.paragraph(None);
        ParagraphStyle {
            looks: resolved.looks.or(self.styles.defaults()),
            listed: resolved.listed,
            ..ParagraphStyle::default()
        }
    }

    fn paragraph_style(&mut self) -> Result<ParagraphStyle, CannotRead> {
        let depth = self.xml.depth();
        let mut style = ParagraphStyle::default();
        while let Some(node) = self.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "pStyle") => style.style = self.xml.attribute(Ns::Word, "val"),
                (Ns::Word, "numPr") => style.listed = listed(&mut self.xml)?,
                (Ns::Word, "rPr") => self.mark(&mut style)?,
                (Ns::Word, "sectPr" | "pPrChange") => self.xml.skip()?,
                _ => {}
            }
        }
        let resolved = self.styles.paragraph(style.style.as_deref());
        style.looks = resolved.looks.or(self.styles.defaults());
        style.listed.list = style.listed.list.or(resolved.listed.list);
        style.listed.level = style.listed.level.or(resolved.listed.level);
        Ok(style)
    }

    /// Looks and changes of the mark at the end of the paragraph.
    fn mark(&mut self, style: &mut ParagraphStyle) -> Result<(), CannotRead> {
        let depth = self.xml.depth();
        while let Some(node) = self.xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match self.xml.name() {
                (Ns::Word, "del" | "moveFrom") => style.is_mark_deleted = true,
                (Ns::Word, "vanish") => style.is_mark_hidden = super::styles::switch(&self.xml),
                (Ns::Word, "rPrChange") => self.xml.skip()?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The looks of a run: its own, then those of its style, then those of the paragraph.
    pub(super) fn run_looks(&mut self, paragraph: Looks) -> Result<Looks, CannotRead> {
        let (own, style) = looks(&mut self.xml)?;
        let styled = style.map(|style| self.styles.run(&style)).unwrap_or_default();
        Ok(own.or(styled).or(paragraph))
    }
}
