//! Writes a value in its canonical form.

use serde_json::Value;

use super::{DEPTH_MAX, INTEGER_MAX, is_plain, short_escape};
use crate::entry::UnfitEntry;

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
            write_object(out, members.iter(), depth)?;
        }
    }
    Ok(())
}

/// The members of an object, in whatever order they come: a crate elsewhere may switch `serde_json` to that of insertion.
fn write_object<'a>(
    out: &mut Vec<u8>,
    members: impl Iterator<Item = (&'a String, &'a Value)> + Clone,
    depth: usize,
) -> Result<(), UnfitEntry> {
    if members.clone().is_sorted_by_key(|(key, _)| key) {
        return write_members(out, members, depth);
    }
    let mut members: Vec<_> = members.collect();
    members.sort_unstable_by_key(|(key, _)| *key);
    write_members(out, members, depth)
}

fn write_members<'a>(
    out: &mut Vec<u8>,
    members: impl IntoIterator<Item = (&'a String, &'a Value)>,
    depth: usize,
) -> Result<(), UnfitEntry> {
    out.push(b'{');
    for (index, (key, member)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_key(out, key)?;
        write_value(out, member, depth)?;
    }
    out.push(b'}');
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_written_in_the_order_of_their_names_however_they_come() {
        let (names, values) = (["b", "a", "c"].map(str::to_owned), [json!(1), json!(2), json!(3)]);
        for order in [[0, 1, 2], [1, 0, 2], [2, 0, 1]] {
            let mut out = vec![];
            write_object(&mut out, order.iter().map(|place| (&names[*place], &values[*place])), 0).unwrap();
            assert_eq!(out, br#"{"a":2,"b":1,"c":3}"#);
        }
    }
}
