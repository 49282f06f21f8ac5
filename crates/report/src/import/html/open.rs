//! The elements of a page that are open, and what they do to the text in them. Pages close them in any order or never.

use crate::import::CannotRead;
use crate::import::Limit;

/// Elements that may be open at once: Word leaves some dozens unclosed. Each is compared with each end that has none.
const OPEN_MAX: usize = 200;

/// The weight from which letters look bold.
const BOLD_WEIGHT: u32 = 600;

/// Whether text is shown; what hides it more wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    #[default]
    Yes,
    /// It is hidden.
    Hidden,
    /// It is tracked as deleted.
    Deleted,
    /// It is no text of the page.
    Never,
}

/// What holds for the text in an element, from it and from those around it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Effect {
    pub(super) shown: Shown,
    pub(super) is_bold: bool,
    pub(super) is_struck: bool,
}

#[derive(Debug)]
struct Element {
    name: String,
    effect: Effect,
}

#[derive(Debug, Default)]
pub(super) struct Open {
    elements: Vec<Element>,
}

impl Open {
    /// What holds where the reading is.
    pub(super) fn effect(&self) -> Effect {
        self.elements.last().map(|last| last.effect).unwrap_or_default()
    }

    pub(super) fn push(
        &mut self,
        name: String,
        attribute: &impl Fn(&str) -> Option<String>,
    ) -> Result<(), CannotRead> {
        // A paragraph or an item ends where the next begins.
        let repeats = self.elements.last().is_some_and(|last| last.name == name);
        if repeats && matches!(name.as_str(), "p" | "li") {
            self.elements.pop();
        }
        if self.elements.len() >= OPEN_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::OpenElements, max: OPEN_MAX as u64 });
        }
        let around = self.effect();
        let effect = Effect {
            shown: around.shown.max(shown(&name, attribute)),
            is_bold: weighs(&name, attribute).unwrap_or(around.is_bold),
            is_struck: around.is_struck || strikes(&name, attribute),
        };
        self.elements.push(Element { name, effect });
        Ok(())
    }

    /// Closes the innermost element of the name and all within it; never beyond the cell that it stands in.
    pub(super) fn pop(&mut self, name: &str) {
        let is_of_table = matches!(name, "table" | "tr" | "thead" | "tbody" | "tfoot" | "body" | "html");
        for at in (0..self.elements.len()).rev() {
            let found = &self.elements[at].name;
            if found == name {
                self.elements.truncate(at);
                return;
            }
            if matches!(found.as_str(), "td" | "th") && !is_of_table {
                return;
            }
            if found == "table" && name != "table" {
                return;
            }
        }
    }

    /// Closes the cell that is open, if one is in the innermost table.
    pub(super) fn pop_to_cell(&mut self) {
        for at in (0..self.elements.len()).rev() {
            match self.elements[at].name.as_str() {
                "td" | "th" => return self.elements.truncate(at),
                "table" => return,
                _ => {}
            }
        }
    }
}

fn shown(name: &str, attribute: &impl Fn(&str) -> Option<String>) -> Shown {
    match name {
        "head" | "title" | "style" | "script" | "xml" => Shown::Never,
        "del" => Shown::Deleted,
        "template" | "noscript" => Shown::Hidden,
        _ if hides(attribute) => Shown::Hidden,
        _ => Shown::Yes,
    }
}

/// Whether the element hides what is in it.
pub(super) fn hides(attribute: &impl Fn(&str) -> Option<String>) -> bool {
    let style = attribute("style").unwrap_or_default().to_lowercase().replace(' ', "");
    attribute("hidden").is_some()
        || ["display:none", "mso-hide:all", "visibility:hidden"].iter().any(|hidden| style.contains(hidden))
}

/// Whether the element makes its text bold or not, if it says so.
fn weighs(name: &str, attribute: &impl Fn(&str) -> Option<String>) -> Option<bool> {
    let style = attribute("style").unwrap_or_default().to_lowercase().replace(' ', "");
    if let Some((_, weight)) = style.split_once("font-weight:") {
        let weight = weight.split(';').next().unwrap_or_default();
        return Some(
            weight.starts_with("bold") || weight.parse::<u32>().is_ok_and(|weight| weight >= BOLD_WEIGHT),
        );
    }
    matches!(name, "b" | "strong" | "th" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6").then_some(true)
}

/// Whether the element strikes its text out.
fn strikes(name: &str, attribute: &impl Fn(&str) -> Option<String>) -> bool {
    matches!(name, "s" | "strike") || attribute("style").is_some_and(|style| style.contains("line-through"))
}

/// Whether nothing is ever in the element, so that it is never closed.
pub(super) fn is_void(name: &str) -> bool {
    let void = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    ];
    void.contains(&name)
}
