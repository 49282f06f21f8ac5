//! stub
/// stub
pub fn asyncapi() -> serde_json::Value {
    serde_json::Value::Null
}
