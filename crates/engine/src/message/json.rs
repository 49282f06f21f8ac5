//! Strict JSON: UTF-8, no key twice in an object, no deep nesting (RFC 8259 leaves repeated keys to each reader, and
//! two readers that choose differently have signed different things).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use svod_domain::refusal::JsonFault;

use super::MESSAGE_DEPTH_MAX;

/// Marks of our own faults in serde's error text, which is the only channel it has.
const REPEATED: &str = "repeated key ";
const DEEP: &str = "nested too deep";

/// Reads one JSON text.
pub(super) fn parse(body: &[u8]) -> Result<Value, JsonFault> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| fault(&error))
}

fn fault(error: &serde_json::Error) -> JsonFault {
    let text = error.to_string();
    if let Some(rest) = text.strip_prefix(REPEATED) {
        let end = rest.rfind(" at line ").unwrap_or(rest.len());
        return JsonFault::RepeatedKey { key: rest[..end].to_owned() };
    }
    if text.starts_with(DEEP) {
        return JsonFault::TooDeep { depth_max: MESSAGE_DEPTH_MAX };
    }
    JsonFault::Syntax { line: error.line(), column: error.column() }
}

struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == MESSAGE_DEPTH_MAX {
            Err(E::custom(DEEP))
        } else {
            Ok(Self { depth: self.depth + 1 })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = vec![];
        while let Some(item) = access.next_element_seed(self.deeper()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.deeper()?)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("{REPEATED}{key}")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
