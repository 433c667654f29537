//! Headers, both ways.

use claudetools_policy::{Code, NetGrant, Refusal, Target, decide_header};
use claudetools_secrets::Scrub;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The most headers of a guest: an API takes a handful, and a map of tens of thousands panics.
const MAX_COUNT: usize = 64;
/// The most bytes of a guest's headers: what common servers take at most.
const MAX_BYTES: usize = 32 << 10;

/// The most bytes of an answer's headers, all of which the host keeps for the guest: four times what common servers send.
const MAX_ANSWERED: usize = 32 << 10;

/// What an answer's headers say of the connection, which ends here, and cookies: a guest can send none, and a session
/// that was opened with a secret is as good as the secret.
const KEPT_BACK: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-connection",
    "set-cookie",
    "set-cookie2",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Counts a guest's headers, then decides on each. Nothing else has seen them before.
pub(crate) fn decided(grant: &NetGrant, headers: &[(String, Vec<u8>)]) -> Result<HeaderMap, Refusal> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > MAX_COUNT || bytes > MAX_BYTES {
        let message = format!("A request has at most {MAX_COUNT} headers of {MAX_BYTES} bytes in all.");
        return Err(Refusal::new(Code::NetHeader, message));
    }
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        decide_header(grant, name, value)?;
        let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value).ok());
        let (name, value) = pair.ok_or_else(|| Refusal::new(Code::NetHeader, "A header is not one of HTTP."))?;
        map.append(name, value);
    }
    Ok(map)
}

/// Adds what frames the request, made from the target. Nobody is asked for an answer that could not be searched.
pub(crate) fn frame(headers: &mut HeaderMap, target: &Target) -> Result<(), Refusal> {
    let host = HeaderValue::from_str(&target.authority());
    let host = host.map_err(|_| Refusal::new(Code::NetBadTarget, "The host cannot be written into a header."))?;
    headers.insert(header::HOST, host);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(())
}

/// Whether an answer has more headers than are kept.
pub(crate) fn are_too_large(headers: &HeaderMap) -> bool {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    bytes > MAX_ANSWERED
}

/// Whether nobody here can read the body of an answer.
pub(crate) fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    let mut others = encodings.filter(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    others.next().is_some()
}

/// Takes out of an answer's headers what a guest does not get, and secrets. Whether there were any.
pub(crate) fn hand_on(headers: &mut HeaderMap, scrub: Option<&Scrub>) -> bool {
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    for name in KEPT_BACK {
        headers.remove(*name);
    }
    scrub.is_some_and(|scrub| {
        // What is taken out changes the length.
        headers.remove(header::CONTENT_LENGTH);
        take_secrets_out(headers, scrub)
    })
}

fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}

fn take_secrets_out(headers: &mut HeaderMap, scrub: &Scrub) -> bool {
    let named: Vec<HeaderName> = headers.keys().filter(|name| scrub.finds(name)).cloned().collect();
    let mut found = !named.is_empty();
    for name in named {
        headers.remove(name);
    }
    for value in headers.values_mut().filter(|value| scrub.finds(value)) {
        found = true;
        let clean = HeaderValue::from_bytes(&scrub.bytes(value.as_bytes()));
        *value = clean.unwrap_or(HeaderValue::from_static("[secret removed]"));
    }
    found
}
