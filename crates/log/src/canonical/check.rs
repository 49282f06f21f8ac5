//! Tells whether bytes are in the canonical form, reading each once and building nothing.

use std::ops::Range;

use super::{DEPTH_MAX, INTEGER_MAX, plain, short_escape};
use crate::utf8;

/// Bytes that are not the canonical form of any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not canonical JSON at byte {at}")]
pub struct NotCanonical {
    /// Offset of the first byte that no canonical form has there.
    pub at: usize,
}

/// Whether the bytes are exactly what `to_bytes` writes for some value.
pub fn check(bytes: &[u8]) -> Result<(), NotCanonical> {
    utf8::text(bytes).map_err(|at| NotCanonical { at })?;
    let mut checker = Checker { bytes, at: 0 };
    checker.value(0)?;
    if checker.at == bytes.len() { Ok(()) } else { Err(checker.refusal()) }
}

/// Shows the members of an object in canonical form, in order: keys, and values as they are written. Their form is checked
/// like that of [`check`]; what was shown before a fault was found is nothing to go by.
pub fn members<'a>(text: &'a str, mut show: impl FnMut(&'a str, &'a str)) -> Result<(), NotCanonical> {
    let mut checker = Checker { bytes: text.as_bytes(), at: 0 };
    checker.object(1, |key, value| show(&text[key], &text[value]))?;
    if checker.at == text.len() { Ok(()) } else { Err(checker.refusal()) }
}

/// The same, and of the object that the member `inner` is, its members in its place: `true` says that one is of those.
#[cfg(feature = "store")]
pub(crate) fn members_within<'a>(
    text: &'a str,
    inner: &str,
    mut show: impl FnMut(bool, &'a str, &'a str),
) -> Result<(), NotCanonical> {
    let mut checker = Checker { bytes: text.as_bytes(), at: 0 };
    let is_inner = |key: &[u8]| key == inner.as_bytes();
    checker.object_within(1, is_inner, |is_inner, key, value| show(is_inner, &text[key], &text[value]))?;
    if checker.at == text.len() { Ok(()) } else { Err(checker.refusal()) }
}

/// Whether a key may stand before another. Mostly their first bytes tell already.
fn is_before(one: &[u8], other: &[u8]) -> bool {
    match (one.first(), other.first()) {
        (Some(one), Some(other)) if one != other => one < other,
        _alike => one < other,
    }
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

    /// Its length is known where it is written, so that it is compared as one number.
    fn expect<const N: usize>(&mut self, literal: &[u8; N]) -> Result<(), NotCanonical> {
        if self.bytes[self.at..].first_chunk() != Some(literal) {
            return Err(self.refusal());
        }
        self.at += N;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), NotCanonical> {
        match self.peek() {
            Some(b'{') if depth < DEPTH_MAX => self.object(depth + 1, |_key, _value| ()),
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

    fn object(
        &mut self,
        depth: usize,
        mut found: impl FnMut(Range<usize>, Range<usize>),
    ) -> Result<(), NotCanonical> {
        self.object_of(|checker, _name| checker.value(depth), &mut found)
    }

    /// An object and, where a member of it is one that `is_inner`, the members of that.
    #[cfg(feature = "store")]
    fn object_within(
        &mut self,
        depth: usize,
        is_inner: impl Fn(&[u8]) -> bool,
        found: impl FnMut(bool, Range<usize>, Range<usize>),
    ) -> Result<(), NotCanonical> {
        let found = std::cell::RefCell::new(found);
        let value = |checker: &mut Self, key: &[u8]| {
            if !is_inner(key) || checker.peek() != Some(b'{') {
                return checker.value(depth);
            }
            checker.object(depth + 1, |name, value| (found.borrow_mut())(true, name, value))
        };
        self.object_of(value, &mut |name, value| (found.borrow_mut())(false, name, value))
    }

    fn object_of(
        &mut self,
        read: impl Fn(&mut Self, &[u8]) -> Result<(), NotCanonical>,
        found: &mut impl FnMut(Range<usize>, Range<usize>),
    ) -> Result<(), NotCanonical> {
        self.expect(b"{")?;
        if self.take(b'}') {
            return Ok(());
        }
        let mut previous: Option<&[u8]> = None;
        loop {
            let start = self.at;
            let key = self.key()?;
            if previous.is_some_and(|previous| !is_before(previous, key)) {
                return Err(NotCanonical { at: start });
            }
            previous = Some(key);
            let (name, value) = (start + 1..start + 1 + key.len(), self.at);
            read(self, key)?;
            found(name, value..self.at);
            if !self.take(b',') {
                return self.expect(b"}");
            }
        }
    }

    fn key(&mut self) -> Result<&'a [u8], NotCanonical> {
        self.expect(b"\"")?;
        let start = self.at;
        self.at += plain::of_key(&self.bytes[start..]);
        let key = &self.bytes[start..self.at];
        self.expect(b"\":")?;
        Ok(key)
    }

    fn string(&mut self) -> Result<(), NotCanonical> {
        self.expect(b"\"")?;
        loop {
            self.at += plain::of_string(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
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
