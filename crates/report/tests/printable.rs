//! The characters that an order may hold are those that the fonts of documents have: the domain's list is made from them.
//!
//! Written anew after the fonts changed: `SVOD_WRITE_PRINTABLE=1 cargo test -p svod-report --test printable`.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests: a panic is how they fail")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use svod_domain::guard::{PRINTABLE_FILE, is_private, is_taken_out};

const HEAD: &str = "\
# The characters that some font of crates/report/fonts has, without those that are never recorded and those of private use:
# what a text of an order may hold. Made from the fonts by crates/report/tests/printable.rs; not edited by hand.
";

fn fonts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "ttf")).collect()
}

/// What a font has a glyph for, and documents may print.
fn letters(font: &Path) -> BTreeSet<char> {
    let bytes = std::fs::read(font).unwrap();
    let charmap = FontRef::new(&bytes).unwrap().charmap();
    assert!(charmap.has_map() && !charmap.is_symbol(), "{}", font.display());
    let mapped = charmap.mappings().filter(|(_, glyph)| *glyph != GlyphId::NOTDEF);
    let letters = mapped.filter_map(|(code, _)| char::from_u32(code));
    letters.filter(|letter| !letter.is_control() && !is_taken_out(*letter) && !is_private(*letter)).collect()
}

/// The list as the domain keeps it.
fn written(letters: &BTreeSet<char>) -> String {
    let mut ranges: Vec<(u32, u32)> = vec![];
    for code in letters.iter().map(|letter| u32::from(*letter)) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == code => *last = code,
            _apart => ranges.push((code, code)),
        }
    }
    let mut text = HEAD.to_owned();
    for (first, last) in ranges {
        if first == last {
            writeln!(text, "{first:04X}").unwrap();
        } else {
            writeln!(text, "{first:04X}-{last:04X}").unwrap();
        }
    }
    text
}

#[test]
fn an_order_may_hold_exactly_what_some_font_has() {
    let fonts = fonts();
    assert_eq!(fonts.len(), 8, "{fonts:?}");
    let all: BTreeSet<char> = fonts.iter().flat_map(|font| letters(font)).collect();
    let now = written(&all);
    if std::env::var_os("SVOD_WRITE_PRINTABLE").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/data/printable.txt");
        std::fs::write(file, &now).unwrap();
        return;
    }
    let differing = now.lines().zip(PRINTABLE_FILE.lines()).find(|(now, kept)| now != kept);
    assert_eq!(differing, None, "the fonts say otherwise");
    assert_eq!(now, PRINTABLE_FILE, "one list goes on where the other ends");
}
