//! The words of the yearly summary that the region gives to the ministry (orders № 911 of 25.12.2023 and № 280 of 01.06.2018 of the
//! Ministry of Economic Development of Russia).

use svod_domain::Quarter;

use crate::plurals::RECORD;
use crate::quarter::quarter_name;

/// The sheet with the sums by municipality, that with the sums by country, and that with the activities themselves.
pub const SHEETS: [&str; 3] = ["Муниципальные образования", "Страны", "Мероприятия"];

/// Headings of the sums by municipality.
pub const MUNICIPALITIES: [&str; 9] = [
    "Муниципальное образование",
    "Код ОКТМО",
    "I квартал",
    "II квартал",
    "III квартал",
    "IV квартал",
    "Всего за год",
    "Из них с опозданием",
    "Страны",
];

/// Headings of the sums by country.
pub const COUNTRIES: [&str; 4] = ["Страна", "Код", "Мероприятий", "Муниципальных образований"];

/// Headings of the list of activities.
pub const ACTIVITIES: [&str; 7] = [
    "Муниципальное образование",
    "Квартал",
    "Наименование мероприятия",
    "Сроки проведения",
    "Место проведения",
    "Страны",
    "Достигнутые договорённости",
];

/// What was filed and closed in a quarter of which nothing is known yet.
pub const NOT_CLOSED: &str = "–";

/// The title: «Сводные сведения … за 2020 год».
#[must_use]
pub fn title(region: &str, year: i16) -> String {
    format!("Сводные сведения о международных связях муниципальных образований за {year}\u{a0}год. {region}")
}

/// Why a quarter is not in it.
#[must_use]
pub fn missing(quarters: &[Quarter]) -> String {
    let names: Vec<String> = quarters.iter().map(|quarter| quarter_name(*quarter)).collect();
    format!("Не закрыты и поэтому не учтены: {}.", names.join(", "))
}

/// What it is made of: «II квартал 2020 года — редакция 2».
#[must_use]
pub fn source(editions: &[(Quarter, u32)]) -> String {
    let names: Vec<String> = editions
        .iter()
        .map(|(quarter, edition)| format!("{}, редакция\u{a0}{edition}", quarter_name(*quarter)))
        .collect();
    format!("Составлено по отчётам: {}.", names.join("; "))
}

/// What was written.
#[must_use]
pub fn written(year: i16, activities: u32) -> String {
    format!("Сводка за {year}\u{a0}год, {}", RECORD.count(u64::from(activities)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_made_of_is_said_in_words() {
        let quarter = |text: &str| text.parse::<Quarter>().unwrap();
        assert_eq!(
            source(&[(quarter("2020-Q1"), 1), (quarter("2020-Q2"), 2)]),
            "Составлено по отчётам: I квартал 2020 года, редакция\u{a0}1; II квартал 2020 года, редакция\u{a0}2."
        );
        assert_eq!(missing(&[quarter("2020-Q4")]), "Не закрыты и поэтому не учтены: IV квартал 2020 года.");
    }
}
