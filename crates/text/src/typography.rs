//! The typography of a Russian official document: «ёлочки» with „лапки“ inside, en dashes, no-break spaces. For the
//! document only; what the municipality typed stays its words, and no letter or digit is ever changed.
//!
//! Done twice, it does nothing the second time: every rule recognises its own result.

use crate::dates_words::{is_dash, month};
use crate::quotes::is_quote;

const NBSP: char = '\u{a0}';

/// One paragraph as it is printed: one line, clean spaces, quotes, dashes.
#[must_use]
pub fn typeset(text: &str) -> String {
    let (mut letters, has) = clean_spaces(text);
    if has.dashes {
        set_dashes(&mut letters);
    }
    if has.quotes {
        crate::quotes::set_quotes(&mut letters);
    }
    bind(&mut letters);
    let mut printed = String::with_capacity(text.len());
    printed.extend(letters);
    printed
}

/// What a text has that is looked at again.
#[derive(Clone, Copy, Default)]
struct Has {
    dashes: bool,
    quotes: bool,
}

/// The paragraphs of a longer text, each as it is printed; empty ones are left out.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<String> {
    let is_break =
        |letter| matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split(is_break).map(typeset).filter(|line| !line.is_empty()).collect()
}

/// Every run of spaces becomes one; it stays unbreakable if any of the run was. Nothing invisible is left.
fn clean_spaces(text: &str) -> (Vec<char>, Has) {
    let mut clean: Vec<char> = Vec::with_capacity(text.len());
    let mut has = Has::default();
    for letter in text.chars() {
        if is_plain(letter) {
            clean.push(letter);
            continue;
        }
        if is_dropped(letter) {
            continue;
        }
        if !letter.is_whitespace() {
            has.dashes |= is_dash(letter);
            has.quotes |= is_quote(letter);
            clean.push(letter);
            continue;
        }
        let is_bound = matches!(letter, NBSP | '\u{2007}' | '\u{202f}');
        match clean.last().copied() {
            Some(' ') if is_bound => {
                clean.pop();
                clean.push(NBSP);
            }
            None | Some(' ' | NBSP) => {}
            Some(_) => clean.push(if is_bound { NBSP } else { ' ' }),
        }
    }
    if clean.last().is_some_and(|last| is_space(*last)) {
        clean.pop();
    }
    (clean, has)
}

/// What most text consists of, and no rule is about by itself: Cyrillic, and what ASCII prints but for `"` and `-`.
fn is_plain(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52f}' | '!' | '#'..=',' | '.'..='~')
}

/// Control characters, soft hyphens, zero-width spaces, marks that turn the direction of writing, non-characters:
/// nobody sees them, and XML forbids some.
fn is_dropped(letter: char) -> bool {
    let is_invisible = matches!(
        letter,
        '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let is_no_character =
        matches!(u32::from(letter) & 0xffff, 0xfffe | 0xffff) || matches!(letter, '\u{fdd0}'..='\u{fdef}');
    (letter.is_control() && !letter.is_whitespace()) || is_invisible || is_no_character
}

/// « – » in a sentence; «8–20» and «апрель–июнь» in ranges. Numbers of documents and telephones keep their hyphens.
fn set_dashes(letters: &mut [char]) {
    for at in 0..letters.len() {
        if !is_dash(letters[at]) {
            continue;
        }
        let space_before = at == 0 || is_space(letters[at - 1]);
        let space_behind = letters.get(at + 1).is_some_and(|letter| is_space(*letter));
        if space_before && space_behind {
            letters[at] = '–';
            if at > 0 {
                letters[at - 1] = NBSP;
            }
        } else if is_range(letters, at) {
            letters[at] = '–';
        }
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | NBSP)
}

/// Whether the dash at `at` stands between two numbers of a range, two dates, or two months.
fn is_range(letters: &[char], at: usize) -> bool {
    let is_part = |letter: &&char| letter.is_alphanumeric() || **letter == '.' || **letter == '/';
    let before: String = letters[..at].iter().rev().take_while(is_part).collect();
    let behind: String = letters[at + 1..].iter().take_while(is_part).collect();
    let before_length = before.chars().count();
    let outside = [at.checked_sub(before_length + 1), Some(at + 1 + behind.chars().count())];
    let is_chain = outside.into_iter().flatten().any(|index| letters.get(index).is_some_and(|c| is_dash(*c)));
    let before: String = before.chars().rev().collect();
    !is_chain
        && !is_document_number(&letters[..at - before_length])
        && (is_numbers(&before, &behind) || is_months(&before, &behind))
}

/// «№ 12-15» is one number, not fifteen minus twelve.
fn is_document_number(before: &[char]) -> bool {
    before.iter().rev().find(|letter| !is_space(**letter)) == Some(&'№')
}

fn is_numbers(before: &str, behind: &str) -> bool {
    let behind = behind.strip_suffix('.').unwrap_or(behind);
    match (before.parse::<u16>(), behind.parse::<u16>()) {
        (Ok(first), Ok(last)) => first < last && first > 0,
        _ => is_date(behind) && (is_date(before) || (before.len() <= 2 && before.parse::<u8>().is_ok())),
    }
}

/// «08.04» or «08.04.2020».
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let is_number =
        |part: &&str, lengths: &[usize]| lengths.contains(&part.len()) && part.parse::<u16>().is_ok();
    match parts.as_slice() {
        [day, month] => is_number(day, &[1, 2]) && is_number(month, &[2]),
        [day, month, year] => is_number(day, &[1, 2]) && is_number(month, &[2]) && is_number(year, &[2, 4]),
        _ => false,
    }
}

fn is_months(before: &str, behind: &str) -> bool {
    month(&before.to_lowercase()).is_some() && month(&behind.to_lowercase()).is_some()
}

/// Makes the spaces unbreakable that must not end a line.
fn bind(letters: &mut [char]) {
    for at in 1..letters.len().saturating_sub(1) {
        if letters[at] == ' ' && is_bond(&letters[..at], &letters[at + 1..]) {
            letters[at] = NBSP;
        }
    }
}

/// Whether what stands on both sides of a space belongs together.
fn is_bond(before: &[char], behind: &[char]) -> bool {
    match before.last() {
        Some('№') => true,
        Some('.') => is_town(before) || (is_initial(before) && begins_name(behind)),
        Some(last) if last.is_ascii_digit() => begins_with_month_or_year(behind),
        _ => is_two_initials(behind) && is_surname(before),
    }
}

/// «5 июня», «2020 г.»
fn begins_with_month_or_year(behind: &[char]) -> bool {
    let word: String = behind
        .iter()
        .take_while(|letter| letter.is_alphanumeric())
        .flat_map(|letter| letter.to_lowercase())
        .collect();
    let is_shortened = behind.get(word.chars().count()) == Some(&'.');
    month(&word).is_some() || (is_shortened && matches!(word.as_str(), "г" | "гг"))
}

/// Ends with «г.» of a town; «2020 г.» is a year.
fn is_town(before: &[char]) -> bool {
    let Some(rest) = before.strip_suffix(&['г', '.']) else { return false };
    match rest {
        [] => true,
        [.., digit, space] if is_space(*space) && digit.is_ascii_digit() => false,
        [.., last] => !last.is_alphanumeric(),
    }
}

/// Ends with one capital letter and its full stop.
fn is_initial(before: &[char]) -> bool {
    match before {
        [initial, '.'] => initial.is_uppercase(),
        [.., previous, initial, '.'] => initial.is_uppercase() && !previous.is_alphanumeric(),
        _ => false,
    }
}

/// Begins with a surname, or with the next initial.
fn begins_name(behind: &[char]) -> bool {
    match behind {
        [initial, '.', ..] => initial.is_uppercase(),
        [first, second, ..] => first.is_uppercase() && second.is_lowercase(),
        _ => false,
    }
}

fn is_surname(before: &[char]) -> bool {
    let word: Vec<char> = before
        .iter()
        .rev()
        .take_while(|letter| letter.is_alphabetic() || is_dash(**letter))
        .copied()
        .collect();
    matches!(word.as_slice(), [.., second, first] if first.is_uppercase() && second.is_lowercase())
}

/// Begins with «А.В.» or «А. В.»
fn is_two_initials(behind: &[char]) -> bool {
    match behind {
        [first, '.', second, '.', ..] => first.is_uppercase() && second.is_uppercase(),
        [first, '.', space, second, '.', ..] => {
            first.is_uppercase() && is_space(*space) && second.is_uppercase()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `_` stands for a no-break space.
    #[track_caller]
    fn check(typed: &str, printed: &str) {
        assert_eq!(typeset(typed), printed.replace('_', "\u{a0}"));
    }

    #[test]
    fn spaces_are_cleaned() {
        check("  союза   ГАНЗА \t\n приняли ", "союза ГАНЗА приняли");
        check("10\u{202f}000 \u{a0} жителей", "10_000_жителей");
        check("а\u{b}б\u{0}в\u{ad}г\u{feff}", "а бвг");
        check("", "");
    }

    #[test]
    fn no_rule_is_about_a_plain_letter() {
        let is_meant = |letter: char| {
            is_dropped(letter) || letter.is_whitespace() || is_dash(letter) || is_quote(letter)
        };
        let meant: Vec<char> =
            ('\0'..=char::MAX).filter(|letter| is_plain(*letter) && is_meant(*letter)).collect();
        assert_eq!(meant, []);
    }

    #[test]
    fn dashes_are_set() {
        check("Песни Победы - 2020", "Песни Победы_– 2020");
        check("Песни Победы — 2020", "Песни Победы_– 2020");
        check("- пункт", "– пункт");
        check("8-20 апреля", "8–20_апреля");
        check("8—20 апреля", "8–20_апреля");
        check("08.04-20.04.2020", "08.04–20.04.2020");
        check("апрель-июнь", "апрель–июнь");
        check("в 2019-2020 годах", "в 2019–2020 годах");
        check("онлайн-конкурс", "онлайн-конкурс");
        check("тел. 8-4812-38-61-05", "тел. 8-4812-38-61-05");
        check("закон № 12-15", "закон №_12-15");
        check("закон № 96-з", "закон №_96-з");
        check("в 12-00", "в 12-00");
        check("2020-06-05", "2020-06-05");
    }

    #[test]
    fn words_that_belong_together_are_bound() {
        check("г. Смоленск", "г._Смоленск");
        check("в г. Минске", "в г._Минске");
        check("5 июня 2020 г. В Минске", "5_июня 2020_г. В Минске");
        check("2019-2020 гг.", "2019–2020_гг.");
        check("№ 5", "№_5");
        check("Глава района А.В. Иванов", "Глава района А.В._Иванов");
        check("Иванов А.В., Петрова О. И.", "Иванов_А.В., Петрова_О._И.");
        check("5 июня, 8 и 9 мая", "5_июня, 8 и 9_мая");
        check("вместе с г", "вместе с г");
    }

    #[test]
    fn a_text_is_cut_into_paragraphs() {
        assert_eq!(paragraphs("один\r\n\r\n два \n \n"), ["один", "два"]);
        assert!(paragraphs(" \n\u{0}").is_empty());
    }

    proptest! {
        #[test]
        fn what_is_typeset_is_left_alone(text in "[а-яА-Я0-9 .,№\"«»„“”()\u{a0}—–-]{0,60}", other in ".{0,40}") {
            for text in [text, other] {
                let once = typeset(&text);
                prop_assert_eq!(typeset(&once), once);
            }
        }

        #[test]
        fn no_letter_and_no_digit_is_changed(text in "([а-яА-Я0-9]{1,3}[ .\"«»-]{0,2}|\\PC){0,40}") {
            let kept = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(kept(&typeset(&text)), kept(&text));
        }
    }
}
