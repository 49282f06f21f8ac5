//! The letters of the pages, by the piece that they belong to.

use std::collections::HashMap;

use hayro_syntax::Pdf;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::{Dict, Name, Object, ObjectIdentifier, Stream};
use hayro_syntax::page::Page;

use super::Pieces;

/// What the codes of a font mean.
type Meanings = HashMap<u16, String>;

/// How far a mark is from the feet of its letter, in points; lines are more than twice as far from each other.
const MARK_HEIGHT_MAX: f32 = 6.0;

/// All pieces of all pages.
pub(super) fn pieces(pdf: &Pdf) -> Pieces {
    let mut fonts = HashMap::new();
    let mut pieces = Pieces::new();
    for page in pdf.pages().iter() {
        if let Some(id) = page.raw().obj_id() {
            Reading {
                page,
                id,
                fonts: &mut fonts,
                font: None,
                height: 0.0,
                open: vec![],
                pieces: &mut pieces,
            }
            .read();
        }
    }
    pieces
}

struct Reading<'a, 'p> {
    page: &'p Page<'a>,
    id: ObjectIdentifier,
    fonts: &'p mut HashMap<ObjectIdentifier, Meanings>,
    font: Option<ObjectIdentifier>,
    /// How high on the page the letters stand.
    height: f32,
    /// What is open around the letters: pieces with their numbers, and texts that stand for what is drawn.
    open: Vec<Open>,
    pieces: &'p mut Pieces,
}

enum Open {
    Piece(i32),
    /// The letters within it have been told by it.
    Replaced,
    /// The letters within it stand from left to right and are read from right to left (ISO 32000-1, 14.8.2.3.3): what each code
    /// means, as they come.
    Reversed(Vec<String>),
    Other,
}

impl Reading<'_, '_> {
    fn read(mut self) {
        let mut operations = self.page.typed_operations();
        while let Some(operation) = operations.next() {
            match operation {
                TypedInstruction::TextFont(font) => self.font = self.font(font.0),
                TypedInstruction::ShowText(text) => self.show(text.0.as_bytes()),
                TypedInstruction::ShowTexts(texts) => {
                    for part in texts.0.iter::<Object<'_>>() {
                        if let Object::String(text) = part {
                            self.show(text.as_bytes());
                        }
                    }
                }
                TypedInstruction::SetTextMatrix(matrix) => self.line_at(matrix.5.as_f32()),
                TypedInstruction::BeginMarkedContentWithProperties(begun) => self.begin(begun.1),
                TypedInstruction::BeginMarkedContent(begun) => self.open.push(match begun.0.as_ref() {
                    b"ReversedChars" => Open::Reversed(vec![]),
                    _another => Open::Other,
                }),
                TypedInstruction::EndMarkedContent(_) => self.end(),
                _draws_no_letter => {}
            }
        }
    }

    /// Letters that stand much higher or lower are another line; marks over letters do not.
    fn line_at(&mut self, height: f32) {
        if (height - self.height).abs() > MARK_HEIGHT_MAX {
            self.tell("\n");
        }
        self.height = height;
    }

    fn begin(&mut self, properties: &Object<'_>) {
        let properties = if let Object::Dict(properties) = properties { Some(properties) } else { None };
        let number = properties.and_then(|properties| properties.get::<i32>("MCID"));
        let text = properties
            .and_then(|properties| properties.get::<hayro_syntax::object::String<'_>>("ActualText"));
        if let Some(number) = number {
            self.open.push(Open::Piece(number));
        }
        if let Some(text) = text {
            self.tell(&words(text.as_bytes()));
            if number.is_none() {
                self.open.push(Open::Replaced);
            }
        } else if number.is_none() {
            self.open.push(Open::Other);
        }
    }

    fn show(&mut self, codes: &[u8]) {
        if self.open.iter().any(|open| matches!(open, Open::Replaced)) {
            return;
        }
        let Some(meanings) = self.font.and_then(|font| self.fonts.get(&font)) else { return };
        let (codes, _odd) = codes.as_chunks::<2>();
        let texts = codes.iter().filter_map(|code| meanings.get(&u16::from_be_bytes(*code)));
        let reversed = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Reversed(waiting) => Some(waiting),
            Open::Piece(_) | Open::Replaced | Open::Other => None,
        });
        if let Some(waiting) = reversed {
            waiting.extend(texts.cloned());
            return;
        }
        let text: String = texts.map(String::as_str).collect();
        self.tell(&text);
    }

    fn end(&mut self) {
        if let Some(Open::Reversed(mut waiting)) = self.open.pop() {
            waiting.reverse();
            self.tell(&waiting.concat());
        }
    }

    fn tell(&mut self, text: &str) {
        let piece = self.open.iter().rev().find_map(|open| match open {
            Open::Piece(number) => Some(*number),
            Open::Replaced | Open::Reversed(_) | Open::Other => None,
        });
        if let Some(number) = piece {
            self.pieces.entry((self.id, number)).or_default().push_str(text);
        }
    }

    fn font(&mut self, name: &Name<'_>) -> Option<ObjectIdentifier> {
        let font = self.page.resources().get_font(name)?;
        let id = font.obj_id()?;
        self.fonts.entry(id).or_insert_with(|| meanings(&font));
        Some(id)
    }
}

/// What the font says that its codes mean (ISO 32000-1, 9.10.3): lines such as `<0003> <0430>` and `<0003> <0005> <0430>`.
fn meanings(font: &Dict<'_>) -> Meanings {
    let table = font.get::<Stream<'_>>("ToUnicode").and_then(|table| table.decoded().ok());
    let table = table.unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    let mut meanings = Meanings::new();
    for line in table.lines() {
        let values: Option<Vec<Vec<u8>>> = line
            .split_whitespace()
            .map(|value| hex::decode(value.strip_prefix('<')?.strip_suffix('>')?).ok())
            .collect();
        let Some(values) = values else { continue };
        let code = |value: &[u8]| <[u8; 2]>::try_from(value).map(u16::from_be_bytes);
        match values.as_slice() {
            [from, text] => {
                if let Ok(from) = code(from) {
                    meanings.insert(from, utf16(text));
                }
            }
            [from, to, text] => {
                let (Ok(from), Ok(to)) = (code(from), code(to)) else { continue };
                let Some(first) = utf16(text).chars().next() else { continue };
                for (code, letter) in (from..=to).zip(first..) {
                    meanings.insert(code, letter.to_string());
                }
            }
            _no_meaning => {}
        }
    }
    meanings
}

/// A text of a PDF: UTF-16 with its mark, else letters of one byte (ISO 32000-1, 7.9.2.2), of which ours are ASCII.
pub(super) fn words(bytes: &[u8]) -> String {
    match bytes.strip_prefix(b"\xfe\xff") {
        Some(text) => utf16(text),
        None => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn utf16(bytes: &[u8]) -> String {
    let (units, _odd) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}
