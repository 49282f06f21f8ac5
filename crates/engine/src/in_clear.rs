//! Where the log writes a name in clear: in a text, or in what names a group. What is sealed can be destroyed; this cannot, so
//! whoever erases a person has to know of it.

use std::sync::Arc;

use svod_log::{Position, made_of_rows};
use svod_seal::normalised;

use crate::{Engine, EngineError};

/// Entries of a page: memory stays flat however long the log.
const PAGE: u32 = 1_000;

/// Most places that are named; beyond them only how many there are is told.
const PLACES_MAX: usize = 20;

/// The places where a name is written in clear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InClear {
    /// How many entries write it.
    pub entries: u64,
    /// The first of them.
    pub first: Vec<Position>,
}

impl Engine {
    /// Looks for a name in all that the log writes in clear, by the rule that tells persons apart. What is longer than the name counts:
    /// «П. С. Орлову» is found by «П.С. Орлов», «Орлова П.С.» is not.
    pub async fn written_in_clear(&self, name: &str) -> Result<InClear, EngineError> {
        let (store, mut found) = (self.store(), InClear::default());
        let name: Arc<str> = bare(name).into();
        if name.is_empty() {
            return Ok(found);
        }
        let (head, mut after) = (store.head().await?.position, Position::START);
        while after < head {
            let sought = Arc::clone(&name);
            let looked = made_of_rows(store.as_ref(), after, PAGE, move |row| {
                (row.position, bare(&String::from_utf8_lossy(row.bytes)).contains(&*sought))
            });
            let looked = looked.await?;
            let Some((last, _)) = looked.last() else { break };
            after = *last;
            for (position, _) in looked.into_iter().filter(|(_, writes_it)| *writes_it) {
                found.entries += 1;
                if found.first.len() < PLACES_MAX {
                    found.first.push(position);
                }
            }
        }
        Ok(found)
    }
}

/// A text as names are compared, without its spaces and ends of lines (in JSON `\n`): «П. С.» is «П.С.» to a reader.
fn bare(text: &str) -> String {
    normalised(&text.replace("\\n", " ")).replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_name_is_found_however_its_spaces_and_letters_are_written() {
        let name = bare("П.С. Орёл");
        for (text, writes_it) in [
            (r#"{"group":"начальник отдела П.\u00a0С. ОРЕЛ"}"#.replace("\\u00a0", "\u{a0}"), true),
            (r#"{"content":"встреча\nП.С.\nОрёлу"}"#.to_owned(), true),
            (r#"{"content":"С.П. Орёл"}"#.to_owned(), false),
        ] {
            assert_eq!(bare(&text).contains(&name), writes_it, "{text}");
        }
    }
}
