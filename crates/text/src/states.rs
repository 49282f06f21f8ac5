//! States, roles and events by the words that a person reads.

use svod_domain::event::LeftOutBecause;
use svod_domain::refusal::State;
use svod_domain::{Event, Role};

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

/// An event as a line of a history.
#[must_use]
pub const fn act(event: &Event) -> &'static str {
    match event {
        Event::ActivitySubmitted(_) => "Сведения поданы",
        Event::ActivityCorrected(_) => "Сведения исправлены",
        Event::ActivityReturned(_) => "Возвращено на доработку",
        Event::ActivityApproved(_) => "Согласовано",
        Event::ApprovalRevoked(_) => "Согласование отменено",
        Event::ActivityWithdrawn(_) => "Сведения отозваны",
        Event::NothingDeclared(_) => "Заявлено, что мероприятий не было",
        Event::QuarterOpened(_) => "Квартал открыт",
        Event::QuarterMoved(_) => "Сроки квартала перенесены",
        Event::QuarterSelected(_) => "Состав отчёта определён (часть)",
        Event::QuarterClosed(_) => "Квартал закрыт",
        Event::QuarterReopened(_) => "Квартал открыт повторно",
        Event::ReportBuilt(_) => "Отчёт составлен",
        Event::MunicipalityRegistered(_) => "Муниципальное образование внесено в реестр",
        Event::MunicipalityRenamed(_) => "Муниципальное образование переименовано",
        Event::MunicipalityRetired(_) => "Муниципальное образование упразднено",
    }
}
