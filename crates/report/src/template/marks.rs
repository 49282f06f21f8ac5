//! Finds the marks of a part, however Word has cut them over runs, and says what takes their place.

use std::ops::Range;

use roxmltree::{Document, Node, NodeId};

use super::inspect::W;
use super::segments::Segment;
use super::{Mark, TemplateFault, TemplateRefused};
use crate::xml::{escape, escaped};

/// A stretch of a part, and what takes its place.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) segments: Vec<Segment>,
}

/// Where a mark begins.
pub(super) struct Place {
    pub(super) mark: Mark,
    pub(super) node: NodeId,
}

/// The marks of a part.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) edits: Vec<Edit>,
    pub(super) places: Vec<Place>,
}

/// A letter or a mark in a piece of text.
enum Piece {
    Letter(char),
    Mark(Mark),
}

/// Finds all marks.
pub(super) fn find_marks(source: &str, document: &Document<'_>) -> Result<Marks, TemplateRefused> {
    let mut marks = Marks::default();
    for paragraph in document.descendants().filter(|node| node.has_tag_name((W, "p"))) {
        marks.of_paragraph(source, paragraph)?;
    }
    Ok(marks)
}

impl Marks {
    fn of_paragraph(&mut self, source: &str, paragraph: Node<'_, '_>) -> Result<(), TemplateRefused> {
        let texts: Vec<Node<'_, '_>> = own(paragraph).filter(|node| node.has_tag_name((W, "t"))).collect();
        let letters = letters(paragraph, &texts);
        if !letters.iter().any(|(letter, _)| matches!(letter, '{' | '}')) {
            return Ok(());
        }
        let (pieces, found) = pieces(&letters, texts.len())?;
        let mut edits = vec![];
        for (text, pieces) in texts.iter().zip(&pieces) {
            let is_touched = pieces.iter().any(|piece| matches!(piece, Piece::Mark(_)));
            let length = text_of(*text).chars().count();
            if is_touched || pieces.len() != length {
                edits.push(edit(source, paragraph, *text, pieces));
            }
        }
        let only_mark = pieces.iter().flatten().all(|piece| match piece {
            Piece::Letter(letter) => letter.is_whitespace(),
            Piece::Mark(mark) => *mark == Mark::Notice,
        });
        if only_mark && found.len() == 1 && may_be_left_out(paragraph) {
            edits = vec![whole_paragraph(source, paragraph, &edits)];
        }
        self.places.extend(found.into_iter().map(|(mark, text)| Place { mark, node: texts[text].id() }));
        self.edits.extend(edits);
        Ok(())
    }
}

/// What lies in a paragraph and in none inside it.
fn own<'a, 'input>(paragraph: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    paragraph.descendants().filter(move |node| {
        let nearest = node.ancestors().skip(1).find(|above| above.has_tag_name((W, "p")));
        nearest.is_some_and(|nearest| nearest == paragraph)
    })
}

fn text_of(node: Node<'_, '_>) -> String {
    node.children().filter_map(|child| child.text()).collect()
}

/// The letters of a paragraph, each with the piece of text that it lies in. A tab or a break parts a mark as a letter does.
fn letters(paragraph: Node<'_, '_>, texts: &[Node<'_, '_>]) -> Vec<(char, Option<usize>)> {
    let mut letters = vec![];
    for node in own(paragraph) {
        if let Some(index) = texts.iter().position(|text| *text == node) {
            letters.extend(text_of(node).chars().map(|letter| (letter, Some(index))));
        } else if ["tab", "br", "cr"].iter().any(|name| node.has_tag_name((W, *name))) {
            letters.push(('\t', None));
        }
    }
    letters
}

type Pieces = (Vec<Vec<Piece>>, Vec<(Mark, usize)>);

/// Puts each mark where it begins and takes the rest of it out of the texts behind.
fn pieces(letters: &[(char, Option<usize>)], texts: usize) -> Result<Pieces, TemplateRefused> {
    let mut pieces: Vec<Vec<Piece>> = (0..texts).map(|_| vec![]).collect();
    let mut found = vec![];
    // The text that the open brace lies in, and what came behind it.
    let mut open: Option<(usize, String)> = None;
    for (letter, text) in letters {
        match (letter, &mut open) {
            ('{', None) => open = text.map(|text| (text, String::new())),
            ('}', Some((text, name))) => {
                let mark = Mark::find(name)
                    .ok_or_else(|| TemplateRefused::new(TemplateFault::UnknownMark, name.as_str()))?;
                pieces[*text].push(Piece::Mark(mark));
                found.push((mark, *text));
                open = None;
            }
            ('{' | '}', _) => return Err(TemplateRefused::new(TemplateFault::OpenBrace, letter.to_string())),
            (letter, Some((_, name))) => name.push(*letter),
            (letter, None) => {
                if let Some(text) = text {
                    pieces[*text].push(Piece::Letter(*letter));
                }
            }
        }
    }
    match open {
        Some((_, name)) => Err(TemplateRefused::new(TemplateFault::OpenBrace, format!("{{{name}"))),
        None => Ok((pieces, found)),
    }
}

/// The name of an element as it is written, with its prefix.
pub(super) fn written<'a>(source: &'a str, node: Node<'_, '_>) -> &'a str {
    let behind = source.get(node.range().start + 1..).unwrap_or_default();
    behind.split([' ', '>', '/', '\t', '\n', '\r']).next().unwrap_or_default()
}

fn edit(source: &str, paragraph: Node<'_, '_>, text: Node<'_, '_>, pieces: &[Piece]) -> Edit {
    let name = written(source, text);
    let mut segments = vec![];
    let mut literal = opening(name);
    for piece in pieces {
        match piece {
            Piece::Letter(letter) => escape(&letter.to_string(), &mut literal),
            Piece::Mark(mark) => {
                segments.push(Segment::Text(std::mem::take(&mut literal)));
                segments.push(Segment::Slot { mark: *mark, between: between(source, paragraph, text) });
            }
        }
    }
    segments.push(Segment::Text(literal + "</" + name + ">"));
    Edit { range: text.range(), segments }
}

fn opening(name: &str) -> String {
    format!("<{name} xml:space=\"preserve\">")
}

/// What parts two paragraphs that are filled into one place: the end of the first and the beginning of another with the same
/// looks; where the text lies deeper than a run of the paragraph, a line break.
fn between(source: &str, paragraph: Node<'_, '_>, text: Node<'_, '_>) -> String {
    let name = written(source, text);
    let run = text.parent().filter(|run| run.has_tag_name((W, "r")) && run.parent() == Some(paragraph));
    let Some(run) = run else {
        let prefix = name.strip_suffix('t').unwrap_or_default();
        return format!("</{name}><{prefix}br/>{}", opening(name));
    };
    let looks = |node: Node<'_, '_>, looks: &str| {
        let found = node.children().find(|child| child.has_tag_name((W, looks)));
        found.and_then(|found| source.get(found.range())).unwrap_or_default().to_owned()
    };
    let (outer, inner) = (written(source, paragraph), written(source, run));
    [
        &format!("</{name}></{inner}></{outer}><{outer}>"),
        &looks(paragraph, "pPr"),
        &format!("<{inner}>"),
        &looks(run, "rPr"),
        &opening(name),
    ]
    .map(String::as_str)
    .concat()
}

/// Another paragraph must be left where this one lies.
fn may_be_left_out(paragraph: Node<'_, '_>) -> bool {
    let is_paragraph = |node: Option<Node<'_, '_>>| node.is_some_and(|node| node.has_tag_name((W, "p")));
    let is_bare = !paragraph.descendants().any(|node| node.has_tag_name((W, "sectPr")));
    is_bare
        && (is_paragraph(paragraph.prev_sibling_element()) || is_paragraph(paragraph.next_sibling_element()))
}

/// One edit in the place of those of a paragraph: it is there or not as a whole.
fn whole_paragraph(source: &str, paragraph: Node<'_, '_>, edits: &[Edit]) -> Edit {
    let (mut before, mut after, mut filled) = (String::new(), String::new(), false);
    for segment in cut(source, paragraph.range(), edits.iter()) {
        match segment {
            Segment::Text(text) if filled => after.push_str(&text),
            Segment::Text(text) => before.push_str(&text),
            Segment::Slot { .. } | Segment::Paragraph { .. } => filled = true,
        }
    }
    Edit {
        range: paragraph.range(),
        segments: vec![Segment::Paragraph { before, mark: Mark::Notice, after }],
    }
}

/// A stretch of a part with its edits made. Edits that begin elsewhere are passed over.
pub(super) fn cut<'a>(
    source: &str,
    range: Range<usize>,
    edits: impl Iterator<Item = &'a Edit>,
) -> Vec<Segment> {
    let mut own: Vec<&Edit> =
        edits.filter(|edit| range.start <= edit.range.start && edit.range.end <= range.end).collect();
    own.sort_by_key(|edit| edit.range.start);
    let (mut segments, mut at) = (vec![], range.start);
    for edit in
        own.into_iter().filter(|edit| edit.range.start < edit.range.end || edit.range.start > range.start)
    {
        if edit.range.start < at {
            continue;
        }
        push(&mut segments, source.get(at..edit.range.start).unwrap_or_default());
        for segment in &edit.segments {
            match segment {
                Segment::Text(text) => push(&mut segments, text),
                other => segments.push(other.clone()),
            }
        }
        at = edit.range.end;
    }
    push(&mut segments, source.get(at..range.end).unwrap_or_default());
    segments
}

/// Literal text goes into one piece.
fn push(segments: &mut Vec<Segment>, text: &str) {
    match segments.last_mut() {
        Some(Segment::Text(last)) => last.push_str(text),
        _ => segments.push(Segment::Text(text.to_owned())),
    }
}

/// An attribute's value, quoted.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}
