//! What in a file wants a look though the file was read: kinds, how much each weighs, and the words.

use super::{Severity, SourceFormat};
use crate::fields::echo;

/// What was noticed while a file was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// The name of the file speaks of another format than its content.
    OtherFormatThanNamed {
        /// The ending of the name, without its dot.
        ending: String,
        /// What the content is.
        format: SourceFormat,
    },
    /// The file went through the office program first.
    Converted {
        /// What it was.
        format: SourceFormat,
    },
    /// The file holds macros; they were not looked at.
    Macros,
    /// The author protected the document against changes; reading needs no leave.
    Protected,
    /// The text is in an encoding that had to be found out.
    EncodingGuessed {
        /// Its usual name.
        encoding: &'static str,
    },
    /// Bytes that are no letters of the encoding; each became U+FFFD.
    UnreadableLetters,
    /// A part of the document lies in another file or on the net; nothing is ever fetched.
    External {
        /// What its author wrote as the place.
        target: String,
    },
    /// Another document is embedded whole (`altChunk`) and would be shown here.
    EmbeddedDocument,
    /// An object of another program, such as a sheet of Excel in a Word file.
    EmbeddedObject,
    /// A picture, which may show text: a scanned table, for one.
    Image,
    /// A drawing, diagram or chart, whose text lies elsewhere.
    Drawing,
    /// Text in a box that floats on the page; it stands in the grid where it is anchored.
    TextBox,
    /// A table in a cell.
    NestedTable,
    /// Tracked insertions were taken, deletions left out: the text as it would be accepted.
    TrackedChanges,
    /// A whole row is tracked as deleted; it was left out.
    DeletedRow,
    /// Text formatted as hidden; it was left out.
    HiddenText,
    /// A whole row is hidden; it was left out.
    HiddenRow,
    /// A whole column is hidden; it was left out.
    HiddenColumn,
    /// A whole sheet is hidden; it was left out.
    HiddenSheet,
    /// A cell that another one covers has text of its own, which nobody sees; it was left out.
    CoveredText,
    /// The prompt of a field that nobody filled in; it was left out.
    Placeholder,
    /// Text that is struck out; it was kept.
    StruckOut,
    /// A note at the foot of the page or the end of the document; it is not in the text of its cell.
    Footnote,
    /// A remark in the margin; it is not in the text of its cell.
    Comment,
    /// A sign of a font that has its own signs; U+FFFD stands in its place.
    UnknownSymbol,
    /// Characters that nobody sees, such as marks of direction, were left out.
    InvisibleCharacters,
    /// A formula whose result is not in the file.
    FormulaWithoutResult,
    /// A cell shows an error of the program, such as #ССЫЛКА!.
    FormulaError {
        /// As the file has it.
        error: String,
    },
    /// Text in the margin at the top or foot of every page; it is not in the grid.
    HeaderOrFooter {
        /// Its beginning.
        text: String,
    },
    /// A row of a CSV file has other cells than the first one.
    UnevenRow,
    /// A quotation mark of a CSV file is never closed.
    UnclosedQuote,
    /// A sheet without anything in it.
    EmptySheet,
    /// A field begins and never ends; what stands behind it may be missing.
    UnclosedField,
    /// More was noticed than is told one by one.
    MoreFindings {
        /// How many are not told.
        count: usize,
    },
}

/// As much of what a file says as a notice repeats.
const REPEATED_CHARS: usize = 200;

impl NoticeKind {
    /// A part in another place, as its author wrote that place.
    #[must_use]
    pub fn external(target: &str) -> Self {
        Self::External { target: target.chars().take(REPEATED_CHARS).collect() }
    }

    /// An error that a cell shows.
    #[must_use]
    pub fn formula_error(error: &str) -> Self {
        Self::FormulaError { error: error.chars().take(REPEATED_CHARS).collect() }
    }

    /// The beginning of the text at the top or foot of pages.
    #[must_use]
    pub fn header_or_footer(text: &str) -> Self {
        Self::HeaderOrFooter { text: text.chars().take(REPEATED_CHARS).collect() }
    }

    /// How much it weighs.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::OtherFormatThanNamed { .. }
            | Self::Converted { .. }
            | Self::Macros
            | Self::Protected
            | Self::EncodingGuessed { .. }
            | Self::TextBox
            | Self::NestedTable
            | Self::Placeholder
            | Self::Comment
            | Self::InvisibleCharacters
            | Self::EmptySheet
            | Self::HeaderOrFooter { .. } => Severity::Note,
            Self::TrackedChanges
            | Self::DeletedRow
            | Self::HiddenText
            | Self::HiddenRow
            | Self::HiddenColumn
            | Self::HiddenSheet
            | Self::CoveredText
            | Self::StruckOut
            | Self::Footnote
            | Self::UnevenRow
            | Self::UnclosedQuote
            | Self::FormulaError { .. }
            | Self::MoreFindings { .. } => Severity::Warning,
            Self::UnreadableLetters
            | Self::External { .. }
            | Self::EmbeddedDocument
            | Self::EmbeddedObject
            | Self::Image
            | Self::Drawing
            | Self::UnknownSymbol
            | Self::UnclosedField
            | Self::FormulaWithoutResult => Severity::Loss,
        }
    }

    /// Its name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherFormatThanNamed { .. } => "other-format-than-named",
            Self::Converted { .. } => "converted",
            Self::Macros => "macros",
            Self::Protected => "protected",
            Self::EncodingGuessed { .. } => "encoding-guessed",
            Self::UnreadableLetters => "unreadable-letters",
            Self::External { .. } => "external",
            Self::EmbeddedDocument => "embedded-document",
            Self::EmbeddedObject => "embedded-object",
            Self::Image => "image",
            Self::Drawing => "drawing",
            Self::TextBox => "text-box",
            Self::NestedTable => "nested-table",
            Self::TrackedChanges => "tracked-changes",
            Self::DeletedRow => "deleted-row",
            Self::HiddenText => "hidden-text",
            Self::HiddenRow => "hidden-row",
            Self::HiddenColumn => "hidden-column",
            Self::HiddenSheet => "hidden-sheet",
            Self::CoveredText => "covered-text",
            Self::Placeholder => "placeholder",
            Self::StruckOut => "struck-out",
            Self::Footnote => "footnote",
            Self::Comment => "comment",
            Self::UnknownSymbol => "unknown-symbol",
            Self::InvisibleCharacters => "invisible-characters",
            Self::FormulaWithoutResult => "formula-without-result",
            Self::FormulaError { .. } => "formula-error",
            Self::HeaderOrFooter { .. } => "header-or-footer",
            Self::UnevenRow => "uneven-row",
            Self::UnclosedQuote => "unclosed-quote",
            Self::EmptySheet => "empty-sheet",
            Self::UnclosedField => "unclosed-field",
            Self::MoreFindings { .. } => "more-findings",
        }
    }
}

/// What was noticed, and what can be done about it.
#[must_use]
pub fn notice(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::OtherFormatThanNamed { ending, format } => format!(
            "Имя файла оканчивается на «.{}», а содержание — {}. Файл прочитан по содержанию.",
            echo(ending),
            format.name()
        ),
        NoticeKind::Converted { format } => format!(
            "Файл {} сначала преобразован офисной программой. Сверьте прочитанное с исходным файлом.",
            format.name()
        ),
        NoticeKind::EncodingGuessed { encoding } => format!(
            "Кодировка текста в файле не указана; он прочитан как {encoding}. Если вместо букв видны чужие знаки, \
             сохраните файл в кодировке UTF-8."
        ),
        NoticeKind::External { target } => format!(
            "Часть документа находится в другом месте («{}») и не прочитана. Вставьте её содержание в сам документ.",
            echo(target)
        ),
        NoticeKind::FormulaError { error } => {
            format!("В ячейке ошибка вычисления («{}»). Исправьте формулу или впишите значение.", echo(error))
        }
        NoticeKind::HeaderOrFooter { text } => {
            format!("Колонтитул («{}») в сведения не вошёл.", echo(text))
        }
        NoticeKind::MoreFindings { count } => {
            format!(
                "Замечаний больше: ещё {count} здесь не показано. Исправьте показанные и проверьте файл снова."
            )
        }
        other => plain(other).to_owned(),
    }
}

/// Words that need no facts.
const fn plain(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::OtherFormatThanNamed { .. }
        | NoticeKind::Converted { .. }
        | NoticeKind::EncodingGuessed { .. }
        | NoticeKind::External { .. }
        | NoticeKind::FormulaError { .. }
        | NoticeKind::HeaderOrFooter { .. }
        | NoticeKind::MoreFindings { .. } => "",
        NoticeKind::Macros => "В файле есть макросы. Они не выполнялись и на прочитанное не влияют.",
        NoticeKind::Protected => "Документ защищён от изменений. Чтению это не мешает.",
        NoticeKind::UnreadableLetters => {
            "Часть знаков не читается. Сохраните файл заново в кодировке UTF-8 и проверьте текст."
        }
        NoticeKind::EmbeddedDocument => {
            "Здесь в документ целиком вставлен другой документ, он не прочитан. Откройте файл в текстовом редакторе и \
             сохраните его заново."
        }
        NoticeKind::EmbeddedObject => {
            "Здесь вставлен объект другой программы, он не прочитан. Замените его обычным текстом или таблицей."
        }
        NoticeKind::Image => {
            "Здесь изображение. Если на нём есть текст, наберите его: изображения не читаются."
        }
        NoticeKind::Drawing => "Здесь рисунок или схема. Если в них есть текст, наберите его в таблице.",
        NoticeKind::TextBox => "Здесь надпись в рамке. Её текст прочитан на месте, к которому она привязана.",
        NoticeKind::NestedTable => "Здесь таблица внутри ячейки. Проверьте, что она прочитана верно.",
        NoticeKind::TrackedChanges => {
            "Здесь есть неподтверждённые исправления. Прочитано так, будто все они приняты."
        }
        NoticeKind::DeletedRow => {
            "Строка помечена как удалённая и пропущена. Если она нужна, отклоните исправление."
        }
        NoticeKind::HiddenText => {
            "Здесь есть скрытый текст, он пропущен. Если он нужен, снимите признак «скрытый»."
        }
        NoticeKind::HiddenRow => {
            "Строка скрыта (возможно, фильтром) и пропущена. Если она нужна, отобразите её."
        }
        NoticeKind::HiddenColumn => "Столбец скрыт и пропущен. Если он нужен, отобразите его.",
        NoticeKind::HiddenSheet => "Лист скрыт и пропущен. Если он нужен, отобразите его.",
        NoticeKind::CoveredText => {
            "Под объединённой ячейкой остался невидимый текст, он пропущен. Если он нужен, разъедините ячейки."
        }
        NoticeKind::Placeholder => "Поле не заполнено: подсказка в нём за сведения не принята.",
        NoticeKind::StruckOut => "Здесь есть зачёркнутый текст, он прочитан. Если он не нужен, удалите его.",
        NoticeKind::Footnote => {
            "Здесь есть сноска, её текст в сведения не вошёл. Если он нужен, впишите его в ячейку."
        }
        NoticeKind::Comment => "Здесь есть примечание на полях, в сведения оно не вошло.",
        NoticeKind::UnknownSymbol => {
            "Здесь знак особого шрифта, он не прочитан. Замените его обычной буквой."
        }
        NoticeKind::InvisibleCharacters => "Здесь были невидимые знаки, они убраны.",
        NoticeKind::FormulaWithoutResult => {
            "Результата формулы в файле нет. Откройте файл в табличном редакторе и сохраните его заново."
        }
        NoticeKind::UnevenRow => {
            "В строке не столько ячеек, сколько в первой. Проверьте разделители и кавычки."
        }
        NoticeKind::UnclosedQuote => "Кавычка открыта и не закрыта. Проверьте, не слились ли строки.",
        NoticeKind::EmptySheet => "Лист пуст.",
        NoticeKind::UnclosedField => {
            "В документе есть незавершённое поле, часть текста после него могла пропасть. Сверьте прочитанное с файлом."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    #[test]
    fn every_notice_is_a_sentence() {
        let kinds = [
            NoticeKind::OtherFormatThanNamed { ending: "doc".to_owned(), format: SourceFormat::Html },
            NoticeKind::Converted { format: SourceFormat::Rtf },
            NoticeKind::Macros,
            NoticeKind::Protected,
            NoticeKind::EncodingGuessed { encoding: "windows-1251" },
            NoticeKind::UnreadableLetters,
            NoticeKind::External { target: "file:///x.docx".to_owned() },
            NoticeKind::EmbeddedDocument,
            NoticeKind::EmbeddedObject,
            NoticeKind::Image,
            NoticeKind::Drawing,
            NoticeKind::TextBox,
            NoticeKind::NestedTable,
            NoticeKind::TrackedChanges,
            NoticeKind::DeletedRow,
            NoticeKind::HiddenText,
            NoticeKind::HiddenRow,
            NoticeKind::HiddenColumn,
            NoticeKind::HiddenSheet,
            NoticeKind::CoveredText,
            NoticeKind::Placeholder,
            NoticeKind::StruckOut,
            NoticeKind::Footnote,
            NoticeKind::Comment,
            NoticeKind::UnknownSymbol,
            NoticeKind::InvisibleCharacters,
            NoticeKind::FormulaWithoutResult,
            NoticeKind::FormulaError { error: "#REF!".to_owned() },
            NoticeKind::HeaderOrFooter { text: "Смоленск".to_owned() },
            NoticeKind::UnevenRow,
            NoticeKind::UnclosedQuote,
            NoticeKind::EmptySheet,
            NoticeKind::UnclosedField,
            NoticeKind::MoreFindings { count: 3 },
        ];
        for kind in kinds {
            is_well_worded(&notice(&kind));
        }
    }
}
