//! The numbers that Word counts by itself: nowhere in the file, and yet on the page.
//!
//! Lists that share an abstract list share its counters. A list that overrides a start begins there when it is first
//! used. A level begins anew behind a higher one, unless `lvlRestart` says otherwise.

use std::collections::{HashMap, HashSet};

use super::styles::Styles;
use crate::import::CannotRead;
use crate::import::limits::DEFINITIONS_MAX;
use crate::import::lines::Label;
use crate::import::names::Ns;
use crate::import::numerals::formatted;
use crate::import::too_many_definitions;
use crate::import::xml::{Node, Xml};

/// Levels of a list of Word.
const LEVELS: usize = 9;

/// No list counts further than its numbers can be told apart; it also bounds letters and Roman numerals, which grow.
const COUNT_MAX: u32 = 1_000_000;

/// The longest pattern of a level; those of Word hold nine numbers at most.
const PATTERN_CHARS_MAX: usize = 100;

#[derive(Clone, Debug)]
struct Level {
    start: u32,
    format: String,
    pattern: String,
    restart: Option<usize>,
    is_legal: bool,
    style: Option<String>,
}

impl Default for Level {
    fn default() -> Self {
        Self {
            start: 0,
            format: "decimal".to_owned(),
            pattern: String::new(),
            restart: None,
            is_legal: false,
            style: None,
        }
    }
}

#[derive(Debug, Default)]
struct Abstract {
    levels: HashMap<usize, Level>,
    /// The numbering style that has the levels instead.
    link: Option<String>,
    counters: [Option<u32>; LEVELS],
}

#[derive(Debug, Default)]
struct List {
    of: String,
    starts: HashMap<usize, u32>,
    levels: HashMap<usize, Level>,
}

#[derive(Debug, Default)]
pub(super) struct Numbering {
    abstracts: HashMap<String, Abstract>,
    lists: HashMap<String, List>,
    begun: HashSet<String>,
}

impl Numbering {
    pub(super) fn read(mut xml: Xml<'_>) -> Result<Self, CannotRead> {
        let mut numbering = Self::default();
        loop {
            match xml.next()? {
                Node::Start if xml.is(Ns::Word, "abstractNum") => {
                    let id = xml.attribute(Ns::Word, "abstractNumId").unwrap_or_default();
                    numbering.abstracts.insert(id, read_abstract(&mut xml)?);
                }
                Node::Start if xml.is(Ns::Word, "num") => {
                    let id = xml.attribute(Ns::Word, "numId").unwrap_or_default();
                    numbering.lists.insert(id, read_list(&mut xml)?);
                }
                Node::Eof => return Ok(numbering),
                Node::Start | Node::End | Node::Text => {}
            }
            if numbering.abstracts.len() + numbering.lists.len() > DEFINITIONS_MAX {
                return Err(too_many_definitions());
            }
        }
    }

    /// The level that a list gives to paragraphs of a style.
    pub(super) fn level_of_style(&self, list: &str, style: &str) -> Option<usize> {
        let of = self.abstracts.get(&self.lists.get(list)?.of)?;
        let found = of.levels.iter().find(|(_, level)| level.style.as_deref() == Some(style));
        found.map(|(at, _)| *at)
    }

    /// Counts one paragraph of the list, and says how it is marked.
    pub(super) fn count(&mut self, list_id: &str, level: usize, styles: &Styles) -> Option<Label> {
        let level = level.min(LEVELS - 1);
        let list = self.lists.get(list_id)?;
        let of = self.source_of(list, styles);
        let is_first_use = self.begun.insert(list_id.to_owned());
        let list = self.lists.get(list_id)?;
        let source = self.abstracts.get_mut(&of)?;
        if is_first_use {
            for at in list.starts.keys() {
                source.counters[*at] = None;
            }
        }
        let found = |at: usize| list.levels.get(&at).or_else(|| source.levels.get(&at));
        let here = found(level).cloned().unwrap_or_default();
        let restarts: Vec<bool> =
            (0..LEVELS).map(|at| at > level && restarts(found(at), level, at)).collect();
        let start = list.starts.get(&level).copied().unwrap_or(here.start);
        let count = source.counters[level].map_or(start, |count| count.saturating_add(1));
        source.counters[level] = Some(count);
        for (at, _) in restarts.iter().enumerate().filter(|(_, restarts)| **restarts) {
            source.counters[at] = None;
        }
        let counters = source.counters;
        let source = self.abstracts.get(&of)?;
        let found = |at: usize| list.levels.get(&at).or_else(|| source.levels.get(&at));
        label(&here, |at| {
            let level = found(at).cloned().unwrap_or_default();
            let count = counters[at].unwrap_or_else(|| list.starts.get(&at).copied().unwrap_or(level.start));
            if here.is_legal { count.to_string() } else { formatted(count, &level.format) }
        })
    }

    /// The abstract list with the levels: its own, or that of the numbering style it is linked to.
    fn source_of(&self, list: &List, styles: &Styles) -> String {
        let link = self.abstracts.get(&list.of).and_then(|of| of.link.as_deref());
        let linked = link.and_then(|style| styles.paragraph(Some(style)).listed.list);
        let linked = linked.and_then(|id| self.lists.get(&id));
        linked.map_or_else(|| list.of.clone(), |linked| linked.of.clone())
    }
}

/// Whether the level `at` begins anew behind a paragraph of the higher `level`.
fn restarts(found: Option<&Level>, level: usize, at: usize) -> bool {
    match found.and_then(|level| level.restart) {
        None => true,
        Some(0) => false,
        // It counts from 1, and names the level behind which this one begins anew.
        Some(restart) => level < restart.min(at),
    }
}

fn label(level: &Level, number: impl Fn(usize) -> String) -> Option<Label> {
    if level.format == "bullet" {
        return Some(Label::Bullet);
    }
    let mut text = String::new();
    let mut letters = level.pattern.chars().take(PATTERN_CHARS_MAX).peekable();
    while let Some(letter) = letters.next() {
        let at = letters.peek().and_then(|digit| digit.to_digit(10)).filter(|at| (1..=9).contains(at));
        match at {
            Some(at) if letter == '%' => {
                letters.next();
                text.push_str(&number(at as usize - 1));
            }
            _ => text.push(letter),
        }
    }
    (!text.trim().is_empty()).then_some(Label::Number(text))
}

fn read_abstract(xml: &mut Xml<'_>) -> Result<Abstract, CannotRead> {
    let depth = xml.depth();
    let mut found = Abstract::default();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "numStyleLink") => found.link = xml.attribute(Ns::Word, "val"),
            (Ns::Word, "lvl") => {
                let (at, level) = read_level(xml)?;
                found.levels.insert(at, level);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn read_list(xml: &mut Xml<'_>) -> Result<List, CannotRead> {
    let depth = xml.depth();
    let mut list = List::default();
    let mut overridden = 0;
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "abstractNumId") => list.of = xml.attribute(Ns::Word, "val").unwrap_or_default(),
            (Ns::Word, "lvlOverride") => overridden = number(xml, "ilvl").unwrap_or_default() as usize,
            (Ns::Word, "startOverride") => {
                list.starts.insert(overridden, number(xml, "val").unwrap_or_default());
            }
            (Ns::Word, "lvl") => {
                let (_, level) = read_level(xml)?;
                list.levels.insert(overridden, level);
            }
            _ => {}
        }
    }
    list.starts.retain(|at, _| *at < LEVELS);
    list.levels.retain(|at, _| *at < LEVELS);
    Ok(list)
}

fn read_level(xml: &mut Xml<'_>) -> Result<(usize, Level), CannotRead> {
    let depth = xml.depth();
    let at = number(xml, "ilvl").unwrap_or_default() as usize;
    let mut level = Level::default();
    while let Some(node) = xml.next_in(depth)? {
        if node != Node::Start {
            continue;
        }
        match xml.name() {
            (Ns::Word, "start") => level.start = number(xml, "val").unwrap_or_default(),
            (Ns::Word, "numFmt") => {
                level.format = xml.attribute(Ns::Word, "val").unwrap_or_else(|| "decimal".to_owned());
            }
            (Ns::Word, "lvlText") => level.pattern = xml.attribute(Ns::Word, "val").unwrap_or_default(),
            (Ns::Word, "lvlRestart") => level.restart = number(xml, "val").map(|at| at as usize),
            (Ns::Word, "isLgl") => level.is_legal = super::styles::switch(xml),
            (Ns::Word, "pStyle") => level.style = xml.attribute(Ns::Word, "val"),
            _ => {}
        }
    }
    Ok((at.min(LEVELS - 1), level))
}

fn number(xml: &Xml<'_>, name: &str) -> Option<u32> {
    xml.attribute(Ns::Word, name)?.trim().parse::<u32>().ok().map(|number| number.min(COUNT_MAX))
}
