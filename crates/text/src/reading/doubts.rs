//! What in a file wants a look when its records are made of it: kinds, how much each weighs, and the words.

use svod_domain::guard::Unprintable;
use svod_domain::{Quarter, ReasonCode};

use super::{Column, Severity};
use crate::fields::echo;
use crate::plurals::RECORD;
use crate::quarter::{in_quarter, quarter_name};
use crate::unprintable::unprintable;

/// What was noticed while records were made of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No table of the file is the form.
    NoTable,
    /// A table is not the form, and stands beside one that is.
    TableSkipped,
    /// The form has lost its heading; its columns were taken in their usual order.
    NoHeading,
    /// A column that every record needs is not there.
    ColumnMissing {
        /// Which.
        column: Column,
    },
    /// A heading speaks of several columns; the cells went where the first of them does.
    ColumnOfSeveral {
        /// As it is written.
        heading: String,
        /// Where its cells went.
        taken: Column,
    },
    /// Two columns have the same meaning; the second was left out.
    ColumnTwice {
        /// Which.
        column: Column,
    },
    /// The form has no such column; its cells were left out.
    ColumnIgnored {
        /// As it is written.
        heading: String,
    },
    /// A row is neither a record nor a municipality; it was left out.
    RowIgnored {
        /// Its text.
        text: String,
    },
    /// Text stands in a column that the heading does not name.
    CellOutside {
        /// The text.
        text: String,
    },
    /// A row names a municipality that the register does not know.
    UnitUnknown {
        /// As it is written.
        text: String,
        /// Who is written most alike.
        nearest: Vec<String>,
    },
    /// A row names a municipality that the register does not know; whose the records are was said beside the file.
    UnitAsAsked {
        /// As it is written.
        text: String,
        /// Whose they are.
        asked: String,
    },
    /// A municipality was known by a name that is not its own.
    UnitByAlias {
        /// As it is written.
        text: String,
        /// Whom it was taken for.
        name: String,
    },
    /// Whose the records are stands in no row, but in the title or in the name of the file.
    UnitFromTitle {
        /// Whose they are.
        name: String,
    },
    /// Nothing tells whose the records are.
    NoUnit,
    /// The file speaks of another municipality than was asked for.
    OtherUnit {
        /// Of whom.
        name: String,
        /// Who was asked for.
        asked: String,
    },
    /// Who imports may not file or see what is of this municipality.
    UnitNotOwn {
        /// Of whom.
        name: String,
    },
    /// The title speaks of another quarter.
    OtherQuarter {
        /// Of which.
        named: Quarter,
        /// Which was asked for.
        asked: Quarter,
    },
    /// The quarter is not open, so nothing of it is recorded now.
    QuarterNotOpen {
        /// Which.
        quarter: Quarter,
    },
    /// A cell that must be filled in is empty.
    FieldEmpty {
        /// Of which column.
        column: Column,
    },
    /// A row without a number and a title was joined to the record above.
    RowContinued,
    /// A row held several records, and was divided.
    RowDivided {
        /// How many.
        count: usize,
    },
    /// A row holds several records, and what belongs to which is not certain.
    RowOfSeveral {
        /// How many.
        count: usize,
    },
    /// The same number stands at two records.
    NumberTwice {
        /// Which.
        number: u32,
    },
    /// Numbers are left out between two records.
    NumberSkipped {
        /// The number before.
        before: u32,
        /// The number of this record.
        number: u32,
    },
    /// The same record stands in the file twice; it was taken once.
    RecordTwice,
    /// The dates were not understood.
    DatesUnread {
        /// As they are written.
        text: String,
    },
    /// The dates lie outside the quarter, at least in part.
    DatesOutside {
        /// The quarter.
        quarter: Quarter,
    },
    /// There is no such day.
    NoSuchDay {
        /// As it is written.
        text: String,
    },
    /// Names of persons stand in a text that could not be divided into persons.
    NamesInGroup,
    /// It says that there was nothing, and there are records.
    NothingWithRecords,
    /// A cell holds a character that no document can print.
    Unprintable(Unprintable),
    /// The rules of a message do not let it through.
    Refused {
        /// The reason code of the receipt.
        reason: ReasonCode,
        /// What is wrong, as the receipt would say.
        detail: String,
    },
    /// A record with the same title is filed, and differs in more than one other thing.
    Alike,
}

impl Doubt {
    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::UnitByAlias { .. } | Self::UnitFromTitle { .. } => Severity::Note,
            Self::NoHeading
            | Self::ColumnOfSeveral { .. }
            | Self::RowContinued
            | Self::RowDivided { .. }
            | Self::NumberTwice { .. }
            | Self::NumberSkipped { .. }
            | Self::RecordTwice
            | Self::DatesUnread { .. }
            | Self::DatesOutside { .. }
            | Self::NamesInGroup
            | Self::OtherQuarter { .. }
            | Self::QuarterNotOpen { .. }
            | Self::UnitAsAsked { .. }
            | Self::Alike => Severity::Warning,
            Self::TableSkipped
            | Self::ColumnTwice { .. }
            | Self::ColumnIgnored { .. }
            | Self::RowIgnored { .. }
            | Self::CellOutside { .. } => Severity::Loss,
            Self::NoTable
            | Self::ColumnMissing { .. }
            | Self::UnitUnknown { .. }
            | Self::NoUnit
            | Self::OtherUnit { .. }
            | Self::UnitNotOwn { .. }
            | Self::FieldEmpty { .. }
            | Self::RowOfSeveral { .. }
            | Self::NoSuchDay { .. }
            | Self::NothingWithRecords
            | Self::Unprintable(_)
            | Self::Refused { .. } => Severity::Fault,
        }
    }

    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTable => "no-table",
            Self::TableSkipped => "table-skipped",
            Self::NoHeading => "no-heading",
            Self::ColumnMissing { .. } => "column-missing",
            Self::ColumnOfSeveral { .. } => "column-of-several",
            Self::ColumnTwice { .. } => "column-twice",
            Self::ColumnIgnored { .. } => "column-ignored",
            Self::RowIgnored { .. } => "row-ignored",
            Self::CellOutside { .. } => "cell-outside",
            Self::UnitUnknown { .. } => "unknown-municipality",
            Self::UnitAsAsked { .. } => "municipality-as-asked",
            Self::UnitByAlias { .. } => "municipality-by-alias",
            Self::UnitFromTitle { .. } => "municipality-from-title",
            Self::NoUnit => "no-municipality",
            Self::OtherUnit { .. } => "other-municipality",
            Self::UnitNotOwn { .. } => "not-permitted",
            Self::OtherQuarter { .. } => "other-quarter",
            Self::QuarterNotOpen { .. } => "quarter-not-open",
            Self::FieldEmpty { .. } => "field-empty",
            Self::RowContinued => "row-continued",
            Self::RowDivided { .. } => "row-divided",
            Self::RowOfSeveral { .. } => "row-of-several",
            Self::NumberTwice { .. } => "number-twice",
            Self::NumberSkipped { .. } => "number-skipped",
            Self::RecordTwice => "record-twice",
            Self::DatesUnread { .. } => "dates-unreadable",
            Self::DatesOutside { .. } => "dates-outside-quarter",
            Self::NoSuchDay { .. } => "no-such-day",
            Self::NamesInGroup => "names-in-group",
            Self::NothingWithRecords => "has-submissions",
            Self::Unprintable(_) => "unprintable-text",
            Self::Refused { reason, .. } => reason.as_str(),
            Self::Alike => "alike",
        }
    }
}

/// What was noticed, and what can be done about it.
#[must_use]
pub fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::OtherQuarter { named, asked } => format!(
            "В заголовке назван {}, а сведения подаются {}. Проверьте, тот ли это файл.",
            quarter_name(*named),
            in_quarter(*asked)
        ),
        Doubt::QuarterNotOpen { quarter } => {
            format!(
                "{} сейчас не открыт для подачи: записать сведения в него нельзя.",
                quarter_name(*quarter)
            )
        }
        Doubt::FieldEmpty { column } => format!("Графа «{}» не заполнена. Заполните её.", column.heading()),
        Doubt::RowDivided { count } => {
            format!("В строке {}; строка разделена. Проверьте, верно ли.", RECORD.count(*count as u64))
        }
        Doubt::RowOfSeveral { count } => format!(
            "В строке {}, и нельзя сказать, что к какой относится. Дайте каждой свою строку.",
            RECORD.count(*count as u64)
        ),
        Doubt::NumberTwice { number } => format!("Номер {number} стоит у двух записей. Прочитаны обе."),
        Doubt::NumberSkipped { before, number } => {
            format!("После номера {before} идёт номер {number}. Проверьте, не потерялась ли запись.")
        }
        Doubt::DatesUnread { text } => format!(
            "Сроки «{}» не поняты: они напечатаются как есть, а запись встанет в конце раздела. Лучше укажите дни: \
             «8–20 апреля».",
            echo(text)
        ),
        Doubt::DatesOutside { quarter } => format!(
            "Сроки выходят за {}. Проверьте, тот ли это квартал и верен ли год.",
            quarter_name(*quarter)
        ),
        Doubt::NoSuchDay { text } => format!("Такого дня нет: «{}». Исправьте сроки.", echo(text)),
        Doubt::Unprintable(fault) => {
            let what = unprintable(*fault);
            format!("В ячейке {what}. Замените его похожим знаком или словом.")
        }
        Doubt::Refused { detail, .. } => detail.clone(),
        other => about_table(other),
    }
}

/// Words about columns, rows and municipalities.
fn about_table(doubt: &Doubt) -> String {
    match doubt {
        Doubt::ColumnMissing { column } => {
            format!("В таблице нет графы «{}». Добавьте её: без неё запись подать нельзя.", column.heading())
        }
        Doubt::ColumnOfSeveral { heading, taken } => format!(
            "Графа «{}» говорит сразу о нескольких; её текст отнесён к графе «{}». Лучше разделите её.",
            echo(heading),
            taken.heading()
        ),
        Doubt::ColumnTwice { column } => {
            format!("Графа «{}» встречается дважды; вторая не прочитана. Объедините их.", column.heading())
        }
        Doubt::ColumnIgnored { heading } => format!(
            "Графы «{}» в форме нет, её текст в сведения не вошёл. Если он нужен, перенесите его в графу «Содержание».",
            echo(heading)
        ),
        Doubt::RowIgnored { text } => format!(
            "Строка «{}» не понята: это не запись и не муниципальное образование. Она не прочитана.",
            echo(text)
        ),
        Doubt::CellOutside { text } => {
            format!(
                "Текст «{}» стоит вне граф таблицы и не прочитан. Перенесите его в нужную графу.",
                echo(text)
            )
        }
        Doubt::UnitUnknown { text, nearest } => unknown_unit(text, nearest),
        Doubt::UnitAsAsked { text, asked } => format!(
            "Муниципального образования «{}» в реестре нет; сведения отнесены к «{}», как указано.",
            echo(text),
            echo(asked)
        ),
        Doubt::UnitByAlias { text, name } => format!("«{}» прочитано как «{}».", echo(text), echo(name)),
        Doubt::UnitFromTitle { name } => format!(
            "Раздела с названием в таблице нет; муниципальное образование «{}» взято из заголовка или имени файла.",
            echo(name)
        ),
        Doubt::OtherUnit { name, asked } => format!(
            "В файле названо «{}», а сведения подаются за «{}». Проверьте файл или уберите указание.",
            echo(name),
            echo(asked)
        ),
        Doubt::UnitNotOwn { name } => {
            format!("Подавать сведения за «{}» вы не вправе. Пусть их подаст тот, чьи они.", echo(name))
        }
        other => plain(other).to_owned(),
    }
}

fn unknown_unit(text: &str, nearest: &[String]) -> String {
    let asked = format!("Муниципальное образование «{}» в реестре не найдено.", echo(text));
    if nearest.is_empty() {
        return format!("{asked} Напишите название так, как в реестре, или укажите код.");
    }
    let names: Vec<String> = nearest.iter().map(|name| format!("«{}»", echo(name))).collect();
    format!("{asked} Похожие названия: {}. Напишите название так, как в реестре.", names.join(", "))
}

/// Words that need no facts.
const fn plain(doubt: &Doubt) -> &'static str {
    match doubt {
        Doubt::NoTable => {
            "В файле нет таблицы отчёта: заголовки граф не найдены. Возьмите форму из шести граф и заполните её."
        }
        Doubt::TableSkipped => "Эта таблица не похожа на форму отчёта и не прочитана.",
        Doubt::NoHeading => {
            "У таблицы нет строки заголовков; графы прочитаны в порядке формы. Проверьте, верно ли."
        }
        Doubt::NoUnit => {
            "Не сказано, чьи это сведения. Впишите строку с названием муниципального образования или укажите его код (--municipality, в HTTP \
             municipality)."
        }
        Doubt::RowContinued => {
            "Строка без номера и наименования присоединена к записи над ней. Проверьте, верно ли."
        }
        Doubt::RecordTwice => "Такая запись в файле уже есть; она взята один раз.",
        Doubt::NamesInGroup => {
            "Имена в этом тексте нельзя отделить от остального; он записан как группа, и имена в нём не скрыты. Пишите: \
             должность, затем ФИО, через запятую."
        }
        Doubt::NothingWithRecords => {
            "Сказано, что мероприятий не было, а записи есть. Оставьте что-нибудь одно."
        }
        Doubt::Alike => {
            "Запись с таким наименованием уже подана, но отличается и остальным; эта будет подана как новая. Если это та же, \
             исправьте поданную."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    fn samples() -> Vec<Doubt> {
        let (text, heading, name) =
            (|| "Вяземский".to_owned(), || "Примечание".to_owned(), || "Вяземский район".to_owned());
        let quarter: Quarter = "2020-Q2".parse().unwrap();
        vec![
            Doubt::NoTable,
            Doubt::TableSkipped,
            Doubt::NoHeading,
            Doubt::ColumnMissing { column: Column::Content },
            Doubt::ColumnOfSeveral { heading: heading(), taken: Column::Dates },
            Doubt::ColumnTwice { column: Column::Place },
            Doubt::ColumnIgnored { heading: heading() },
            Doubt::RowIgnored { text: text() },
            Doubt::CellOutside { text: text() },
            Doubt::UnitUnknown { text: text(), nearest: vec![] },
            Doubt::UnitUnknown { text: text(), nearest: vec![name(), name()] },
            Doubt::UnitAsAsked { text: text(), asked: name() },
            Doubt::UnitByAlias { text: text(), name: name() },
            Doubt::UnitFromTitle { name: name() },
            Doubt::NoUnit,
            Doubt::OtherUnit { name: name(), asked: name() },
            Doubt::UnitNotOwn { name: name() },
            Doubt::OtherQuarter { named: quarter, asked: quarter },
            Doubt::QuarterNotOpen { quarter },
            Doubt::FieldEmpty { column: Column::Title },
            Doubt::RowContinued,
            Doubt::RowDivided { count: 2 },
            Doubt::RowOfSeveral { count: 5 },
            Doubt::NumberTwice { number: 3 },
            Doubt::NumberSkipped { before: 3, number: 5 },
            Doubt::RecordTwice,
            Doubt::DatesUnread { text: text() },
            Doubt::DatesOutside { quarter },
            Doubt::NoSuchDay { text: text() },
            Doubt::NamesInGroup,
            Doubt::NothingWithRecords,
            Doubt::Unprintable(Unprintable { character: 'ሀ', at: 17, more: 0 }),
            Doubt::Refused { reason: ReasonCode::Schema, detail: "Нет поля.".to_owned() },
            Doubt::Alike,
        ]
    }

    #[test]
    fn every_doubt_is_a_sentence_with_a_code() {
        for sample in samples() {
            is_well_worded(&doubt(&sample));
            assert!(sample.code().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{sample:?}");
        }
    }
}
