//! Bytes of a text without a declaration, made readable: by a mark at the beginning, as UTF-8, or by what letters of which
//! alphabet would make words.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::draft::Draft;
use super::{NoticeKind, Place};

/// Whose letters are expected where the bytes alone do not tell.
const COUNTRY: &[u8] = b"ru";

/// Bytes by which an encoding without marks is known; text in UTF-16 has a zero in most pairs of Latin letters.
const SAMPLE_BYTES: usize = 4096;

/// The text, in the encoding that was declared or else is found out; what was found out, or could not be read, is told.
pub(super) fn decoded(bytes: &[u8], declared: Option<&'static Encoding>, draft: &mut Draft) -> String {
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = match marked.or(declared) {
        Some(encoding) => encoding,
        None => found(bytes, draft),
    };
    let (text, _, had_errors) = encoding.decode(bytes);
    if had_errors {
        draft.find(&Place::File, NoticeKind::UnreadableLetters);
    }
    text.into_owned()
}

fn found(bytes: &[u8], draft: &mut Draft) -> &'static Encoding {
    if let Some(wide) = wide(bytes) {
        return wide;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(Some(COUNTRY), Utf8Detection::Allow);
    draft.find(&Place::File, NoticeKind::EncodingGuessed { encoding: encoding.name() });
    encoding
}

/// UTF-16 without a mark: digits, spaces and separators have a zero beside them, always on the same side.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > 0 => Some(UTF_16LE),
        (even, 0) if even > 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether the bytes are a text at all: no text of one byte a letter has zeros or many controls.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if Encoding::for_bom(bytes).is_some() || wide(bytes).is_some() {
        return true;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    sample.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a))
}
