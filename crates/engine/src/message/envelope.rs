//! The envelope: CloudEvents 1.0, JSON format, structured mode.

use serde_json::Value;
use svod_domain::Refusal;
use svod_log::MessageKey;

/// Longest `id`, in characters: it is an index key in both databases.
const ID_CHARS_MAX: usize = 255;
/// Longest `source`, in characters.
const SOURCE_CHARS_MAX: usize = 500;

/// What a CloudEvents event carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// `type`.
    pub kind: String,
    /// `data`: an object.
    pub data: Value,
}

/// `source` and `id`, if both can be told.
pub(super) fn key(value: &Value) -> Option<MessageKey> {
    let name = |attribute, chars_max| {
        let text = value.get(attribute)?.as_str()?;
        is_name(text, chars_max).then(|| text.to_owned())
    };
    Some(MessageKey { source: name("source", SOURCE_CHARS_MAX)?, id: name("id", ID_CHARS_MAX)? })
}

/// Checks the attributes that CloudEvents 1.0 requires (§ 3.1.1) and takes type and data.
pub fn read_envelope(mut value: Value) -> Result<Envelope, Refusal> {
    let refuse = |attribute: &str| Refusal::NotCloudEvents { attribute: attribute.to_owned() };
    if !value.is_object() {
        return Err(refuse(""));
    }
    let text = |attribute| value.get(attribute).and_then(Value::as_str);
    if text("specversion") != Some("1.0") {
        return Err(refuse("specversion"));
    }
    for (attribute, chars_max) in
        [("id", ID_CHARS_MAX), ("source", SOURCE_CHARS_MAX), ("type", SOURCE_CHARS_MAX)]
    {
        if !text(attribute).is_some_and(|text| is_name(text, chars_max)) {
            return Err(refuse(attribute));
        }
    }
    if let Some(content) = value.get("datacontenttype") {
        let is_json = |content: &str| content.contains("json");
        if !content.as_str().is_some_and(is_json) {
            return Err(refuse("datacontenttype"));
        }
    }
    let kind = text("type").unwrap_or_default().to_owned();
    match value.get_mut("data").map(Value::take) {
        Some(data @ Value::Object(_)) => Ok(Envelope { kind, data }),
        _no_object => Err(refuse("data")),
    }
}

/// Control characters never name anything, and PostgreSQL cannot keep U+0000.
fn is_name(text: &str, chars_max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= chars_max && !text.chars().any(char::is_control)
}
