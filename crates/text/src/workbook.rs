//! The words of the Excel workbook beyond those of the form: its sheets, and the columns for programs and sums.

/// The sheet with the report.
pub const REPORT_SHEET: &str = "Отчёт";

/// The sheet with the sums.
pub const SUMMARY_SHEET: &str = "Сводка";

/// Headings of the columns that stand beside the form, for filters and programs.
pub const DATA_COLUMNS: [&str; 8] = [
    "Начало",
    "Окончание",
    "Муниципальное образование",
    "Код ОКТМО",
    "Страны",
    "Срок подачи",
    "Запись",
    "Версия",
];

/// Headings of the sums by municipality.
pub const MUNICIPALITY_SUMS: [&str; 4] =
    ["Муниципальное образование", "Мероприятий", "Подано в срок", "Подано с опозданием"];

/// Headings of the sums by country.
pub const COUNTRY_SUMS: [&str; 3] = ["Страна", "Код", "Мероприятий"];

/// The row of all municipalities.
pub const TOTAL: &str = "Всего";

/// Activities whose country nobody named.
pub const NO_COUNTRY: &str = "Страна не указана";

/// Why the sums by country are more than there are activities.
pub const COUNTRIES_NOTE: &str =
    "Мероприятие с несколькими странами учтено в каждой из них, поэтому сумма может быть больше их числа.";

/// A record that came before the filing deadline.
pub const IN_TIME: &str = "в срок";

/// A record that came after it.
pub const LATE: &str = "с опозданием";
