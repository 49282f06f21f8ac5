//! A region's own Word template: the marks that stand in it, and why one is refused.

use crate::Words;

/// A place in a template that is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The whole title.
    Title,
    /// «II квартал 2020 года»
    Quarter,
    /// «во II квартале 2020 года»
    InQuarter,
    /// Who issues the report.
    Creator,
    /// The region.
    Region,
    /// «Редакция 1», or that it is no edition.
    State,
    /// The moment of the close; nothing before it.
    Closed,
    /// That it is a preview or an extract; nothing in an edition.
    Notice,
    /// The name of the municipality.
    Municipality,
    /// The running number.
    Number,
    /// What it was.
    Name,
    /// Where.
    Place,
    /// When.
    Dates,
    /// What was done and agreed.
    Content,
    /// Who took part.
    Participants,
}

impl Mark {
    /// Every mark with what stands between its braces.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Title, "заголовок"),
        (Self::Quarter, "квартал"),
        (Self::InQuarter, "в квартале"),
        (Self::Creator, "орган"),
        (Self::Region, "регион"),
        (Self::State, "редакция"),
        (Self::Closed, "дата закрытия"),
        (Self::Notice, "пометка"),
        (Self::Municipality, "муниципальное образование"),
        (Self::Number, "номер"),
        (Self::Name, "наименование"),
        (Self::Place, "место"),
        (Self::Dates, "сроки"),
        (Self::Content, "содержание"),
        (Self::Participants, "участники"),
    ];

    /// The mark of that name, however it is spaced and capitalised.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(mark, _)| *mark)
    }

    /// What stands between its braces.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(mark, _)| *mark == self).map_or("", |(_, name)| name)
    }
}

/// Declares the faults once: variant, name, words. The macro exists so that the list and the words cannot fall apart.
macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $code:literal, $detail:literal, $action:literal;)*) => {
        /// Why a template is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TemplateFault {
            $($(#[$doc])* $fault,)*
        }

        impl TemplateFault {
            /// Its stable name.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$fault => $code,)*
                }
            }

            const fn templates(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$fault => ($detail, $action),)*
                }
            }
        }
    };
}

faults! {
    /// More bytes than any template.
    TooLarge = "template-too-large",
        "Файл шаблона слишком большой",
        "Уменьшите картинки: шаблон должен быть не больше 5 МиБ";
    /// No archive.
    NotADocument = "template-not-a-document",
        "Это не документ Word: {}",
        "Сохраните шаблон из Word как «Документ Word (*.docx)»";
    /// Word before 2007, or encrypted.
    OldOrEncrypted = "template-old-or-encrypted",
        "Файл зашифрован паролем или сохранён в старом формате .doc",
        "Снимите пароль и сохраните как «Документ Word (*.docx)»";
    /// Unpacks to more than any template.
    TooMuchInside = "template-too-much-inside",
        "Внутри файла больше данных, чем бывает в шаблоне",
        "Создайте шаблон заново из пустого документа";
    /// A name twice, or one that leads out of the file.
    PartName = "template-part-name",
        "Недопустимое или повторное имя части файла: {}",
        "Сохраните документ заново из Word";
    /// Macros.
    Macros = "template-macros",
        "В файле есть макросы: {}",
        "Сохраните как «Документ Word (*.docx)» — без поддержки макросов";
    /// Another kind of Word file.
    OtherKind = "template-other-kind",
        "Файл сохранён как «{}», а не как документ",
        "Сохраните как «Документ Word (*.docx)», не как шаблон *.dotx";
    /// Something is fetched from elsewhere.
    External = "template-external",
        "Файл ссылается на внешний источник: {}",
        "Удалите гиперссылки, связанные рисунки и присоединённый шаблон";
    /// A file inside the file.
    AltChunk = "template-alt-chunk",
        "В документ вложен другой документ: {}",
        "Вставьте его содержимое обычным текстом";
    /// An object of another program.
    Object = "template-object",
        "В документе есть внедрённый объект: {}",
        "Удалите объект или замените его рисунком PNG";
    /// A control of a form.
    Control = "template-control",
        "В документе есть элемент управления: {}",
        "Удалите элементы форм и ActiveX";
    /// A relation that no template needs.
    Relation = "template-relation",
        "Связь недопустимого вида: {}",
        "Перенесите оформление в новый пустой документ";
    /// A part that no template needs.
    Part = "template-part",
        "Часть файла, которой в шаблоне быть не может: {}",
        "Перенесите оформление в новый пустой документ";
    /// A picture that is neither PNG nor JPEG.
    Picture = "template-picture",
        "Рисунок не PNG и не JPEG: {}",
        "Вставьте рисунок в формате PNG или JPEG";
    /// A document type declaration.
    Dtd = "template-dtd",
        "В части {} есть объявление DTD",
        "Сохраните документ заново из Word";
    /// No XML.
    NotXml = "template-not-xml",
        "Часть {} повреждена",
        "Сохраните документ заново из Word";
    /// XML nested or long beyond any template.
    TooComplex = "template-too-complex",
        "Часть {} устроена слишком сложно",
        "Создайте шаблон заново из пустого документа";
    /// A field that is neither PAGE nor NUMPAGES.
    Field = "template-field",
        "Поле «{}» недопустимо",
        "Оставьте только номер страницы (PAGE) и число страниц (NUMPAGES)";
    /// Changes that were never accepted.
    TrackedChanges = "template-tracked-changes",
        "В документе остались исправления: {}",
        "Примите все исправления и выключите их запись";
    /// Comments.
    Comments = "template-comments",
        "В документе остались примечания",
        "Удалите все примечания";
    /// An element that no template needs.
    Element = "template-element",
        "Элемент «{}» недопустим",
        "Удалите его из документа";
    /// A mark that nobody knows.
    UnknownMark = "template-unknown-mark",
        "Неизвестная метка {{}}",
        "Проверьте написание: список меток — в описании шаблонов";
    /// A brace without its other one.
    OpenBrace = "template-open-brace",
        "Фигурная скобка без пары: «{}»",
        "Закройте скобку или удалите её: скобки — только для меток";
    /// A mark that has to be there is not.
    MissingMark = "template-missing-mark",
        "В шаблоне нет метки {{}}",
        "Добавьте метку: список обязательных — в описании шаблонов";
    /// A mark stands where it cannot be filled in.
    MarkElsewhere = "template-mark-elsewhere",
        "Метка {{}} стоит не на своём месте",
        "Метки записи — в одной строке таблицы, метка муниципального образования — в строке над ней";
    /// The rows are not one behind the other in one table of the page itself.
    Rows = "template-rows",
        "Строки-образцы стоят не так",
        "Нужна одна таблица: заголовок, строка муниципального образования, сразу под ней строка записи";
    /// The heading row is not marked as repeated.
    HeadingNotRepeated = "template-heading-not-repeated",
        "Первая строка таблицы не повторяется на каждой странице",
        "Макет таблицы → «Повторить строки заголовков»";
    /// A picture in a row that is repeated.
    PictureInRow = "template-picture-in-row",
        "В строке-образце есть рисунок",
        "Уберите рисунок из строки, которая повторяется";
    /// A cell without a paragraph at its end.
    CellWithoutParagraph = "template-cell-without-paragraph",
        "Ячейка таблицы не заканчивается абзацем",
        "Сохраните документ заново из Word";
    /// A row whose cells do not fill the columns.
    Spans = "template-spans",
        "Ячейки строки не совпадают с графами таблицы",
        "Начертите таблицу заново";
    /// Nothing behind the last table.
    NothingBehindTable = "template-nothing-behind-table",
        "После таблицы нет абзаца",
        "Поставьте после таблицы пустой абзац";
}

impl TemplateFault {
    /// What is wrong and what to do; `what` is the part, the field or the mark that it is about.
    #[must_use]
    pub fn words(self, what: &str) -> Words {
        let (detail, action) = self.templates();
        Words::new(detail.replace("{}", what), action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_however_they_are_typed() {
        assert_eq!(Mark::find(" Муниципальное\u{a0} образование"), Some(Mark::Municipality));
        assert_eq!(Mark::find("мэр"), None);
        for (mark, name) in Mark::ALL {
            assert_eq!((Mark::find(name), mark.name()), (Some(mark), name));
        }
    }

    #[test]
    fn the_words_name_what_they_are_about() {
        assert_eq!(TemplateFault::UnknownMark.words("мэр").detail, "Неизвестная метка {мэр}");
        assert_eq!(TemplateFault::Field.words("DDE").detail, "Поле «DDE» недопустимо");
    }
}
