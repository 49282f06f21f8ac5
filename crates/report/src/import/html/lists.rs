//! Numbers that a browser counts for the items of a list.

use crate::import::Fact;
use crate::import::draft::add_fact;
use crate::import::lines::Line;
use crate::import::numerals::formatted;

/// Lists within each other that are counted; deeper ones are not told apart.
const LISTS_MAX: usize = 100;

/// No list counts further.
const COUNT_MAX: u32 = 1_000_000;

#[derive(Debug)]
struct List {
    /// The next number; nothing for bullets.
    next: Option<u32>,
    format: &'static str,
}

/// Lists that are open, and the mark of the item that has begun.
#[derive(Debug, Default)]
pub(super) struct Counters {
    lists: Vec<List>,
    mark: Option<Fact>,
}

impl Counters {
    pub(super) fn begin(&mut self, is_numbered: bool, kind: Option<&str>, start: Option<&str>) {
        let start = start.and_then(|start| start.trim().parse().ok()).unwrap_or(1_u32);
        let format = match kind {
            Some("a") => "lowerLetter",
            Some("A") => "upperLetter",
            Some("i") => "lowerRoman",
            Some("I") => "upperRoman",
            _ => "decimal",
        };
        if self.lists.len() < LISTS_MAX {
            self.lists.push(List { next: is_numbered.then_some(start.min(COUNT_MAX)), format });
        }
    }

    pub(super) fn end(&mut self) {
        self.lists.pop();
    }

    /// Begins an item, which may ask for a number of its own.
    pub(super) fn count(&mut self, value: Option<&str>) {
        let value = value.and_then(|value| value.trim().parse::<u32>().ok());
        self.mark = match self.lists.last_mut() {
            Some(List { next: Some(next), format }) => {
                let number = value.unwrap_or(*next).min(COUNT_MAX);
                *next = number + 1;
                Some(Fact::Number(format!("{}.", formatted(number, format))))
            }
            Some(List { next: None, .. }) | None => Some(Fact::Bullet),
        };
    }

    /// Marks the first paragraph of the item.
    pub(super) fn mark(&mut self, line: &mut Line) {
        match self.mark.take() {
            Some(Fact::Number(number)) => {
                let gap = if line.text.is_empty() { "" } else { " " };
                line.text.insert_str(0, &format!("{number}{gap}"));
                line.facts.push(Fact::Number(number));
            }
            Some(fact) => add_fact(&mut line.facts, fact),
            None => {}
        }
    }
}
