//! One request, read.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::Request;
use serde_json::Value;

/// The largest request: Graph's 4 MiB.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// A request.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub method: String,
    /// Decoded, with its leading slash.
    pub path: String,
    /// As it was sent, with its question mark; empty without one.
    pub raw_query: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub text: String,
    /// `Null` without a body, and where it is no JSON.
    pub body: Value,
    /// It stands inside of a `$batch`.
    pub batched: bool,
}

impl Call {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let target = parts.uri.path_and_query().map_or("/", |all| all.as_str());
        let call = Self { method: parts.method.to_string(), headers, ..Self::of_target(target) };
        call.with_body(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What a path with its query says.
    pub(super) fn of_target(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let raw_query = if query.is_empty() { String::new() } else { format!("?{query}") };
        Self { path: decode(path, false), raw_query, query: pairs(query), ..Self::default() }
    }

    pub(super) fn with_body(self, text: String) -> Self {
        Self { body: serde_json::from_str(&text).unwrap_or_default(), text, ..self }
    }

    /// A header's value; empty without it.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A query parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn bearer(&self) -> &str {
        self.header("authorization").strip_prefix("Bearer ").unwrap_or("")
    }
}

/// The pairs of a query or of a form.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(key, true), decode(value, true))
    };
    parts.map(pair).collect()
}

/// Percent-decodes; in a query, a plus is a space.
pub(super) fn decode(text: &str, plus: bool) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let coded = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, coded) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 2;
            }
            (b'+', _) if plus => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
