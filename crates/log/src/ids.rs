//! Where things stand: positions in the log, versions in a stream, names of streams, hashes.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "store")]
use serde::{Deserialize, Serialize};

/// Place in the log, counted from 1 without gaps. `Position::START` (0) stands before the first entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "store", derive(Serialize, Deserialize), serde(transparent))]
pub struct Position(pub u64);

impl Position {
    /// Before the first entry.
    pub const START: Self = Self(0);

    /// The next place.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Place in a stream, counted from 1. `Version::NONE` (0) is the version of a stream that holds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "store", derive(Serialize, Deserialize), serde(transparent))]
pub struct Version(pub u64);

impl Version {
    /// Of a stream that holds nothing yet.
    pub const NONE: Self = Self(0);

    /// The next place.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Longest name of a stream, in bytes: it is an index key in both databases.
pub const STREAM_NAME_BYTES_MAX: usize = 120;

/// The name of a stream, such as `quarter-2020-Q2`: ASCII letters, digits and hyphens. Cheap to clone: a batch names each
/// of its streams many times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "store", derive(Serialize), serde(transparent))]
pub struct StreamId(Arc<str>);

/// A name that cannot be a stream's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is not the name of a stream: 1 to {STREAM_NAME_BYTES_MAX} ASCII letters, digits and hyphens"
)]
pub struct InvalidStreamId {
    /// What was given.
    pub name: String,
}

impl StreamId {
    /// Checks the alphabet and the length.
    pub fn try_new(name: impl Into<String>) -> Result<Self, InvalidStreamId> {
        let name = name.into();
        if Self::is_name(&name) { Ok(Self(name.into())) } else { Err(InvalidStreamId { name }) }
    }

    /// Whether a stream may bear this name.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        (1..=STREAM_NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }

    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Sorted names can be searched by text.
impl std::borrow::Borrow<str> for StreamId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "store")]
impl<'de> Deserialize<'de> for StreamId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A SHA-256 value; in text 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of the bytes, with nothing before them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// From 64 hexadecimal digits in the one form that entries write them in: lowercase. Every entry of a log is asked for one, so
    /// each digit is looked up and none is compared.
    #[must_use]
    pub(crate) fn from_written(text: &str) -> Option<Self> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
        let mut said = 0;
        let bytes = pairs.map(|pair| {
            let [high, low] = pair.map(|digit| LOWERCASE[usize::from(digit)]);
            said |= high | low;
            high << 4 | low & 0xf
        });
        (said < 0x10).then_some(Self(bytes))
    }
}

/// What each lowercase hexadecimal digit is; of what is none, more than any.
const LOWERCASE: [u8; 256] = {
    let mut values = [0xff; 256];
    let digits = b"0123456789abcdef";
    let mut value: u8 = 0;
    while (value as usize) < digits.len() {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values
};

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "store")]
impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "store")]
impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}
