//! What a file is, by its content alone: names lie, and mail programs rename.

use super::names::Ns;
use super::package::Package;
use super::relations::{content_type, related, relations};
use super::xml::Node;
use super::{CannotRead, Looks, SourceFormat};

/// As far as the first tag of a web page is looked for; Word writes comments before it.
const PAGE_BYTES: usize = 4096;

/// The main part of a Word file, where its directory of parts is broken.
const WORD_MAIN: &str = "word/document.xml";

/// Where ODF says what a file is.
const ODF_TYPE: &str = "mimetype";

/// The longest type of ODF has 50 letters.
const ODF_TYPE_BYTES_MAX: u64 = 100;

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// An archive, of parts or of files.
    Zip,
    /// A compound file: an old document of Office, or an encrypted new one.
    Compound,
    /// Rich text.
    Rtf,
    /// A web page.
    Html,
    /// Text of some encoding, or nothing that is known.
    Text,
    /// Something that is never read.
    Other(Looks),
}

/// Marks at the beginning, and what they say.
const MARKS: [(&[u8], Container); 17] = [
    (b"PK\x03\x04", Container::Zip),
    (b"PK\x05\x06", Container::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Container::Compound),
    (b"{\\rtf", Container::Rtf),
    (b"%PDF", Container::Other(Looks::Pdf)),
    (b"\xff\xd8\xff", Container::Other(Looks::Image)),
    (b"\x89PNG", Container::Other(Looks::Image)),
    (b"GIF8", Container::Other(Looks::Image)),
    (b"BM", Container::Other(Looks::Image)),
    (b"II*\0", Container::Other(Looks::Image)),
    (b"MM\0*", Container::Other(Looks::Image)),
    (b"Rar!", Container::Other(Looks::Archive)),
    (b"7z\xbc\xaf", Container::Other(Looks::Archive)),
    (b"\x1f\x8b", Container::Other(Looks::Archive)),
    (b"AT&TFORM", Container::Other(Looks::Pdf)),
    (b"MZ", Container::Other(Looks::Unknown)),
    (b"\x7fELF", Container::Other(Looks::Unknown)),
];

pub(super) fn container(bytes: &[u8]) -> Container {
    let found = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    match found {
        // Two letters may begin a text, too.
        Some((mark, _)) if mark.len() == 2 && !bytes[..bytes.len().min(PAGE_BYTES)].contains(&0) => {
            Container::Text
        }
        Some((_, container)) => *container,
        None if is_page(bytes) => Container::Html,
        None => text(bytes),
    }
}

/// What a text without a mark is by its first letters: rows never begin as XML, mail or JSON do.
fn text(bytes: &[u8]) -> Container {
    let first = String::from_utf8_lossy(&bytes[..bytes.len().min(PAGE_BYTES)]);
    let first = first.trim_start_matches(BLANK);
    if first.starts_with("<?xml") || first.starts_with("MIME-Version:") {
        return Container::Other(Looks::OtherOffice);
    }
    if first.starts_with(['<', '{', '[']) { Container::Other(Looks::Text) } else { Container::Text }
}

/// What may stand before the first letter.
const BLANK: [char; 6] = ['\u{feff}', '\u{fffd}', ' ', '\t', '\r', '\n'];

/// Whether tags of HTML stand at the beginning, in any encoding that keeps ASCII or doubles it.
fn is_page(bytes: &[u8]) -> bool {
    let first: Vec<u8> = bytes.iter().take(PAGE_BYTES).filter(|byte| **byte != 0).copied().collect();
    let first = String::from_utf8_lossy(&first).to_lowercase();
    let begins = first.trim_start_matches(BLANK).starts_with('<');
    begins && ["<html", "<table", "<!doctype html", "<body", "<head"].iter().any(|tag| first.contains(tag))
}

/// What an archive holds, and its main part.
pub(super) fn package(package: &mut Package<'_>) -> Result<(SourceFormat, String), CannotRead> {
    if let Some(kind) = package.beginning(ODF_TYPE, ODF_TYPE_BYTES_MAX) {
        return open_document(package, &String::from_utf8_lossy(&kind));
    }
    let ties = relations(package, "")?;
    let main = related(&ties, "officeDocument").filter(|part| package.has(part)).map(str::to_owned);
    let Some(main) = main.or_else(|| package.has(WORD_MAIN).then(|| WORD_MAIN.to_owned())) else {
        let looks = if ties.is_empty() { Looks::Archive } else { Looks::OtherOffice };
        return Err(CannotRead::NotADocument { looks });
    };
    let kind = content_type(package, &main)?;
    if kind.contains("sheet.binary") {
        return Err(CannotRead::NotADocument { looks: Looks::OtherOffice });
    }
    if kind.contains("wordprocessingml") || kind.contains("ms-word") || main.eq_ignore_ascii_case(WORD_MAIN) {
        return Ok((SourceFormat::Docx, main));
    }
    if kind.contains("spreadsheetml") || kind.contains("ms-excel") {
        return Ok((SourceFormat::Xlsx, main));
    }
    by_root(package, main)
}

/// What the outermost element of the main part says, where the list of types says nothing.
fn by_root(package: &mut Package<'_>, main: String) -> Result<(SourceFormat, String), CannotRead> {
    let mut xml = package.load(&main)?;
    if xml.next()? == Node::Start {
        if xml.is(Ns::Word, "document") {
            return Ok((SourceFormat::Docx, main));
        }
        if xml.is(Ns::Sheet, "workbook") {
            return Ok((SourceFormat::Xlsx, main));
        }
    }
    Err(CannotRead::NotADocument { looks: Looks::OtherOffice })
}

fn open_document(package: &mut Package<'_>, kind: &str) -> Result<(SourceFormat, String), CannotRead> {
    let format = match kind.trim() {
        "application/vnd.oasis.opendocument.text" | "application/vnd.oasis.opendocument.text-template" => {
            SourceFormat::Odt
        }
        "application/vnd.oasis.opendocument.spreadsheet"
        | "application/vnd.oasis.opendocument.spreadsheet-template" => SourceFormat::Ods,
        _ => return Err(CannotRead::NotADocument { looks: Looks::OtherOffice }),
    };
    if is_encrypted(package)? {
        return Err(CannotRead::Encrypted);
    }
    Ok((format, "content.xml".to_owned()))
}

fn is_encrypted(package: &mut Package<'_>) -> Result<bool, CannotRead> {
    let Some(mut xml) = package.find("META-INF/manifest.xml")? else { return Ok(false) };
    loop {
        match xml.next()? {
            Node::Start if xml.is(Ns::OdfManifest, "encryption-data") => return Ok(true),
            Node::Eof => return Ok(false),
            Node::Start | Node::End | Node::Text => {}
        }
    }
}
