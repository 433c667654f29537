//! Errors as the Messages API words them.

use std::time::Duration;

use serde_json::{Value, json};

/// An error answer: its status, its body and the headers that steer a retry.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) retry_after: Option<Duration>,
    /// `error.details.error_code`.
    pub(super) code: Option<&'static str>,
    pub(super) body: Shape,
}

/// What the body of an error looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    /// The message alone, as gateways send it.
    Plain,
}

impl Failure {
    /// An error of this status, `error.type` and message.
    pub fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: kind.to_owned(),
            message: message.into(),
            retry_after: None,
            code: None,
            body: Shape::Json,
        }
    }

    /// 400 `invalid_request_error`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 401 `authentication_error`.
    pub fn authentication(message: impl Into<String>) -> Self {
        Self::new(401, "authentication_error", message)
    }

    /// 404 `not_found_error`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found_error", message)
    }

    /// 529 `overloaded_error`.
    pub fn overloaded() -> Self {
        Self::new(529, "overloaded_error", "Overloaded")
    }

    /// 500 `api_error`.
    pub fn internal() -> Self {
        Self::new(500, "api_error", "Internal server error")
    }

    /// 429 `rate_limit_error` with a `retry-after`.
    pub fn rate_limited(after: Duration) -> Self {
        let message = "This request would exceed the rate limit for your organization";
        Self::new(429, "rate_limit_error", message).retry_after(after)
    }

    /// The 429 of a monthly spend cap: no `retry-after`, and trying again is useless.
    pub fn spend_limit() -> Self {
        let message = "Your organization has reached its monthly spend limit";
        let failure = Self::new(429, "rate_limit_error", message);
        Self { code: Some("enforced_spend_limit_reached"), ..failure }
    }

    /// The 400 of a `compaction` block that stands where it may not.
    pub fn misplaced(message: &str) -> Self {
        Self { code: Some("compaction_block_misplaced"), ..Self::invalid(message) }
    }

    /// The 400 of a prompt that does not fit the window.
    pub fn prompt_too_long(tokens: u64, window: u64) -> Self {
        Self::invalid(format!("prompt is too long: {tokens} tokens > {window} maximum"))
    }

    /// An answer of a gateway in between: plain text, no JSON.
    pub fn plain(status: u16, text: &str) -> Self {
        Self { body: Shape::Plain, ..Self::new(status, "", text) }
    }

    /// With `retry-after` (whole seconds) or `retry-after-ms` (anything else).
    pub fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// The JSON of an `error` event.
    pub(super) fn event(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["details"] = json!({ "error_code": code });
        }
        json!({ "type": "error", "error": error })
    }

    /// The body and its media type.
    pub(super) fn body(&self, request_id: &str) -> (&'static str, String) {
        if self.body == Shape::Plain {
            return ("text/plain", self.message.clone());
        }
        let mut body = self.event();
        body["request_id"] = json!(request_id);
        ("application/json", body.to_string())
    }

    /// The name and value of the header that says when to retry.
    pub(super) fn retry_header(&self) -> Option<(&'static str, String)> {
        let after = self.retry_after?;
        Some(match after.subsec_nanos() {
            0 => ("retry-after", after.as_secs().to_string()),
            _ => ("retry-after-ms", after.as_millis().to_string()),
        })
    }
}
