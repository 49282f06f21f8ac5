//! The parts of a template, as far as one may have them. Everything is known before anything is believed: parts, types and
//! relations that a template does not need are refused, not passed over, for what is in the file is kept for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};

use roxmltree::{Document, Node, ParsingOptions};
use zip::ZipArchive;

use super::{TemplateFault, TemplateRefused};
use crate::opc::resolved;

/// Largest file: a few pictures of a coat of arms. The whole file is kept for ever.
const FILE_BYTES_MAX: usize = 5 << 20;

/// Largest sum of the parts: what a bomb may make us hold.
const PARTS_BYTES_MAX: u64 = 32 << 20;

/// Most parts: many times those of a document with headers and pictures.
const PARTS_MAX: usize = 500;

/// Most nodes of a part, and how deep they may lie: many times those of a template of several pages.
const NODES_MAX: u32 = 200_000;
const DEPTH_MAX: usize = 200;

/// The first bytes of what Word wrote before 2007, and of encrypted files.
const OLD: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];

/// The part with the pages.
pub(super) const DOCUMENT: &str = "word/document.xml";

const TYPES: &str = "[Content_Types].xml";
const WORD_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.";

/// Relations of the document and its headers that are kept, by the last word of their type, with the types of the parts.
const KEPT: &[(&str, &[&str])] = &[
    ("styles", &["styles+xml"]),
    ("settings", &["settings+xml"]),
    ("fontTable", &["fontTable+xml"]),
    ("numbering", &["numbering+xml"]),
    ("header", &["header+xml"]),
    ("footer", &["footer+xml"]),
    ("footnotes", &["footnotes+xml"]),
    ("endnotes", &["endnotes+xml"]),
    ("theme", &["theme+xml"]),
    ("image", &["image/png", "image/jpeg"]),
    ("font", &["obfuscatedFont"]),
];

/// Relations whose parts are left out: they say nothing of the looks, or we write our own.
const DROPPED: &[&str] = &["customXml", "webSettings", "stylesWithEffects"];

/// Folders and parts that Word writes and that are left out with them.
const DROPPED_PARTS: &[&str] =
    &["docProps/", "customXml/", "word/webSettings.xml", "word/stylesWithEffects.xml"];

/// A relation that is kept: its id, its whole type, the part it leads to, as it is written.
pub(super) struct Relation {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) target: String,
}

/// A template taken apart.
pub(super) struct Package {
    /// The parts that are kept, by name; all XML among them is UTF-8, well-formed and bounded.
    pub(super) parts: BTreeMap<String, Vec<u8>>,
    /// Their content types.
    pub(super) types: BTreeMap<String, String>,
    /// The relations of those that have some.
    pub(super) relations: BTreeMap<String, Vec<Relation>>,
}

type Refused = TemplateRefused;

fn refused(fault: TemplateFault, what: impl Into<String>) -> Refused {
    TemplateRefused::new(fault, what)
}

impl Package {
    /// Takes a file apart.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(refused(TemplateFault::TooLarge, bytes.len().to_string()));
        }
        if bytes.starts_with(OLD) {
            return Err(refused(TemplateFault::OldOrEncrypted, ""));
        }
        let mut all = unpack(bytes)?;
        let types = content_types(&mut all)?;
        refuse_kinds(&types)?;
        let mut relations = BTreeMap::new();
        for (name, text) in all.extract_if(.., |name, _| name.to_ascii_lowercase().ends_with(".rels")) {
            relations.insert(name.clone(), read_relations(&name, &text)?);
        }
        let mut package = Self { parts: BTreeMap::new(), types, relations: BTreeMap::new() };
        if !package.types.get(DOCUMENT).is_some_and(|kind| kind.ends_with("document.main+xml")) {
            return Err(refused(TemplateFault::NotADocument, DOCUMENT));
        }
        package.take(DOCUMENT, &mut all, &mut relations)?;
        let stranger = all.keys().find(|name| !DROPPED_PARTS.iter().any(|dropped| name.starts_with(dropped)));
        match stranger {
            Some(name) => Err(refused(TemplateFault::Part, name)),
            None => Ok(package),
        }
    }

    /// Takes a part and what its relations lead to.
    fn take(
        &mut self,
        name: &str,
        all: &mut BTreeMap<String, Vec<u8>>,
        relations: &mut BTreeMap<String, Vec<Relation>>,
    ) -> Result<(), Refused> {
        let Some(bytes) = all.remove(name) else {
            // It was taken before: two headers may show the same picture.
            let is_taken = self.parts.contains_key(name);
            return if is_taken { Ok(()) } else { Err(refused(TemplateFault::NotADocument, name)) };
        };
        self.parts.insert(name.to_owned(), bytes);
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let mut kept = vec![];
        for relation in relations.remove(&format!("{folder}/_rels/{file}.rels")).unwrap_or_default() {
            let kind = relation.kind.rsplit('/').next().unwrap_or_default();
            if DROPPED.contains(&kind) {
                continue;
            }
            let Some((_, types)) = KEPT.iter().find(|(known, _)| *known == kind) else {
                return Err(refused(fault_of_relation(kind), kind));
            };
            let target = resolved(folder, &relation.target);
            let stated = self.types.get(&target).map_or("", String::as_str);
            if !types.iter().any(|known| stated.ends_with(known)) {
                let fault = if kind == "image" { TemplateFault::Picture } else { TemplateFault::Part };
                return Err(refused(fault, target));
            }
            self.take(&target, all, relations)?;
            kept.push(relation);
        }
        if !kept.is_empty() {
            self.relations.insert(name.to_owned(), kept);
        }
        if self.types.get(name).is_some_and(|kind| kind.starts_with("image/")) {
            let bytes = &self.parts[name];
            let is_picture = bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8, 0xff]);
            return if is_picture { Ok(()) } else { Err(refused(TemplateFault::Picture, name)) };
        }
        Ok(())
    }
}

fn unpack(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Refused> {
    let broken = |error: zip::result::ZipError| refused(TemplateFault::NotADocument, error.to_string());
    let unread = |error: std::io::Error| refused(TemplateFault::NotADocument, error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > PARTS_MAX {
        return Err(refused(TemplateFault::TooMuchInside, archive.len().to_string()));
    }
    let (mut parts, mut lower, mut left) = (BTreeMap::new(), BTreeSet::new(), PARTS_BYTES_MAX);
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(broken)?;
        if part.encrypted() {
            return Err(refused(TemplateFault::OldOrEncrypted, ""));
        }
        let name = part.name().map_err(broken)?.to_string();
        let is_folder = name.ends_with('/');
        let leads_out =
            name.starts_with('/') || name.contains('\\') || name.split('/').any(|step| step == "..");
        if leads_out || !lower.insert(name.to_lowercase()) {
            return Err(refused(TemplateFault::PartName, name));
        }
        let mut bytes = vec![];
        part.take(left + 1).read_to_end(&mut bytes).map_err(unread)?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| refused(TemplateFault::TooMuchInside, name.clone()))?;
        if !is_folder {
            parts.insert(name, bytes);
        }
    }
    // A part that stands twice is given once by the reader, and another reader may take the other.
    if entries_stated(bytes) != Some(archive.len()) {
        return Err(refused(TemplateFault::PartName, ""));
    }
    Ok(parts)
}

/// How many entries the archive's end says that it has.
fn entries_stated(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"PK\x05\x06";
    let start = bytes.windows(END.len()).rposition(|window| window == END)?;
    let stated = bytes.get(start + 10..start + 12)?;
    Some(usize::from(u16::from_le_bytes([*stated.first()?, *stated.get(1)?])))
}

/// The type of every part, by its name or by its ending.
fn content_types(all: &mut BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, String>, Refused> {
    let types = all.remove(TYPES).ok_or_else(|| refused(TemplateFault::NotADocument, TYPES))?;
    let text = text_of(TYPES, &types)?;
    let document = parse(TYPES, text)?;
    let of = |node: Node<'_, '_>, name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let (mut endings, mut named) = (BTreeMap::new(), BTreeMap::new());
    for node in document.root_element().children().filter(Node::is_element) {
        let kind = of(node, "ContentType");
        match node.tag_name().name() {
            "Default" => endings.insert(of(node, "Extension").to_lowercase(), kind),
            _ => named.insert(of(node, "PartName").trim_start_matches('/').to_owned(), kind),
        };
    }
    let by_ending = |name: &String| {
        let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        endings.get(&ending).cloned().unwrap_or_default()
    };
    Ok(all
        .keys()
        .map(|name| (name.clone(), named.get(name).cloned().unwrap_or_else(|| by_ending(name))))
        .collect())
}

/// Kinds of parts that make the whole file something else.
fn refuse_kinds(types: &BTreeMap<String, String>) -> Result<(), Refused> {
    for (name, kind) in types {
        let kind = kind.to_ascii_lowercase();
        let fault = if kind.contains("macro") || kind.contains("vba") || name.contains("vbaProject") {
            TemplateFault::Macros
        } else if kind.contains("activex") || kind.contains("control") {
            TemplateFault::Control
        } else if kind.contains("oleobject") || name.contains("embeddings/") {
            TemplateFault::Object
        } else if kind.contains("template.main") {
            return Err(refused(TemplateFault::OtherKind, "*.dotx"));
        } else if kind.contains("comments") {
            TemplateFault::Comments
        } else {
            continue;
        };
        return Err(refused(fault, name));
    }
    Ok(())
}

fn fault_of_relation(kind: &str) -> TemplateFault {
    match kind {
        "aFChunk" => TemplateFault::AltChunk,
        "oleObject" | "package" => TemplateFault::Object,
        "control" => TemplateFault::Control,
        "vbaProject" => TemplateFault::Macros,
        "hyperlink" | "attachedTemplate" | "subDocument" | "frame" => TemplateFault::External,
        _ => TemplateFault::Relation,
    }
}

fn read_relations(name: &str, text: &[u8]) -> Result<Vec<Relation>, Refused> {
    let text = text_of(name, text)?;
    let document = parse(name, text)?;
    let mut relations = vec![];
    for node in document.root_element().children().filter(Node::is_element) {
        let of = |attribute| node.attribute(attribute).unwrap_or_default().to_owned();
        let relation = Relation { id: of("Id"), kind: of("Type"), target: of("Target") };
        let is_external = !matches!(node.attribute("TargetMode"), None | Some("Internal"));
        if is_external || relation.target.contains(':') || relation.target.starts_with("//") {
            return Err(refused(TemplateFault::External, relation.target));
        }
        relations.push(relation);
    }
    Ok(relations)
}

/// A part as text.
pub(super) fn text_of<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| refused(TemplateFault::NotXml, name))?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// A part as XML, within bounds. What a document type declares is never looked at.
pub(super) fn parse<'a>(name: &str, text: &'a str) -> Result<Document<'a>, Refused> {
    if depth(text) > DEPTH_MAX {
        return Err(refused(TemplateFault::TooComplex, name));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => refused(TemplateFault::Dtd, name),
        roxmltree::Error::NodesLimitReached => refused(TemplateFault::TooComplex, name),
        _ => refused(TemplateFault::NotXml, name),
    })
}

/// How deep elements lie at most, or deeper: the reader of XML goes down with them.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for behind in text.split('<').skip(1) {
        if behind.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !behind.starts_with(['!', '?'])
            && !behind.split('>').next().is_some_and(|tag| tag.ends_with('/'))
        {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Whether a content type is one of Word's own XML.
pub(super) fn is_word_xml(kind: &str) -> bool {
    kind.starts_with(WORD_TYPE) && kind.ends_with("+xml")
}
