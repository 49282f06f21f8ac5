//! A PDF is taken apart by a library that unpacks whatever it meets; before that, everything packed is measured here.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use memchr::memmem;

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
