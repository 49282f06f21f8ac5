//! A PDF is taken apart by a library that unpacks whatever it meets; before that, everything packed is measured here.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use memchr::{memchr_iter, memmem};

/// Most that all packed parts of a PDF come to, unpacked: ten times a report of ten thousand activities.
const UNPACKED_MAX: u64 = 256 << 20;

/// Most that one of them comes to: it is in memory as a whole.
const PART_MAX: u64 = 16 << 20;

/// Most parts: a report of ten thousand activities has two thousand.
const PARTS_MAX: usize = 50_000;

/// Whether no part of the file is packed in a way that cannot be measured, or is larger than a file may be. A part is
/// between `stream` and `endstream`, and says before that how it is packed (ISO 32000-1, 7.3.8); ours are packed once, or not at
/// all.
pub(super) fn is_bounded(bytes: &[u8]) -> bool {
    if names_another_filter(bytes) {
        return false;
    }
    let mut left = UNPACKED_MAX;
    let mut before = 0;
    for (count, place) in memmem::find_iter(bytes, "stream").enumerate() {
        if count > 2 * PARTS_MAX {
            return false;
        }
        if bytes[..place].ends_with(b"end") {
            before = place + "stream".len();
            continue;
        }
        let begun = before.max(place.saturating_sub(HEAD_MAX));
        let head = &bytes[begun..place];
        if !is_measurable(head) {
            return false;
        }
        let part = skip_line_end(&bytes[place + "stream".len()..]);
        let size = unpacked(part);
        if size > PART_MAX {
            return false;
        }
        let Some(rest) = left.checked_sub(size) else { return false };
        left = rest;
    }
    true
}

/// Where the dictionary of a part is looked for: ours have a hundred bytes.
const HEAD_MAX: usize = 4096;

/// Whether the dictionary says plainly that its part is packed at most once.
fn is_measurable(head: &[u8]) -> bool {
    let count = |word: &str| memmem::find_iter(head, word).count();
    let is_plain = !head.contains(&b'#');
    // How rows were filtered before they were packed makes nothing larger.
    let filters = count("Decode") - count("DecodeParms");
    is_plain && filters <= 1 && count("LZW") + count("RunLength") + count("/Fl ") + count("/Fl]") == 0
}

/// Ways to pack that are not measured here. Ours know one, so a file that names any of these, wherever it does, is another's: what
/// the dictionary of a part says can stand anywhere in a file, within another part even.
const OTHER_FILTERS: [&[u8]; 8] = [
    b"LZWDecode",
    b"RunLengthDecode",
    b"ASCII85Decode",
    b"ASCIIHexDecode",
    b"CCITTFaxDecode",
    b"JBIG2Decode",
    b"DCTDecode",
    b"JPXDecode",
];

/// The same in short (ISO 32000-1, 8.9.7).
const OTHER_FILTERS_SHORT: [&[u8]; 5] = [b"LZW", b"A85", b"AHx", b"CCF", b"DCT"];

/// The same in two letters, which stand in any packed part by chance, so they count where a filter may stand.
const RUN_LENGTH: &[u8] = b"RL";

fn names_another_filter(bytes: &[u8]) -> bool {
    memchr_iter(b'/', bytes).any(|place| {
        let mut room = [0; NAME_MAX];
        let name = name(&bytes[place + 1..], &mut room);
        let is_other = OTHER_FILTERS.contains(&name) || OTHER_FILTERS_SHORT.contains(&name);
        is_other || (name == RUN_LENGTH && may_be_filter(&bytes[..place]))
    })
}

/// Whether a filter may stand behind that: `/Filter`, another filter, the beginning of several, or white.
fn may_be_filter(before: &[u8]) -> bool {
    before.last().is_some_and(|byte| byte.is_ascii_whitespace() || b"[\0rel".contains(byte))
}

/// One letter more than the longest of the names has.
const NAME_MAX: usize = 16;

/// The beginning of a name. Letters of it may be hidden, as `#4c` (ISO 32000-1, 7.3.5).
fn name<'a>(mut bytes: &[u8], room: &'a mut [u8; NAME_MAX]) -> &'a [u8] {
    let mut length = 0;
    while let Some((letter, behind)) = bytes.split_first()
        && length < NAME_MAX
        && !letter.is_ascii_whitespace()
        && !b"/[]<>(){}%\0".contains(letter)
    {
        let mut hidden = [0];
        let is_hidden = *letter == b'#'
            && behind
                .first_chunk::<2>()
                .is_some_and(|digits| hex::decode_to_slice(digits, &mut hidden).is_ok());
        room[length] = if is_hidden { hidden[0] } else { *letter };
        length += 1;
        bytes = if is_hidden { &behind[2..] } else { behind };
    }
    &room[..length]
}

/// How often a part may be packed: ours are once, and some files unpack to themselves for ever.
const PACKED_MAX: usize = 4;

/// How much the part is, unpacked as often as it can be: what its dictionary says may be hidden from us, and others unpack by it.
/// Where it breaks off they stop, too.
fn unpacked(part: &[u8]) -> u64 {
    let mut largest = 0;
    let mut inner = inflated(part);
    for _ in 0..PACKED_MAX {
        largest = largest.max(inner.len() as u64);
        if inner.is_empty() || largest > PART_MAX {
            return largest;
        }
        if names_another_filter(&inner) {
            return PART_MAX + 1;
        }
        inner = inflated(&inner);
    }
    PART_MAX + 1
}

/// What was packed, up to a little more than a part may be; nothing where it was not.
fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut inner = vec![];
    // Whether it broke off does not matter here.
    let _ = ZlibDecoder::new(packed).take(PART_MAX + 1).read_to_end(&mut inner);
    inner
}

fn skip_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_prefix(b"\r").unwrap_or(part);
    part.strip_prefix(b"\n").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn part(dictionary: &str, size: usize) -> Vec<u8> {
        let mut packed = ZlibEncoder::new(vec![], Compression::fast());
        packed.write_all(&vec![0; size]).unwrap();
        [
            b"1 0 obj\n",
            dictionary.as_bytes(),
            b"\nstream\n",
            &packed.finish().unwrap(),
            b"\nendstream\nendobj\n",
        ]
        .concat()
    }

    const PACKED: &str = "<< /Filter /FlateDecode >>";

    #[test]
    fn what_unpacks_to_more_than_a_file_may_is_not_taken_apart() {
        assert!(is_bounded(&part(PACKED, 1 << 20).repeat(3)));
        let filtered = "<< /Filter /FlateDecode /DecodeParms << /Columns 4 /Predictor 12 >> >>";
        assert!(is_bounded(&part(filtered, 100)));
        assert!(!is_bounded(&part(PACKED, 17 << 20)));
        assert!(!is_bounded(&part(PACKED, 15 << 20).repeat(20)));
    }

    #[test]
    fn a_part_that_is_packed_twice_is_measured_whatever_hides_its_dictionary() {
        let mut twice = ZlibEncoder::new(vec![], Compression::best());
        let mut once = ZlibEncoder::new(vec![], Compression::best());
        once.write_all(&vec![0; 17 << 20]).unwrap();
        twice.write_all(&once.finish().unwrap()).unwrap();
        let hidden = format!("<< /Filter [/FlateDecode /FlateDecode] /X ({}) >>", " ".repeat(2 * HEAD_MAX));
        let file = [hidden.as_bytes(), b"\nstream\n", &twice.finish().unwrap(), b"\nendstream\n"].concat();
        assert!(!is_bounded(&file));
    }

    #[test]
    fn a_filter_that_is_not_measured_is_seen_wherever_it_is_named() {
        let long = " ".repeat(2 * HEAD_MAX);
        for filter in
            ["/LZWDecode", "/RunLengthDecode", "/L#5aWDecode", "[ /RL ]", "/Fl/RL", "[/A85 /FlateDecode]"]
        {
            let before = format!("<< /Filter {filter} /X ({long}) >>");
            assert!(!is_bounded(&part(&before, 10)), "{filter}");
            let within_a_string = format!("<< /Filter {filter} /X (endstream) /Y ({long}) >>");
            assert!(!is_bounded(&part(&within_a_string, 10)), "{filter}");
        }
        let mut packed = ZlibEncoder::new(vec![], Compression::fast());
        packed.write_all(b"9 0 obj /LZWDecode endobj").unwrap();
        let objects =
            [b"<< /Filter /FlateDecode >>\nstream\n", &packed.finish().unwrap()[..], b"\nendstream\n"];
        assert!(!is_bounded(&[&objects.concat()[..], &part("<< /Filter 9 0 R >>", 10)].concat()));
    }

    #[test]
    fn what_is_packed_twice_or_says_so_unclearly_is_not_taken_apart() {
        for dictionary in [
            "<< /Filter [/FlateDecode /FlateDecode] >>",
            "<< /Filter /F#6cateDecode >>",
            "<< /Filter [/Fl /Fl ] >>",
            "<< /Filter /LZWDecode >>",
        ] {
            assert!(!is_bounded(&part(dictionary, 10)), "{dictionary}");
        }
    }
}
