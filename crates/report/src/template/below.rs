//! How what stands below the table looks in a region's own form: as the paragraph that the form has there, if that says
//! something; else as the form's own paragraphs do. An empty one has no looks to be told: often it is there only because
//! one must be, a point high.

use roxmltree::Node;

use super::inspect::W;
use super::marks::{quoted, written};
use crate::Revision;
use crate::xml::escape;

/// What is taken over of the looks of a paragraph, in the order that Word wants. No more: a paragraph that begins a page, a
/// section or a list would do so again with each of ours.
const OF_PARAGRAPH: [&str; 5] = ["pStyle", "keepNext", "spacing", "ind", "jc"];

/// The same of its first text. What is hidden there must not be so here.
const OF_TEXT: [&str; 9] = ["rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs"];

/// What a paragraph begins and ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    heading: String,
    text: String,
    end: String,
}

impl Look {
    /// That of what stands behind the table.
    pub(super) fn behind(source: &str, table: Node<'_, '_>) -> Self {
        let prefix = written(source, table).strip_suffix("tbl").unwrap_or_default();
        // Attributes need a prefix; a part that gives its elements none has no looks to be told.
        let (paragraph, run) = model(table).filter(|_| !prefix.is_empty()).unzip();
        let opening = |own_of_paragraph: &[&str], own_of_text: &[&str]| {
            let of_paragraph = properties(prefix, "pPr", paragraph, &OF_PARAGRAPH, own_of_paragraph);
            let of_text = properties(prefix, "rPr", run, &OF_TEXT, own_of_text);
            let text = format!("<{prefix}t xml:space=\"preserve\">");
            format!("<{prefix}p>{of_paragraph}<{prefix}r>{of_text}{text}")
        };
        Self {
            heading: opening(&["keepNext"], &["b", "bCs"]),
            text: opening(&[], &[]),
            end: format!("</{prefix}t></{prefix}r></{prefix}p>"),
        }
    }

    /// What an edition says of the one that it replaces, with this look.
    pub(super) fn paragraphs(&self, revision: &Revision) -> String {
        let mut out = String::new();
        let mut write = |opening: &str, text: &str| {
            out.push_str(opening);
            escape(text, &mut out);
            out.push_str(&self.end);
        };
        write(&self.heading, &revision.heading());
        revision.paragraphs().iter().for_each(|text| write(&self.text, text));
        out
    }
}

/// The paragraph behind a table and its first run that says something.
fn model<'a, 'input>(table: Node<'a, 'input>) -> Option<(Node<'a, 'input>, Node<'a, 'input>)> {
    let behind = table.next_sibling_element().filter(|behind| behind.has_tag_name((W, "p")))?;
    let says = |run: &Node<'_, '_>| {
        let mut texts = run.children().filter(|text| text.has_tag_name((W, "t")));
        texts.any(|text| text.text().is_some_and(|text| !text.trim().is_empty()))
    };
    let run = behind.children().filter(|run| run.has_tag_name((W, "r"))).find(says)?;
    Some((behind, run))
}

/// The properties of that name: those among them that the model has, and those that are ours whatever it has.
fn properties(prefix: &str, name: &str, of: Option<Node<'_, '_>>, among: &[&str], own: &[&str]) -> String {
    let there = of.and_then(|of| of.children().find(|child| child.has_tag_name((W, name))));
    let taken = among.iter().filter_map(|wanted| {
        if own.contains(wanted) {
            return Some(format!("<{prefix}{wanted}/>"));
        }
        let found = there?.children().find(|child| child.has_tag_name((W, *wanted)));
        found.map(|found| again(prefix, found))
    });
    let taken: String = taken.collect();
    if taken.is_empty() { taken } else { format!("<{prefix}{name}>{taken}</{prefix}{name}>") }
}

/// An element without anything in it, written anew: what it says of itself in Word's own words.
fn again(prefix: &str, node: Node<'_, '_>) -> String {
    let said = node.attributes().filter(|attribute| attribute.namespace() == Some(W));
    let said = said.map(|attribute| format!(" {prefix}{}={}", attribute.name(), quoted(attribute.value())));
    format!("<{prefix}{}{}/>", node.tag_name().name(), said.collect::<String>())
}
