//! The words of the report itself: its title, its columns, its marks.

use svod_domain::{Edition, Quarter};

use crate::quarter::in_quarter;

/// Title of the report without its quarter, unless the configuration has another.
pub const REPORT_TITLE: &str = "Отчет о мероприятиях, проведенных органами местного самоуправления \
                                Смоленской области в международной сфере";

/// Who issues the report, in the properties of the document, unless the configuration has another.
pub const REPORT_CREATOR: &str = "Смоленская область";

/// Headings of the columns.
pub const COLUMNS: [&str; 6] = [
    "№ п/п",
    "Наименование мероприятия",
    "Место проведения мероприятия",
    "Сроки проведения мероприятия",
    "Содержание мероприятия (в том числе краткая информация о достигнутых договоренностях)",
    "Участники мероприятия (ФИО, должность)",
];

/// A municipality's row where its part goes on on a further page.
#[must_use]
pub fn continued(heading: &str) -> String {
    format!("{heading} (продолжение)")
}

/// Stands on every page of a report that no close has fixed.
pub const PREVIEW_MARK: &str = "ПРЕДВАРИТЕЛЬНЫЙ ПРОСМОТР";

/// Stands on every page of a part of a report, which is not to be taken for the whole.
pub const EXTRACT_MARK: &str = "ВЫПИСКА ИЗ ОТЧЕТА";

/// What the table is called, for whoever has the document read aloud.
pub const TABLE_NAME: &str = "Отчёт";

/// What the property is called that says which edition the document is, or that it is none.
pub const STATE_NAME: &str = "Состояние";

/// What the other properties are called in which a document says where it comes from.
pub mod facts {
    /// The region.
    pub const REGION: &str = "Регион";
    /// The quarter, such as 2020-Q2.
    pub const QUARTER: &str = "Квартал";
    /// The number of the edition.
    pub const EDITION: &str = "Номер редакции";
    /// The moment of the close.
    pub const CLOSED: &str = "Квартал закрыт";
    /// The position of the close in the log.
    pub const CLOSE_POSITION: &str = "Запись журнала о закрытии";
    /// The last entry before the close.
    pub const ATTESTED_POSITION: &str = "Записей в журнале до закрытия";
    /// The root over all entries up to there.
    pub const ROOT: &str = "Корень журнала до закрытия";
    /// The template's hash, or that it is the built-in one.
    pub const TEMPLATE: &str = "Шаблон";
    /// The renderer.
    pub const RENDERER: &str = "Построитель";
    /// No template of the region's own.
    pub const BUILT_IN: &str = "встроенный";
}

/// The whole title: «… в международной сфере во II квартале 2020 года».
#[must_use]
pub fn report_title(title: &str, quarter: Quarter) -> String {
    format!("{title} {}", in_quarter(quarter))
}

/// «Редакция 2»
#[must_use]
pub fn edition_name(edition: Edition) -> String {
    format!("Редакция {edition}")
}
