//! What the heading of a column speaks of, whatever its exact words: the columns of the form in any order, with a typing
//! mistake, shortened or in other words.

use super::plain::{plain, plain_words, words_of};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// «№ п/п»
    Number,
    /// «Муниципальное образование»: lists of the whole region have one.
    Municipality,
    /// «Наименование мероприятия»
    Title,
    /// «Место проведения мероприятия»
    Place,
    /// «Сроки проведения мероприятия»
    Dates,
    /// «Содержание мероприятия»
    Content,
    /// «Достигнутые договоренности», where they stand apart.
    Agreements,
    /// «Участники мероприятия»
    Participants,
}

impl Column {
    /// The columns of the form, from left to right.
    pub const FORM: [Self; 6] =
        [Self::Number, Self::Title, Self::Place, Self::Dates, Self::Content, Self::Participants];

    /// The heading that the form has for it.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Number => "№ п/п",
            Self::Municipality => "Муниципальное образование",
            Self::Title => "Наименование мероприятия",
            Self::Place => "Место проведения мероприятия",
            Self::Dates => "Сроки проведения мероприятия",
            Self::Content => "Содержание мероприятия",
            Self::Agreements => "Достигнутые договоренности",
            Self::Participants => "Участники мероприятия",
        }
    }
}

/// What a heading speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Of one column of the form.
    Of(Column),
    /// Of several at once, such as «Дата и место проведения».
    OfSeveral(Vec<Column>),
    /// Of nothing that the form asks for, such as «Примечание».
    Other,
}

/// Longest text that can be a heading, in letters: the longest of the form has 83.
const CHARS_MAX: usize = 150;

/// The beginnings of words that tell columns apart. What a heading says of the activity as a whole tells nothing.
const STEMS: [(Column, &[&str]); 7] = [
    (Column::Title, &["наименован", "назван", "тема", "тематик"]),
    (Column::Place, &["мест", "адрес", "площадк"]),
    (Column::Dates, &["срок", "дат", "врем", "период"]),
    (Column::Content, &["содержан", "описан", "сут", "итог", "результат", "краткая"]),
    (Column::Agreements, &["договоренност", "соглашен"]),
    (Column::Participants, &["участник", "фио", "должност", "участи"]),
    (Column::Number, &["номер", "порядков"]),
];

/// Shortest stem that may have a mistake in it: in shorter ones another letter makes another word.
const MISTYPED_STEM_CHARS_MIN: usize = 5;

/// What the text says as the heading of a column.
#[must_use]
pub fn heading(text: &str) -> Heading {
    if text.chars().count() > CHARS_MAX {
        return Heading::Other;
    }
    let all = plain(text);
    if is_number(&all) {
        return Heading::Of(Column::Number);
    }
    let words = words_of(&all);
    if speaks_of_municipality(&words) {
        return Heading::Of(Column::Municipality);
    }
    let mut found: Vec<Column> = vec![];
    for column in words.iter().filter_map(|word| column_of(word)) {
        if !found.contains(&column) {
            found.push(column);
        }
    }
    // What was agreed is a part of the content, and so the form itself says.
    if found.contains(&Column::Content) {
        found.retain(|column| *column != Column::Agreements);
    }
    match found[..] {
        [] if !words.is_empty()
            && words.iter().all(|word| matches!(word.as_str(), "мероприятие" | "мероприятия")) =>
        {
            Heading::Of(Column::Title)
        }
        [] => Heading::Other,
        [one] => Heading::Of(one),
        // The bracket of «Участники (ФИО, должность)» and the like explains the first word.
        [first, ..] if is_explained(text, first) => Heading::Of(first),
        _ => Heading::OfSeveral(found),
    }
}

/// «№», «№ п/п», «п/п», «N п.п.».
fn is_number(plain: &str) -> bool {
    let letters: String = plain.chars().filter(|letter| letter.is_alphanumeric() || *letter == '№').collect();
    matches!(letters.as_str(), "№" | "№пп" | "пп" | "nпп" | "n" | "нпп" | "номер" | "номерпп" | "no")
}

fn speaks_of_municipality(words: &[String]) -> bool {
    let is_unit = |word: &String| {
        matches!(word.as_str(), "мо" | "район" | "территория")
            || word.starts_with("муниципал")
            || word.starts_with("муниц")
    };
    words.len() <= 4 && words.iter().any(is_unit) && !words.iter().any(|word| word.starts_with("мероприяти"))
}

fn column_of(word: &str) -> Option<Column> {
    let exact = |stem: &&str| word.starts_with(*stem);
    let found = STEMS.iter().find(|(_, stems)| stems.iter().any(exact));
    found
        .or_else(|| STEMS.iter().find(|(_, stems)| stems.iter().any(|stem| is_mistyped(word, stem))))
        .map(|(column, _)| *column)
}

/// Whether the word begins with the stem but for one letter: another one, one too many, one too few, or two swapped.
fn is_mistyped(word: &str, stem: &str) -> bool {
    if !begins_alike(word, stem) || stem.chars().count() < MISTYPED_STEM_CHARS_MIN {
        return false;
    }
    let same = word.chars().zip(stem.chars()).take_while(|(letter, wanted)| letter == wanted);
    let bytes = same.map(|(letter, _)| letter.len_utf8()).sum::<usize>();
    let (word, stem) = (&word[bytes..], &stem[bytes..]);
    let behind = |text: &str| text.chars().next().map(char::len_utf8);
    let Some(wanted) = behind(stem) else { return true };
    let rest = &stem[wanted..];
    let Some(letter) = behind(word) else { return rest.is_empty() };
    let swapped = || {
        let next = behind(rest)?;
        word.strip_prefix(&rest[..next])?
            .strip_prefix(&stem[..wanted])?
            .starts_with(&rest[next..])
            .then_some(())
    };
    word[letter..].starts_with(rest)
        || word[letter..].starts_with(stem)
        || word.starts_with(rest)
        || swapped().is_some()
}

/// Whether one of the first two letters is the same: a word with one mistake has at least that, and nearly all others have not.
fn begins_alike(word: &str, stem: &str) -> bool {
    let two = |text: &str| (text.chars().next(), text.chars().nth(1));
    let ((first, second), (stem_first, stem_second)) = (two(word), two(stem));
    first == stem_first || second == stem_second || first == stem_second || second == stem_first
}

/// Whether all columns but the first are spoken of in brackets only.
fn is_explained(text: &str, first: Column) -> bool {
    let outside = text.split('(').next().unwrap_or_default();
    plain_words(outside).iter().filter_map(|word| column_of(word)).all(|column| column == first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::COLUMNS;
    use crate::reading::plain::distance;

    proptest! {
        #[test]
        fn a_word_with_one_mistake_is_one_whose_beginning_is_one_letter_away(word in "[абвг]{0,9}", stem in "[абвг]{5,7}") {
            let length = stem.chars().count();
            let beginnings = (length - 1..=length + 1).filter(|taken| *taken <= word.chars().count());
            let mut beginnings = beginnings.map(|taken| word.chars().take(taken).collect::<String>());
            let is_near = beginnings.any(|beginning| distance(&beginning, &stem, 1).is_some());
            prop_assert_eq!(is_mistyped(&word, &stem), is_near && begins_alike(&word, &stem));
        }
    }

    #[test]
    fn the_headings_of_the_form_are_its_columns() {
        for (text, column) in COLUMNS.iter().zip(Column::FORM) {
            assert_eq!(heading(text), Heading::Of(column), "{text}");
        }
    }

    #[test]
    fn other_words_for_a_column_are_understood() {
        for (text, column) in [
            ("№", Column::Number),
            ("N п/п", Column::Number),
            ("Название", Column::Title),
            ("Мероприятие", Column::Title),
            ("Наименоване мероприятия", Column::Title),
            ("НАИМЕНОВАНИЕ\nМЕРОПРИЯТИЯ", Column::Title),
            ("Место", Column::Place),
            ("Дата проведения", Column::Dates),
            ("Период", Column::Dates),
            ("Срoки проведения", Column::Dates),
            ("Краткое содержание, итоги", Column::Content),
            ("Содержание и достигнутые договорённости", Column::Content),
            ("Достигнутые договоренности", Column::Agreements),
            ("Участники (ФИО, должность)", Column::Participants),
            ("ФИО, должность участников", Column::Participants),
            ("Муниципальное образование", Column::Municipality),
            ("Наименование МО", Column::Municipality),
        ] {
            assert_eq!(heading(text), Heading::Of(column), "{text}");
        }
    }

    #[test]
    fn a_heading_of_two_columns_is_seen_as_such() {
        let both = Heading::OfSeveral(vec![Column::Dates, Column::Place]);
        assert_eq!(heading("Дата и место проведения"), both);
    }

    #[test]
    fn what_the_form_does_not_ask_for_is_no_column_of_it() {
        for text in ["Примечание", "", "Ссылка", "Мероприятий", "Бюджет", "1", &"Место ".repeat(60)]
        {
            assert_eq!(heading(text), Heading::Other, "{text}");
        }
    }
}
