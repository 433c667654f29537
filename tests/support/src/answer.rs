//! What is answered.

use std::io::{Error, ErrorKind};

use axum::body::{Body, Bytes};
use axum::response::Response;
use serde_json::Value;

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Content,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Empty,
    Json(Value),
    /// Bytes that need not be what their type says, and their type.
    Raw(String, &'static str),
    /// The connection closes before a byte of the answer left.
    Lost,
}

impl Answer {
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Content::Json(body) }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Content::Empty }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn into_response(self) -> Response {
        let lost = matches!(self.body, Content::Lost);
        let (kind, body) = match self.body {
            Content::Empty => (None, Body::empty()),
            Content::Json(value) => (Some("application/json"), Body::from(value.to_string())),
            Content::Raw(text, kind) => (Some(kind), Body::from(text)),
            Content::Lost => {
                let broken = Error::from(ErrorKind::ConnectionReset);
                (None, Body::from_stream(futures::stream::iter([Err::<Bytes, _>(broken)])))
            }
        };
        // A status that has no body would leave before its body breaks.
        let status = if lost { 200 } else { self.status };
        let mut builder = Response::builder().status(status);
        if let Some(kind) = kind {
            builder = builder.header("content-type", kind);
        }
        for (name, value) in self.headers {
            builder = builder.header(name, value);
        }
        builder.body(body).unwrap_or_default()
    }
}
