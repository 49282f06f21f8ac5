//! The words of a warning: the message is taken, and yet both sides should look again.

use svod_domain::Warning;

use crate::quarter::quarter_name;

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
    fn a_warning_counts_lines_as_people_do() {
        let words =
            warning(&Warning::DatesOutsideQuarter { index: Some(0), quarter: "2020-Q2".parse().unwrap() });
        assert!(words.contains("строка 1,"), "{words}");
    }
}
