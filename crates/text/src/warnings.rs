//! The words of a warning: the message is taken, and yet both sides should look again.

use svod_domain::Warning;

use crate::fields::field_in_column;
use crate::plurals::Noun;
use crate::quarter::quarter_name;

/// What is taken out of a text, in the forms that go with a count.
const CONTROL: Noun = Noun {
    one: "управляющий знак", few: "управляющих знака", many: "управляющих знаков"
};

/// What was noticed, and what can be done if it is a mistake.
#[must_use]
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::DatesOutsideQuarter { index: None, quarter } => format!(
            "Сроки проведения мероприятия выходят за пределы квартала ({}). Сведения приняты; если дата ошибочна, \
             отправьте исправление.",
            quarter_name(*quarter)
        ),
        Warning::DatesOutsideQuarter { index: Some(index), quarter } => format!(
            "Сроки проведения мероприятия, строка {}, выходят за пределы квартала ({}). Сведения приняты; \
             если дата ошибочна, отправьте исправление.",
            index + 1,
            quarter_name(*quarter)
        ),
        Warning::ControlCharactersRemoved { pointer, removed, replaced, at } => {
            control_characters(pointer, *removed, *replaced, *at)
        }
        Warning::DatesUnreadable => {
            "Сроки проведения мероприятия, указанные текстом, не удалось прочитать как даты. Сведения приняты и будут \
             последними в своём разделе; чтобы поставить их по порядку, отправьте исправление с датами (dates)."
                .to_owned()
        }
        Warning::TermsFromOpening => {
            "Сроки, положенные этому кварталу, уже прошли, поэтому рабочие дни отсчитаны от дня открытия. \
             Если нужны другие сроки, оператор может перенести их."
                .to_owned()
        }
        Warning::CalendarProvisional { year } => format!(
            "Перенос выходных дней на {year} год ещё не установлен: учтены только нерабочие праздничные дни по \
             статье 112 Трудового кодекса. После утверждения календаря проверьте сроки."
        ),
    }
}

/// What stands in the text in the place of characters that nobody can print.
fn control_characters(pointer: &str, removed: usize, replaced: usize, at: usize) -> String {
    let count = |count: usize| CONTROL.count(count as u64);
    let what = match (removed, replaced) {
        (_, 0) => format!("убрано: {}", count(removed)),
        (0, _) => format!("заменено пробелом или новой строкой: {}", count(replaced)),
        _ => format!("убрано: {}; заменено пробелом или новой строкой: {}", count(removed), count(replaced)),
    };
    format!(
        "В поле {} {what}; первый стоит на месте {at}. Такие знаки не печатаются, сведения приняты без них. \
         Прочитайте поле; если в нём чего-то не хватает, исправьте его.",
        field_in_column(pointer)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::is_well_worded;

    #[test]
    fn every_warning_is_a_sentence() {
        for sample in Warning::samples() {
            is_well_worded(&warning(&sample));
        }
    }

    #[test]
    fn a_warning_says_what_became_of_control_characters_and_where() {
        let pointer = "/data/activity/content".to_owned();
        let words = warning(&Warning::ControlCharactersRemoved { pointer, removed: 1, replaced: 2, at: 17 });
        assert_eq!(
            words,
            "В поле «Содержание мероприятия» (графа 5) убрано: 1 управляющий знак; заменено пробелом или новой строкой: \
             2 управляющих знака; первый стоит на месте 17. Такие знаки не печатаются, сведения приняты без них. \
             Прочитайте поле; если в нём чего-то не хватает, исправьте его."
        );
    }

    #[test]
    fn a_warning_counts_lines_as_people_do() {
        let words =
            warning(&Warning::DatesOutsideQuarter { index: Some(0), quarter: "2020-Q2".parse().unwrap() });
        assert!(words.contains("строка 1,"), "{words}");
    }
}
