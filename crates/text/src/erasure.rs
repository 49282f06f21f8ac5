//! The papers on the destruction of a person's data: the act and the extract of the log, with what order № 179 of Roskomnadzor of
//! 28.10.2022 wants in them (items 3 and 5). Whatever is not known is left to be filled in by hand.

use jiff::Timestamp;

use crate::dates::moment;

/// A line to be filled in by hand.
const BLANK: &str = "____________________________________________";

/// The name of the system in the papers.
const SYSTEM: &str = "svod (свод сведений муниципальных образований о деятельности в международной сфере)";

/// What no program can destroy, said in the act so that nobody believes it to be gone.
const NOT_COVERED: &str = "Акт не охватывает: копии документов вне системы и её папки reports (скачанные, отправленные, \
    напечатанные); резервные копии, снятые до уничтожения. Их уничтожает оператор отдельно. Не охватывает он и того, что заявители \
    написали открытым текстом (в содержании, в названии, в составе группы).";

/// What was destroyed of a person.
const CATEGORIES: &str = "фамилия, имя, отчество (инициалы); должность";

/// What the papers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destruction<'a> {
    /// Number of the erasure.
    pub id: &'a str,
    /// The operator of personal data, by name; empty: to be filled in.
    pub operator: &'a str,
    /// Its address; empty: to be filled in.
    pub address: &'a str,
    /// Whose data; empty: it was erased before, to be filled in.
    pub person: &'a str,
    /// Why.
    pub basis: &'a str,
    /// Who asked for it.
    pub requested_by: &'a str,
    /// Who approved it.
    pub approved_by: &'a str,
    /// When.
    pub at: Timestamp,
    /// How many disclosures.
    pub count: u32,
    /// How many documents named the person.
    pub documents: usize,
    /// How many of them were destroyed without a masked twin in their place.
    pub without_twin: usize,
    /// Where the name is written in clear: how many entries of the log, and the first of them.
    pub in_clear: (u64, &'a [u64]),
    /// Whether the copies in the folder of reports are done with too.
    pub completed: bool,
    /// Where the log records it, and the hash of the entry.
    pub position: u64,
    /// Leaf of that entry, in hexadecimal.
    pub leaf: &'a str,
}

/// «Акт об уничтожении персональных данных».
#[must_use]
pub fn act(destruction: &Destruction<'_>) -> String {
    let Destruction { id, person, basis, requested_by, approved_by, at, count, .. } = destruction;
    format!(
        "АКТ\nоб уничтожении персональных данных № {id}\n\n\
         1. Оператор персональных данных: {operator}\n   Адрес: {address}\n\
         2. Лицо, обрабатывающее персональные данные по поручению оператора (если поручено): {BLANK}\n\
         3. Субъект персональных данных: {person}\n\
         4. Уничтожили: запросил {requested_by}, одобрил {approved_by}\n   Должности и подписи: {BLANK}\n\
         5. Категории уничтоженных персональных данных: {CATEGORIES}\n\
         6. Информационная система персональных данных: {SYSTEM}\n\
         7. Способ уничтожения: уничтожены ключ шифрования и зашифрованные сведения ({count}); {documents}. \
         В журнале событий остаются необратимые хеш-суммы с уничтоженной случайной добавкой, по которым сведения не \
         восстановить.\n   {NOT_COVERED}{in_clear}\n\
         8. Причина уничтожения: {basis}\n\
         9. Дата уничтожения: {at}\n",
        person = or_blank(person),
        operator = or_blank(destruction.operator),
        address = or_blank(destruction.address),
        at = moment(*at),
        documents = documents(destruction),
        in_clear = match destruction.in_clear {
            (0, _) => String::new(),
            (count, first) => format!(
                " Так это имя написано в записях журнала: {count} ({places}). Журнал не изменяется, поэтому оно остаётся в \
                 них и в документах, которые по ним составлены.",
                places = places(count, first),
            ),
        },
    )
}

/// «места 5, 9» or, of many, «места 5, 9 и другие».
fn places(count: u64, first: &[u64]) -> String {
    let listed = first.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let word = if count == 1 { "место" } else { "места" };
    let others = if count > first.len() as u64 { " и другие" } else { "" };
    format!("{word} {listed}{others}")
}

/// What became of the documents.
fn documents(destruction: &Destruction<'_>) -> String {
    let Destruction { documents, without_twin, completed, .. } = destruction;
    let twins = if *without_twin > 0 {
        format!(", кроме уничтоженных без замены ({without_twin}): обезличенный документ создать не удалось")
    } else {
        String::new()
    };
    let mut text =
        format!("документы, в которых субъект назван ({documents}), заменены обезличенными{twins}");
    if !completed {
        text += "; их копии в папке reports заменит служба отчётов, до этого уничтожение не завершено \
                 (svod erase list)";
    }
    text
}

/// «Выгрузка из журнала регистрации событий в информационной системе персональных данных».
#[must_use]
pub fn extract(destruction: &Destruction<'_>) -> String {
    let Destruction { id, person, basis, at, position, leaf, .. } = destruction;
    format!(
        "ВЫГРУЗКА\nиз журнала регистрации событий в информационной системе персональных данных\n\n\
         1. Субъект персональных данных: {person}\n\
         2. Категории уничтоженных персональных данных: {CATEGORIES}\n\
         3. Информационная система персональных данных: {SYSTEM}\n\
         4. Причина уничтожения: {basis}\n\
         5. Дата уничтожения: {at}\n\n\
         Событие журнала: person-erased, место {position}, уничтожение № {id}\n\
         Хеш-сумма записи журнала (SHA-256): {leaf}\n",
        person = or_blank(person),
        at = moment(*at),
    )
}

fn or_blank(text: &str) -> &str {
    if text.is_empty() { BLANK } else { text }
}

/// How long the papers are kept (item 8 of the order), and where else the name is. `in_clear`: how many entries of the log write it.
#[must_use]
pub fn keep(in_clear: u64) -> &'static str {
    if in_clear == 0 {
        "Акт и выгрузка хранятся три года. Сама система имени больше не хранит, оно напечатано только в этих бумагах; чего акт не \
         охватывает, сказано в его пункте 7."
    } else {
        "Акт и выгрузка хранятся три года. Имя остаётся там, где заявители написали его открытым текстом: места названы в пункте 7 \
         акта."
    }
}

/// Headings of the list of erasures.
pub const ERASURES: [&str; 6] = ["Номер", "Код", "Состояние", "Запросил", "Одобрил", "Основание"];

/// Nobody of that name is known.
pub const NOBODY: (&str, &str) = (
    "В записях этого муниципального образования такого имени нет.",
    "Проверьте код и написание: регистр букв, пробелы и «ё» значения не имеют, остальное должно совпадать.",
);

/// The token is nobody's.
pub const NO_SUCH_TOKEN: (&str, &str) = (
    "Такого ключа доступа нет, или он отозван.",
    "Задайте ключ, который показала команда svod principal add: SVOD_TOKEN или --token-file. Запрашивает и одобряет \
     каждый своим.",
);

/// Nobody of that name is known, but so many entries of the log write it in clear; the first of them.
#[must_use]
pub fn only_in_clear(count: u64, first: &[u64]) -> (String, String) {
    (
        format!(
            "Среди участников этого муниципального образования такого имени нет, но записи журнала содержат его открытым текстом: \
             {count} ({}).",
            places(count, first)
        ),
        CORRECT.to_owned(),
    )
}

/// What is done about a name that is written in clear.
const CORRECT: &str = "Журнал не изменяется, и такой текст уничтожить нельзя. Пусть заявители подадут исправленные записи без этого \
    имени: в новые документы оно тогда не попадёт. Запись на месте 5 показывает svod log --after 4 --limit 1.";

/// What will be destroyed, and what will not: `in_clear` entries of the log write the name in clear, the first of them at these places.
#[must_use]
pub fn asked(id: &str, count: usize, documents: usize, (in_clear, first): (u64, &[u64])) -> String {
    let left = match in_clear {
        0 => String::new(),
        count => format!(
            "Внимание: это имя есть в записях журнала и открытым текстом: {count} ({}). {CORRECT}\n",
            places(count, first)
        ),
    };
    format!(
        "Уничтожение № {id} запрошено: сведений {count}, документов с этим именем {documents}.\n{left}\
         Одобрить его должен другой оператор: svod erase approve {id} --token-file ФАЙЛ"
    )
}

/// Where an erasure stands. `elsewhere`: the person was erased by another.
#[must_use]
pub fn standing(erased: bool, completed: bool, elsewhere: bool) -> &'static str {
    match (erased, completed) {
        (false, _) if elsewhere => "не нужно: уничтожено по другому запросу",
        (false, _) => "ждёт одобрения",
        (true, false) => "одобрено, завершается",
        (true, true) => "завершено",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destruction() -> Destruction<'static> {
        Destruction {
            id: "018f3c5e",
            operator: "Департамент Смоленской области",
            address: "",
            person: "П.С. Орлов",
            basis: "отзыв согласия",
            requested_by: "o-1",
            approved_by: "o-2",
            at: "2021-06-02T09:00:00Z".parse().unwrap(),
            count: 2,
            documents: 1,
            without_twin: 0,
            in_clear: (0, &[]),
            completed: true,
            position: 117,
            leaf: "00ff",
        }
    }

    #[test]
    fn the_act_says_all_that_the_order_wants() {
        let act = act(&destruction());
        for said in [
            "Департамент Смоленской области",
            "Адрес: ____",
            "П.С. Орлов",
            "o-1",
            "o-2",
            "подписи: ____",
            "фамилия, имя, отчество",
            "svod",
            "Способ уничтожения",
            "отзыв согласия",
            "2 июня 2021 г.",
        ] {
            assert!(act.contains(said), "{said}: {act}");
        }
    }

    #[test]
    fn the_act_says_what_it_does_not_cover_and_what_is_not_done() {
        let whole = act(&destruction());
        assert!(whole.contains("не охватывает: копии") && whole.contains("резервные копии"), "{whole}");
        assert!(!whole.contains("без замены") && !whole.contains("не завершено"), "{whole}");
        let part = act(&Destruction { without_twin: 1, completed: false, ..destruction() });
        assert!(part.contains("без замены (1)") && part.contains("не завершено"), "{part}");
    }

    #[test]
    fn what_is_written_in_clear_is_told_with_its_places() {
        let none = act(&destruction());
        assert!(none.contains("открытым текстом") && !none.contains("Так это имя"), "{none}");
        let some = act(&Destruction { in_clear: (3, &[5, 9]), ..destruction() });
        assert!(some.contains("в записях журнала: 3 (места 5, 9 и другие)"), "{some}");
        let asked = asked("018f3c5e", 2, 1, (1, &[5]));
        assert!(asked.contains("открытым текстом: 1 (место 5)"), "{asked}");
        assert!(keep(0).contains("больше не хранит") && !keep(1).contains("больше не хранит"));
    }

    #[test]
    fn the_extract_says_all_that_the_order_wants() {
        let extract = extract(&destruction());
        for said in [
            "П.С. Орлов",
            "фамилия, имя, отчество",
            "svod",
            "отзыв согласия",
            "2 июня 2021 г.",
            "место 117",
            "00ff",
        ] {
            assert!(extract.contains(said), "{said}: {extract}");
        }
    }
}
