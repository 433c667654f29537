//! Which headers a guest may set.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::{decide_header, is_grantable, takes_a_secret};
use crate::{Audience, Code, HostPattern, NetGrant, Reach, Scheme, SecretPlace, SecretUse};

/// A grant that gives every header it names, whatever the parser would say.
fn grant(headers: &[&str], secret: Option<SecretPlace>) -> NetGrant {
    let audience = Audience { scheme: Scheme::Https, host: HostPattern::Name("a.example".to_owned()), port: 443 };
    let secret = secret.map(|place| SecretUse { name: "key".to_owned(), place, audience: vec![audience], token: None });
    let headers: BTreeSet<_> = headers.iter().map(|name| (*name).to_owned()).collect();
    NetGrant {
        allow: Vec::new(),
        headers,
        secret,
        fill: BTreeSet::new(),
        reach: Reach::Public,
        redirects: 0,
        up: 1,
        down: 1,
    }
}

fn set(grant: &NetGrant, name: &str, value: &[u8]) -> Result<(), Code> {
    decide_header(grant, name, value).map_err(|refusal| refusal.code)
}

const NEVER: &[&str] = &[
    ":authority",
    ":method",
    ":path",
    ":scheme",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-host",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];

#[test]
fn what_frames_a_request_is_never_the_guests_to_set() {
    for name in NEVER {
        let underscored = name.replace('-', "_");
        for spelling in [*name, &name.to_ascii_uppercase(), &underscored] {
            let granted = grant(&[name, &underscored], None);
            assert_eq!(set(&granted, spelling, b"x"), Err(Code::NetHeader), "{spelling}");
            assert!(!is_grantable(spelling), "{spelling}");
        }
    }
}

#[test]
fn harmless_headers_need_no_grant() {
    for name in [
        "accept",
        "Accept-Language",
        "cache-control",
        "content-language",
        "CONTENT-TYPE",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "pragma",
        "prefer",
        "range",
        "user-agent",
    ] {
        assert_eq!(set(&grant(&[], None), name, b"text/html; q=0.9"), Ok(()), "{name}");
        assert!(is_grantable(&name.to_ascii_lowercase()) && !takes_a_secret(name), "{name}");
    }
}

#[test]
fn any_other_header_needs_a_grant() {
    for name in ["x-request-id", "", " accept", "accept ", "acc\r\nept", "accépt"] {
        assert_eq!(set(&grant(&[], None), name, b"1"), Err(Code::NetHeader), "{name:?}");
    }
    let granted = grant(&["x-request-id"], None);
    assert_eq!(set(&granted, "X-Request-Id", b"1"), Ok(()));
    assert_eq!(set(&granted, "x-request-ids", b"1"), Err(Code::NetHeader));
}

#[test]
fn a_value_is_visible_ascii_of_at_most_8_kib() {
    let grant = grant(&[], None);
    for value in
        [&b"a\r\nHost: evil"[..], b"\n", b"\0", b"\t", b"\x7f", b"\x80", "é".as_bytes(), &[b'a'; (8 << 10) + 1]]
    {
        assert_eq!(set(&grant, "accept", value), Err(Code::NetHeader));
    }
    for value in [&b""[..], b" ~", &[b'a'; 8 << 10]] {
        assert_eq!(set(&grant, "accept", value), Ok(()));
    }
}

#[test]
fn the_header_of_the_secret_is_the_hosts() {
    let secret = grant(&["x-api-key", "x_api_key", "x-other"], Some(SecretPlace::Header("x-api-key".to_owned())));
    for name in ["x-api-key", "X-API-Key", "x_api_key"] {
        assert_eq!(set(&secret, name, b"1"), Err(Code::NetHeader), "{name}");
    }
    assert_eq!(set(&secret, "x-other", b"1"), Ok(()));
    for place in [SecretPlace::Bearer, SecretPlace::Basic("u".to_owned()), SecretPlace::Query("x-api-key".to_owned())] {
        assert_eq!(set(&grant(&["x-api-key"], Some(place)), "x-api-key", b"1"), Ok(()));
    }
}

#[test]
fn a_secret_goes_into_headers_that_frame_nothing() {
    for name in ["x-api-key", "authorization", "cookie", "apikey"] {
        assert!(takes_a_secret(name), "{name}");
    }
    for name in
        ["host", "x-forwarded-for", "content-length", "accept", "X-Api-Key", "", "x api", "x:y", &"x".repeat(65)]
    {
        assert!(!takes_a_secret(name), "{name}");
    }
}

#[test]
fn a_refusal_names_the_header_and_what_to_write() {
    let refusal = decide_header(&grant(&[], None), "X-Request-Id", b"1").unwrap_err();
    assert_snapshot!(refusal, @"net.header: The header `x-request-id` is not granted.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"in the grant: headers = ["x-request-id"]"#);
    assert_snapshot!(decide_header(&grant(&[], None), "Host\u{1b}", b"1").unwrap_err(), @r"net.header: The header `host\u{1b}` is not granted.");
    assert_snapshot!(decide_header(&grant(&[], None), "Host", b"1").unwrap_err(), @"net.header: The header `host` is the host's to set.");
    assert_snapshot!(decide_header(&grant(&[], None), "accept", b"\r").unwrap_err(), @"net.header: The header `accept` has a value over 8 KiB, or with something in it that is not visible ASCII.");
}
