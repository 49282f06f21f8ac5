//! Quotation marks: «ёлочки», and „лапки“ inside them.

use crate::dates_words::is_dash;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Opens,
    Closes,
}

/// Sets every pair of quotation marks by its depth. Where openings and closings do not pair (a common way to write
/// «ООО «Рога»), only straight marks are turned, and the typed ones stay.
pub(crate) fn set_quotes(letters: &mut [char]) {
    let marks = marks(letters);
    let is_paired = is_paired(&marks);
    let mut depth = 0_usize;
    for (at, side) in marks {
        depth = if side == Side::Opens { depth + 1 } else { depth.saturating_sub(1) };
        let level = if side == Side::Opens { depth } else { depth + 1 };
        if is_paired {
            letters[at] = mark(side, level);
        } else if letters[at] == '"' && (side == Side::Opens || depth > 0) {
            letters[at] = mark(side, 1);
        }
    }
}

fn mark(side: Side, level: usize) -> char {
    match (side, level) {
        (Side::Opens, 0 | 1) => '«',
        (Side::Opens, _) => '„',
        (Side::Closes, 0 | 1) => '»',
        (Side::Closes, _) => '“',
    }
}

fn is_paired(marks: &[(usize, Side)]) -> bool {
    let mut depth = 0_usize;
    for (_, side) in marks {
        depth = match (side, depth) {
            (Side::Opens, depth) => depth + 1,
            (Side::Closes, 0) => return false,
            (Side::Closes, depth) => depth - 1,
        };
    }
    depth == 0
}

/// Where the marks stand and which way each turns. A mark with a side of its own keeps it; `"` and `“` (which closes
/// in Russian and opens in English) take theirs from the nearest letters, and at last from what is still open.
fn marks(letters: &[char]) -> Vec<(usize, Side)> {
    let is_told = |letter: &char| !matches!(letter, '"' | '“');
    let behind = if letters.iter().all(is_told) { vec![] } else { letters_behind(letters) };
    let mut marks = vec![];
    let mut before = None;
    let mut depth = 0_usize;
    for (at, letter) in letters.iter().enumerate() {
        let side = match letter {
            '«' | '„' | '‟' => Side::Opens,
            '»' | '”' => Side::Closes,
            '“' if depth >= 2 => Side::Closes,
            '"' | '“' => between(before, behind[at], depth),
            _ => {
                before = Some(*letter);
                continue;
            }
        };
        depth = if side == Side::Opens { depth + 1 } else { depth.saturating_sub(1) };
        marks.push((at, side));
    }
    marks
}

/// For each place the nearest letter behind it that is no quotation mark.
fn letters_behind(letters: &[char]) -> Vec<Option<char>> {
    let mut behind = vec![None; letters.len()];
    let mut nearest = None;
    for (at, letter) in letters.iter().enumerate().rev() {
        behind[at] = nearest;
        if !is_quote(*letter) {
            nearest = Some(*letter);
        }
    }
    behind
}

fn between(before: Option<char>, behind: Option<char>, depth: usize) -> Side {
    let begins =
        before.is_none_or(|letter| letter.is_whitespace() || is_dash(letter) || "([{/".contains(letter));
    let ends = behind.is_none_or(|letter| letter.is_whitespace() || ".,;:!?)]}…".contains(letter));
    match (begins, ends) {
        (true, false) => Side::Opens,
        (true, true) | (false, false) if depth == 0 => Side::Opens,
        (_, true) | (false, false) => Side::Closes,
    }
}

pub(crate) fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '«' | '»' | '„' | '“' | '”' | '‟')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, printed: &str) {
        let mut letters: Vec<char> = typed.chars().collect();
        set_quotes(&mut letters);
        assert_eq!(letters.into_iter().collect::<String>(), printed);
    }

    #[test]
    fn pairs_are_set_by_their_depth() {
        check("Союз \"ГАНЗА\"", "Союз «ГАНЗА»");
        check("Союз “ГАНЗА” и „Лён“", "Союз «ГАНЗА» и «Лён»");
        check("\"ООО \"Рога и копыта\"\"", "«ООО „Рога и копыта“»");
        check("«ООО «Рога» и «Копыта»»", "«ООО „Рога“ и „Копыта“»");
        check("(\"Каприз\"), \"Колибри\".", "(«Каприз»), «Колибри».");
        check("конкурс-\"Песня\"", "конкурс-«Песня»");
    }

    #[test]
    fn marks_that_do_not_pair_stay_as_typed() {
        check("«ООО «Рога»", "«ООО «Рога»");
        check("экран 17\"", "экран 17\"");
        check("» начало", "» начало");
        check("\"ООО \"Рога\"", "«ООО «Рога»");
    }
}
