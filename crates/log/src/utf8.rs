//! Whether bytes are text: asked of every entry that is read.

/// The bytes as text, or how far they are text. Several times faster than the standard library on Cyrillic text.
#[cfg(feature = "store")]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, usize> {
    simdutf8::compat::from_utf8(bytes).map_err(|error| error.valid_up_to())
}

/// The same with the standard library alone: who checks a log that he was handed trusts as few others as he can.
#[cfg(not(feature = "store"))]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, usize> {
    std::str::from_utf8(bytes).map_err(|error| error.valid_up_to())
}
