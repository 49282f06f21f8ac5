//! States, roles and events by the words that a person reads.

use svod_domain::Role;
use svod_domain::event::LeftOutBecause;
use svod_domain::refusal::State;

/// A state as a label.
#[must_use]
pub const fn state(state: State) -> &'static str {
    match state {
        State::Submitted => "На рассмотрении",
        State::Returned => "Возвращено на доработку",
        State::Approved => "Согласовано",
        State::Withdrawn => "Отозвано",
        State::QuarterOpen => "Открыт",
        State::QuarterClosed => "Закрыт",
        State::MunicipalityRetired => "Упразднено",
    }
}

/// Where a municipality stands in a quarter, on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing came, not even a nil return.
    Silent,
    /// It stated that there is nothing to report.
    NothingToReport,
    /// Something waits for review.
    Waiting,
    /// Something was returned, and the municipality must act.
    Returned,
    /// All that it filed is approved.
    Approved,
}

/// The standing as a label.
#[must_use]
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Silent => "Нет сведений",
        Standing::NothingToReport => "Мероприятий не было",
        Standing::Waiting => "На рассмотрении",
        Standing::Returned => "На доработке",
        Standing::Approved => "Согласовано",
    }
}

/// Why a submission is not in the report.
#[must_use]
pub const fn left_out(because: LeftOutBecause) -> &'static str {
    match because {
        LeftOutBecause::NotReviewed => "не рассмотрено до закрытия",
        LeftOutBecause::NotCorrected => "возвращено, исправления не поступило",
        LeftOutBecause::Withdrawn => "отозвано",
    }
}

/// Who somebody is.
#[must_use]
pub fn role(role: Role) -> String {
    match role {
        Role::Municipality(code) => format!("муниципальное образование {code}"),
        Role::Reviewer => "проверяющий".to_owned(),
        Role::Auditor => "аудитор".to_owned(),
        Role::Operator => "оператор".to_owned(),
        Role::Service => "система".to_owned(),
    }
}

/// An event as a line of a history, by its name in the log. Empty for a name that this program does not know.
#[must_use]
pub fn act(kind: &str) -> &'static str {
    match kind {
        "activity-submitted" => "Сведения поданы",
        "activity-corrected" => "Сведения исправлены",
        "activity-returned" => "Возвращено на доработку",
        "activity-approved" => "Согласовано",
        "approval-revoked" => "Согласование отменено",
        "activity-withdrawn" => "Сведения отозваны",
        "nothing-declared" => "Заявлено, что мероприятий не было",
        "quarter-opened" => "Квартал открыт",
        "quarter-moved" => "Сроки квартала перенесены",
        "quarter-selected" => "Состав отчёта определён (часть)",
        "quarter-closed" => "Квартал закрыт",
        "quarter-reopened" => "Квартал открыт повторно",
        "report-built" => "Отчёт составлен",
        "municipality-registered" => "Муниципальное образование внесено в реестр",
        "municipality-renamed" => "Муниципальное образование переименовано",
        "municipality-retired" => "Муниципальное образование упразднено",
        "erasure-requested" => "Запрошено уничтожение персональных данных",
        "person-erased" => "Персональные данные уничтожены",
        "erasure-completed" => "Уничтожение персональных данных завершено",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use svod_domain::Event;

    #[test]
    fn every_event_has_words() {
        let silent: Vec<_> = Event::KINDS.iter().filter(|kind| super::act(kind).is_empty()).collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
