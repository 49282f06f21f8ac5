//! What the styles of a Word file say about text: whether it is bold or hidden, and which list it belongs to.

use std::collections::HashMap;

use crate::import::CannotRead;
use crate::import::limits::DEFINITIONS_MAX;
use crate::import::lines::Looks;
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};

/// As many styles as may stand on each other; Word allows ten.
const BASES_MAX: usize = 20;

/// The list of a paragraph and its level in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) list: Option<String>,
    pub(super) level: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    base: Option<String>,
    pub(super) looks: Looks,
    pub(super) listed: Listed,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    defaults: Looks,
    paragraph_default: Option<String>,
}

impl Styles {
    pub(super) fn read(mut xml: Xml<'_>) -> Result<Self, CannotRead> {
        let mut styles = Self::default();
        loop {
            match xml.next()? {
                Node::Start if xml.is(Ns::Word, "docDefaults") => styles.defaults = defaults(&mut xml)?,
                Node::Start if xml.is(Ns::Word, "style") => styles.add(&mut xml)?,
                Node::Eof => return Ok(styles),
                Node::Start | Node::End | Node::Text => {}
            }
            if styles.by_id.len() > DEFINITIONS_MAX {
                return Err(too_many_definitions());
            }
        }
    }

    /// A style with what it takes from those that it is based on; none is the style of every paragraph.
    pub(super) fn paragraph(&self, id: Option<&str>) -> Style {
        match id.or(self.paragraph_default.as_deref()) {
            Some(id) => self.resolved(id, BASES_MAX),
            None => Style::default(),
        }
    }

    pub(super) fn run(&self, id: &str) -> Looks {
        self.resolved(id, BASES_MAX).looks
    }

    /// What holds where no style speaks.
    pub(super) fn defaults(&self) -> Looks {
        self.defaults
    }

    fn resolved(&self, id: &str, bases_left: usize) -> Style {
        let Some(style) = self.by_id.get(id) else { return Style::default() };
        let base = match &style.base {
            Some(base) if bases_left > 0 => self.resolved(base, bases_left - 1),
            Some(_) | None => return style.clone(),
        };
        Style {
            base: None,
            looks: style.looks.or(base.looks),
            listed: Listed {
                list: style.listed.list.clone().or(base.listed.list),
                level: style.listed.level.or(base.listed.level),
            },
        }
    }

    fn add(&mut self, xml: &mut Xml<'_>) -> Result<(), CannotRead> {
        let depth = xml.depth();
        let id = xml.attribute(Ns::Word, "styleId").unwrap_or_default();
        let is_default = is_on(xml.attribute(Ns::Word, "default").as_deref().unwrap_or("0"));
        if is_default && xml.attribute(Ns::Word, "type").as_deref() == Some("paragraph") {
            self.paragraph_default = Some(id.clone());
        }
        let mut style = Style::default();
        while let Some(node) = xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match xml.name() {
                (Ns::Word, "basedOn") => style.base = xml.attribute(Ns::Word, "val"),
                (Ns::Word, "numPr") => style.listed = listed(xml)?,
                (Ns::Word, "rPr") => style.looks = looks(xml)?.0,
                (Ns::Word, "tblStylePr") => xml.skip()?,
                (Ns::Word, name) if name.ends_with("Change") => xml.skip()?,
                _ => {}
            }
        }
        self.by_id.insert(id, style);
        Ok(())
    }
}

fn defaults(xml: &mut Xml<'_>) -> Result<Looks, CannotRead> {
    let depth = xml.depth();
    let mut found = Looks::default();
    while let Some(node) = xml.next_in(depth)? {
        if node == Node::Start && xml.is(Ns::Word, "rPr") {
            found = looks(xml)?.0;
        }
    }
    Ok(found)
}

/// The looks in `w:rPr`, and the style that it names.
pub(super) fn looks(xml: &mut Xml<'_>) -> Result<(Looks, Option<String>), CannotRead> {
    let depth = xml.depth();
    let mut looks = Looks::default();
    let mut style = None;
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "b") => looks.bold = Some(switch(xml)),
            (Ns::Word, "vanish") => looks.hidden = Some(switch(xml)),
            (Ns::Word, "strike" | "dstrike") => looks.struck = Some(switch(xml)),
            (Ns::Word, "rStyle") => style = xml.attribute(Ns::Word, "val"),
            (Ns::Word, "rPrChange") => xml.skip()?,
            _ => {}
        }
    }
    Ok((looks, style))
}

/// The list and level in `w:numPr`.
pub(super) fn listed(xml: &mut Xml<'_>) -> Result<Listed, CannotRead> {
    let depth = xml.depth();
    let mut listed = Listed::default();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "numId") => listed.list = xml.attribute(Ns::Word, "val"),
            (Ns::Word, "ilvl") => {
                listed.level = xml.attribute(Ns::Word, "val").and_then(|level| level.parse().ok());
            }
            (Ns::Word, "numberingChange" | "ins") => xml.skip()?,
            _ => {}
        }
    }
    Ok(listed)
}

/// Whether a property that is there is on.
pub(super) fn switch(xml: &Xml<'_>) -> bool {
    xml.attribute(Ns::Word, "val").is_none_or(|value| is_on(&value))
}

fn is_on(value: &str) -> bool {
    !matches!(value, "0" | "false" | "off" | "none")
}
