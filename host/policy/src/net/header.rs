//! Headers: which a guest may set.

#[cfg(test)]
mod tests;

use super::{NetGrant, SecretPlace};
use crate::path::shown;
use crate::{Code, Refusal};

/// What every guest may set: it says which answer is wanted, and nothing about who asks.
const HARMLESS: &[&str] = &[
    "accept",
    "accept-language",
    "cache-control",
    "content-language",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "pragma",
    "prefer",
    "range",
    "user-agent",
];

/// What decides who is asked, and where a request ends: whoever sets these speaks past the decision. The encoding of
/// the answer is among them, because a secret could not be found in an answer that nobody here can read.
const FRAMING: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];
const FRAMING_FAMILIES: &[&str] = &[":", "proxy-", "x-forwarded-"];

/// What says who asks: the host alone puts secrets into requests.
const CREDENTIALS: &[&str] = &["authorization", "cookie", "cookie2"];

/// The longest value in bytes: what common servers take for all headers together.
const MAX_VALUE: usize = 8 << 10;

/// May the guest set this header in a request under this grant? `net.header`.
///
/// The harmless ones and those that the grant's `headers` name. Never, whatever is granted: what frames or routes a
/// request, credentials, the header that the grant's secret goes into, and values with anything in them but visible
/// ASCII and spaces.
pub fn decide_header(grant: &NetGrant, name: &str, value: &[u8]) -> Result<(), Refusal> {
    let name = name.to_ascii_lowercase();
    if never(&name) || is_for_the_secret(grant, &name) {
        return Err(refusal(&name, "is the host's to set"));
    }
    if !HARMLESS.contains(&name.as_str()) && !grant.headers.contains(&name) {
        let hint = format!("in the grant: headers = [{}]", toml::Value::from(name.as_str()));
        return Err(refusal(&name, "is not granted").hinted(hint));
    }
    if value.len() > MAX_VALUE || !value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(refusal(&name, "has a value over 8 KiB, or with something in it that is not visible ASCII"));
    }
    Ok(())
}

/// May these headers stand beside a JSON body that was decided on? `net.header` where a server would read it as anything but
/// JSON in UTF-8.
pub fn decide_json<'h>(headers: impl IntoIterator<Item = (&'h str, &'h [u8])>) -> Result<(), Refusal> {
    let mut types = 0;
    for (name, value) in headers {
        let fits = match name.to_ascii_lowercase().as_str() {
            "content-type" => {
                types += 1;
                types == 1 && is_json(value)
            }
            "content-encoding" => false,
            _ => true,
        };
        if !fits {
            let message = format!(
                "The header `{}` would have the body read as something else than the JSON that was decided on.",
                shown(name)
            );
            return Err(Refusal::new(Code::NetHeader, message));
        }
    }
    Ok(())
}

/// `application/json`, and of all charsets UTF-8.
fn is_json(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim() == "charset" => value.trim().trim_matches('"') == "utf-8",
        _ => true,
    };
    parts.next() == Some("application/json") && parts.all(is_utf8)
}

/// Whether a grant may name a header in `headers`.
pub(crate) fn is_grantable(name: &str) -> bool {
    is_name(name) && !never(name)
}

/// Whether a secret may go into a header: a guest can never set it, and it frames nothing.
pub(crate) fn takes_a_secret(name: &str) -> bool {
    is_name(name) && !frames(name) && !HARMLESS.contains(&name)
}

/// A token of RFC 9110 in lower case.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

fn never(name: &str) -> bool {
    frames(name) || CREDENTIALS.contains(&dashed(name).as_str())
}

fn frames(name: &str) -> bool {
    let name = dashed(name);
    FRAMING.contains(&name.as_str()) || FRAMING_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Servers that hand headers on as variables take `_` and `-` for the same.
fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

fn is_for_the_secret(grant: &NetGrant, name: &str) -> bool {
    let place = grant.secret.as_ref().map(|secret| &secret.place);
    matches!(place, Some(SecretPlace::Header(header)) if dashed(header) == dashed(name))
}

fn refusal(name: &str, what: &str) -> Refusal {
    Refusal::new(Code::NetHeader, format!("The header `{}` {what}.", shown(name)))
}
