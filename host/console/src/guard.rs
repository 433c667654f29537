//! Who may come in: every request passes here, before anything else reads it.
//!
//! The page can do what its user can do, so another web page must not be able to. A name that resolves to
//! loopback (DNS rebinding) is stopped by `Host`, a form or script of another origin by `Origin`, another user of
//! this machine by the token.

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::refused::Refused;

/// What every answer says to the browser. Nothing is loaded from elsewhere, nothing is inline, nothing frames the page.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// The style sheet is the same for everybody, and the page that tells the way in uses it.
const STYLE: &str = "/assets/console.css";

/// The token, and the cookie that stands for it.
#[derive(Clone)]
pub(crate) struct Guard {
    token: String,
    cookie: String,
}

impl Guard {
    /// A guard for the console on this port. Cookies are not bound to a port, so the port is part of the name.
    pub(crate) fn new(token: String, port: u16) -> Self {
        Self { token, cookie: format!("claudetools-{port}") }
    }

    /// What a request is answered instead of being served; none lets it in.
    fn turn_away(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let host = text(headers, header::HOST);
        if !is_loopback(host) {
            let why = "this page answers only under 127.0.0.1, localhost or [::1]";
            return Some(Refused::new(StatusCode::FORBIDDEN, why).into_response());
        }
        let reads = matches!(*method, Method::GET | Method::HEAD);
        if !reads && text(headers, header::ORIGIN) != format!("http://{host}") {
            let why = "requests that change something must come from this page itself";
            return Some(Refused::new(StatusCode::FORBIDDEN, why).into_response());
        }
        if reads && uri.path() == STYLE {
            return None;
        }
        match token_in(uri) {
            Some(token) if reads && same(token, &self.token) => Some(self.enter(uri)),
            None if self.has_cookie(headers) => None,
            _ => Some(way_in(uri)),
        }
    }

    /// Exchanges the token for the cookie, and leads to the same page without it.
    fn enter(&self, uri: &Uri) -> Response {
        let cookie = format!("{}={}; HttpOnly; SameSite=Strict; Path=/", self.cookie, self.token);
        // A path that begins with two slashes would lead to another host.
        let place = format!("/{}", uri.path().trim_start_matches(['/', '\\']));
        (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, place)]).into_response()
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie && same(value, &self.token))
    }
}

/// The middleware.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let turned_away = guard.turn_away(request.method(), request.uri(), request.headers());
    let mut response = match turned_away {
        None => next.run(request).await,
        Some(response) => response,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What someone without a cookie is told.
fn way_in(uri: &Uri) -> Response {
    if uri.path().starts_with("/api/") || uri.path() == "/events" {
        let why = "not signed in: open the address that claudetools printed when it started, it ends with ?token=…";
        return Refused::new(StatusCode::UNAUTHORIZED, why).into_response();
    }
    (StatusCode::UNAUTHORIZED, Html(include_str!("page/way_in.html"))).into_response()
}

fn token_in(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("token="))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a `Host` header names this machine's loopback; any port, because it may be forwarded.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Compares in a time that tells nothing about where two texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_this_machine() {
        for host in ["127.0.0.1:80", "localhost", "localhost:8765", "[::1]:1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.tld",
            "127.0.0.1.evil.tld:80",
            "localhost.evil.tld",
            "10.0.0.1",
            "127.0.0.1:80@evil.tld",
            "[::2]:1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_way_out_of_the_token_stays_on_this_host() {
        let guard = Guard::new("t".into(), 1);
        let response = guard.enter(&"//evil.tld/x".parse().unwrap());
        assert_eq!(response.headers()[header::LOCATION], "/evil.tld/x");
    }
}
