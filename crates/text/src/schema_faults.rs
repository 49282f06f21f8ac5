//! The words for a message that does not match its schema: which field of the form, and how it should be filled in.

use svod_domain::{ReasonCode, SchemaFault};

use crate::fields::{echo, field, is_list, is_participant};
use crate::plurals::Noun;
use crate::reasons::{Words, action};

/// Letters, in the forms that go with «не менее» and «не более».
const LETTERS: Noun = Noun { one: "знака", few: "знаков", many: "знаков" };
/// Lines of a list, in the same forms.
const LINES: Noun = Noun { one: "строки", few: "строк", many: "строк" };

/// What is wrong, place by place, and what to do.
pub(crate) fn schema_faults(pointer: &str, fault: &SchemaFault, others: &[(String, SchemaFault)]) -> Words {
    let mut words = schema_fault(pointer, fault);
    for (pointer, fault) in others {
        words.detail = format!("{} {}", words.detail, schema_fault(pointer, fault).detail);
    }
    if !others.is_empty() {
        "Исправьте все названные поля и отправьте сообщение снова с новым id.".clone_into(&mut words.action);
    }
    words
}

/// What is wrong at the place, and what to write there.
fn schema_fault(pointer: &str, fault: &SchemaFault) -> Words {
    let usual = action(ReasonCode::Schema);
    let place = field(pointer);
    match fault {
        SchemaFault::Missing { field: name } => Words::new(
            format!("Не заполнено обязательное поле «{}».", field(&beneath(pointer, name))),
            "Заполните это поле и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::Unknown { field: name } => Words::new(
            format!("Поля «{}» в форме нет.", echo(name)),
            "Сверьте имя поля с описанием формы, исправьте или уберите его и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::NotOfType { wanted } => {
            Words::new(format!("Поле «{place}» другого вида; нужно: {}.", types(wanted)), usual)
        }
        SchemaFault::TooShort { min: 0 | 1 } => Words::new(
            format!("Поле «{place}» не заполнено."),
            "Заполните это поле и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::TooShort { min } => {
            Words::new(format!("В поле «{place}» нужно не менее {}.", counted(pointer, *min)), usual)
        }
        SchemaFault::TooLong { max } => Words::new(
            format!("В поле «{place}» допустимо не более {}.", counted(pointer, *max)),
            "Сократите его и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::WrongForm { wanted } => {
            Words::new(format!("Поле «{place}» заполнено не по форме; нужно: {}.", form(wanted)), usual)
        }
        SchemaFault::TooSmall { min } => {
            Words::new(format!("Значение поля «{place}» должно быть не меньше {}.", echo(min)), usual)
        }
        SchemaFault::NoAlternative if is_participant(pointer) => Words::new(
            format!("Поле «{place}» заполнено не по форме: это не лицо и не группа."),
            "Для лица укажите ФИО и должность (name и position), для группы — только её описание (group), \
             и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::NoAlternative => {
            Words::new(format!("Поле «{place}» не подходит ни под один допустимый вид."), usual)
        }
        SchemaFault::NoDates => Words::new(
            "Не указаны сроки проведения мероприятия.",
            "Укажите дни (dates) или сроки текстом (dates_text) и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::EndsBeforeItBegins => Words::new(
            format!("Поле «{place}»: мероприятие заканчивается раньше, чем начинается."),
            "Исправьте первый или последний день и отправьте сообщение снова с новым id.",
        ),
        SchemaFault::Other { detail } => Words::new(
            format!("Поле «{place}» заполнено неверно. Ответ проверки: «{}».", echo(detail)),
            usual,
        ),
    }
}

/// The pointer to a missing field, whether the fault named the object or the field in it.
fn beneath(pointer: &str, name: &str) -> String {
    let named_already = pointer.rsplit('/').next() == Some(name);
    if named_already { pointer.to_owned() } else { format!("{pointer}/{name}") }
}

fn counted(pointer: &str, count: u64) -> String {
    let noun = if is_list(pointer) { LINES } else { LETTERS };
    noun.count(count)
}

/// JSON types in words; the validator may name several.
fn types(wanted: &str) -> String {
    let words: Vec<&str> =
        wanted.split(|letter: char| !letter.is_ascii_alphabetic()).filter_map(type_word).collect();
    if words.is_empty() { echo(wanted) } else { words.join(" или ") }
}

fn type_word(name: &str) -> Option<&'static str> {
    match name {
        "string" => Some("текст"),
        "integer" => Some("целое число"),
        "number" => Some("число"),
        "boolean" => Some("да или нет (true или false)"),
        "array" => Some("список"),
        "object" => Some("набор полей (объект)"),
        "null" => Some("пустое значение (null)"),
        _ => None,
    }
}

/// The patterns and formats of the contract in words; any other as it stands.
fn form(wanted: &str) -> String {
    let known = match wanted {
        r"\S" => "хотя бы одно слово",
        "date" | "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => "дата в виде 2020-06-05",
        "date-time" => "дата и время в виде 2020-07-15T18:00:00+03:00",
        "uuid" => "идентификатор UUID, например 0190c9f2-4a2b-7c31-9d54-1f6f0e6a7b10",
        "uri" | "uri-reference" => "адрес (URI)",
        "^[0-9]{8}$" => "код ОКТМО, 8 цифр",
        "^[A-Z]{2}$" => "код страны из двух заглавных латинских букв, например BY",
        _ if wanted.contains("-Q[1-4]") => "квартал в виде 2020-Q2",
        _ => return echo(wanted),
    };
    known.to_owned()
}
