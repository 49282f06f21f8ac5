//! Which municipality a text names: exactly, but for its looks, or by another usual name. What is not sure is not
//! understood; then the nearest names are told, and never taken.

use svod_domain::MunicipalityCode;

use super::plain::{distance, plain, plain_words, words_of};

/// A municipality by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: MunicipalityCode,
    /// The name that it is told by.
    pub short_name: String,
    /// All names that it bears or bore: short ones, and the words of its section row.
    pub names: Vec<String>,
}

/// Who may be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units(Vec<Known>);

/// A municipality, its names in the forms that they are compared in.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    unit: Unit,
    plain: Vec<String>,
    cores: Vec<Core>,
}

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One municipality.
    One {
        /// Which.
        code: MunicipalityCode,
        /// How sure that was.
        how: HowNamed,
    },
    /// None for sure.
    Nobody,
}

/// How a municipality was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowNamed {
    /// By the very words of a name, or but for quotes, dashes, spaces, capital letters and ё.
    ByName,
    /// By another usual form of a name.
    ByAlias,
}

/// How many near names are told.
const NEAREST_MAX: usize = 3;

/// How many letters a name may be away to be called near.
const NEAR_MAX: usize = 8;

/// Words around a name that tell nothing of which municipality it is.
const FRAME: [&str; 13] = [
    "муниципальное",
    "муниципального",
    "муниципальным",
    "муниципальном",
    "муниципальный",
    "образование",
    "образования",
    "образованием",
    "образовании",
    "мо",
    "администрация",
    "администрации",
    "администрацией",
];

/// The core of a name: its own word, and what kind of unit it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Core {
    kind: Option<Kind>,
    own: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    City,
    District,
    Okrug,
}

impl Units {
    /// Those who may be named, each once.
    #[must_use]
    pub fn new(units: Vec<Unit>) -> Self {
        let known = |unit: Unit| {
            let plain = unit.names.iter().map(|name| plain(name)).collect();
            let cores = unit.names.iter().filter_map(|name| core(&plain_words(name))).collect();
            Known { unit, plain, cores }
        };
        Self(units.into_iter().map(known).collect())
    }

    /// The name of one of them.
    #[must_use]
    pub fn short_name(&self, code: MunicipalityCode) -> Option<&str> {
        let mut units = self.0.iter().map(|known| &known.unit);
        units.find(|unit| unit.code == code).map(|unit| unit.short_name.as_str())
    }

    /// Whether it is one of them.
    #[must_use]
    pub fn contains(&self, code: MunicipalityCode) -> bool {
        self.short_name(code).is_some()
    }

    /// Whom the text as a whole names; a number before it and «(продолжение)» behind it are no part of a name.
    #[must_use]
    pub fn named(&self, text: &str) -> Named {
        let text = bare(text);
        let wanted = plain(text);
        if let Some(code) = only(self.0.iter().filter(|known| known.plain.contains(&wanted))) {
            return Named::One { code, how: HowNamed::ByName };
        }
        let Some(wanted) = core(&words_of(&wanted)) else { return Named::Nobody };
        match only(self.0.iter().filter(|known| is_called(known, &wanted))) {
            Some(code) => Named::One { code, how: HowNamed::ByAlias },
            None => Named::Nobody,
        }
    }

    /// Short names of those that are written most like the text, the nearest first; at most three.
    #[must_use]
    pub fn nearest(&self, text: &str) -> Vec<String> {
        let wanted = plain(bare(text));
        let core = core(&words_of(&wanted));
        let own = core.as_ref().map_or(wanted.as_str(), |core| core.own.as_str());
        let distance_of = |known: &Known| {
            let by_core = known.cores.iter().filter_map(|core| distance(&core.own, own, NEAR_MAX));
            let by_name = known.plain.iter().filter_map(|name| distance(name, &wanted, NEAR_MAX));
            by_core.chain(by_name).min()
        };
        let mut near: Vec<(usize, &Unit)> =
            self.0.iter().filter_map(|known| Some((distance_of(known)?, &known.unit))).collect();
        near.sort_by_key(|(distance, unit)| (*distance, unit.code));
        near.into_iter().take(NEAREST_MAX).map(|(_, unit)| unit.short_name.clone()).collect()
    }

    /// Whom a longer text, such as a title or the name of a file, speaks of, if it speaks of one only.
    #[must_use]
    pub fn spoken_of(&self, text: &str) -> Option<MunicipalityCode> {
        let words = plain_words(text);
        let by_code = |known: &&Known| {
            words.iter().any(|word| word.split('-').any(|part| part == known.unit.code.as_str()))
        };
        let spoken = |known: &&Known| by_code(known) || is_spoken_of(known, &words);
        only(self.0.iter().filter(spoken))
    }
}

/// The name of a section without what stands around names of sections.
fn bare(text: &str) -> &str {
    let text = text.trim().trim_end_matches([':', '.', ',']);
    let text = text.strip_suffix("(продолжение)").unwrap_or(text).trim_end();
    let is_number = |letter: char| letter.is_ascii_digit() || matches!(letter, 'I' | 'V' | 'X');
    match text.split_once(['.', ')']) {
        Some((number, rest)) if !number.is_empty() && number.chars().all(is_number) => rest.trim_start(),
        _ => text,
    }
}

fn only<'a>(mut units: impl Iterator<Item = &'a Known>) -> Option<MunicipalityCode> {
    let first = units.next()?;
    units.next().is_none().then_some(first.unit.code)
}

/// Takes the frame away. `None`: what is left is not one name, so the text speaks of something else (a settlement, a
/// school in a district).
fn core(words: &[String]) -> Option<Core> {
    let mut kind = None;
    let mut own = None;
    let mut rest = words;
    while let Some((word, behind)) = rest.split_first() {
        rest = behind;
        // «Смоленской области» frames, «Смоленский» names.
        if behind.first().is_some_and(|next| matches!(next.as_str(), "области" | "обл"))
            && word.ends_with("ой")
        {
            rest = &behind[1..];
        } else if let Some(of) = kind_of(word) {
            kind = Some(of);
        } else if !FRAME.contains(&word.as_str()) && !matches!(word.as_str(), "городской" | "городского")
        {
            if own.is_some() {
                return None;
            }
            own = Some(nominative(word));
        }
    }
    Some(Core { kind, own: own? })
}

fn kind_of(word: &str) -> Option<Kind> {
    match word {
        "город" | "города" | "городе" | "городом" | "г" | "город-герой" | "города-героя" => {
            Some(Kind::City)
        }
        "район" | "района" | "районе" | "районом" | "р-н" | "р-на" => {
            Some(Kind::District)
        }
        "округ" | "округа" | "округе" | "округом" => Some(Kind::Okrug),
        _ => None,
    }
}

/// «вяземского» → «вяземский», «смоленска» → «смоленск»; what is neither stays.
fn nominative(word: &str) -> String {
    for ending in ["ского", "ском", "ским"] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}ский");
        }
    }
    for ending in ["ска", "ске", "ском"] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}ск");
        }
    }
    for ending in ["горска", "горске"] {
        if let Some(stem) = word.strip_suffix(ending) {
            return format!("{stem}горск");
        }
    }
    word.to_owned()
}

/// Whether the unit bears a name with this core. A kind that is not said fits any; one that is said has to be the same.
fn is_called(known: &Known, wanted: &Core) -> bool {
    known
        .cores
        .iter()
        .any(|core| core.own == wanted.own && (wanted.kind.is_none() || wanted.kind == core.kind))
}

/// Whether the words hold the unit's own name beside the word of its kind: «в Вяземском районе», «города Смоленска».
/// A name of a city stands also for itself.
fn is_spoken_of(known: &Known, words: &[String]) -> bool {
    (0..words.len()).any(|at| {
        let own = nominative(&words[at]);
        let is_region = words.get(at + 1).is_some_and(|next| matches!(next.as_str(), "области" | "обл"));
        let before = at.checked_sub(1).and_then(|before| kind_of(&words[before]));
        let behind = words[at + 1..].iter().find(|word| !FRAME.contains(&word.as_str()));
        let behind = behind.and_then(|word| kind_of(word));
        known.cores.iter().filter(|core| core.own == own && !is_region).any(|core| match core.kind {
            Some(Kind::City) => behind.is_none(),
            Some(kind) => behind == Some(kind) || before == Some(kind),
            None => true,
        })
    })
}

/// Whether a text that stands where sections begin is about a unit at all, so that not understanding it is a fault.
#[must_use]
pub fn looks_like_unit(text: &str) -> bool {
    let words = plain_words(text);
    words.len() <= UNIT_WORDS_MAX
        && words.iter().any(|word| {
            kind_of(word).is_some()
                || word == "мо"
                || ["муниципальн", "администраци", "поселени", "городск"]
                    .iter()
                    .any(|stem| word.starts_with(stem))
        })
}

/// Most words of a municipality's name: that of the form has 6.
const UNIT_WORDS_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn units() -> Units {
        let unit = |code: &str, short: &str, heading: &str| Unit {
            code: code.parse().unwrap(),
            short_name: short.to_owned(),
            names: vec![short.to_owned(), heading.to_owned()],
        };
        let district = |code, own: &str| {
            let heading = format!("Муниципальное образование «{own} район» Смоленской области");
            unit(code, &format!("{own} район"), &heading)
        };
        Units::new(vec![
            unit("66701000", "город Смоленск", "Город Смоленск"),
            unit(
                "66710000",
                "город Десногорск",
                "Муниципальное образование «город Десногорск» Смоленской области",
            ),
            district("66605000", "Вяземский"),
            district("66619000", "Ельнинский"),
            district("66644000", "Смоленский"),
            district("66646000", "Сычевский"),
            district("66654000", "Холм-Жирковский"),
        ])
    }

    #[track_caller]
    fn check(text: &str, code: &str, how: HowNamed) {
        assert_eq!(units().named(text), Named::One { code: code.parse().unwrap(), how }, "{text}");
    }

    #[test]
    fn a_municipality_is_known_by_its_names_whatever_their_looks() {
        for (text, code) in [
            ("Город Смоленск", "66701000"),
            ("Муниципальное образование «Вяземский район» Смоленской области", "66605000"),
            ("МУНИЦИПАЛЬНОЕ ОБРАЗОВАНИЕ \"ВЯЗЕМСКИЙ РАЙОН\" СМОЛЕНСКОЙ ОБЛАСТИ", "66605000"),
            ("Холм\u{2011}Жирковский район", "66654000"),
            ("Сычёвский район", "66646000"),
            ("Смоленский  район", "66644000"),
            ("2. Вяземский район (продолжение)", "66605000"),
            ("IV. Город Смоленск:", "66701000"),
        ] {
            check(text, code, HowNamed::ByName);
        }
    }

    #[test]
    fn a_municipality_is_known_by_other_usual_names() {
        for (text, code) in [
            ("г. Смоленск", "66701000"),
            ("Смоленск", "66701000"),
            ("Администрация города Смоленска", "66701000"),
            ("город-герой Смоленск", "66701000"),
            ("Муниципальное образование «Вяземский муниципальный район» Смоленской области", "66605000"),
            ("Администрация муниципального образования «Вяземский район» Смоленской области", "66605000"),
            ("МО «Вяземский район»", "66605000"),
            ("Вяземский р-н", "66605000"),
            ("Администрация Смоленского района Смоленской области:", "66644000"),
            ("Десногорск", "66710000"),
        ] {
            check(text, code, HowNamed::ByAlias);
        }
    }

    #[test]
    fn who_is_not_surely_named_is_not_guessed_and_the_nearest_are_told() {
        for (text, first) in [
            ("Вяземскй район", Some("Вяземский район")),
            ("Вяземский округ", Some("Вяземский район")),
            ("Смоленскк", Some("город Смоленск")),
            ("Ельнинское сельское поселение", None),
            ("Средняя школа города Смоленска", None),
        ] {
            assert_eq!(units().named(text), Named::Nobody, "{text}");
            let nearest = units().nearest(text);
            assert!(nearest.len() <= NEAREST_MAX);
            assert!(first.is_none() || nearest.first().map(String::as_str) == first, "{text}: {nearest:?}");
        }
    }

    #[test]
    fn an_adjective_alone_is_the_district_and_never_the_city() {
        check("Смоленский", "66644000", HowNamed::ByAlias);
    }

    #[test]
    fn a_title_and_the_name_of_a_file_speak_of_one_municipality_or_of_none() {
        let title = "Отчет о мероприятиях, проведенных органами местного самоуправления";
        for (text, code) in [
            (format!("{title} Смоленского района Смоленской области во II квартале"), Some("66644000")),
            (format!("{title} города Смоленска в международной сфере"), Some("66701000")),
            (format!("{title} Смоленской области в международной сфере"), None),
            ("Вяземский_район_2_кв_2020.docx".to_owned(), Some("66605000")),
            ("отчет Вяземский муниципальный район.xlsx".to_owned(), Some("66605000")),
            ("66654000-2020.docx".to_owned(), Some("66654000")),
            ("отчёт.docx".to_owned(), None),
            ("Вяземский район и Сычевский район".to_owned(), None),
            ("в Ельнинском сельском поселении".to_owned(), None),
        ] {
            assert_eq!(units().spoken_of(&text), code.map(|code| code.parse().unwrap()), "{text}");
        }
    }
}
