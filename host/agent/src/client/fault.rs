//! What an error of the server means.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::turn::{FailureKind, ModelFailure};

/// An error body of more bytes is a page for people, not an error of the API.
const LONGEST_BODY: usize = 64 * 1024;
/// Characters of the server's own words that a person is shown.
const LONGEST_MESSAGE: usize = 300;
/// No server asks for more than a day and means it.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// An error that the server answered with.
#[derive(Debug)]
pub(super) struct Fault {
    status: u16,
    error: ApiError,
    request: String,
    retry_after: Option<Duration>,
    /// `x-should-retry`.
    should_retry: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
struct ApiError {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    message: String,
    details: Option<Details>,
}

#[derive(Debug, Deserialize)]
struct Details {
    error_code: Option<String>,
}

#[derive(Default, Deserialize)]
struct Envelope {
    error: Option<ApiError>,
    request_id: Option<String>,
}

impl Fault {
    /// Reads a response that is not a success. A body that is not the API's JSON is taken as its message.
    pub(super) async fn read(response: reqwest::Response, idle: Duration) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = read_some(response, idle).await;
        let envelope: Envelope = serde_json::from_str(&body).unwrap_or_default();
        let words = || ApiError { message: body.clone(), ..ApiError::default() };
        Self {
            status,
            error: envelope.error.unwrap_or_else(words),
            request: header(&headers, "request-id").map(str::to_owned).or(envelope.request_id).unwrap_or_default(),
            retry_after: retry_after(&headers, OffsetDateTime::now_utc()),
            should_retry: header(&headers, "x-should-retry").and_then(|value| value.parse().ok()),
        }
    }

    /// Reads the data of an `error` event, which may come after a stream began well.
    pub(super) fn of_event(data: &str, request: &str) -> Self {
        let envelope: Envelope = serde_json::from_str(data).unwrap_or_default();
        let error = envelope.error.unwrap_or_default();
        let request = envelope.request_id.unwrap_or_else(|| request.to_owned());
        Self { status: status_of(&error.r#type), error, request, retry_after: None, should_retry: None }
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The server's own words.
    pub(super) fn message(&self) -> &str {
        &self.error.message
    }

    /// What the turn is told of it: never the key, even where a server repeats it.
    pub(super) fn into_failure(self, model: &str, secret: Option<&str>) -> ModelFailure {
        let (kind, what) = self.meaning(model);
        let own_words = self.error.details.is_none() && matches!(kind, FailureKind::Final | FailureKind::Unfit);
        let words = match said(&self.error.message, secret) {
            words if own_words && !words.is_empty() => format!(": {words}"),
            _ => String::new(),
        };
        let request = match said(&self.request, secret) {
            request if request.is_empty() => String::new(),
            request => format!(", request {request}"),
        };
        let message = format!("{what}{words} ({}{request})", self.status);
        tracing::warn!(status = self.status, request = self.request, "the model's server answered with an error");
        failure(kind, message, self.retry_after)
    }

    fn meaning(&self, model: &str) -> (FailureKind, String) {
        let (kind, what) = self.by_status();
        let kind = match self.should_retry {
            Some(true) if kind == FailureKind::Final && self.status != 401 => FailureKind::Transient,
            Some(false) if kind == FailureKind::Transient => FailureKind::Final,
            _ => kind,
        };
        let what = if self.status == 404 { format!("{what} `{}`", said(model, None)) } else { what.to_owned() };
        (if self.is_spent() { FailureKind::Final } else { kind }, what)
    }

    fn by_status(&self) -> (FailureKind, &'static str) {
        use FailureKind::{Final, TooLong, Transient, Unfit};
        match self.status {
            400 if self.is_too_long() => (TooLong, "The conversation is too long for the model"),
            400 if self.is_spent() => (Final, "The spending limit of the API account is reached"),
            400 if self.is_unfit() => (Unfit, "The model's server does not accept an image or a document"),
            400 => (Final, "The model's server does not accept the request"),
            401 => (Final, "The model's server does not accept the API key"),
            402 => (Final, "The API account has a billing problem"),
            403 => (Final, "The API key may not do this"),
            404 => (Final, "The model's server has no such address or model"),
            408 | 504 => (Transient, "The model's server took too long"),
            409 => (Transient, "The model's server reports a conflict"),
            413 => (TooLong, "The request is too large for the model's server"),
            429 if self.is_spent() => (Final, "The monthly spending limit of the API account is reached"),
            429 => (Transient, "The model's rate limit is reached"),
            529 => (Transient, "The model is overloaded"),
            500.. => (Transient, "The model's server has a problem"),
            300..400 => (Final, "The model's server sends us elsewhere; check its address"),
            _ => (Final, "The model's server refuses the request"),
        }
    }

    fn is_too_long(&self) -> bool {
        let message = &self.error.message;
        message.contains("prompt is too long") || message.contains("exceed context limit")
    }

    /// "Could not process image", "image exceeds 5 MB maximum", "The PDF specified is password protected" …
    fn is_unfit(&self) -> bool {
        let message = self.error.message.to_lowercase();
        ["image", "pdf", "document"].iter().any(|word| message.contains(word))
    }

    fn is_spent(&self) -> bool {
        let code = self.error.details.as_ref().and_then(|details| details.error_code.as_deref());
        code == Some("enforced_spend_limit_reached")
            || self.error.message.starts_with("You have reached your specified API usage limits")
    }
}

/// No connection could be made, or it broke before the server answered.
pub(super) fn unreachable(url: &reqwest::Url, error: reqwest::Error) -> ModelFailure {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let host = url.host_str().unwrap_or_default();
    failure(FailureKind::Transient, format!("The model's server {host} cannot be reached: {cause}"), None)
}

/// Nothing came for too long.
pub(super) fn silent(idle: Duration) -> ModelFailure {
    cut(&format!("The model's server was silent for {} s", idle.as_secs_f32().ceil()))
}

/// The stream ended early or cannot be understood.
pub(super) fn cut(message: &str) -> ModelFailure {
    failure(FailureKind::Cut, message.to_owned(), None)
}

/// What no other attempt will change.
pub(super) fn hopeless(message: &str) -> ModelFailure {
    failure(FailureKind::Final, message.to_owned(), None)
}

fn failure(kind: FailureKind, message: String, retry_after: Option<Duration>) -> ModelFailure {
    ModelFailure { kind, message, retry_after, jitter: rand::random_range(0..1000) }
}

/// Foreign words for a person: one line, not too long, without the key.
pub(super) fn said(words: &str, secret: Option<&str>) -> String {
    let words = match secret {
        Some(secret) if !secret.is_empty() => words.replace(secret, "(key)"),
        _ => words.to_owned(),
    };
    let line = words.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(LONGEST_MESSAGE).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

async fn read_some(response: reqwest::Response, idle: Duration) -> String {
    let mut body = Vec::new();
    let mut pieces = response.bytes_stream();
    while let Ok(Some(Ok(piece))) = tokio::time::timeout(idle, pieces.next()).await {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_BODY {
            body.truncate(LONGEST_BODY);
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

fn status_of(error_type: &str) -> u16 {
    match error_type {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `retry-after-ms`, or `retry-after` in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let number = |name: &str| header(headers, name)?.trim().parse::<f64>().ok().filter(|number| *number >= 0.0);
    let seconds = number("retry-after-ms").map(|ms| ms / 1000.0).or_else(|| number("retry-after")).or_else(|| {
        let date = OffsetDateTime::parse(header(headers, "retry-after")?.trim(), &Rfc2822).ok()?;
        Some((date - now).as_seconds_f64().max(0.0))
    })?;
    Some(Duration::try_from_secs_f64(seconds).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn wait(name: &'static str, value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, reqwest::header::HeaderValue::from_static(value));
        retry_after(&headers, datetime!(2026-11-22 10:00:00 UTC))
    }

    #[test]
    fn the_time_to_wait_is_read_in_all_its_forms() {
        assert_eq!(wait("retry-after", "soon"), None);
        assert_eq!(wait("retry-after", "-3"), None);
        assert_eq!(wait("retry-after", "NaN"), None);
        assert_eq!(wait("retry-after", "4"), Some(Duration::from_secs(4)));
        assert_eq!(wait("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(wait("retry-after", "1e300"), Some(LONGEST_WAIT));
        assert_eq!(wait("retry-after", "Sun, 22 Nov 2026 10:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn foreign_words_lose_the_key_and_their_lines() {
        assert_eq!(said("bad\n\nkey sk-ant-1\u{7}!", Some("sk-ant-1")), "bad key (key) !");
        assert_eq!(said(&"x".repeat(400), None).chars().count(), LONGEST_MESSAGE + 1);
    }
}
