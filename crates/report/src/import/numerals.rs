//! Numbers as lists write them: in digits, in Roman numerals, in letters of two alphabets.

/// The longest number in letters, of which each pass through the alphabet needs one more.
const LETTERS_MAX: usize = 100;

/// A number in the digits or letters that a level counts with; in digits where the kind is not known.
pub(super) fn formatted(number: u32, format: &str) -> String {
    match format {
        "none" => String::new(),
        "decimalZero" => format!("{number:02}"),
        "upperRoman" => roman(number).to_uppercase(),
        "lowerRoman" => roman(number),
        "upperLetter" => lettered(number, &latin()).to_uppercase(),
        "lowerLetter" => lettered(number, &latin()),
        "russianUpper" => lettered(number, &russian()).to_uppercase(),
        "russianLower" => lettered(number, &russian()),
        _ => number.to_string(),
    }
}

fn latin() -> Vec<char> {
    ('a'..='z').collect()
}

/// The letters that lists count with: without ё, й, ъ, ы and ь.
fn russian() -> Vec<char> {
    let skipped = ['\u{439}', '\u{44a}', '\u{44b}', '\u{44c}'];
    ('\u{430}'..='\u{44f}').filter(|letter| !skipped.contains(letter)).collect()
}

/// a … z, aa, bb …: the letter as often as the alphabet was gone through, as Word has it.
fn lettered(number: u32, alphabet: &[char]) -> String {
    let Some(index) = number.checked_sub(1) else { return "0".to_owned() };
    let index = index as usize;
    let times = (index / alphabet.len() + 1).min(LETTERS_MAX);
    std::iter::repeat_n(alphabet[index % alphabet.len()], times).collect()
}

fn roman(number: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    // Beyond this Roman numerals need bars.
    if number == 0 || number >= 4000 {
        return number.to_string();
    }
    let mut left = number;
    let mut text = String::new();
    for (value, sign) in SIGNS {
        while left >= value {
            text.push_str(sign);
            left -= value;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_level_wants_them() {
        let cases = [
            (7, "decimal", "7"),
            (7, "decimalZero", "07"),
            (1994, "upperRoman", "MCMXCIV"),
            (4, "lowerRoman", "iv"),
            (0, "lowerRoman", "0"),
            (5000, "lowerRoman", "5000"),
            (28, "lowerLetter", "bb"),
            (3, "russianLower", "в"),
            (10, "russianUpper", "К"),
            (28, "russianLower", "я"),
            (29, "russianLower", "аа"),
            (0, "upperLetter", "0"),
            (12, "chineseCounting", "12"),
            (1_000_000, "lowerLetter", &"n".repeat(100)),
        ];
        for (number, format, written) in cases {
            assert_eq!(formatted(number, format), written, "{number} as {format}");
        }
    }
}
