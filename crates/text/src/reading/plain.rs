//! Text as it is compared: small letters, one space, one kind of dash, no quotes, no ё, and no Latin letter in a Russian
//! word. Only for comparing: what is filed stays as it was typed.

use crate::dates_words::is_dash;

/// The text as it is compared with others.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut words: Vec<String> = vec![];
    for word in text.split(|letter: char| letter.is_whitespace() || letter == '_') {
        let word: String = word.chars().filter(|letter| !is_ignored(*letter)).collect();
        let word = word.to_lowercase().replace('ё', "е");
        if !word.is_empty() {
            words.push(if word.chars().any(is_cyrillic) { russian(&word) } else { dashed(&word) });
        }
    }
    words.join(" ")
}

/// The words of the text as they are compared, without the marks around them.
pub(crate) fn plain_words(text: &str) -> Vec<String> {
    words_of(&plain(text))
}

/// The words of a text that is plain already.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '-';
    text.split(|letter| !inside(letter))
        .map(|word| word.trim_matches('-').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// How many letters have to be put in, taken out, exchanged or swapped with the next one to make one text of the other.
/// Counting ends where it is clear that there are more than `max`.
pub(crate) fn distance(one: &str, other: &str, max: usize) -> Option<usize> {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().abs_diff(other.len()) > max {
        return None;
    }
    let mut before_last: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other_letter) in other.iter().enumerate() {
            let exchanged = last[column] + usize::from(letter != other_letter);
            let mut fewest = exchanged.min(last[column + 1] + 1).min(next[column] + 1);
            let is_swapped =
                row > 0 && column > 0 && one[row - 1] == *other_letter && other[column - 1] == *letter;
            if is_swapped {
                fewest = fewest.min(before_last[column - 1] + 1);
            }
            next.push(fewest);
        }
        before_last = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|distance| *distance <= max)
}

/// Quotes and what nobody sees.
fn is_ignored(letter: char) -> bool {
    matches!(letter, '«' | '»' | '"' | '“' | '”' | '„' | '‟' | '\'' | '‘' | '’' | '`')
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        || letter.is_control()
}

fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{4ff}')
}

fn dashed(word: &str) -> String {
    word.chars().map(|letter| if is_dash(letter) { '-' } else { letter }).collect()
}

/// A word with a Russian letter in it is Russian: the others were typed with the keyboard in the wrong layout.
fn russian(word: &str) -> String {
    let letters = word.chars().map(|letter| match letter {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        other => other,
    });
    dashed(&letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_not_compared() {
        for (typed, compared) in [
            ("  Город\u{a0}«Смоленск» ", "город смоленск"),
            ("Mocква", "москва"),
            ("Холм\u{2011}Жирковский", "холм-жирковский"),
            ("Тёмкинский", "темкинский"),
            ("Сычев\u{ad}ский\u{200b}", "сычевский"),
            ("Smolensk", "smolensk"),
            ("Вяземский_район", "вяземский район"),
        ] {
            assert_eq!(plain(typed), compared);
        }
    }

    #[test]
    fn letters_that_differ_are_counted() {
        for (one, other, apart) in [
            ("смоленск", "смоленск", Some(0)),
            ("смоленск", "смоленс", Some(1)),
            ("смоленск", "смолеснк", Some(1)),
            ("смоленск", "смаленско", Some(2)),
            ("смоленск", "вязьма", None),
        ] {
            assert_eq!(distance(one, other, 2), apart, "{one} {other}");
        }
    }
}
