//! Who took part: persons and groups, told apart only where that is certain. A text that can be read in two ways stays one
//! group: it prints as it was written.

use svod_domain::Participant;

use super::plain::plain;

/// Who a cell names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// In the order of the cell.
    pub participants: Vec<Participant>,
    /// Whether a name stands in a group, where it is no person's: it is not sealed and cannot be erased.
    pub names_in_groups: bool,
}

/// Words that a position begins with.
const POSITIONS: [&str; 88] = [
    "аким",
    "аналитик",
    "архитектор",
    "атташе",
    "библиотекарь",
    "бургомистр",
    "ведущий",
    "ведущая",
    "вице-губернатор",
    "вице-консул",
    "вице-мэр",
    "вице-президент",
    "воспитатель",
    "врач",
    "временно",
    "врио",
    "генеральный",
    "глава",
    "главный",
    "главная",
    "губернатор",
    "депутат",
    "директор",
    "дирижер",
    "доцент",
    "епископ",
    "заведующая",
    "заведующий",
    "зам",
    "заместитель",
    "и.о",
    "и.о.",
    "ио",
    "инженер",
    "инспектор",
    "исполняющий",
    "исполняющая",
    "консул",
    "консультант",
    "координатор",
    "корреспондент",
    "магистр",
    "менеджер",
    "методист",
    "министр",
    "митрополит",
    "мэр",
    "настоятель",
    "начальник",
    "организатор",
    "педагог",
    "первый",
    "пианист",
    "помощник",
    "посланник",
    "посол",
    "почетный",
    "председатель",
    "представитель",
    "преподаватель",
    "президент",
    "проректор",
    "профессор",
    "редактор",
    "режиссер",
    "ректор",
    "референт",
    "руководитель",
    "секретарь",
    "советник",
    "солист",
    "солистка",
    "сотрудник",
    "специалист",
    "старший",
    "старшая",
    "староста",
    "студент",
    "студентка",
    "тренер",
    "управляющий",
    "ученик",
    "ученица",
    "учитель",
    "хормейстер",
    "художественный",
    "художник",
    "чрезвычайный",
];

/// Words that a group begins with.
const GROUPS: [&str; 38] = [
    "артисты",
    "библиотекари",
    "ветераны",
    "волонтеры",
    "воспитанники",
    "гости",
    "граждане",
    "делегация",
    "делегации",
    "депутаты",
    "дети",
    "жители",
    "инвесторы",
    "коллективы",
    "команда",
    "команды",
    "музыканты",
    "обучающиеся",
    "педагоги",
    "предприниматели",
    "представители",
    "преподаватели",
    "работники",
    "руководители",
    "родители",
    "солисты",
    "сотрудники",
    "специалисты",
    "спортсмены",
    "студенты",
    "творческие",
    "тренеры",
    "участники",
    "ученики",
    "учащиеся",
    "учителя",
    "художники",
    "школьники",
];

/// Behind these a name is no person's who took part: «школа имени Ю.А. Гагарина», «под руководством И.И. Иванова».
const NOT_HIS: [&str; 12] =
    ["имени", "им", "им.", "памяти", "руководством", "и", "с", "от", "для", "у", "к", "творчества"];

/// Most words of a name.
const NAME_WORDS_MAX: usize = 3;

/// Ends of patronymics.
const PATRONYMICS: [&str; 5] = ["вич", "вна", "ична", "инична", "оглы"];

/// The persons and groups of a cell, by its paragraphs.
#[must_use]
pub fn people(paragraphs: &[String]) -> People {
    let lines: Vec<String> = paragraphs.iter().flat_map(|text| text.split('\n')).map(spaced).collect();
    let lines: Vec<&str> = lines.iter().map(|line| bare(line)).filter(|line| !line.is_empty()).collect();
    let whole = lines.join(" ");
    let all = |pieces: &[&str]| -> Option<Vec<Participant>> {
        let pieces = pieces.iter().map(|piece| bare(piece)).filter(|piece| !piece.is_empty());
        pieces.map(person).collect()
    };
    let by_marks: Vec<&str> = whole.split(';').collect();
    let participants = match (lines.len(), by_marks.len()) {
        (2.., _) if all(&lines).is_some() => all(&lines).unwrap_or_default(),
        (_, 2..) if all(&by_marks).is_some() => all(&by_marks).unwrap_or_default(),
        (1, 1) if person(&whole).is_some() => person(&whole).into_iter().collect(),
        _ => by_commas(&whole).unwrap_or_else(|| group(&whole).into_iter().collect()),
    };
    let names_in_groups =
        participants.iter().any(|one| matches!(one, Participant::Group { group } if holds_name(group)));
    People { participants, names_in_groups }
}

/// Cuts at commas. `None`: it is not certain what belongs together.
fn by_commas(text: &str) -> Option<Vec<Participant>> {
    let mut found: Vec<Participant> = vec![];
    let mut open: Option<String> = None;
    for piece in pieces(text) {
        let first = first_word(piece);
        if let Some(person) = position_and_name(piece) {
            found.extend(open.take().and_then(|open| group(&open)));
            found.push(person);
        } else if POSITIONS.contains(&first.as_str()) || is_name(piece) {
            // A position without a name, or a name without a position: it may belong to what stands before or behind.
            return None;
        } else if GROUPS.contains(&first.as_str()) || open.is_none() {
            found.extend(open.take().and_then(|open| group(&open)));
            open = Some(piece.to_owned());
        } else if let Some(open) = &mut open {
            open.push_str(", ");
            open.push_str(piece);
        }
    }
    found.extend(open.and_then(|open| group(&open)));
    Some(found)
}

/// The parts between commas that stand neither in quotes nor in brackets.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut begin, mut depth) = (vec![], 0, 0_i32);
    for (at, letter) in text.char_indices() {
        match letter {
            '«' | '(' | '„' => depth += 1,
            '»' | ')' | '“' => depth -= 1,
            ',' if depth <= 0 => {
                pieces.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text[begin..].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// One person and nobody else: «должность ФИО», «ФИО – должность», or, standing alone, «ФИО, должность».
fn person(text: &str) -> Option<Participant> {
    if let Some(person) = position_and_name(text) {
        return (pieces(text).len() == 1).then_some(person);
    }
    let (name, position) = text
        .split_once(" – ")
        .or_else(|| text.split_once(" — "))
        .or_else(|| text.split_once(" - "))
        .or_else(|| text.split_once(", "))?;
    let certain =
        is_name(name) && POSITIONS.contains(&first_word(position).as_str()) && !holds_name(position);
    certain.then(|| Participant::Person { name: spaced(name), position: spaced(position) })
}

/// «должность ФИО» with a known position and one name, at the end.
fn position_and_name(text: &str) -> Option<Participant> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = words.len().saturating_sub(NAME_WORDS_MAX).max(1);
    let begin = (first..words.len()).find(|begin| is_name(&words[*begin..].join(" ")))?;
    let (before, name) = words.split_at(begin);
    let last = before.last()?.to_lowercase();
    let position = before.join(" ");
    let certain = POSITIONS.contains(&first_word(&position).as_str())
        && !NOT_HIS.contains(&last.as_str())
        && !holds_name(&position);
    certain.then(|| Participant::Person { name: name.join(" "), position })
}

/// Whether the text is a name and nothing else: initials and surname, or all three in full.
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        [glued] => {
            glued_initials(glued).is_some_and(|(initials, surname)| initials > 0 && is_capital(surname))
        }
        [initials, surname] if is_initials(initials) => is_capital(surname),
        [surname, initials] if is_initials(initials) => is_capital(surname),
        [first, second, surname] if is_initials(first) && is_initials(second) => is_capital(surname),
        [surname, first, second] if is_initials(first) && is_initials(second) => is_capital(surname),
        [one, two, three] => {
            words.iter().all(|word| is_capital(word))
                && (is_patronymic(two) || is_patronymic(three))
                && !is_patronymic(one)
        }
        _ => false,
    }
}

/// How many initials a word begins with, and what is left of it.
fn glued_initials(word: &str) -> Option<(usize, &str)> {
    let mut rest = word;
    let mut count = 0;
    while let Some(letter) = rest.chars().next().filter(|letter| letter.is_uppercase()) {
        let Some(behind) = rest[letter.len_utf8()..].strip_prefix('.') else { break };
        (rest, count) = (behind, count + 1);
    }
    (count <= 2).then_some((count, rest))
}

fn is_initials(word: &str) -> bool {
    glued_initials(word).is_some_and(|(count, rest)| count > 0 && rest.is_empty())
}

/// A word such as a surname: a capital, then small letters; both halves of a double one.
fn is_capital(word: &str) -> bool {
    word.split('-').all(|part| {
        let mut letters = part.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.clone().next().is_some()
            && letters.all(|letter| letter.is_lowercase() || letter == '’')
    })
}

fn is_patronymic(word: &str) -> bool {
    PATRONYMICS.iter().any(|ending| word.ends_with(ending))
}

/// Whether a name stands anywhere in the text.
fn holds_name(text: &str) -> bool {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches([',', ';', '(', ')'])).collect();
    let begins = |begin: usize| {
        let is_capital = words[begin].chars().next().is_some_and(char::is_uppercase);
        let honoured =
            begin > 0 && matches!(words[begin - 1].to_lowercase().as_str(), "имени" | "им" | "им.");
        is_capital && !honoured
    };
    let is_named = |begin: usize, count: usize| {
        words.get(begin..begin + count).is_some_and(|some| is_name(&some.join(" ")))
    };
    (0..words.len()).any(|begin| begins(begin) && (1..=NAME_WORDS_MAX).any(|count| is_named(begin, count)))
}

fn first_word(text: &str) -> String {
    plain(text.split_whitespace().next().unwrap_or_default())
}

fn group(text: &str) -> Option<Participant> {
    let group = bare(text).to_owned();
    (!group.is_empty()).then_some(Participant::Group { group })
}

/// Without the marks that only divide a list.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches([',', ';']).trim_start_matches(['-', '–', '—', '•', '*']).trim()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Persons are written `должность | ФИО`, groups as they are.
    #[track_caller]
    fn check(cell: &str, expected: &[&str]) {
        let paragraphs: Vec<String> = cell.split('/').map(str::to_owned).collect();
        let found: Vec<String> = people(&paragraphs)
            .participants
            .into_iter()
            .map(|one| match one {
                Participant::Person { name, position } => format!("{position} | {name}"),
                Participant::Group { group } => group,
                Participant::Sealed { .. } => unreachable!("nobody is sealed before he is filed"),
            })
            .collect();
        assert_eq!(found, expected, "{cell}");
    }

    #[test]
    fn a_person_is_a_position_and_a_name() {
        check("Глава города И.П. Ромашкин", &["Глава города | И.П. Ромашкин"]);
        check("Глава города И. П. Ромашкин", &["Глава города | И. П. Ромашкин"]);
        check("заместитель министра Ромашкин И.П.", &["заместитель министра | Ромашкин И.П."]);
        check(
            "директор музея Анна Петровна Синицына-Белая",
            &["директор музея | Анна Петровна Синицына-Белая"],
        );
        check("И.о. начальника отдела И.П.Ромашкин", &["И.о. начальника отдела | И.П.Ромашкин"]);
        check("Ромашкин Иван Петрович – глава района", &["глава района | Ромашкин Иван Петрович"]);
        check("Ромашкин И.П., глава района", &["глава района | Ромашкин И.П."]);
    }

    #[test]
    fn a_list_of_persons_is_cut_where_every_part_is_one() {
        let both = ["глава района | И.П. Ромашкин", "директор музея | А.А. Синицына"];
        check("глава района И.П. Ромашкин, директор музея А.А. Синицына", &both);
        check("глава района И.П. Ромашкин; директор музея А.А. Синицына", &both);
        check("глава района И.П. Ромашкин;/директор музея А.А. Синицына", &both);
        check("И.П. Ромашкин, глава района;/А.А. Синицына, директор музея", &both);
        check("И.П. Ромашкин, глава района; А.А. Синицына, директор музея", &both);
    }

    #[test]
    fn groups_are_cut_where_another_group_surely_begins() {
        check(
            "Сотрудники Администрации/г. Вязьмы, представители городов из Польши, Германии и Латвии",
            &["Сотрудники Администрации г. Вязьмы", "представители городов из Польши, Германии и Латвии"],
        );
        check(
            "Губернатор области И.П. Ромашкин, представители района, инвесторы из Китая",
            &["Губернатор области | И.П. Ромашкин", "представители района", "инвесторы из Китая"],
        );
        check("ансамбль «Лён, лён», а также гости", &["ансамбль «Лён, лён», а также гости"]);
    }

    #[test]
    fn what_can_be_read_in_two_ways_stays_one_group() {
        for cell in [
            "И.П. Ромашкин, глава района, А.А. Синицына, директор музея",
            "заместитель главы, начальник отдела И.П. Ромашкин",
            "глава района И.П. Ромашкин и директор музея А.А. Синицына",
            "директор школы имени И.П. Ромашкина",
            "ансамбль под руководством И.П. Ромашкина",
            "представители района, глава района",
        ] {
            check(cell, &[cell]);
        }
    }

    #[test]
    fn a_name_that_stays_in_a_group_is_noticed() {
        for (cell, noticed) in [
            ("ансамбль под руководством И.П. Ромашкина", true),
            ("ученики школы имени И.П. Ромашкина", false),
            ("Глава города И.П. Ромашкин", false),
            ("сотрудники музея", false),
        ] {
            assert_eq!(people(&[cell.to_owned()]).names_in_groups, noticed, "{cell}");
        }
    }

    fn participant() -> impl Strategy<Value = Participant> {
        let name = "[А-Я]\\.[А-Я]\\. [А-Я][а-я]{2,8}";
        let person = (proptest::sample::select(&POSITIONS[..]), "[а-я]{3,8}", name)
            .prop_map(|(word, of, name)| Participant::Person { name, position: format!("{word} {of}") });
        let group = (proptest::sample::select(&GROUPS[..]), "[а-я]{3,8}")
            .prop_map(|(word, of)| Participant::Group { group: format!("{word} {of}") });
        prop_oneof![person, group]
    }

    proptest! {
        #[test]
        fn whoever_is_printed_is_read_again(all in proptest::collection::vec(participant(), 1..6)) {
            let printed: Vec<String> = all.iter().map(|one| match one {
                Participant::Person { name, position } => format!("{position} {name}"),
                Participant::Group { group } => group.clone(),
                Participant::Sealed { .. } => String::new(),
            }).collect();
            prop_assert_eq!(people(&[printed.join(", ")]).participants, all);
        }

        #[test]
        fn no_word_of_a_list_is_lost(text in "([А-Яа-я]\\.? ?|[а-я]{2,6},? |«|»|; |глава |представители )*") {
            let words = |text: &str| text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
            let mut read = std::collections::BTreeSet::new();
            for one in people(std::slice::from_ref(&text)).participants {
                match one {
                    Participant::Person { name, position } => read.extend(words(&format!("{name} {position}"))),
                    Participant::Group { group } => read.extend(words(&group)),
                    Participant::Sealed { .. } => {}
                }
            }
            prop_assert_eq!(read, words(&text));
        }
    }
}
