//! Text that no cell can show goes on in the cell below. Excel takes no cell of more than 32,767 letters and shows no row
//! higher than 409 points: what is beyond would be refused, or there and never seen.

/// Most of UTF-16 that a cell holds (Excel specifications and limits).
const CELL_UNITS_MAX: usize = 32_767;

/// Most lines in a row: 409 points of lines of 15.
const ROW_LINES_MAX: u32 = 27;

/// A part of a text, for one cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// About how many lines it takes.
    pub(crate) lines: u32,
}

/// The text in pieces, each for a cell in whose lines there is room for about so many letters. Without the white space
/// between them they are the text.
pub(crate) fn pieces(text: &str, line_chars: usize) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    let mut rest = text;
    loop {
        let (end, lines) = first_piece(rest, line_chars);
        let (piece, behind) = rest.split_at(end);
        let is_last = behind.is_empty();
        pieces.push(Piece { text: if is_last { piece } else { piece.trim_end_matches([' ', '\n']) }, lines });
        if is_last {
            return pieces;
        }
        rest = behind.trim_start_matches([' ', '\n']);
    }
}

/// Where the first piece ends, after a word if it can be, and how many lines it takes. A word goes to the next line as a
/// whole, one longer than a line is broken.
fn first_piece(text: &str, line_chars: usize) -> (usize, u32) {
    let (mut lines, mut column, mut word, mut units) = (1, 0, 0, 0);
    let mut after_word = None;
    for (start, letter) in text.char_indices() {
        units += letter.len_utf16();
        match letter {
            '\n' => (lines, column, word) = (lines + 1, 0, 0),
            ' ' => (column, word) = (column + 1, 0),
            _ => (column, word) = (column + 1, word + 1),
        }
        if column > line_chars && letter != ' ' {
            let moved = if word < column { word.min(line_chars) } else { 1 };
            (lines, column, word) = (lines + 1, moved, moved);
        }
        if lines > ROW_LINES_MAX || units > CELL_UNITS_MAX {
            return (after_word.unwrap_or(start), lines.min(ROW_LINES_MAX));
        }
        if letter == ' ' || letter == '\n' {
            after_word = Some(start + letter.len_utf8());
        }
    }
    (text.len(), lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_cell_shows_stays_in_one_piece() {
        assert_eq!(pieces("", 10), [Piece { text: "", lines: 1 }]);
        assert_eq!(pieces("слово слово", 10), [Piece { text: "слово слово", lines: 2 }]);
        assert_eq!(pieces("два слова\nтри", 10), [Piece { text: "два слова\nтри", lines: 2 }]);
    }

    #[test]
    fn a_piece_ends_after_a_word() {
        let text = "слово ".repeat(40).trim_end().to_owned();
        let parts = pieces(&text, 10);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.text.split(' ').all(|word| word == "слово")), "{parts:?}");
    }

    #[test]
    fn a_word_of_more_than_a_cell_is_cut() {
        let word = "я".repeat(40_000);
        let parts = pieces(&word, 40_000);
        assert_eq!(parts.iter().map(|part| part.text.len()).collect::<Vec<_>>(), [2 * 32_767, 2 * 7_233]);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_every_piece_has_room(
            text in "[а-я 👍\\n]{0,900}", line_chars in 1_usize..20,
        ) {
            let parts = pieces(&text, line_chars);
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(parts.iter().map(|part| letters(part.text)).collect::<String>(), letters(&text));
            for part in parts {
                prop_assert!(part.text.encode_utf16().count() <= CELL_UNITS_MAX);
                prop_assert!(part.lines <= ROW_LINES_MAX);
                // Spaces hang over the end of a line, letters do not.
                let letters_of = |line: &str| line.chars().filter(|letter| *letter != ' ').count();
                let full = part.text.split('\n').map(|line| letters_of(line).div_ceil(line_chars).max(1));
                prop_assert!(part.lines as usize >= full.sum::<usize>().min(ROW_LINES_MAX as usize));
            }
        }
    }
}
