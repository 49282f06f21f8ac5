//! The words for a character that no document can print: which it is, where it stands, what to write instead.

use svod_domain::ReasonCode;
use svod_domain::guard::{Unprintable, is_private};

use crate::fields::field_in_column;
use crate::plurals::Noun;
use crate::reasons::{Words, action};

/// Characters, in the forms that go with «ещё».
const MORE: Noun =
    Noun { one: "такой знак", few: "таких знака", many: "таких знаков" };

/// What is wrong, field by field, and what to do.
pub(crate) fn unprintable_texts(
    pointer: &str,
    fault: Unprintable,
    others: &[(String, Unprintable)],
) -> Words {
    let say = |pointer: &str, fault| format!("Поле {}, {}.", field_in_column(pointer), unprintable(fault));
    let mut detail = say(pointer, fault);
    for (pointer, fault) in others {
        detail = format!("{detail} {}", say(pointer, *fault));
    }
    Words::new(detail, action(ReasonCode::UnprintableText))
}

/// «знак 17: U+1200 «ሀ» — такого знака нет ни в одном шрифте документа»
pub(crate) fn unprintable(Unprintable { character, at, more }: Unprintable) -> String {
    let code = format!("U+{:04X}", u32::from(character));
    let which = if is_seen(character) { format!("{code} «{character}»") } else { code };
    let why = if is_private(character) {
        "это знак особого шрифта (например, Symbol или Wingdings), без него он пуст"
    } else {
        "такого знака нет ни в одном шрифте документа"
    };
    let further = if more == 0 {
        String::new()
    } else {
        format!("; в поле есть ещё {}", MORE.count(more as u64))
    };
    format!("знак {at}: {which} — {why}{further}")
}

/// Whether the character shows by itself, as far as the language's own tables know it: no mark, no blank, no gap of Unicode.
fn is_seen(character: char) -> bool {
    character.escape_debug().eq([character])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(character: char, more: usize, expected: &str) {
        assert_eq!(unprintable(Unprintable { character, at: 17, more }), expected);
    }

    #[test]
    fn a_character_is_named_by_its_code_and_by_itself_where_it_shows() {
        let no_font = "такого знака нет ни в одном шрифте документа";
        check('ሀ', 0, &format!("знак 17: U+1200 «ሀ» — {no_font}"));
        check('🥰', 1, &format!("знак 17: U+1F970 «🥰» — {no_font}; в поле есть ещё 1 такой знак"));
        check('\u{16af0}', 2, &format!("знак 17: U+16AF0 — {no_font}; в поле есть ещё 2 таких знака"));
        check('\u{378}', 0, &format!("знак 17: U+0378 — {no_font}"));
        check(
            '\u{f0b7}',
            5,
            "знак 17: U+F0B7 — это знак особого шрифта (например, Symbol или Wingdings), без него он пуст; \
             в поле есть ещё 5 таких знаков",
        );
    }

    #[test]
    fn every_text_is_named_with_its_field_and_column() {
        let fault = |character| Unprintable { character, at: 3, more: 0 };
        let others = [("/data/note".to_owned(), fault('ሁ'))];
        let words = unprintable_texts("/data/activity/title", fault('ሀ'), &others);
        assert_eq!(
            words.detail,
            "Поле «Наименование мероприятия» (графа 2), знак 3: U+1200 «ሀ» — такого знака нет ни в одном шрифте документа. \
             Поле «Пояснение», знак 3: U+1201 «ሁ» — такого знака нет ни в одном шрифте документа."
        );
    }
}
