//! What becomes of each record of a file that is imported, in words.

use super::{Severity, severity};
use crate::fields::echo;

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is filed as new.
    New,
    /// It corrects what is filed.
    Corrects,
    /// It is filed that there was nothing.
    Declares,
    /// It is filed already.
    Same,
    /// It was corrected otherwise since.
    CorrectedSince,
    /// Somebody whom it named was erased, and what is in the file would bring the name back.
    ErasedSince,
    /// Something else is approved.
    ApprovedOtherwise,
    /// It was taken back.
    TakenBack,
    /// It is filed and not in the file.
    NotInFile,
}

impl Outcome {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Corrects,
        Self::Declares,
        Self::Same,
        Self::CorrectedSince,
        Self::ErasedSince,
        Self::ApprovedOtherwise,
        Self::TakenBack,
        Self::NotInFile,
    ];
}

/// A sentence about it.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::New => "Новая запись.",
        Outcome::Corrects => "Исправление поданной записи.",
        Outcome::Declares => "Заявление, что мероприятий не было.",
        Outcome::Same => "Уже подано, изменений нет.",
        Outcome::CorrectedSince => "Подано раньше и с тех пор исправлено; остаётся исправленное.",
        Outcome::ErasedSince => {
            "Подано раньше; сведения о лице, названном в записи, с тех пор уничтожены. Файл её не меняет: имя вернулось бы. Исправьте \
             запись сообщением, без этого имени."
        }
        Outcome::ApprovedOtherwise => {
            "Поданная запись уже согласована и отличается; она не изменится, пока согласование не отменят."
        }
        Outcome::TakenBack => "Запись была подана и отозвана; снова она не подаётся.",
        Outcome::NotInFile => "Подано раньше, в файле нет; остаётся как есть.",
    }
}

/// A record of the file and what becomes of it, as a line.
#[must_use]
pub fn entry_line(place: Option<&str>, municipality: &str, title: &str, outcome: &str) -> String {
    let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
    let title = if title.is_empty() { String::new() } else { format!(" «{}»", echo(title)) };
    format!("{place}{municipality}{title} — {outcome}")
}

/// What wants a look, as a line.
#[must_use]
pub fn finding_line(weight: Severity, place: &str, detail: &str) -> String {
    format!("{} — {place}: {detail}", severity(weight))
}

/// What an import does in all.
#[must_use]
pub fn sum_line(new: usize, corrected: usize, unchanged: usize, can_be_filed: bool) -> String {
    let sum = format!("Новых: {new}, исправлений: {corrected}, без изменений: {unchanged}.");
    if can_be_filed {
        return sum;
    }
    format!("{sum} Файл подать нельзя, пока не исправлено отмеченное словом «{}».", severity(Severity::Fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    #[test]
    fn what_is_told_of_an_import_names_place_and_weight() {
        assert_eq!(
            entry_line(Some("таблица 1, строка 3"), "66605000", "Ярмарка", outcome(Outcome::New)),
            "таблица 1, строка 3: 66605000 «Ярмарка» — Новая запись."
        );
        assert_eq!(
            finding_line(Severity::Fault, "таблица 1, строка 3, графа 4", "Такого дня нет."),
            "исправьте — таблица 1, строка 3, графа 4: Такого дня нет."
        );
        is_well_worded(&sum_line(1, 0, 2, true));
        is_well_worded(&sum_line(1, 0, 2, false));
    }

    #[test]
    fn every_outcome_is_a_sentence() {
        for each in Outcome::ALL {
            is_well_worded(outcome(each));
        }
    }
}
