//! What an edition says of itself below the table: which one it replaces, why, and what changed.

use jiff::Timestamp;
use svod_domain::Edition;

use crate::dates::day_of;
use crate::typography::typeset;

/// What the heading says before the number of the edition.
const HEADING: &str = "Сведения о редакции";

/// Instead of numbers, where there are none to tell.
pub const UNCHANGED: &str = "Записи не изменились.";

/// The same in a part of a report, which knows nothing of the other records.
pub const EXTRACT_UNCHANGED: &str = "Записи, вошедшие в выписку, не изменились.";

const EDITION: &str = "Редакция";
const REPLACES: &str = "заменяет редакцию";
const BECAUSE: &str = "Причина: ";
const RENAMED: &str = "Наименование раздела изменено: ";

/// Of one record, and of several.
const ADDED: [&str; 2] = ["Добавлена запись", "Добавлены записи"];
const CORRECTED: [&str; 2] = ["Исправлена запись", "Исправлены записи"];
const LEFT_OUT: [&str; 2] = ["Исключена запись", "Исключены записи"];

/// Fewest neighbours that are told as a range: two of them read better side by side.
const RANGE_MIN: usize = 3;

/// «Сведения о редакции 2»
#[must_use]
pub fn heading(edition: Edition) -> String {
    format!("{HEADING}\u{a0}{edition}")
}

/// Whether a line is such a heading, whatever spaces an office program made of its own.
#[must_use]
pub fn is_heading(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((number, before)) = words.split_last() else { return false };
    number.parse::<u32>().is_ok() && before.join(" ") == HEADING
}

/// Whether a line can be one of those under the heading.
fn is_paragraph(line: &str) -> bool {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let replaces = line.strip_prefix(EDITION).is_some_and(|behind| behind.contains(REPLACES));
    let verbs = [ADDED, CORRECTED, LEFT_OUT];
    replaces
        || verbs.as_flattened().iter().any(|verb| line.starts_with(verb))
        || [BECAUSE, RENAMED, UNCHANGED, EXTRACT_UNCHANGED].iter().any(|begin| line.starts_with(begin))
}

/// The lines of a file as they come: which of them are what an edition says of itself. They name municipalities and
/// records, and whoever reads the file again must take them for neither.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines {
    in_revision: bool,
}

impl Lines {
    /// Takes the next line, and answers whether it is one of them: a heading, or what can stand under one and does.
    pub fn takes(&mut self, line: &str) -> bool {
        self.in_revision = is_heading(line) || (self.in_revision && is_paragraph(line));
        self.in_revision
    }

    /// Something that is no line comes: nothing behind it stands under the heading.
    pub fn end(&mut self) {
        self.in_revision = false;
    }
}

/// «Редакция 2 заменяет редакцию 1 от 15 июля 2020 г.»
#[must_use]
pub fn replaces(edition: Edition, replaced: Edition, closed_at: Timestamp) -> String {
    typeset(&format!("{EDITION}\u{a0}{edition} {REPLACES}\u{a0}{replaced} от {}", day_of(closed_at)))
}

/// «Причина: пропущена запись.» The words are the operator's.
#[must_use]
pub fn because(reason: &str) -> String {
    let reason = typeset(reason);
    let end = if reason.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{BECAUSE}{reason}{end}")
}

/// «Добавлены записи 3–7, 12.» The numbers are in order.
#[must_use]
pub fn added(numbers: &[u32]) -> String {
    format!("{}.", records(ADDED, numbers))
}

/// «Исправлена запись 5.» The numbers are in order.
#[must_use]
pub fn corrected(numbers: &[u32]) -> String {
    format!("{}.", records(CORRECTED, numbers))
}

/// «редакции 1»: where the numbers of what is left out are found.
#[must_use]
pub fn of_edition(edition: Edition) -> String {
    format!("редакции\u{a0}{edition}")
}

/// «выписки из редакции 1»: a part of a report counts its own records.
#[must_use]
pub fn of_extract(edition: Edition) -> String {
    format!("выписки из {}", of_edition(edition))
}

/// «Исключена запись 4 редакции 1 (Город Смоленск): «Ярмарка ремёсел».» The numbers are in order, titles in theirs.
#[must_use]
pub fn left_out(numbers: &[u32], of: &str, heading: &str, titles: &[&str]) -> String {
    let titles: Vec<String> = titles.iter().map(|title| quoted(title)).collect();
    format!("{} {of} ({heading}): {}.", records(LEFT_OUT, numbers), titles.join(", "))
}

/// «Наименование раздела изменено: прежде «Вяземский район», теперь «Вяземский округ».»
#[must_use]
pub fn renamed(before: &str, after: &str) -> String {
    format!("{RENAMED}прежде {}, теперь {}.", quoted(before), quoted(after))
}

/// «Добавлена запись 3», «Добавлены записи 3–7, 12»: the numbers name records and do not count them.
fn records([one, several]: [&str; 2], numbers: &[u32]) -> String {
    format!("{}\u{a0}{}", if numbers.len() == 1 { one } else { several }, ranges(numbers))
}

/// «3–7, 12»
fn ranges(numbers: &[u32]) -> String {
    let neighbours = numbers.chunk_by(|one, next| one + 1 == *next);
    let told = neighbours.flat_map(|run| match run {
        [first, .., last] if run.len() >= RANGE_MIN => vec![format!("{first}–{last}")],
        few => few.iter().map(u32::to_string).collect(),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// In «ёлочки», with „лапки“ for those inside. Each text by itself: what is not paired in one spoils no other.
fn quoted(text: &str) -> String {
    typeset(&format!("«{text}»"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `_` stands for a no-break space.
    #[track_caller]
    fn check(told: &str, expected: &str) {
        assert_eq!(told, expected.replace('_', "\u{a0}"));
    }

    #[test]
    fn an_edition_says_which_one_it_replaces_and_since_when_by_the_clocks_of_moscow() {
        let closed_at = "2020-07-14T21:00:00Z".parse().unwrap();
        check(
            &replaces(Edition(2), Edition(1), closed_at),
            "Редакция_2 заменяет редакцию_1 от 15_июля 2020_г.",
        );
    }

    #[test]
    fn a_reason_stays_the_operators_words_and_ends_with_one_full_stop() {
        check(&because(" по письму \"Отдела\"  от 5 июня"), "Причина: по письму «Отдела» от 5_июня.");
        check(&because("пропущена запись.\nИ ещё одна!"), "Причина: пропущена запись. И ещё одна!");
    }

    #[test]
    fn numbers_are_told_in_ranges_and_their_noun_agrees() {
        check(&added(&[3]), "Добавлена запись_3.");
        check(&added(&[21]), "Добавлена запись_21.");
        check(&added(&[3, 4]), "Добавлены записи_3, 4.");
        check(&added(&[3, 4, 5, 6, 7, 12]), "Добавлены записи_3–7, 12.");
        check(&corrected(&[1]), "Исправлена запись_1.");
        check(&corrected(&[1, 3, 4, 6, 7, 8]), "Исправлены записи_1, 3, 4, 6–8.");
    }

    #[test]
    fn what_is_left_out_is_named_by_its_old_number_its_municipality_and_its_title() {
        check(
            &left_out(&[4], &of_edition(Edition(1)), "Город Смоленск", &["Ярмарка ремёсел"]),
            "Исключена запись_4 редакции_1 (Город Смоленск): «Ярмарка ремёсел».",
        );
        check(
            &left_out(
                &[4, 7],
                &of_extract(Edition(2)),
                "Город Смоленск",
                &["«Двина» и Днепр", "Вечер «не закрыт"],
            ),
            "Исключены записи_4, 7 выписки из редакции_2 (Город Смоленск): «„Двина“ и Днепр», «Вечер «не закрыт».",
        );
    }

    #[test]
    fn a_new_name_is_told_beside_the_old_one() {
        check(
            &renamed("Муниципальное образование «Вяземский район»", "Город Вязьма"),
            "Наименование раздела изменено: прежде «Муниципальное образование „Вяземский район“», теперь «Город Вязьма».",
        );
    }

    #[test]
    fn a_heading_is_known_again_however_its_spaces_are_written() {
        assert_eq!(heading(Edition(2)), "Сведения о редакции\u{a0}2");
        for line in [&heading(Edition(12)), " Сведения  о редакции 2 "] {
            assert!(is_heading(line), "{line}");
        }
        for line in
            ["", "2", "Сведения о редакции", "Сведения о редакции второй", "Сведения о редакции 2 отчета"]
        {
            assert!(!is_heading(line), "{line}");
        }
    }

    #[test]
    fn what_stands_under_the_heading_is_known_again_and_nothing_else_is() {
        let (one, two) = (Edition(1), Edition(2));
        let closed_at = "2020-07-15T15:00:00Z".parse().unwrap();
        for line in [
            replaces(two, one, closed_at),
            because("мероприятий не было"),
            added(&[3]),
            corrected(&[3, 4]),
            left_out(&[1], &of_extract(one), "Город Смоленск", &["Ярмарка"]),
            renamed("а", "б"),
            UNCHANGED.to_owned(),
            EXTRACT_UNCHANGED.to_owned(),
        ] {
            for line in [line.replace(' ', "\u{a0} "), line] {
                let mut lines = Lines::default();
                assert!(!lines.takes(&line), "nothing is known of it without its heading: {line}");
                assert!(lines.takes(&heading(two)) && lines.takes(&line), "{line}");
                lines.end();
                assert!(!lines.takes(&line), "{line}");
            }
        }
        for line in ["", "Город Смоленск", "Редакция газеты", "Записи", "Глава города", "Исправлено"]
        {
            let mut lines = Lines::default();
            assert!(lines.takes(&heading(two)) && !lines.takes(line), "{line}");
            assert!(!lines.takes(UNCHANGED), "{line}");
        }
    }
}
