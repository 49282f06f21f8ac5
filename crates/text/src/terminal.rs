//! What the command line says to the people of the office: tables, receipts, quarters, the steps of the demonstration.

use jiff::Timestamp;
use svod_domain::calendar::Derivation;
use svod_domain::refusal::State;
use svod_domain::{Edition, Quarter, SubmissionId, Version};

use crate::dates::moment;
use crate::plurals::{BYTE, EDITION, MESSAGE, RECORD};
use crate::quarter::{close_term, quarter_name, submit_term};
use crate::states::state;

/// Headings of the list of quarters.
pub const QUARTERS: [&str; 5] = ["Квартал", "Состояние", "Подача до", "Закрытие", "Редакций"];
/// Headings of the board.
pub const BOARD: [&str; 9] = [
    "Код",
    "Муниципальное образование",
    "Состояние",
    "На рассм.",
    "Возвр.",
    "Согл.",
    "Отозв.",
    "С опозд.",
    "Последнее действие",
];
/// Headings of the register.
pub const REGISTER: [&str; 5] = ["№", "Код", "Название", "С", "По"];
/// Headings of a history.
pub const HISTORY: [&str; 6] = ["Место", "Время", "Действие", "Версия", "Кто", "Примечание"];

/// «II квартал 2020 года (2020-Q2): открыт».
#[must_use]
pub fn quarter_stands(quarter: Quarter, now: State) -> String {
    format!("{} ({quarter}): {}", quarter_name(quarter), state(now).to_lowercase())
}

/// The filing deadline, and how it follows if it follows from the calendar.
#[must_use]
pub fn submit_by(at: Timestamp, derivation: Option<&Derivation>) -> String {
    format!("Подача сведений до {}{}", moment(at), in_brackets(derivation.map(submit_term)))
}

/// The closing time, and how it follows if it follows from the calendar.
#[must_use]
pub fn close_at(at: Timestamp, derivation: Option<&Derivation>) -> String {
    format!("Закрытие: {}{}", moment(at), in_brackets(derivation.map(close_term)))
}

fn in_brackets(words: Option<String>) -> String {
    words.map(|words| format!(" ({words})")).unwrap_or_default()
}

/// A close and what it made.
#[must_use]
pub fn edition_closed(
    edition: Edition,
    at: Timestamp,
    by_schedule: bool,
    included: u32,
    left_out: u32,
) -> String {
    let how = if by_schedule { "по расписанию" } else { "досрочно" };
    let included = RECORD.count(u64::from(included));
    format!("Редакция {edition}: закрыт {} {how}; в отчёте {included}, не вошло {left_out}", moment(at))
}

/// A document of an edition.
#[must_use]
pub fn edition_file(format: &str, size_bytes: u64, sha256: &str) -> String {
    format!("{format}, {}, SHA-256 {sha256}", BYTE.count(size_bytes))
}

/// Says that the edition's document is still being built.
pub const FILE_LATER: &str = "документ ещё составляется";
/// Says that no quarter has been opened.
pub const NO_QUARTERS: &str = "Ни один квартал ещё не открывался.";

/// How many have reported.
#[must_use]
pub fn reported(count: usize, of: usize) -> String {
    format!("Отчитались: {count} из {of}.")
}

/// Who has not reported.
#[must_use]
pub fn not_reported(names: &[&str]) -> String {
    format!("Нет сведений: {}.", names.join(", "))
}

/// A submission at a glance.
#[must_use]
pub fn submission_stands(now: State, version: Version, late: bool) -> String {
    let late = if late { ", с опозданием" } else { "" };
    format!("{}, версия {version}{late}", state(now))
}

/// Heads the remarks of a return.
pub const REMARKS: &str = "Замечания";

/// A version in a history.
#[must_use]
pub fn version(version: Version) -> String {
    format!("Версия {version}")
}

/// What a document that was written holds.
#[must_use]
pub fn report_written(quarter: Quarter, edition: Option<Edition>, records: Option<usize>) -> String {
    let what = match edition {
        Some(edition) => format!("редакция {edition}"),
        None => "предварительный просмотр".to_owned(),
    };
    let records = records.map(|count| format!(", {}", RECORD.count(count as u64))).unwrap_or_default();
    format!("Отчёт за {}, {what}{records}", quarter_name(quarter))
}

/// There is no edition of this number.
#[must_use]
pub fn no_edition(quarter: Quarter, known: usize) -> (String, String) {
    let there_are = match known {
        0 => "Редакций ещё нет: квартал ни разу не закрывался.".to_owned(),
        _ => format!("Пока составлено: {}.", EDITION.count(known as u64)),
    };
    (format!("Такой редакции отчёта за {} нет.", quarter_name(quarter)), there_are)
}

/// A message that is recorded, as a line; last the record that it speaks of, by which a reviewer asks for it.
#[must_use]
pub fn recorded(
    message: &str,
    version: Option<Version>,
    position: Option<u64>,
    late: bool,
    record: Option<SubmissionId>,
) -> String {
    let version = version.map(|version| format!(", версия {version}")).unwrap_or_default();
    let position = position.map(|position| format!(", место в журнале {position}")).unwrap_or_default();
    let late = if late { ", с опозданием" } else { "" };
    let record = record.map(|record| format!(", запись {record}")).unwrap_or_default();
    format!("Записано: {message}{version}{position}{late}{record}")
}

/// A message that is refused, as a line.
#[must_use]
pub fn refused(message: &str, code: &str, detail: &str, action: &str) -> String {
    format!("Отказано: {message} [{code}]: {detail} {action}")
}

/// Under a receipt's line: what both sides should know.
#[must_use]
pub fn noticed(detail: &str) -> String {
    format!("Обратите внимание: {detail}")
}

/// Stands for the name of a message that has none.
pub const UNNAMED: &str = "сообщение без id";
/// Names the progress of sending.
pub const SENDING: &str = "Отправка";
/// Names the progress of building a document.
pub const BUILDING: &str = "Составление документа";
/// Names the progress of views that catch up.
pub const CATCHING_UP: &str = "Обновление сводки";

/// How many messages were written.
#[must_use]
pub fn messages_written(count: usize) -> String {
    MESSAGE.count(count as u64)
}

/// How sending went.
#[must_use]
pub fn sent(recorded: usize, refused: usize) -> String {
    format!("Записано {recorded}, отказано {refused}.")
}

/// A name that somebody has.
#[must_use]
pub fn name_taken(name: &str) -> (String, String) {
    (
        format!("Имя «{name}» уже занято."),
        "Выберите другое имя. Если нужен новый ключ, сначала отзовите прежний: svod principal revoke."
            .to_owned(),
    )
}

/// A principal's rights have ended.
#[must_use]
pub fn revoked(name: &str) -> String {
    format!("Права учётной записи «{name}» прекращены.")
}

/// A name that nobody has, or whose rights have ended.
#[must_use]
pub fn name_unknown(name: &str) -> (String, String) {
    (
        format!("Учётной записи «{name}» нет, или её права уже прекращены."),
        "Проверьте имя. Перечень: svod principal list.".to_owned(),
    )
}

/// A number that is not in the quarantine.
#[must_use]
pub fn not_quarantined(number: u64) -> (String, String) {
    (
        format!("В карантине нет сообщения с номером {number}."),
        "Проверьте номер. Перечень: svod quarantine list.".to_owned(),
    )
}

/// A file can be the form of the report.
#[must_use]
pub fn template_fits(sha256: &str) -> String {
    format!("Файл годится как шаблон отчёта. SHA-256: {sha256}")
}

/// A file is kept as the form of the report.
#[must_use]
pub fn template_kept(sha256: &str) -> String {
    format!(
        "Шаблон сохранён в журнале. Чтобы новые редакции строились по нему, впишите в svod.toml и перезапустите службу:\n\n\
         [report]\ntemplate = \"{sha256}\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    fn quarter() -> Quarter {
        "2020-Q2".parse().unwrap()
    }

    #[test]
    fn a_quarter_is_named_with_its_state() {
        assert_eq!(quarter_stands(quarter(), State::QuarterOpen), "II квартал 2020 года (2020-Q2): открыт");
    }

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(reported(5, 27), "Отчитались: 5 из 27.");
        let at = "2020-07-15T15:00:00Z".parse().unwrap();
        let closed = edition_closed(Edition::FIRST, at, true, 1, 0);
        assert!(closed.ends_with("по расписанию; в отчёте 1 запись, не вошло 0"), "{closed}");
    }

    #[test]
    fn a_refusal_is_one_line_with_its_code() {
        assert_eq!(
            refused("42", "schema", "Нет поля.", "Добавьте его."),
            "Отказано: 42 [schema]: Нет поля. Добавьте его."
        );
    }

    #[test]
    fn what_is_said_with_a_no_is_well_worded() {
        let pairs = [name_taken("m-1"), name_unknown("m-1"), not_quarantined(3), no_edition(quarter(), 0)];
        is_well_worded(&revoked("m-1"));
        for (detail, action) in pairs {
            is_well_worded(&detail);
            is_well_worded(&action);
        }
    }
}
