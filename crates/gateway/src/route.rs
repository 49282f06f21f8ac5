//! One route with its documentation. The router and the OpenAPI document are made of the same values.
//!
//! The table is our own because the kept crates do not fit: aide's release speaks schemars 0.9 (its 0.16 is an alpha),
//! utoipa wants its own derive on every type, and the engine's types have schemas of schemars 1 already.

use axum::handler::Handler;
use axum::routing::{self, MethodRouter};
use schemars::{JsonSchema, Schema, schema_for};

use crate::api::Api;

/// One address and method.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// The name of the operation, unique.
    pub(crate) operation: &'static str,
    /// What it answers.
    pub(crate) summary: &'static str,
    /// The schema of the object of its parameters.
    pub(crate) parameters: Option<Schema>,
    /// What may be sent.
    pub(crate) takes: Vec<Content>,
    /// What is answered when all is well.
    pub(crate) gives: Vec<Content>,
    pub(crate) handler: MethodRouter<Api>,
}

/// The methods of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
}

/// Who is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everyone.
    Public,
    /// Who has a valid token.
    Token,
}

/// A body.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) media_type: &'static str,
    /// `None`: bytes that JSON Schema does not describe.
    pub(crate) schema: Option<Schema>,
}

impl Route {
    /// A page that is read, with a token.
    pub(crate) fn get<H, T>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::new(Method::Get, path, operation, summary, routing::get(handler))
    }

    /// An address that is sent to, with a token.
    pub(crate) fn post<H, T>(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Api>,
        T: 'static,
    {
        Self::new(Method::Post, path, operation, summary, routing::post(handler))
    }

    fn new(
        method: Method,
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handler: MethodRouter<Api>,
    ) -> Self {
        let (takes, gives) = (vec![], vec![]);
        Self {
            method,
            path,
            access: Access::Token,
            operation,
            summary,
            parameters: None,
            takes,
            gives,
            handler,
        }
    }

    /// Answers everyone.
    pub(crate) fn public(self) -> Self {
        Self { access: Access::Public, ..self }
    }

    /// Takes these parameters.
    pub(crate) fn parameters<T: JsonSchema>(self) -> Self {
        Self { parameters: Some(schema_for!(T)), ..self }
    }

    /// May be sent this.
    pub(crate) fn takes(mut self, media_type: &'static str, schema: Schema) -> Self {
        self.takes.push(Content { media_type, schema: Some(schema) });
        self
    }

    /// May be sent bytes of any media type.
    pub(crate) fn takes_bytes(mut self, media_type: &'static str) -> Self {
        self.takes.push(Content { media_type, schema: None });
        self
    }

    /// Answers JSON of this type.
    pub(crate) fn json<T: JsonSchema>(self) -> Self {
        self.gives("application/json", schema_for!(T))
    }

    /// Answers this.
    pub(crate) fn gives(mut self, media_type: &'static str, schema: Schema) -> Self {
        self.gives.push(Content { media_type, schema: Some(schema) });
        self
    }

    /// Answers bytes of this media type.
    pub(crate) fn gives_bytes(mut self, media_type: &'static str) -> Self {
        self.gives.push(Content { media_type, schema: None });
        self
    }
}
