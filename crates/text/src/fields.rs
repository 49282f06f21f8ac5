//! Places in a message by the names that the form gives them: `/data/activity/dates/1/to` is «Сроки проведения
//! мероприятия, строка 2, последний день».

/// Longest piece of a sender's own text that is repeated to him.
const ECHO_CHARS_MAX: usize = 100;

/// The place that a JSON Pointer leads to, in the words of the form. A name that the form does not know stays as it is.
#[must_use]
pub fn field(pointer: &str) -> String {
    let mut places: Vec<String> = vec![];
    let mut within = "";
    for segment in pointer.split('/').skip(1) {
        match segment.parse::<u32>() {
            Ok(index) => places.push(format!("строка {}", u64::from(index) + 1)),
            Err(_) if matches!(segment, "data" | "activity") => {}
            Err(_) => {
                let name = segment.replace("~1", "/").replace("~0", "~");
                places.push(name_within(within, &name).map_or_else(|| echo(&name), str::to_owned));
                within = segment;
            }
        }
    }
    if places.is_empty() {
        return whole(pointer).to_owned();
    }
    places.join(", ")
}

/// The same with the column that the form prints it in, as a message about its letters names it: «Содержание мероприятия»
/// (графа 5).
pub(crate) fn field_in_column(pointer: &str) -> String {
    let name = field(pointer);
    match column(pointer) {
        Some(column) => format!("«{name}» (графа {column})"),
        None => format!("«{name}»"),
    }
}

/// The column of the form that a field of an activity is printed in.
fn column(pointer: &str) -> Option<u8> {
    match pointer.strip_prefix("/data/activity/")?.split('/').next()? {
        "title" => Some(2),
        "place" => Some(3),
        "dates" | "dates_text" => Some(4),
        "content" | "agreements" => Some(5),
        "participants" => Some(6),
        _ => None,
    }
}

/// Text of a sender as it may be repeated to him: no control characters, and not much of it.
pub(crate) fn echo(text: &str) -> String {
    let mut shown: String = text.chars().filter(|letter| !letter.is_control()).take(ECHO_CHARS_MAX).collect();
    if text.chars().count() > ECHO_CHARS_MAX {
        shown.push('…');
    }
    shown
}

/// Whether the pointer leads to a list, so that its length is counted in lines and not in letters.
pub(crate) fn is_list(pointer: &str) -> bool {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    matches!(last, "dates" | "participants" | "countries" | "remarks")
}

/// Whether the pointer leads to one participant.
pub(crate) fn is_participant(pointer: &str) -> bool {
    pointer.contains("/participants/")
}

fn whole(pointer: &str) -> &'static str {
    match pointer {
        "/data/activity" => "Мероприятие",
        "/data" => "Содержание сообщения",
        _ => "Сообщение",
    }
}

/// The name of a field; some names mean different things in different places.
fn name_within(within: &str, name: &str) -> Option<&'static str> {
    match (within, name) {
        ("dates", "from") => Some("первый день"),
        ("dates", "to") => Some("последний день"),
        ("participants", "name") => Some("ФИО"),
        ("participants", "position") => Some("должность"),
        ("participants", "group") => Some("группа участников"),
        ("remarks", "field") => Some("поле"),
        ("remarks", "text") => Some("текст"),
        _ => activity_field(name).or_else(|| message_field(name)),
    }
}

/// A field of the form by its name in the contract, such as the one that a remark speaks of.
#[must_use]
pub fn activity_field(name: &str) -> Option<&'static str> {
    match name {
        "title" => Some("Наименование мероприятия"),
        "place" => Some("Место проведения мероприятия"),
        "dates" => Some("Сроки проведения мероприятия"),
        "dates_text" => Some("Сроки проведения мероприятия (текст)"),
        "content" => Some("Содержание мероприятия"),
        "agreements" => Some("Достигнутые договоренности"),
        "participants" => Some("Участники мероприятия"),
        "countries" => Some("Страны"),
        _ => None,
    }
}

fn message_field(name: &str) -> Option<&'static str> {
    match name {
        "submission_id" => Some("Идентификатор записи"),
        "municipality" => Some("Код муниципального образования"),
        "quarter" => Some("Квартал"),
        "version" => Some("Версия"),
        "note" => Some("Пояснение"),
        "reason" => Some("Причина"),
        "basis" => Some("Основание"),
        "remarks" => Some("Замечания"),
        "submit_by" => Some("Срок подачи"),
        "close_at" => Some("Время закрытия"),
        "order" => Some("Номер в реестре"),
        "short_name" => Some("Краткое наименование"),
        "report_heading" => Some("Наименование в отчёте"),
        "from" => Some("Дата начала действия"),
        "successor" => Some("Преемник"),
        "id" => Some("Идентификатор сообщения"),
        "source" => Some("Источник сообщения"),
        "type" => Some("Тип сообщения"),
        "specversion" => Some("Версия CloudEvents"),
        "time" => Some("Время сообщения"),
        "datacontenttype" => Some("Вид содержания"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_named_in_the_words_of_the_form() {
        let expected = [
            ("/data/activity/title", "Наименование мероприятия"),
            ("/data/activity/dates/1/to", "Сроки проведения мероприятия, строка 2, последний день"),
            ("/data/activity/participants/0/name", "Участники мероприятия, строка 1, ФИО"),
            ("/data/from", "Дата начала действия"),
            ("/data/remarks/4/text", "Замечания, строка 5, текст"),
            ("/data/activity", "Мероприятие"),
            ("/data", "Содержание сообщения"),
            ("", "Сообщение"),
            ("/data/activity/colou~1r", "colou/r"),
        ];
        for (pointer, words) in expected {
            assert_eq!(field(pointer), words, "{pointer}");
        }
    }

    #[test]
    fn a_field_of_the_form_is_named_with_its_column() {
        for (pointer, words) in [
            ("/data/activity/agreements", "«Достигнутые договоренности» (графа 5)"),
            ("/data/activity/participants/0/name", "«Участники мероприятия, строка 1, ФИО» (графа 6)"),
            ("/data/activity/countries/0", "«Страны, строка 1»"),
            ("/data/note", "«Пояснение»"),
        ] {
            assert_eq!(field_in_column(pointer), words, "{pointer}");
        }
    }

    #[test]
    fn a_sender_s_own_text_is_repeated_only_in_part() {
        assert_eq!(echo("a\u{0}b"), "ab");
        assert_eq!(echo(&"я".repeat(1000)).chars().count(), ECHO_CHARS_MAX + 1);
    }
}
