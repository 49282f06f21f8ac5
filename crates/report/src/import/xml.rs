//! XML of strangers, pulled piece by piece: names with their namespaces, everything bounded, nothing fetched, no document
//! type, any encoding that a declaration or a mark can name.
//!
//! What was read last is asked for by `is`, `attribute` and `text`, so that a caller may go on reading in between.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::limits::{ATTRIBUTES_MAX, DEPTH_MAX, ELEMENT_BYTES_MAX};
use super::names::{Ns, namespace};
use super::{CannotRead, Limit};

/// What is unpacked at once.
const CHUNK_BYTES: usize = 32 * 1024;

/// A tag of more bytes is looked through for what it declares and how many attributes it has; a smaller one has too few
/// of them to matter.
const LARGE_TAG_BYTES: usize = 1024;

/// As far as a declaration of XML reaches at most.
const DECLARATION_BYTES_MAX: usize = 256;

/// What was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element begins; an empty one ends at once.
    Start,
    /// The innermost open element ends.
    End,
    /// Text, whole or in pieces.
    Text,
    /// Nothing follows.
    Eof,
}

pub(super) struct Xml<'p> {
    reader: Reader<Source<'p>>,
    part: String,
    buffer: Vec<u8>,
    /// The last start tag without its brackets, and how much of it is the name.
    tag: String,
    name_len: usize,
    ns: Ns,
    text: String,
    depth: usize,
    /// Prefixes in force, innermost last, each with the depth that it ends at.
    prefixes: Vec<(usize, String, Ns)>,
    /// The prefix that was looked up last, and what it stands for: nearly always the next one, too.
    last_prefix: Option<(String, Ns)>,
}

impl<'p> Xml<'p> {
    pub(super) fn open(part: &str, bytes: Box<dyn Read + 'p>) -> Result<Self, CannotRead> {
        let malformed = |_| CannotRead::Malformed { part: part.to_owned(), offset: 0 };
        let mut reader = Reader::from_reader(Source::open(bytes).map_err(malformed)?);
        reader.config_mut().expand_empty_elements = true;
        Ok(Self {
            reader,
            part: part.to_owned(),
            buffer: Vec::new(),
            tag: String::new(),
            name_len: 0,
            ns: Ns::Other,
            text: String::new(),
            depth: 0,
            prefixes: Vec::new(),
            last_prefix: None,
        })
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether the element that began last has this name.
    pub(super) fn is(&self, ns: Ns, local: &str) -> bool {
        self.ns == ns && self.local() == local
    }

    /// The name of the element that began last, for a `match`.
    pub(super) fn name(&self) -> (Ns, &str) {
        (self.ns, self.local())
    }

    fn local(&self) -> &str {
        let name = &self.tag[..self.name_len];
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// The text that was met last.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// An attribute of the element that began last. `Ns::Other` asks for one without a prefix.
    pub(super) fn attribute(&self, ns: Ns, local: &str) -> Option<String> {
        let tag = BytesStart::from_content(self.tag.as_str(), self.name_len);
        for attribute in tag.attributes().with_checks(false).flatten().take(ATTRIBUTES_MAX) {
            let name: &str = attribute.key.as_ref();
            let (prefix, found) = name.split_once(':').unwrap_or(("", name));
            if found != local || prefix == "xmlns" {
                continue;
            }
            let has = if prefix.is_empty() { Ns::Other } else { self.resolve(prefix) };
            if has == ns {
                return Some(unescaped(&attribute.value));
            }
        }
        None
    }

    /// Attributes without a prefix of the element that began last, all in one look.
    pub(super) fn attributes<const N: usize>(&self, names: [&str; N]) -> [Option<String>; N] {
        let mut found = [const { None }; N];
        let tag = BytesStart::from_content(self.tag.as_str(), self.name_len);
        for attribute in tag.attributes().with_checks(false).flatten().take(ATTRIBUTES_MAX) {
            let name: &str = attribute.key.as_ref();
            if let Some(at) = names.iter().position(|wanted| *wanted == name) {
                found[at] = Some(unescaped(&attribute.value));
            }
        }
        found
    }

    /// The next piece. Between calls at most one piece is held.
    pub(super) fn next(&mut self) -> Result<Node, CannotRead> {
        loop {
            self.reader.get_mut().element_bytes = 0;
            // The parser only ever adds to it.
            self.buffer.clear();
            let Ok(event) = self.reader.read_event_into(&mut self.buffer) else {
                return Err(self.failure());
            };
            match event {
                Event::Start(start) => {
                    self.tag.clear();
                    self.tag.push_str(&start);
                    self.name_len = start.name().as_ref().len();
                    return self.started();
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    while self.prefixes.last().is_some_and(|(depth, ..)| *depth > self.depth) {
                        self.prefixes.pop();
                        self.last_prefix = None;
                    }
                    return Ok(Node::End);
                }
                Event::Text(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Node::Text);
                }
                Event::CData(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Node::Text);
                }
                Event::GeneralRef(reference) => {
                    self.text.clear();
                    match referred(&reference) {
                        Some(letter) => self.text.push(letter),
                        None => return Err(self.failure()),
                    }
                    return Ok(Node::Text);
                }
                Event::DocType(_) => return Err(CannotRead::DocumentType { part: self.part.clone() }),
                Event::Eof if self.depth > 0 => return Err(self.failure()),
                Event::Eof => return Ok(Node::Eof),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// The next piece within the element at `depth`; nothing when that element ends.
    pub(super) fn next_in(&mut self, depth: usize) -> Result<Option<Node>, CannotRead> {
        let node = self.next()?;
        match node {
            Node::Eof => Ok(None),
            Node::End if self.depth < depth => Ok(None),
            Node::Start | Node::End | Node::Text => Ok(Some(node)),
        }
    }

    /// Passes over the element that began last, with all that is in it.
    pub(super) fn skip(&mut self) -> Result<(), CannotRead> {
        let depth = self.depth;
        while self.next_in(depth)?.is_some() {}
        Ok(())
    }

    /// All text of the element that began last.
    pub(super) fn text_inside(&mut self) -> Result<String, CannotRead> {
        let depth = self.depth;
        let mut text = String::new();
        while let Some(node) = self.next_in(depth)? {
            if node == Node::Text {
                text.push_str(&self.text);
                Self::check_kept(text.len())?;
            }
        }
        Ok(text)
    }

    /// Reads what is left, so that its checksum is looked at.
    pub(super) fn finish(mut self) -> Result<(), CannotRead> {
        while self.next()? != Node::Eof {}
        Ok(())
    }

    /// Fails where a text of one element becomes larger than one element may be.
    pub(super) fn check_kept(bytes: usize) -> Result<(), CannotRead> {
        if bytes as u64 > ELEMENT_BYTES_MAX {
            return Err(CannotRead::TooLarge { limit: Limit::ElementBytes, max: ELEMENT_BYTES_MAX });
        }
        Ok(())
    }

    pub(super) fn malformed(&self) -> CannotRead {
        CannotRead::Malformed { part: self.part.clone(), offset: self.reader.buffer_position() }
    }

    fn started(&mut self) -> Result<Node, CannotRead> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CannotRead::TooNested { part: self.part.clone(), max: DEPTH_MAX as u64 });
        }
        let is_large = self.tag.len() > LARGE_TAG_BYTES;
        if is_large || memchr::memmem::find(self.tag.as_bytes(), b"xmlns").is_some() {
            self.declare()?;
            self.last_prefix = None;
        }
        let name = &self.tag[..self.name_len];
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        self.ns = match &self.last_prefix {
            Some((last, ns)) if last == prefix => *ns,
            Some(_) | None => {
                let ns = self.resolve(prefix);
                self.last_prefix = Some((prefix.to_owned(), ns));
                ns
            }
        };
        Ok(Node::Start)
    }

    /// Takes down the namespaces that the element declares.
    fn declare(&mut self) -> Result<(), CannotRead> {
        let mut count = 0;
        let mut is_malformed = false;
        let tag = BytesStart::from_content(self.tag.as_str(), self.name_len);
        for attribute in tag.attributes().with_checks(false) {
            count += 1;
            if count > ATTRIBUTES_MAX || self.prefixes.len() > ATTRIBUTES_MAX {
                return Err(CannotRead::TooLarge { limit: Limit::Attributes, max: ATTRIBUTES_MAX as u64 });
            }
            let Ok(attribute) = attribute else {
                is_malformed = true;
                break;
            };
            let name: &str = attribute.key.as_ref();
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => continue,
            };
            let ns = namespace(&unescaped(&attribute.value));
            self.prefixes.push((self.depth, prefix.to_owned(), ns));
        }
        if is_malformed { Err(self.malformed()) } else { Ok(()) }
    }

    fn resolve(&self, prefix: &str) -> Ns {
        let bound = self.prefixes.iter().rev().find(|(_, bound, _)| bound == prefix);
        bound.map_or(Ns::Other, |(_, _, ns)| *ns)
    }

    fn failure(&self) -> CannotRead {
        if self.reader.get_ref().element_bytes > ELEMENT_BYTES_MAX {
            return CannotRead::TooLarge { limit: Limit::ElementBytes, max: ELEMENT_BYTES_MAX };
        }
        self.malformed()
    }
}

/// What `&name;` or `&#number;` stands for. There is no document type, so there are no others than the five of XML.
fn referred(reference: &BytesRef<'_>) -> Option<char> {
    match reference.resolve_char_ref() {
        Ok(Some(letter)) => Some(letter),
        Ok(None) => match &**reference {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        },
        Err(_) => None,
    }
}

/// The value of an attribute; what cannot be resolved stays as it was written.
fn unescaped(value: &str) -> String {
    quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), std::borrow::Cow::into_owned)
}

/// Bytes of a part as UTF-8, with count of those that the present piece has taken.
struct Source<'p> {
    bytes: Box<dyn Read + 'p>,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    chunk: Vec<u8>,
    at: usize,
    is_done: bool,
    element_bytes: u64,
}

impl<'p> Source<'p> {
    fn open(mut bytes: Box<dyn Read + 'p>) -> io::Result<Self> {
        let mut first = Vec::new();
        (&mut bytes).take(DECLARATION_BYTES_MAX as u64).read_to_end(&mut first)?;
        let encoding = declared(&first);
        let bytes: Box<dyn Read + 'p> = Box::new(io::Cursor::new(first).chain(bytes));
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        let (raw, chunk) = (vec![0; CHUNK_BYTES], Vec::new());
        Ok(Self { bytes, decoder, raw, chunk, at: 0, is_done: false, element_bytes: 0 })
    }

    fn refill(&mut self) -> io::Result<()> {
        self.at = 0;
        while !self.is_done {
            let count = self.bytes.read(&mut self.raw)?;
            self.is_done = count == 0;
            self.chunk.clear();
            match &mut self.decoder {
                None => self.chunk.extend_from_slice(&self.raw[..count]),
                Some(decoder) => {
                    let mut text = String::with_capacity(
                        decoder.max_utf8_buffer_length(count).unwrap_or(CHUNK_BYTES * 4),
                    );
                    let (_, _, had_errors) =
                        decoder.decode_to_string(&self.raw[..count], &mut text, self.is_done);
                    if had_errors {
                        return Err(io::ErrorKind::InvalidData.into());
                    }
                    self.chunk.extend_from_slice(text.as_bytes());
                }
            }
            if !self.chunk.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.element_bytes > ELEMENT_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.at >= self.chunk.len() {
            self.chunk.clear();
            self.refill()?;
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        self.element_bytes += count as u64;
    }
}

/// The encoding by a mark at the beginning, by the shape of `<`, or by the declaration.
fn declared(first: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(first) {
        return encoding;
    }
    match first {
        [b'<', 0, ..] => return UTF_16LE,
        [0, b'<', ..] => return UTF_16BE,
        _ => {}
    }
    let Some(at) = memchr::memmem::find(first, b"encoding=") else { return UTF_8 };
    let rest = &first[at + b"encoding=".len()..];
    let quote = rest.first().copied().unwrap_or_default();
    let label = rest.get(1..).unwrap_or_default().split(|byte| *byte == quote).next().unwrap_or_default();
    match Encoding::for_label(label) {
        // The declaration was readable byte by byte, so it lies.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        Some(encoding) => encoding,
        None => UTF_8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_part_only_one_piece_is_held() {
        let part = format!("<a>{}</a>", "<b>текст</b>".repeat(100_000));
        let mut xml = Xml::open("a", Box::new(part.as_bytes())).unwrap();
        while xml.next().unwrap() != Node::Eof {}
        assert!(xml.buffer.capacity() < 1024, "{}", xml.buffer.capacity());
    }
}
