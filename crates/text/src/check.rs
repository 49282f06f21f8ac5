//! What every text for a person is held to.

/// Fails unless the text is a clean Russian sentence or more: not empty, ends with punctuation, no word of two
/// alphabets, no doubled or stray spaces.
#[track_caller]
pub(crate) fn is_well_worded(text: &str) {
    assert!(text.chars().any(is_cyrillic), "{text:?}: no Russian word");
    assert!(text.ends_with(['.', '!', '?']), "{text:?}: no full stop");
    assert!(!text.contains("..") && !text.contains("  "), "{text:?}: doubled");
    assert!(!text.contains(" .") && !text.contains(" ,"), "{text:?}: a stray space");
    for word in text.split(|letter: char| !letter.is_alphabetic()) {
        let mixed = word.chars().any(is_cyrillic) && word.chars().any(|letter| letter.is_ascii_alphabetic());
        assert!(!mixed, "{text:?}: {word:?} is written in two alphabets");
    }
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{4ff}')
}
