//! What a pattern of hosts means.

use super::{Host, HostPattern};

fn fits(pattern: &str, host: &str) -> bool {
    HostPattern::parse(pattern).unwrap().fits(&Host::parse(host).unwrap())
}

#[test]
fn what_is_not_one_pattern_is_none() {
    for text in [
        "",
        "A.example",
        "a.example.",
        "a.example:443",
        "*.com",
        "*",
        "*.",
        "*.*.example",
        "a.*.example",
        "*a.example",
        "*.10.0.0.1",
        "127.1",
    ] {
        assert_eq!(HostPattern::parse(text).is_some(), text == "*", "{text}");
    }
    assert_eq!(HostPattern::parse("*.[::1]"), None);
}

#[test]
fn a_name_fits_itself_only() {
    assert!(fits("a.example", "a.example") && fits("a.example", "A.EXAMPLE"));
    assert!(!fits("a.example", "b.a.example") && !fits("a.example", "evil-a.example") && !fits("a.example", "example"));
}

#[test]
fn a_star_stands_for_one_label() {
    assert!(fits("*.a.example", "b.a.example"));
    for host in ["a.example", "c.b.a.example", "xa.example", "b.a.example.evil.example", "10.0.0.1"] {
        assert!(!fits("*.a.example", host), "{host}");
    }
}

#[test]
fn an_address_fits_itself_only() {
    assert!(fits("10.0.0.1", "10.0.0.1") && fits("::1", "[::1]") && fits("[::1]", "[0:0:0:0:0:0:0:1]"));
    assert!(!fits("10.0.0.1", "10.0.0.2") && !fits("10.0.0.1", "[::ffff:10.0.0.1]") && !fits("a.example", "10.0.0.1"));
    assert!(!fits("10.0.0.1", "a.example"));
}

#[test]
fn any_fits_names_and_addresses() {
    assert!(fits("*", "a.example") && fits("*", "10.0.0.1") && fits("*", "localhost"));
}

#[test]
fn a_pattern_covers_what_fits_it() {
    let covers = |one: &str, other: &str| HostPattern::parse(one).unwrap().covers(&HostPattern::parse(other).unwrap());
    for (one, other) in [
        ("*", "*"),
        ("*", "*.a.example"),
        ("*", "10.0.0.1"),
        ("*.a.example", "b.a.example"),
        ("*.a.example", "*.a.example"),
        ("::1", "::1"),
    ] {
        assert!(covers(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("*.a.example", "*"),
        ("*.a.example", "*.b.a.example"),
        ("a.example", "*.a.example"),
        ("a.example", "b.example"),
        ("10.0.0.1", "10.0.0.2"),
    ] {
        assert!(!covers(one, other), "{one} {other}");
    }
}

#[test]
fn a_pattern_prints_as_it_is_read() {
    for text in ["a.example", "*.a.example", "10.0.0.1", "[::1]", "*"] {
        assert_eq!(HostPattern::parse(text).unwrap().to_string(), text);
    }
}
