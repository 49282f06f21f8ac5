//! One page at a time: what will stand on it is gathered here and drawn when it is full.

use krilla::Document;
use krilla::color::{luma, rgb};
use krilla::geom::{PathBuilder, Point};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::text::{GlyphId, KrillaGlyph};

use super::faces::Faces;
use super::letters::Glyph;
use super::lines::Line;
use super::stretches::{Stretch, stretches};
use super::structure::{Place, Structure};
use super::style::{Align, Ink, LINE, Length, PAGE_HEIGHT, PAGE_WIDTH, Style};

/// What a piece of a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Of the document.
    Content(Place),
    /// Of the page only: its number, headings that are repeated.
    Repeated,
}

/// A page that is being filled.
#[derive(Default)]
pub(super) struct Page {
    pieces: Vec<Piece>,
    rules: Vec<[(Length, Length); 2]>,
}

struct Piece {
    part: Part,
    lines: Vec<Placed>,
}

/// A line of text where it stands.
pub(super) struct Placed {
    pub(super) line: Line,
    pub(super) style: Style,
    /// Left edge of the room that it has.
    pub(super) left: Length,
    /// How wide that room is.
    pub(super) width: Length,
    /// Its upper edge.
    pub(super) top: Length,
}

impl Page {
    pub(super) fn put(&mut self, part: Part, lines: Vec<Placed>) {
        self.pieces.push(Piece { part, lines });
    }

    /// A line of the table.
    pub(super) fn rule(&mut self, from: (Length, Length), to: (Length, Length)) {
        self.rules.push([from, to]);
    }

    /// Adds the page to the document; what of it belongs to the document, to its structure.
    pub(super) fn draw(self, document: &mut Document, structure: &mut Structure, faces: &mut Faces) {
        let size = PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT));
        let mut page = document.start_page_with(size.expect("A4 has a size"));
        let mut surface = page.surface();
        draw_rules(&self.rules, &mut surface);
        let mut drawing = Drawing { surface: &mut surface, structure, faces, run: vec![] };
        for piece in &self.pieces {
            drawing.piece(piece);
        }
        surface.finish();
        page.finish();
    }
}

fn draw_rules(rules: &[[(Length, Length); 2]], surface: &mut Surface<'_>) {
    let mut path = PathBuilder::new();
    for [from, to] in rules {
        path.move_to(points(from.0), points(from.1));
        path.line_to(points(to.0), points(to.1));
    }
    // A page without a table has no lines.
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: luma::Color::black().into(),
        width: points(LINE),
        ..Stroke::default()
    }));
    surface.draw_path(&path);
    surface.set_stroke(None);
    surface.end_tagged();
}

struct Drawing<'a, 'b> {
    surface: &'a mut Surface<'b>,
    structure: &'a mut Structure,
    faces: &'a mut Faces,
    /// Letters of one font; kept, so that a line costs no new memory.
    run: Vec<KrillaGlyph>,
}

/// What stands on the page so far of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drawn {
    Nothing,
    Plain,
    /// Something that bears a mark of its own.
    Marked,
}

impl Drawing<'_, '_> {
    /// What bears a mark of its own is a part of the structure of its own: poppler takes the end of the inner mark for that of the
    /// outer one, and misses what follows.
    fn piece(&mut self, piece: &Piece) {
        let mut open = self.open(piece.part);
        let mut drawn = Drawn::Nothing;
        for placed in &piece.lines {
            let Placed { line, style, .. } = placed;
            self.surface.set_fill(Some(ink(style.ink)));
            let glyphs = &line.paragraph.glyphs[line.glyphs.clone()];
            // In the order of reading, so that programs read it in that order, each where it stands.
            for stretch in stretches(glyphs, &line.paragraph.text, self.faces) {
                if drawn == Drawn::Marked || (drawn == Drawn::Plain && stretch.is_marked) {
                    self.close(piece.part, open);
                    open = self.open(piece.part);
                }
                self.stretch(placed, stretch);
                drawn = if stretch.is_marked { Drawn::Marked } else { Drawn::Plain };
            }
        }
        self.close(piece.part, open);
    }

    fn open(&mut self, part: Part) -> Identifier {
        self.surface.start_tagged(match part {
            Part::Content(_) => ContentTag::Span(SpanTag::empty()),
            Part::Repeated => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
        })
    }

    fn close(&mut self, part: Part, drawn: Identifier) {
        self.surface.end_tagged();
        if let Part::Content(place) = part {
            self.structure.add(place, drawn);
        }
    }

    fn stretch(&mut self, placed: &Placed, stretch: Stretch<'_>) {
        let Placed { line, style, .. } = placed;
        let rest = placed.width - style.length(line.width);
        let left = match style.align {
            Align::Left => placed.left,
            Align::Centre => placed.left + rest / 2,
        };
        let feet = points(placed.top + style.ascent());
        let start = Point::from_xy(points(left + style.length(stretch.way)), feet);
        let face = stretch.glyphs[0].face;
        let units = self.faces.face(face).units;
        self.run.clear();
        self.run.extend(stretch.glyphs.iter().map(|glyph| drawn(glyph, units)));
        if stretch.glyphs[0].is_reversed() {
            self.run.reverse();
        }
        let font = self.faces.embedded(face);
        self.surface.draw_glyphs(start, &self.run, font, &line.paragraph.text, points(style.size), false);
    }
}

fn drawn(glyph: &Glyph, units: i64) -> KrillaGlyph {
    let range = glyph.from as usize..glyph.to as usize;
    let id = GlyphId::new(u32::from(glyph.id));
    let (right, up) = (part(glyph.moved.0, units), part(glyph.moved.1, units));
    KrillaGlyph::new(id, part(glyph.advance, units), right, up, 0.0, range, None)
}

fn ink(ink: Ink) -> Fill {
    let paint = match ink {
        Ink::Black => luma::Color::black().into(),
        Ink::Red => rgb::Color::new(0xc0, 0, 0).into(),
    };
    Fill { paint, ..Fill::default() }
}

/// The only places where whole numbers become broken ones: a division of two that are exact gives the same bits everywhere
/// (IEEE 754).
#[allow(clippy::cast_precision_loss, reason = "widths and places on a page have far less than 24 bits")]
fn points(length: Length) -> f32 {
    length as f32 / 1000.0
}

#[allow(clippy::cast_precision_loss, reason = "a font has at most 65,535 units")]
fn part(units: i32, of: i64) -> f32 {
    units as f32 / of as f32
}

/// Where an entry of the outline leads to.
pub(super) fn point(left: Length, top: Length) -> Point {
    Point::from_xy(points(left), points(top))
}
