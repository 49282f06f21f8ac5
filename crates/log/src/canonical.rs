//! Canonical JSON: one value, one sequence of bytes (RFC 8785, strict profile).
//!
//! The profile leaves out everything on which two languages could disagree: numbers are integers within ±(2^53−1),
//! keys are plain ASCII (so the order of bytes is the order of RFC 8785), nesting ends at [`DEPTH_MAX`]. What is
//! hashed is what is stored; the [`check`] of a million entries therefore reads bytes once and builds nothing.

use serde_json::Value;

use crate::entry::UnfitEntry;

/// Deepest nesting of arrays and objects: far below the 128 at which common parsers give up.
pub const DEPTH_MAX: usize = 64;

/// Largest absolute value of a number, 2^53−1: beyond it JavaScript and jq round.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Bytes that are not the canonical form of any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical JSON at byte {at}")]
pub struct NotCanonical {
    /// Offset of the first byte that no canonical form has there.
    pub at: usize,
}

/// The canonical bytes of a value.
pub fn to_bytes(value: &Value) -> Result<Vec<u8>, UnfitEntry> {
    let mut out = Vec::new();
    write_value(&mut out, value, 0)?;
    Ok(out)
}

/// Appends the canonical form of a value that stands at `depth` inside others.
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), UnfitEntry> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            let depth = deeper(depth)?;
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, item, depth)?;
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let depth = deeper(depth)?;
            // Sorted here, because a crate elsewhere may switch serde_json to the order of insertion.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_key(out, key)?;
                write_value(out, member, depth)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn deeper(depth: usize) -> Result<usize, UnfitEntry> {
    if depth < DEPTH_MAX { Ok(depth + 1) } else { Err(UnfitEntry::TooDeep) }
}

fn write_number(out: &mut Vec<u8>, number: &serde_json::Number) -> Result<(), UnfitEntry> {
    let integer = number.as_i64().filter(|integer| integer.unsigned_abs() <= INTEGER_MAX);
    let integer = integer.ok_or(UnfitEntry::InexactNumber)?;
    out.extend_from_slice(integer.to_string().as_bytes());
    Ok(())
}

fn write_key(out: &mut Vec<u8>, key: &str) -> Result<(), UnfitEntry> {
    if !key.bytes().all(is_plain) {
        return Err(UnfitEntry::KeyNotAscii);
    }
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    Ok(())
}

/// Printable ASCII that needs no escape: with keys of only such bytes, encoded order is decoded order.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\'
}

/// Appends a string with its quotes: the short escapes of RFC 8785 §3.2.2.2, `\u00xx` for other control characters,
/// everything else as it is.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[plain_from..at]);
        plain_from = at + 1;
        match short_escape(byte) {
            Some(letter) => out.extend_from_slice(&[b'\\', letter]),
            None => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain_from..]);
    out.push(b'"');
}

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

/// Whether the bytes are exactly what [`to_bytes`] writes for some value.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    std::str::from_utf8(bytes).map_err(|error| NotCanonical { at: error.valid_up_to() })?;
    let mut checker = Checker { bytes, at: 0 };
    checker.value(0)?;
    if checker.at == bytes.len() { Ok(()) } else { Err(checker.refusal()) }
}

/// Reads canonical JSON without building it.
struct Checker<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Checker<'a> {
    fn refusal(&self) -> NotCanonical {
        NotCanonical { at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    fn expect(&mut self, literal: &[u8]) -> Result<(), NotCanonical> {
        if !self.bytes[self.at..].starts_with(literal) {
            return Err(self.refusal());
        }
        self.at += literal.len();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(b'{') if depth < DEPTH_MAX => self.object(depth + 1),
            Some(b'[') if depth < DEPTH_MAX => self.array(depth + 1),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.expect(b"true"),
            Some(b'f') => self.expect(b"false"),
            Some(b'n') => self.expect(b"null"),
            _ => Err(self.refusal()),
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), NotCanonical> {
        self.expect(b"[")?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if !self.take(b',') {
                return self.expect(b"]");
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), NotCanonical> {
        self.expect(b"{")?;
        if self.take(b'}') {
            return Ok(());
        }
        let mut previous: Option<&[u8]> = None;
        loop {
            let start = self.at;
            let key = self.key()?;
            if previous.is_some_and(|previous| previous >= key) {
                return Err(NotCanonical { at: start });
            }
            previous = Some(key);
            self.value(depth)?;
            if !self.take(b',') {
                return self.expect(b"}");
            }
        }
    }

    fn key(&mut self) -> Result<&'a [u8], NotCanonical> {
        self.expect(b"\"")?;
        let start = self.at;
        while self.peek().is_some_and(is_plain) {
            self.at += 1;
        }
        let key = &self.bytes[start..self.at];
        self.expect(b"\":")?;
        Ok(key)
    }

    fn string(&mut self) -> Result<(), NotCanonical> {
        self.expect(b"\"")?;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0x20..) => self.at += 1,
                Some(_) | None => return Err(self.refusal()),
            }
        }
    }

    fn escape(&mut self) -> Result<(), NotCanonical> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'b' | b't' | b'n' | b'f' | b'r') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => self.control_escape(),
            _ => Err(self.refusal()),
        }
    }

    /// `\u00xx` for a control character that has no short escape, in lowercase.
    fn control_escape(&mut self) -> Result<(), NotCanonical> {
        let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or(self.refusal())?;
        let control = match digits {
            [b'0', b'0', high @ (b'0' | b'1'), low @ (b'0'..=b'9')] => (high - b'0') << 4 | (low - b'0'),
            [b'0', b'0', high @ (b'0' | b'1'), low @ (b'a'..=b'f')] => (high - b'0') << 4 | (low - b'a' + 10),
            _ => return Err(self.refusal()),
        };
        if short_escape(control).is_some() {
            return Err(self.refusal());
        }
        self.at += 6;
        Ok(())
    }

    fn number(&mut self) -> Result<(), NotCanonical> {
        let start = self.at;
        let negative = self.take(b'-');
        let first = self.at;
        let mut value: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            // Sixteen digits hold 2^53−1; a longer number is refused before it can overflow.
            if self.at - first == 16 {
                return Err(NotCanonical { at: start });
            }
            value = value * 10 + u64::from(digit - b'0');
            self.at += 1;
        }
        let leading_zero = self.bytes.get(first) == Some(&b'0') && (self.at - first > 1 || negative);
        if self.at == first || leading_zero || value > INTEGER_MAX {
            return Err(NotCanonical { at: start });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn canonical(value: &Value, expected: &str) {
        assert_eq!(String::from_utf8(to_bytes(value).unwrap()).unwrap(), expected);
        assert_eq!(check(expected.as_bytes()), Ok(()));
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
