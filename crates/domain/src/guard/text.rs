//! One text: what is taken out of it, how it is composed, and whether all that is left can be printed.

use std::borrow::Cow;

use unicode_normalization::char::decompose_canonical;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

use super::printable::is_printable;

/// What a text was rid of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TakenOut {
    /// Characters in whose place nothing stands.
    pub(super) removed: usize,
    /// Characters in whose place a line break or a space stands.
    pub(super) replaced: usize,
    /// The first of them, counted from 1 in the text that was sent.
    pub(super) at: usize,
}

/// A character that no document can print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unprintable {
    /// The first of its text.
    pub character: char,
    /// Where it stands, counted from 1 in the text that was sent.
    pub at: usize,
    /// How many more there are in the same text.
    pub more: usize,
}

/// Puts a text in order, and tells what was taken out. Where no lines are allowed, a line break becomes a space.
pub(super) fn guard(text: &mut String, lines: bool) -> Result<Option<TakenOut>, Unprintable> {
    // Nearly all texts are of these characters, and such a text is left as it is.
    if text.chars().all(|letter| is_plain(letter) || (lines && letter == '\n')) {
        return Ok(None);
    }
    let (clean, out) = clean(text, lines);
    let composed = composed(&clean);
    if let Some(unprintable) = first_unprintable(&composed, text, lines) {
        return Err(unprintable);
    }
    if let Cow::Owned(composed) = composed {
        *text = composed;
    } else if let Cow::Owned(clean) = clean {
        *text = clean;
    }
    Ok(out)
}

/// A text in one line, as an order would keep it.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    match clean(text, false).0 {
        Cow::Borrowed(text) => composed(text),
        Cow::Owned(text) => Cow::Owned(composed(&text).into_owned()),
    }
}

/// The first character of a text that no document can print.
#[must_use]
pub fn unprintable(text: &str) -> Option<Unprintable> {
    first_unprintable(&composed(&clean(text, true).0), text, true)
}

/// The composed form of a text (NFC): a letter and its mark as one character where there is one.
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// What is never recorded: control characters, separators of lines and paragraphs, marks of the order of bytes, and what is
/// no character. Line feed, carriage return and tab are text.
#[must_use]
pub fn is_taken_out(letter: char) -> bool {
    let is_no_character = u32::from(letter) & 0xfffe == 0xfffe || matches!(letter, '\u{fdd0}'..='\u{fdef}');
    let is_separator = matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}');
    is_no_character || is_separator || (letter.is_control() && !is_blank(letter))
}

/// Characters that mean only what a sender and his font agree upon, such as the bullets of Symbol and Wingdings.
#[must_use]
pub fn is_private(letter: char) -> bool {
    matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}')
}

/// Printable and composed as it stands, whatever stands beside it: nothing that is a mark or takes one from before.
const fn is_plain(letter: char) -> bool {
    let code = letter as u32;
    if code < PLAIN_END {
        return PLAIN[(code / u64::BITS) as usize] & (1 << (code % u64::BITS)) != 0;
    }
    matches!(letter, '–' | '—' | '„' | '“' | '”' | '…' | '№')
}

/// Where Cyrillic ends.
const PLAIN_END: u32 = 0x500;

/// A bit for each character before it, so that what nearly all texts are made of is known at a glance.
static PLAIN: [u64; (PLAIN_END / u64::BITS) as usize] = {
    let mut bits = [0; (PLAIN_END / u64::BITS) as usize];
    let mut code = 0;
    while code < PLAIN_END {
        if matches!(code, 0x9 | 0x20..=0x7e | 0xa0 | 0xab | 0xbb | 0x400..=0x481 | 0x48a..=0x4ff) {
            bits[(code / u64::BITS) as usize] |= 1 << (code % u64::BITS);
        }
        code += 1;
    }
    bits
};

const fn is_blank(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r')
}

/// What a person sees as the end of a line: the vertical tab of Word among them.
const fn ends_line(letter: char) -> bool {
    matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Carried as it is, though nobody sees it: joins letters, chooses their form, turns the direction of writing. These are the
/// characters that Unicode tells programs to ignore where they do not know them (`Default_Ignorable_Code_Point`); a document shows
/// nothing in their place.
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_carried(letter: char) -> bool {
    is_plain(letter) || is_blank(letter) || is_unseen(letter) || is_printable(letter)
}

/// What stands in the place of a character that is not carried. `None`: nothing.
fn instead(letter: char, lines: bool) -> Option<char> {
    ends_line(letter).then_some(if lines { '\n' } else { ' ' })
}

/// Whether a character must go.
fn goes(letter: char, lines: bool) -> bool {
    is_taken_out(letter) || (!lines && ends_line(letter))
}

/// The text without what is never recorded.
fn clean(text: &str, lines: bool) -> (Cow<'_, str>, Option<TakenOut>) {
    let Some(first) = text.chars().position(|letter| goes(letter, lines)) else {
        return (Cow::Borrowed(text), None);
    };
    let mut out = TakenOut { removed: 0, replaced: 0, at: first + 1 };
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        if !goes(letter, lines) {
            clean.push(letter);
        } else if let Some(instead) = instead(letter, lines) {
            out.replaced += 1;
            clean.push(instead);
        } else {
            out.removed += 1;
        }
    }
    (Cow::Owned(clean), Some(out))
}

/// Looks at each character of the composed text by itself; the place is that in the text as it was sent.
fn first_unprintable(composed: &str, sent: &str, lines: bool) -> Option<Unprintable> {
    let index = composed.chars().position(|letter| !is_carried(letter))?;
    let mut from_here = composed.chars().skip(index);
    let character = from_here.next()?;
    let more = from_here.filter(|letter| !is_carried(*letter)).count();
    // A text and its composed form come apart into equally many characters.
    let before: usize = composed.chars().take(index).map(parts).sum();
    let mut reached = 0;
    let is_there = |letter| {
        reached +=
            if goes(letter, lines) { instead(letter, lines).into_iter().count() } else { parts(letter) };
        reached > before
    };
    let at = sent.chars().position(is_there).map_or(1, |place| place + 1);
    Some(Unprintable { character, at, more })
}

/// How many characters a character comes apart into.
fn parts(letter: char) -> usize {
    let mut count = 0;
    decompose_canonical(letter, |_| count += 1);
    count
}
