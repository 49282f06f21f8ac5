//! The steps of the demonstration, as it tells them.

use jiff::Timestamp;
use svod_domain::Quarter;

use crate::dates::moment;
use crate::plurals::{BYTE, RECORD};
use crate::quarter::quarter_name;
use crate::typography::typeset;

/// The first line.
pub const BEGINS: &str = "Показ на временном журнале: все сведения вымышлены, серверы не нужны.";
/// What stands under the steps.
pub const WHERE_TO_LOOK: &str = "Что посмотреть дальше:";

/// The ledger is there, with its register.
#[must_use]
pub fn ledger_made(path: &str, municipalities: usize) -> String {
    format!("Журнал создан: {path}; в реестре записей: {municipalities}.")
}

/// The principals are there.
#[must_use]
pub fn principals_added(names: &[&str]) -> String {
    format!("Учётные записи: {}.", names.join(", "))
}

/// The quarter is open.
#[must_use]
pub fn quarter_opened(quarter: Quarter) -> String {
    format!("Оператор открыл {}.", quarter_name(quarter))
}

/// A municipality's record is in.
#[must_use]
pub fn filed(unit: &str, title: &str) -> String {
    format!("{} подаёт сведения: {}.", capitalised(unit), typeset(&format!("\"{title}\"")))
}

/// A municipality has nothing to report.
#[must_use]
pub fn nothing_declared(unit: &str) -> String {
    format!("{} сообщает, что мероприятий не было.", capitalised(unit))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A reviewer returned a record.
#[must_use]
pub fn returned(remark: &str) -> String {
    format!("Проверяющий возвращает одну запись на доработку: «{remark}».")
}

/// The municipality answered with a correction.
pub const CORRECTED: &str = "Муниципальное образование присылает исправление: теперь это версия 2.";
/// What comes next is refused, and shall be.
pub const STALE: &str = "Проверяющий согласует версию 1, которой уже нет. Ответ:";

/// A refusal's words.
#[must_use]
pub fn answer(code: &str, detail: &str, action: &str) -> String {
    format!("[{code}] {detail} {action}")
}

/// Everything is approved.
#[must_use]
pub fn approved(count: usize) -> String {
    format!("Проверяющий прочёл и согласовал {}.", RECORD.count(count as u64))
}

/// The operator brings the close nearer, so that nobody waits.
#[must_use]
pub fn close_moved(seconds: i64) -> String {
    format!("Чтобы не ждать, оператор переносит закрытие: через {seconds} с. Дальше никто ничего не делает.")
}

/// The quarter has closed without a hand.
#[must_use]
pub fn closed_by_itself(at: Timestamp) -> String {
    format!("Квартал закрылся сам: {}.", moment(at))
}

/// The document.
#[must_use]
pub fn document(path: &str, size_bytes: u64, sha256: &str) -> String {
    format!("Документ: {path}\n   {}, SHA-256 {sha256}", BYTE.count(size_bytes))
}

/// How long it took.
#[must_use]
pub fn took(seconds: f64) -> String {
    format!("Всего {} с.", format!("{seconds:.1}").replace('.', ","))
}

/// The reason that stands in the log for it.
pub const WHY_NEARER: &str = "Показ: ждать некого.";
/// What the board shows.
pub const LOOK_AT_BOARD: &str = "кто отчитался";
/// What a history shows.
pub const LOOK_AT_HISTORY: &str = "все версии и действия одной записи";
/// What a quarter shows.
pub const LOOK_AT_QUARTER: &str = "сроки, редакции, файлы";
/// What the log shows.
pub const LOOK_AT_LOG: &str = "журнал, событие за событием";
/// What making the document again shows.
pub const LOOK_AT_DOCUMENT: &str = "тот ли это документ, что следует из журнала";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_a_capital_and_quotes_are_set() {
        let line = filed("город Вязьма", "Урок \"Мир\"");
        assert!(line.starts_with("Город Вязьма подаёт сведения: «Урок"), "{line}");
        assert!(!line.contains('"'), "{line}");
    }
}
