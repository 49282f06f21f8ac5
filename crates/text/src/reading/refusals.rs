//! Why a file cannot be read: a code that programs tell apart, a title, and words with advice.

use super::SourceFormat;
use crate::fields::echo;
use crate::plurals::{BYTE, Noun};
use crate::reasons::Words;

const TIMES: Noun = Noun { one: "раз", few: "раза", many: "раз" };
const SECONDS: Noun = Noun { one: "секунду", few: "секунды", many: "секунд" };
/// Each bound of a size is whole mebibytes if it is this large; then it is said in them.
const MEBIBYTE: u64 = 1024 * 1024;

/// Why nothing of a file is taken. Half a file is never taken for a whole one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CannotRead {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It is something else than a document with tables.
    #[error("the file is no document with tables: {looks:?}")]
    NotADocument {
        /// What it looks like.
        looks: Looks,
    },
    /// It is larger than anybody's report; reading stopped where that was clear.
    #[error("the file has more than {max} of {limit:?}")]
    TooLarge {
        /// What there is too much of.
        limit: Limit,
        /// The most that is taken.
        max: u64,
    },
    /// Elements lie in elements, deeper than any program writes them.
    #[error("{part} is nested deeper than {max} elements")]
    TooNested {
        /// The part of the archive.
        part: String,
        /// The most that is taken.
        max: u64,
    },
    /// Its end is missing.
    #[error("the file is cut off")]
    Truncated,
    /// Only a password opens it.
    #[error("the file is encrypted")]
    Encrypted,
    /// It holds macros, and files with macros are not taken here.
    #[error("the file holds macros")]
    Macros,
    /// A part declares a document type, which no office program writes: a way to make parsers fetch or grow.
    #[error("{part} has a document type declaration")]
    DocumentType {
        /// The part of the archive.
        part: String,
    },
    /// A part is not what the format wants.
    #[error("{part} cannot be parsed at byte {offset}")]
    Malformed {
        /// The part of the archive.
        part: String,
        /// How far it could be read, in bytes of its UTF-8.
        offset: u64,
    },
    /// A part that the others speak of is not there.
    #[error("{part} is missing")]
    MissingPart {
        /// The part of the archive.
        part: String,
    },
    /// The format needs an office program, and this machine has none.
    #[error("there is no office program to convert {}", format.name())]
    OfficeMissing {
        /// What the file is.
        format: SourceFormat,
    },
    /// The office program did not make a readable document of it.
    #[error("the office program could not convert {}", format.name())]
    OfficeFailed {
        /// What the file is.
        format: SourceFormat,
    },
    /// The office program was not done in time and was stopped.
    #[error("the office program took longer than {seconds} seconds to convert {}", format.name())]
    OfficeTimedOut {
        /// What the file is.
        format: SourceFormat,
        /// The most that it was given.
        seconds: u64,
    },
}

/// What there can be too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Bytes of the file.
    PackedBytes,
    /// Bytes of everything in the archive.
    UnpackedBytes,
    /// Bytes unpacked for each byte packed.
    Ratio,
    /// Files in the archive.
    Entries,
    /// Bytes of one element, text or attribute.
    ElementBytes,
    /// Attributes or namespaces of one element.
    Attributes,
    /// Paragraphs.
    Paragraphs,
    /// Cells of all tables.
    Cells,
    /// Bytes of all text.
    TextBytes,
    /// Styles, lists, notes and other things kept beside the text.
    Definitions,
    /// Bytes of a part that explains others.
    DefinitionBytes,
    /// Elements of a page that were never closed.
    OpenElements,
}

/// What a file is, that is no document with tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Looks {
    /// Pages, made to be looked at.
    Pdf,
    /// A picture or a scan.
    Image,
    /// An archive of files.
    Archive,
    /// Slides, a drawing or another kind of office document.
    OtherOffice,
    /// Text without rows.
    Text,
    /// Anything else.
    Unknown,
}

impl CannotRead {
    /// The code that programs tell reasons apart by; it never changes its meaning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotADocument { .. } => "not-a-document",
            Self::TooLarge { .. } => "file-too-large",
            Self::TooNested { .. } => "too-nested",
            Self::Truncated => "truncated",
            Self::Encrypted => "encrypted",
            Self::Macros => "macros",
            Self::DocumentType { .. } => "document-type",
            Self::Malformed { .. } => "malformed",
            Self::MissingPart { .. } => "missing-part",
            Self::OfficeMissing { .. } => "office-missing",
            Self::OfficeFailed { .. } => "office-failed",
            Self::OfficeTimedOut { .. } => "office-timed-out",
        }
    }

    /// A few words to head the message with.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Empty => "Файл пуст",
            Self::NotADocument { .. } => "Это не документ с таблицей",
            Self::TooLarge { .. } => "Файл слишком велик",
            Self::TooNested { .. } | Self::DocumentType { .. } => "Файл устроен недопустимо",
            Self::Truncated => "Файл оборван",
            Self::Encrypted => "Файл защищён паролем",
            Self::Macros => "Файл с макросами",
            Self::Malformed { .. } | Self::MissingPart { .. } => "Файл повреждён",
            Self::OfficeMissing { .. } => "Такой файл здесь не читается",
            Self::OfficeFailed { .. } | Self::OfficeTimedOut { .. } => "Файл не удалось преобразовать",
        }
    }

    /// What is wrong, and what can be done.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => Words::new(
                "В файле нет ни одного байта.",
                "Сохраните документ заново и отправьте его ещё раз.",
            ),
            Self::NotADocument { looks } => Words::new(looks_words(*looks), looks_advice(*looks)),
            Self::TooLarge { limit, max } => Words::new(limit_words(*limit, *max), limit_advice(*limit)),
            Self::TooNested { part, max } => {
                let detail = format!("Часть «{}»: вложенность больше допустимой ({max}).", echo(part));
                Words::new(detail, COPY)
            }
            Self::Truncated => Words::new("Конец файла отсутствует.", "Отправьте файл ещё раз, целиком."),
            Self::Encrypted => Words::new(
                "Содержание файла зашифровано.",
                "Снимите пароль (Файл → Сведения → Защита документа), сохраните и отправьте файл ещё раз.",
            ),
            Self::Macros => Words::new(
                "Файлы с макросами не принимаются.",
                "Сохраните документ без макросов (DOCX или XLSX) и отправьте его ещё раз.",
            ),
            Self::DocumentType { part } => {
                let detail = format!("В части «{}» есть недопустимое объявление DOCTYPE.", echo(part));
                Words::new(detail, COPY)
            }
            Self::Malformed { part, offset } => {
                Words::new(format!("Часть «{}» не читается с байта {offset}.", echo(part)), SAVE_ANEW)
            }
            Self::MissingPart { part } => {
                Words::new(format!("В файле нет части «{}».", echo(part)), SAVE_ANEW)
            }
            Self::OfficeMissing { format } => Words::new(
                format!(
                    "Чтобы прочитать файл {}, нужна офисная программа, а на сервере её нет.",
                    format.name()
                ),
                save_as(*format),
            ),
            Self::OfficeFailed { format } => Words::new(
                format!("Офисная программа не прочитала файл {}.", format.name()),
                save_as(*format),
            ),
            Self::OfficeTimedOut { format, seconds } => Words::new(
                format!(
                    "Офисная программа не преобразовала файл {} за {}.",
                    format.name(),
                    SECONDS.count(*seconds)
                ),
                save_as(*format),
            ),
        }
    }
}

const SAVE_ANEW: &str =
    "Откройте документ в программе, в которой он сделан, сохраните его заново и отправьте ещё раз.";
const COPY: &str = "Скопируйте таблицу в новый документ, сохраните его как DOCX и отправьте.";

const fn save_as(format: SourceFormat) -> &'static str {
    if format.has_sheets() {
        "Откройте его в табличном редакторе, сохраните как XLSX и отправьте."
    } else {
        "Откройте его в текстовом редакторе, сохраните как DOCX и отправьте."
    }
}

const fn looks_words(looks: Looks) -> &'static str {
    match looks {
        Looks::Pdf => "Файл — PDF: в нём есть страницы, но нет таблицы, которую можно прочитать без догадок.",
        Looks::Image => "Файл — изображение.",
        Looks::Archive => "Файл — архив.",
        Looks::OtherOffice => "Файл — офисный документ, но не текст и не таблица.",
        Looks::Text => "Файл — текст без строк и граф.",
        Looks::Unknown => "По содержанию файла не видно, что это документ.",
    }
}

const fn looks_advice(looks: Looks) -> &'static str {
    match looks {
        Looks::Archive => "Распакуйте архив и отправьте сам документ (DOCX, XLSX, ODT или CSV).",
        Looks::Pdf | Looks::Image => {
            "Отправьте исходный документ, из которого он сделан (DOCX, XLSX, ODT или CSV)."
        }
        Looks::OtherOffice | Looks::Text | Looks::Unknown => {
            "Отправьте документ с таблицей отчёта (DOCX, XLSX, ODT или CSV)."
        }
    }
}

fn limit_words(limit: Limit, max: u64) -> String {
    match limit {
        Limit::PackedBytes => format!("Файл больше {}.", size(max)),
        Limit::UnpackedBytes => format!("Содержание файла в распакованном виде больше {}.", size(max)),
        Limit::Ratio => format!("Содержание файла сжато больше чем в {}.", TIMES.count(max)),
        Limit::Entries => format!("В файле больше {max} частей."),
        Limit::ElementBytes => format!("Один из элементов документа больше {}.", size(max)),
        Limit::Attributes => format!("У одного из элементов документа больше {max} признаков."),
        Limit::Paragraphs => format!("В документе больше {max} абзацев."),
        Limit::Cells => format!("В таблицах документа больше {max} ячеек."),
        Limit::TextBytes => format!("Текста в документе больше {}.", size(max)),
        Limit::Definitions => format!("В документе больше {max} стилей, списков или сносок."),
        Limit::DefinitionBytes => format!("Одна из служебных частей документа больше {}.", size(max)),
        Limit::OpenElements => format!("В документе больше {max} вложенных или незакрытых элементов."),
    }
}

const fn limit_advice(limit: Limit) -> &'static str {
    match limit {
        Limit::PackedBytes | Limit::UnpackedBytes => {
            "Уберите из документа изображения или разделите его на несколько и отправьте каждый отдельно."
        }
        Limit::Paragraphs | Limit::Cells | Limit::TextBytes => {
            "Разделите документ на несколько и отправьте каждый отдельно."
        }
        Limit::Ratio
        | Limit::Entries
        | Limit::ElementBytes
        | Limit::Attributes
        | Limit::Definitions
        | Limit::DefinitionBytes
        | Limit::OpenElements => COPY,
    }
}

fn size(bytes: u64) -> String {
    if bytes >= MEBIBYTE { format!("{} МиБ", bytes / MEBIBYTE) } else { BYTE.count(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    fn samples() -> Vec<CannotRead> {
        let part = || "word/document.xml".to_owned();
        let mut samples = vec![
            CannotRead::Empty,
            CannotRead::TooNested { part: part(), max: 256 },
            CannotRead::Truncated,
            CannotRead::Encrypted,
            CannotRead::Macros,
            CannotRead::DocumentType { part: part() },
            CannotRead::Malformed { part: part(), offset: 7 },
            CannotRead::MissingPart { part: part() },
        ];
        let looks =
            [Looks::Pdf, Looks::Image, Looks::Archive, Looks::OtherOffice, Looks::Text, Looks::Unknown];
        samples.extend(looks.map(|looks| CannotRead::NotADocument { looks }));
        let limits = [
            Limit::PackedBytes,
            Limit::UnpackedBytes,
            Limit::Ratio,
            Limit::Entries,
            Limit::ElementBytes,
            Limit::Attributes,
            Limit::Paragraphs,
            Limit::Cells,
            Limit::TextBytes,
            Limit::Definitions,
            Limit::OpenElements,
            Limit::DefinitionBytes,
        ];
        samples.extend(limits.map(|limit| CannotRead::TooLarge { limit, max: 200 }));
        for format in SourceFormat::ALL {
            samples.push(CannotRead::OfficeMissing { format });
            samples.push(CannotRead::OfficeFailed { format });
            samples.push(CannotRead::OfficeTimedOut { format, seconds: 30 });
        }
        samples
    }

    #[test]
    fn every_refusal_of_a_file_says_what_is_wrong_and_what_to_do() {
        for refusal in samples() {
            let words = refusal.words();
            is_well_worded(&words.detail);
            is_well_worded(&words.action);
            assert!(!refusal.title().ends_with('.'));
        }
    }

    #[test]
    fn a_size_is_said_in_the_unit_that_people_use() {
        assert_eq!(size(20 * 1024 * 1024), "20 МиБ");
        assert_eq!(size(200), "200 байт");
    }
}
