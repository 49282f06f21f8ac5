//! Canonical JSON: one value, one sequence of bytes (RFC 8785, strict profile).
//!
//! The profile leaves out everything on which two languages could disagree: numbers are integers within ±(2^53−1),
//! keys are plain ASCII (so the order of bytes is the order of RFC 8785), nesting ends at [`DEPTH_MAX`]. What is
//! hashed is what is stored; the [`check`] of a million entries therefore reads bytes once and builds nothing.

mod check;
mod plain;
#[cfg(feature = "store")]
mod write;

#[cfg(feature = "store")]
pub(crate) use check::members_within;
pub use check::{NotCanonical, check, members};
#[cfg(feature = "store")]
pub use write::to_bytes;
#[cfg(feature = "store")]
pub(crate) use write::{write_string, write_value};

/// Deepest nesting of arrays and objects: far below the 128 at which common parsers give up.
pub const DEPTH_MAX: usize = 64;

/// Largest absolute value of a number, 2^53−1: beyond it JavaScript and jq round.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Printable ASCII that needs no escape: with keys of only such bytes, encoded order is decoded order.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\'
}

/// The letter of the two-character escape that RFC 8785 §3.2.2.2 gives to a byte.
fn short_escape(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\\' => Some(byte),
        0x08 => Some(b'b'),
        b'\t' => Some(b't'),
        b'\n' => Some(b'n'),
        0x0c => Some(b'f'),
        b'\r' => Some(b'r'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::UnfitEntry;

    #[track_caller]
    fn canonical(value: &Value, expected: &str) {
        assert_eq!(String::from_utf8(to_bytes(value).unwrap()).unwrap(), expected);
        assert_eq!(check(expected.as_bytes()), Ok(()));
    }

    #[test]
    fn the_members_of_an_object_are_those_that_are_written() {
        let mut shown = vec![];
        members(r#"{"a":[1,{"b":"}"}],"c":"x,\"y\":1"}"#, |key, value| shown.push((key, value))).unwrap();
        assert_eq!(shown, [("a", r#"[1,{"b":"}"}]"#), ("c", r#""x,\"y\":1""#)]);
        for (text, at) in
            [("[]", 0), (r#"{"a":1} "#, 7), (r#"{"b":1,"a":1}"#, 7), (r#"{"a":01}"#, 5), ("", 0)]
        {
            assert_eq!(super::members(text, |_, _| ()), Err(NotCanonical { at }), "{text}");
        }
    }

    #[test]
    fn what_ends_a_string_is_seen_wherever_it_stands() {
        for before in 0..40 {
            let plain = "я".repeat(before / 2) + &"x".repeat(before % 2);
            for (special, fits) in
                [("\\n", true), ("\n", false), ("\\u001f", true), ("\\", false), ("\"", false)]
            {
                for after in [0, 1, 15, 16, 17, 40] {
                    let text = format!("\"{plain}{special}{}\"", "y".repeat(after));
                    let refused = check(text.as_bytes());
                    assert_eq!(refused.is_ok(), fits, "{text:?}: {refused:?}");
                    if special == "\n" {
                        assert_eq!(refused, Err(NotCanonical { at: plain.len() + 1 }));
                    }
                }
            }
            assert_eq!(check(format!("\"{plain}\"").as_bytes()), Ok(()));
            assert!(check(format!("\"{plain}").as_bytes()).is_err());
        }
    }

    #[test]
    fn values_have_the_form_of_rfc_8785() {
        canonical(&json!(null), "null");
        canonical(&json!([true, false, []]), "[true,false,[]]");
        canonical(&json!({"b": 1, "a": {}, "B": -7}), r#"{"B":-7,"a":{},"b":1}"#);
        canonical(&json!("Ромашка/\u{7f}€"), "\"Ромашка/\u{7f}€\"");
        canonical(&json!("\"\\\u{8}\t\n\u{c}\r\0\u{1f}"), r#""\"\\\b\t\n\f\r\u0000\u001f""#);
        canonical(&json!(9_007_199_254_740_991_i64), "9007199254740991");
        canonical(&json!(-9_007_199_254_740_991_i64), "-9007199254740991");
    }

    #[test]
    fn what_two_languages_read_differently_is_not_written() {
        let mut deep = json!(1);
        for _ in 0..=DEPTH_MAX {
            deep = json!([deep]);
        }
        for (value, unfit) in [
            (json!(1.0), UnfitEntry::InexactNumber),
            (json!(9_007_199_254_740_992_u64), UnfitEntry::InexactNumber),
            (json!(u64::MAX), UnfitEntry::InexactNumber),
            (json!({"имя": 1}), UnfitEntry::KeyNotAscii),
            (json!({"a\"b": 1}), UnfitEntry::KeyNotAscii),
            (deep, UnfitEntry::TooDeep),
        ] {
            assert_eq!(to_bytes(&value), Err(unfit), "{value}");
        }
    }

    #[test]
    fn every_other_form_is_refused_at_its_first_wrong_byte() {
        for (text, at) in [
            ("", 0),
            (" 1", 0),
            ("1 ", 1),
            ("01", 0),
            ("-0", 0),
            ("-", 0),
            ("+1", 0),
            ("1.0", 1),
            ("1e2", 1),
            ("9007199254740992", 0),
            ("99999999999999999999999", 0),
            ("tru", 0),
            ("[1,]", 3),
            ("[1 ,2]", 2),
            ("[1", 2),
            (r#"{"b":1,"a":2}"#, 7),
            (r#"{"a":1,"a":2}"#, 7),
            (r#"{"a" :1}"#, 3),
            (r#"{"a":1,}"#, 7),
            ("{\"й\":1}", 2),
            (r#""\/""#, 1),
            (r#""\u000a""#, 1),
            (r#""\u001F""#, 1),
            (r#""\u0041""#, 1),
            (r#""\u00""#, 1),
            ("\"a\nb\"", 2),
            ("\"a", 2),
        ] {
            assert_eq!(check(text.as_bytes()), Err(NotCanonical { at }), "{text}");
        }
        assert_eq!(check(b"\"\xff\""), Err(NotCanonical { at: 1 }));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let max = i64::try_from(INTEGER_MAX).unwrap();
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-max..=max).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map("[ -!#-\\[\\]-~]{0,5}", inner, 0..6).prop_map(Value::from_iter),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_value(value in any_value()) {
            let bytes = to_bytes(&value).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
            prop_assert_eq!(check(&bytes), Ok(()));
        }

        #[test]
        fn members_within_are_those_of_the_object_and_of_the_one_inside(
            outer in prop::collection::btree_map("[a-z]{0,3}", any_value(), 0..5), inner in any_value(), spoil in any::<bool>(),
        ) {
            let mut object = Value::from_iter(outer);
            object["in"] = inner.clone();
            let written = |value: &Value| String::from_utf8(to_bytes(value).unwrap()).unwrap();
            let mut text = written(&object);
            if spoil {
                text.push(' ');
            }
            let (mut own, mut inside) = (vec![], vec![]);
            let read = members_within(&text, "in", |is_inner, key, value| {
                let shown = (key.to_owned(), value.to_owned());
                if is_inner { inside.push(shown) } else { own.push(shown) }
            });
            prop_assert_eq!(read, if spoil { Err(NotCanonical { at: text.len() - 1 }) } else { Ok(()) });
            let said = |value: &Value| -> Vec<_> {
                let members = value.as_object().into_iter().flatten();
                members.map(|(key, value)| (key.clone(), written(value))).collect::<BTreeMap<_, _>>().into_iter().collect()
            };
            prop_assert_eq!(own, said(&object));
            prop_assert_eq!(inside, said(&inner));
        }

        #[test]
        fn the_check_accepts_exactly_what_is_written(
            value in any_value(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
        ) {
            let mut bytes = to_bytes(&value).unwrap();
            let place = place.index(bytes.len());
            if cut {
                bytes.remove(place);
            } else {
                bytes[place] = byte;
            }
            let written = serde_json::from_slice::<Value>(&bytes).ok().and_then(|value| to_bytes(&value).ok());
            prop_assert_eq!(check(&bytes).is_ok(), written.as_ref() == Some(&bytes));
        }
    }
}
