//! The words that a person reads: reasons with advice, warnings, states, dates, plurals; and the dates that a person
//! wrote, read. Russian. Only this crate and the templates hold Russian words.

pub mod addresses;
#[cfg(test)]
mod check;
pub mod countries;
pub mod dates;
pub mod dates_read;
mod dates_words;
pub mod demo;
pub mod document;
pub mod erasure;
pub mod fields;
pub mod files;
pub mod plurals;
pub mod quarter;
mod quotes;
pub mod reading;
pub mod reasons;
mod refusals;
pub mod revision;
mod schema_faults;
pub mod states;
pub mod template;
pub mod terminal;
pub mod typography;
mod unprintable;
mod warnings;
pub mod workbook;
pub mod yearly;

pub use dates_read::read_dates;
pub use reasons::{Words, reason, title};
pub use refusals::refusal;
pub use warnings::warning;
