//! What the styles of ODF say about text, lists and tables.

use std::collections::{HashMap, HashSet};

use crate::import::CannotRead;
use crate::import::limits::{DEFINITION_BYTES_MAX, DEFINITIONS_MAX};
use crate::import::lines::Looks;
use crate::import::names::Ns;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};

/// As many styles as may stand on each other.
const BASES_MAX: usize = 20;

/// The weight from which letters look bold.
const BOLD_WEIGHT: u32 = 600;

#[derive(Debug, Default)]
struct Style {
    base: Option<String>,
    looks: Looks,
    list: Option<String>,
}

/// How a level of a list is marked.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    pub(super) is_bullet: bool,
    pub(super) format: String,
    pub(super) prefix: String,
    pub(super) suffix: String,
    pub(super) start: u32,
    /// How many levels are shown, this one last.
    pub(super) shown: usize,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    by_name: HashMap<String, Style>,
    lists: HashMap<String, HashMap<usize, Level>>,
    hidden_tables: HashSet<String>,
    /// Bytes of all names.
    bytes: usize,
}

impl Styles {
    /// Takes the element that began last down, if it is a style.
    pub(super) fn element(&mut self, xml: &mut Xml<'_>) -> Result<(), CannotRead> {
        match xml.name() {
            (Ns::OdfStyle, "style") => self.add_style(xml)?,
            (Ns::OdfText, "list-style") => self.add_list(xml)?,
            _ => return Ok(()),
        }
        let has_many = self.by_name.len() + self.lists.len() > DEFINITIONS_MAX;
        if has_many || self.bytes as u64 > DEFINITION_BYTES_MAX {
            return Err(too_many_definitions());
        }
        Ok(())
    }

    pub(super) fn looks(&self, name: &str) -> Looks {
        let mut looks = Looks::default();
        let mut next = Some(name);
        for _ in 0..BASES_MAX {
            let Some(style) = next.and_then(|name| self.by_name.get(name)) else { break };
            looks = looks.or(style.looks);
            next = style.base.as_deref();
        }
        looks
    }

    /// The list that a paragraph style belongs to.
    pub(super) fn list_of(&self, name: &str) -> Option<&str> {
        self.by_name.get(name)?.list.as_deref().filter(|list| !list.is_empty())
    }

    pub(super) fn level(&self, list: &str, level: usize) -> Option<&Level> {
        self.lists.get(list)?.get(&level)
    }

    pub(super) fn is_hidden_table(&self, name: &str) -> bool {
        self.hidden_tables.contains(name)
    }

    fn add_style(&mut self, xml: &mut Xml<'_>) -> Result<(), CannotRead> {
        let depth = xml.depth();
        let name = xml.attribute(Ns::OdfStyle, "name").unwrap_or_default();
        let mut style = Style {
            base: xml.attribute(Ns::OdfStyle, "parent-style-name"),
            list: xml.attribute(Ns::OdfStyle, "list-style-name"),
            looks: Looks::default(),
        };
        let names = [Some(&name), style.base.as_ref(), style.list.as_ref()];
        self.bytes += names.into_iter().flatten().map(String::len).sum::<usize>();
        while let Some(node) = xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            match xml.name() {
                (Ns::OdfStyle, "text-properties") => style.looks = looks(xml),
                (Ns::OdfStyle, "table-properties") => {
                    let display = xml.attribute(Ns::OdfTable, "display");
                    if display.is_some_and(|display| display == "false") {
                        self.hidden_tables.insert(name.clone());
                    }
                }
                _ => {}
            }
        }
        self.by_name.insert(name, style);
        Ok(())
    }

    fn add_list(&mut self, xml: &mut Xml<'_>) -> Result<(), CannotRead> {
        let depth = xml.depth();
        let name = xml.attribute(Ns::OdfStyle, "name").unwrap_or_default();
        let mut levels = HashMap::new();
        while let Some(node) = xml.next_in(depth)? {
            if node != Node::Start {
                continue;
            }
            let is_bullet = match xml.name() {
                (Ns::OdfText, "list-level-style-number") => false,
                (Ns::OdfText, "list-level-style-bullet" | "list-level-style-image") => true,
                _ => continue,
            };
            let number = |ns, name, usual| {
                xml.attribute(ns, name).and_then(|value: String| value.parse::<u32>().ok()).unwrap_or(usual)
            };
            let text = |name| xml.attribute(Ns::OdfStyle, name).unwrap_or_default();
            let level = Level {
                is_bullet,
                format: text("num-format"),
                prefix: text("num-prefix"),
                suffix: text("num-suffix"),
                start: number(Ns::OdfText, "start-value", 1),
                shown: (number(Ns::OdfText, "display-levels", 1) as usize).min(super::lists::LEVELS),
            };
            self.bytes += level.format.len() + level.prefix.len() + level.suffix.len();
            levels.insert(number(Ns::OdfText, "level", 1) as usize, level);
        }
        self.bytes += name.len();
        levels.retain(|at, _| (1..=super::lists::LEVELS).contains(at));
        self.lists.insert(name, levels);
        Ok(())
    }
}

fn looks(xml: &Xml<'_>) -> Looks {
    let weight = xml.attribute(Ns::OdfFo, "font-weight");
    let is_bold =
        |weight: String| weight == "bold" || weight.parse::<u32>().is_ok_and(|weight| weight >= BOLD_WEIGHT);
    let lined = xml.attribute(Ns::OdfStyle, "text-line-through-style");
    Looks {
        bold: weight.map(is_bold),
        hidden: xml.attribute(Ns::OdfText, "display").map(|display| display == "none"),
        struck: lined.map(|style| style != "none"),
    }
}
