//! `GET /api/v1/openapi.json`: the OpenAPI 3.1 document, made of the table of routes.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use schemars::{Schema, schema_for};
use serde_json::{Map, Value, json};
use svod_domain::ReasonCode;

use crate::api::Api;
use crate::messages;
use crate::problem::{self, ProblemDetails};
use crate::route::{Access, Content, Method, Route};

/// The name of the security scheme.
const BEARER: &str = "bearer";

/// The name of the response that every operation may give.
const PROBLEM: &str = "Problem";

/// Where types that other types use stand in a schema by itself, and where they stand here.
const LOCAL: &str = "#/$defs/";
const SHARED: &str = "#/components/schemas/";

/// What this page answers.
pub(crate) fn routes() -> Vec<Route> {
    let summary = "This document.";
    let get = Route::get("/api/v1/openapi.json", "openapi", summary, openapi);
    vec![get.public().gives("application/json", schemars::json_schema!({ "type": "object" }))]
}

async fn openapi(State(api): State<Api>) -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], api.openapi).into_response()
}

/// The OpenAPI document of the whole API, as it is kept in the repository.
#[must_use]
pub fn openapi_document() -> Value {
    document(&crate::api::routes())
}

/// The document of these routes.
pub(crate) fn document(routes: &[Route]) -> Value {
    let mut types = Types::default();
    let mut paths = Map::new();
    for route in routes {
        let method = match route.method {
            Method::Get => "get",
            Method::Post => "post",
        };
        let operation = operation(route, &mut types);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[method] = operation;
    }
    let problem = content(
        &[Content { media_type: problem::MEDIA_TYPE, schema: Some(schema_for!(ProblemDetails)) }],
        &mut types,
    );
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "svod",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Quarterly reports of municipalities on international activities",
            "description": reasons(),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": types.schemas,
            "responses": { PROBLEM: { "description": "Anything else, as RFC 9457 has it.", "content": problem } },
            "securitySchemes": { BEARER: {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that `svod principal add` printed.",
            } },
        },
    })
}

/// The table of reason codes, for those who write clients.
fn reasons() -> String {
    let line = |reason: &ReasonCode| {
        let status = problem::status(*reason).as_u16();
        format!("- `{}` ({status}): {}", reason.as_str(), reason.meaning())
    };
    let lines: Vec<String> = ReasonCode::ALL.iter().map(line).collect();
    format!("Reason codes, with the HTTP status that belongs to each:\n\n{}", lines.join("\n"))
}

fn operation(route: &Route, types: &mut Types) -> Value {
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.summary,
        "parameters": parameters(route, types),
        "responses": responses(route, types),
        "security": match route.access {
            Access::Public => json!([]),
            Access::Token => json!([{ BEARER: [] }]),
        },
    });
    if !route.takes.is_empty() {
        operation["requestBody"] = json!({ "required": true, "content": content(&route.takes, types) });
    }
    operation
}

fn responses(route: &Route, types: &mut Types) -> Value {
    let good = json!({ "description": route.summary, "content": content(&route.gives, types) });
    let mut responses = json!({
        "200": good,
        "default": { "$ref": format!("#/components/responses/{PROBLEM}") },
    });
    if route.gives.iter().any(|content| content.media_type == messages::EVENT) && route.method == Method::Post
    {
        for (status, description) in [
            ("400", "It cannot be read; the receipt says where."),
            ("403", "Refused: the sender may not do this."),
            ("409", "Refused: stale version, closed quarter, wrong state, or an id used before."),
            ("413", "Refused: too large."),
            ("422", "Refused: the content is wrong; the receipt says where."),
        ] {
            let refusal = json!({ "description": description, "content": content(&route.gives[..1], types) });
            responses[status] = refusal;
        }
    }
    responses
}

fn content(contents: &[Content], types: &mut Types) -> Value {
    let mut by_media_type = Map::new();
    for content in contents {
        let described = match &content.schema {
            Some(schema) => json!({ "schema": types.hoist(schema) }),
            None => json!({}),
        };
        by_media_type.insert(content.media_type.to_owned(), described);
    }
    Value::Object(by_media_type)
}

/// The parts of the path in braces, then the properties of the object of parameters.
fn parameters(route: &Route, types: &mut Types) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let Some(schema) = route.parameters.as_ref().map(|schema| types.hoist(schema)) else {
        return Value::Array(parameters);
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        parameters.push(json!({
            "name": name,
            "in": "query",
            "required": required.iter().any(|required| required == name),
            "description": property["description"],
            "schema": property,
        }));
    }
    Value::Array(parameters)
}

/// The types that others use, by name.
#[derive(Default)]
struct Types {
    schemas: Map<String, Value>,
}

impl Types {
    /// The schema with the types that it uses moved to where all can find them.
    fn hoist(&mut self, schema: &Schema) -> Value {
        let mut value = schema.clone().to_value();
        self.hoist_value(&mut value);
        value
    }

    fn hoist_value(&mut self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.remove("$schema");
                if let Some(Value::Object(types)) = object.remove("$defs") {
                    for (name, mut schema) in types {
                        self.hoist_value(&mut schema);
                        self.schemas.insert(name, schema);
                    }
                }
                if let Some(Value::String(target)) = object.get_mut("$ref")
                    && let Some(name) = target.strip_prefix(LOCAL)
                {
                    *target = format!("{SHARED}{name}");
                }
                object.values_mut().for_each(|value| self.hoist_value(value));
            }
            Value::Array(items) => items.iter_mut().for_each(|value| self.hoist_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    #[test]
    fn a_type_that_another_uses_is_found_at_its_new_place() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Inner(u32);
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Outer {
            inner: Inner,
        }
        let mut types = Types::default();
        let outer = types.hoist(&schema_for!(Outer));
        assert_eq!(outer["properties"]["inner"]["$ref"], "#/components/schemas/Inner");
        assert_eq!(types.schemas["Inner"]["type"], "integer");
        assert_eq!(outer["$defs"], Value::Null);
    }
}
