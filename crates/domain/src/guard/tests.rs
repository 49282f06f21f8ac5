//! What the guard does to texts, by tables and by laws.

use proptest::prelude::*;

use super::text::guard;
use super::*;
use crate::activity::samples::activity;
use crate::command::{Correct, Submit};
use crate::{SubmissionId, Version};

/// A text and what is kept of it, where lines are allowed (`|` stands for a line break there) and where they are not.
#[track_caller]
fn check(sent: &str, in_lines: &str, in_one_line: &str) {
    for (lines, kept) in [(true, in_lines.replace('|', "\n")), (false, in_one_line.to_owned())] {
        let mut text = sent.to_owned();
        let told = guard(&mut text, lines);
        assert_eq!(
            (text, told.map(|out| out.is_some())),
            (kept.clone(), Ok(is_told(sent, &kept))),
            "{lines}"
        );
    }
}

/// Whether what became of a text is more than composition.
fn is_told(sent: &str, kept: &str) -> bool {
    composed(sent) != kept
}

#[test]
fn control_characters_go_and_what_ends_a_line_ends_it() {
    check("Обсудили обмен", "Обсудили обмен", "Обсудили обмен");
    check("а\tб\u{a0}в", "а\tб\u{a0}в", "а\tб\u{a0}в");
    check("\u{0}а\u{7}б\u{1b}в\u{7f}\u{9b}г", "абвг", "абвг");
    check("\u{feff}а\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}\u{10ffff}б", "аб", "аб");
    check("один\u{b}два\u{c}три\u{85}четыре", "один|два|три|четыре", "один два три четыре");
    check("один\u{2028}два\u{2029}три", "один|два|три", "один два три");
    check("один\nдва", "один|два", "один два");
}

#[test]
fn a_line_break_as_windows_writes_it_stays_where_lines_are_allowed() {
    let mut text = "один\r\nдва".to_owned();
    assert_eq!((guard(&mut text, true), text.as_str()), (Ok(None), "один\r\nдва"));
}

#[test]
fn letters_and_their_marks_are_composed_without_a_word() {
    check("и\u{306}од \u{415}\u{308}лка", "йод Ёлка", "йод Ёлка");
    check("e\u{7}\u{301}", "é", "é");
    check("\u{212b} \u{2126}", "Å Ω", "Å Ω");
    check("\u{958}", "\u{915}\u{93c}", "\u{915}\u{93c}");
}

#[test]
fn what_joins_letters_or_turns_them_is_carried_as_it_is() {
    for text in [
        "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}",
        "می\u{200c}خواهم",
        "\u{200e}а\u{200f}\u{202a}б\u{202c}\u{2066}в\u{2069}",
        "한\u{3164}글 \u{17b4}\u{1d173}\u{e0001}а",
        "пере\u{ad}нос\u{200b}без\u{2060}ширины",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
        "\u{fffd}",
    ] {
        check(text, text, text);
    }
}

/// A text that cannot be printed: which character, where, and how many more.
#[track_caller]
fn refused(sent: &str, character: char, at: usize, more: usize) {
    for lines in [true, false] {
        let mut text = sent.to_owned();
        assert_eq!(guard(&mut text, lines), Err(Unprintable { character, at, more }), "{lines}");
        assert_eq!(text, sent, "what is refused is not touched");
    }
}

#[test]
fn a_character_without_a_font_is_refused_with_its_place_in_the_text_that_was_sent() {
    refused("\u{f0b7}", '\u{f0b7}', 1, 0);
    refused("Обмен \u{1200}\u{1201}", '\u{1200}', 7, 1);
    refused("\u{f0000}", '\u{f0000}', 1, 0);
    refused("\u{10fffd}", '\u{10fffd}', 1, 0);
    // Unassigned: in a block that fonts have, and far from any.
    refused("\u{378}", '\u{378}', 1, 0);
    refused("\u{ebbb0}", '\u{ebbb0}', 1, 0);
    // What was taken out, replaced or composed before it counts as it was sent.
    refused("\u{7}\u{7}\u{b}\u{1200}", '\u{1200}', 4, 0);
    refused("и\u{306}и\u{306}\u{1200}", '\u{1200}', 5, 0);
    refused("\u{958}\u{958}\u{1200}", '\u{1200}', 3, 0);
    // A combining sequence, character by character: the letter is printable, the mark is not.
    refused("а\u{1abf}", '\u{1abf}', 2, 0);
}

#[test]
fn what_is_left_as_it_is_without_a_look_is_printable_and_composed() {
    // Letters beyond these are looked up one by one.
    for letter in ('\u{20}'..'\u{500}').filter(|letter| letter.is_alphanumeric()) {
        let mut text = letter.to_string();
        let is_taken = guard(&mut text, false).is_ok();
        let is_sound = text.chars().all(has) && unicode_normalization::is_nfc(&text);
        assert!(is_sound || !is_taken, "U+{:04X} is let through", u32::from(letter));
    }
}

fn filed(activity: crate::Activity) -> Command {
    Command::Submit(Submit {
        submission_id: SubmissionId(uuid::Uuid::nil()),
        municipality: "66605000".parse().unwrap(),
        quarter: "2020-Q2".parse().unwrap(),
        activity,
    })
}

fn with_person(name: &str, position: &str) -> crate::Activity {
    let person = Participant::Person { name: name.into(), position: position.into() };
    crate::Activity { participants: vec![person], ..activity() }
}

fn removed(pointer: &str, removed: usize, replaced: usize, at: usize) -> Warning {
    Warning::ControlCharactersRemoved { pointer: pointer.into(), removed, replaced, at }
}

#[test]
fn an_order_is_put_in_order_and_each_text_told_of_by_its_place() {
    let sent = crate::Activity {
        title: "Вст\u{7}реча\nпобратимов".into(),
        content: "Обсудили\u{b}обмен".into(),
        agreements: Some("и\u{306}".into()),
        ..with_person("И.И. Иванов\u{0}", "глава")
    };
    let guarded = Guarded::try_new(Command::Correct(Correct {
        submission_id: SubmissionId(uuid::Uuid::nil()),
        version: Version(1),
        activity: sent,
        note: Some("\u{feff}Дополнено".into()),
    }))
    .unwrap();
    let told = [
        removed("/data/activity/title", 1, 1, 4),
        removed("/data/activity/content", 0, 1, 9),
        removed("/data/activity/participants/0/name", 1, 0, 12),
        removed("/data/note", 1, 0, 1),
    ];
    assert_eq!(guarded.warnings(), told);
    let Command::Correct(Correct { activity, note, .. }) = guarded.command() else { panic!("another order") };
    assert_eq!(
        (activity.title.as_str(), activity.content.as_str()),
        ("Встреча побратимов", "Обсудили\nобмен")
    );
    assert_eq!((activity.agreements.as_deref(), note.as_deref()), (Some("й"), Some("Дополнено")));
    assert_eq!(activity.participants, with_person("И.И. Иванов", "глава").participants);
    assert!(may_have_said(guarded.command(), guarded.warnings()));
}

#[test]
fn every_text_that_cannot_be_printed_is_told_at_once() {
    let sent =
        crate::Activity { title: "\u{1200}".into(), ..with_person("Иванов", "глава \u{e000}") };
    let Err(Refusal::UnprintableText { pointer, fault, others }) = Guarded::try_new(filed(sent)) else {
        panic!("taken")
    };
    assert_eq!((pointer.as_str(), fault.character, fault.at), ("/data/activity/title", '\u{1200}', 1));
    let [(pointer, fault)] = &others[..] else { panic!("{others:?}") };
    assert_eq!((pointer.as_str(), fault.at), ("/data/activity/participants/0/position", 7));
}

#[test]
fn a_needed_text_of_which_nothing_is_left_is_refused_as_an_empty_one() {
    let sent = crate::Activity { title: "\u{0}\u{1}".into(), ..activity() };
    let fault = SchemaFault::TooShort { min: 1 };
    let pointer = "/data/activity/title".into();
    assert_eq!(Guarded::try_new(filed(sent)), Err(Refusal::Schema { pointer, fault, others: vec![] }));
    let sent = crate::Activity { place: Some("\u{0}".into()), ..activity() };
    assert_eq!(Guarded::try_new(filed(sent)).unwrap().warnings(), [removed("/data/activity/place", 1, 0, 1)]);
}

#[test]
fn the_guard_says_nothing_of_what_an_order_does_not_have() {
    let sealed = Participant::Sealed { digests: vec![], person: uuid::Uuid::nil() };
    let order = filed(crate::Activity { participants: vec![sealed], ..activity() });
    for (warnings, expected) in [
        (vec![], true),
        (vec![removed("/data/activity/participants/0/position", 1, 0, 3)], true),
        (vec![removed("/data/activity/title", 1, 0, 1), removed("/data/activity/content", 0, 1, 1)], true),
        (vec![removed("/data/activity/content", 0, 1, 1), removed("/data/activity/title", 1, 0, 1)], false),
        (vec![removed("/data/activity/title", 1, 0, 1), removed("/data/activity/title", 1, 0, 1)], false),
        (vec![removed("/data/activity/title", 0, 0, 1)], false),
        (vec![removed("/data/activity/title", 1, 0, 0)], false),
        (vec![removed("/data/activity/agreements", 1, 0, 1)], false),
        (vec![removed("/data/activity/participants/1/name", 1, 0, 1)], false),
        (vec![Warning::DatesUnreadable], false),
    ] {
        assert_eq!(may_have_said(&order, &warnings), expected, "{warnings:?}");
    }
}

/// Text with everything in it that the guard knows.
fn texts() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        6 => any::<char>(),
        4 => prop::sample::select("абвйёiA .,\u{306}\u{301}\u{308}\u{93c}\u{915}".chars().collect::<Vec<_>>()),
        2 => prop::sample::select("\u{0}\u{7}\u{b}\u{c}\n\r\t\u{85}\u{2028}\u{feff}\u{fffe}".chars().collect::<Vec<_>>()),
        1 => prop::sample::select("\u{200d}\u{200c}\u{fe0f}\u{202e}\u{ad}\u{200b}\u{2066}".chars().collect::<Vec<_>>()),
        1 => Just('\u{e000}'),
    ];
    prop::collection::vec(letter, 0..30).prop_map(|letters| letters.into_iter().collect())
}

/// Only what may be in a log: without the characters that the guard refuses, so that the laws see texts that pass.
fn taken(text: &str) -> String {
    text.chars().filter(|letter| unprintable(&letter.to_string()).is_none()).collect()
}

proptest! {
    #[test]
    fn guarded_twice_is_guarded_once(text in texts(), lines: bool) {
        let mut once = taken(&text);
        if guard(&mut once, lines).is_ok() {
            let mut twice = once.clone();
            prop_assert_eq!(guard(&mut twice, lines), Ok(None));
            prop_assert_eq!(twice, once);
        }
    }

    #[test]
    fn what_is_let_through_is_composed_and_printable(text in texts(), lines: bool) {
        let mut kept = taken(&text);
        if guard(&mut kept, lines).is_ok() {
            prop_assert!(unicode_normalization::is_nfc(&kept));
            for letter in kept.chars() {
                let is_blank = letter == '\t' || (lines && matches!(letter, '\n' | '\r'));
                let is_mark = ["\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{3164}\u{ffa0}", "\u{180b}\u{180c}\u{180d}\u{180e}\u{180f}"].concat().contains(letter)
                    || matches!(u32::from(letter), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfe00..=0xfe0f)
                    || matches!(u32::from(letter), 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff);
                prop_assert!(is_blank || is_mark || has(letter), "{letter:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_out_is_told_and_what_is_told_was_taken_out(text in texts(), lines: bool) {
        let sent = taken(&text);
        let mut kept = sent.clone();
        if let Ok(told) = guard(&mut kept, lines) {
            let is_lost = |letter: &char| is_taken_out(*letter) || (!lines && matches!(letter, '\n' | '\r'));
            let lost = sent.chars().filter(is_lost).count();
            prop_assert_eq!(told.map_or(0, |out| out.removed + out.replaced), lost);
            let first = sent.chars().position(|letter| is_lost(&letter)).map(|place| place + 1);
            prop_assert_eq!(told.map(|out| out.at), first);
        }
    }

    #[test]
    fn a_refused_text_has_the_character_or_what_it_comes_apart_into_at_that_place(text in texts(), lines: bool) {
        let mut kept = text.clone();
        if let Err(Unprintable { character, at, .. }) = guard(&mut kept, lines) {
            prop_assert!(!has(character));
            // Nothing before that place is refused by itself.
            let before: String = text.chars().take(at - 1).collect();
            let alone = unprintable(&before);
            prop_assert!(alone.is_none_or(|earlier| unicode_normalization::char::is_combining_mark(earlier.character)), "{alone:?}");
        }
    }
}

/// Whether the file of characters has it, looked up the long way.
fn has(letter: char) -> bool {
    let code = |text: &str| u32::from_str_radix(text, 16).unwrap();
    PRINTABLE_FILE.lines().filter(|line| !line.starts_with('#')).any(|line| {
        let (first, last) = line.split_once('-').unwrap_or((line, line));
        (code(first)..=code(last)).contains(&u32::from(letter))
    })
}
