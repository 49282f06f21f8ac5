//! The words about an address that names something in a wrong way.

use crate::fields::echo;
use crate::reasons::Words;

/// What stands where a quarter should.
#[must_use]
pub fn not_a_quarter(given: &str) -> Words {
    let action = "Укажите год и номер квартала от 1 до 4, например 2020-Q2.";
    Words::new(format!("«{}» — не квартал.", echo(given)), action)
}

/// What stands where the id of a record should.
#[must_use]
pub fn not_a_submission(given: &str) -> Words {
    let action = "Укажите идентификатор записи (submission_id), как он стоит в её квитанции.";
    Words::new(format!("«{}» — не идентификатор записи.", echo(given)), action)
}
