//! Each spelling that could be read in two ways, and the one spelling that is sent.

use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{Code, Host, Scheme, Target};

fn url(url: &str) -> Result<Target, Code> {
    Target::from_url("GET", url).map_err(|refusal| refusal.code)
}

/// What a target sends and shows, for one that is good.
fn sent(text: &str) -> String {
    let target = Target::from_url("GET", text).unwrap();
    format!("{} {}", target.authority(), target.path_and_query())
}

#[test]
fn schemes_other_than_http_and_https_are_refused() {
    for text in [
        "file:///etc/passwd",
        "data:text/plain,x",
        "ws://a.example",
        "wss://a.example",
        "gopher://a.example",
        "unix:///run/x",
        "ftp://a.example",
        "//a.example/",
        "a.example",
        "",
        "https:a.example",
        "https:/a.example",
        " https://a.example",
        "http+unix://%2Frun%2Fx/",
        "://a.example",
        "https\u{0}://a.example",
    ] {
        assert_eq!(url(text), Err(Code::NetBadTarget), "{text}");
    }
}

#[test]
fn hosts_that_could_be_read_as_others_are_refused() {
    for host in [
        "",
        ".",
        "a.example.",
        "a..example",
        ".a.example",
        "granted@evil.example",
        "user:pw@evil.example",
        "evil.example\\@granted.example",
        "a\\b",
        "a b",
        "a\tb",
        "a\nb",
        "a\rb",
        "a\u{0}.example",
        "%61.example",
        "a%00b",
        "ｇoogle.example",
        "a。example",
        "a．example",
        "bücher.example",
        "а.example",
        "a_b.example",
        "-a.example",
        "a-.example",
        "a*b.example",
        "*.example",
        "a,b",
        "a;b",
        "[::1",
        "::1",
        "[::1]x",
        "[fe80::1%eth0]",
        "[fe80::1%25eth0]",
        "[1.2.3.4]",
        "[]",
        "[::g]",
        "]",
        "a]",
    ] {
        assert_eq!(url(&format!("https://{host}/")), Err(Code::NetBadTarget), "{host}");
    }
    assert_eq!(url(&format!("https://{}.example/", "a".repeat(64))), Err(Code::NetBadTarget));
    assert_eq!(url(&format!("https://{}/", vec!["a".repeat(60); 5].join("."))), Err(Code::NetBadTarget));
}

#[test]
fn odd_spellings_of_ipv4_addresses_are_refused() {
    for host in [
        "127.1",
        "0",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "127.0.0.01",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.example.0x10",
        "a.example.1",
        "0x",
        "127.0.0.1.",
        "00.0.0.0",
        "1.2.3.0x4",
        "0X7F000001",
    ] {
        assert_eq!(url(&format!("http://{host}/")), Err(Code::NetBadTarget), "{host}");
    }
}

#[test]
fn punycode_that_is_not_the_encoding_of_its_own_name_is_refused() {
    for host in [
        "xn--.example",
        "xn--a.example",
        "xn--abc-.example",
        "xn--zca-abc.example",
        "xn--99999999.example",
        "ab--cd.example",
    ] {
        assert_eq!(url(&format!("https://{host}/")), Err(Code::NetBadTarget), "{host}");
    }
    assert_eq!(sent("https://xn--bcher-kva.example/"), "xn--bcher-kva.example /");
}

#[test]
fn ports_have_one_spelling() {
    for port in ["", "0", "080", "65536", "99999999999", "+80", "-1", "8 0", "80a", "80:80", "٨٠"] {
        assert_eq!(url(&format!("https://a.example:{port}/")), Err(Code::NetBadTarget), "{port}");
    }
    assert_eq!(sent("https://a.example:443/"), "a.example /");
    assert_eq!(sent("http://a.example:443/"), "a.example:443 /");
    assert_eq!(sent("https://a.example:65535"), "a.example:65535 /");
    assert_eq!(sent("https://[2001:DB8::0:1]:8443/"), "[2001:db8::1]:8443 /");
}

#[test]
fn methods_are_those_of_the_list_in_upper_case() {
    for method in ["get", "Get", "get ", " GET", "GET ", "G\tET", "GET\r\n", "", "CONNECT", "TRACE", "PROPFIND", "ＧET"]
    {
        let answer = Target::from_url(method, "https://a.example/").map_err(|refusal| refusal.code);
        assert_eq!(answer, Err(Code::NetMethod), "{method:?}");
    }
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(Target::from_url(method, "https://a.example/").unwrap().method, method);
    }
}

#[test]
fn paths_that_a_server_may_take_for_others_are_refused() {
    for path in [
        "/api/../users",
        "/api/..",
        "/..",
        "/.",
        "/./api",
        "/api/%2e%2e/users",
        "/api/%2E./users",
        "/api/.%2e",
        "/%2e",
        "//",
        "//api",
        "/api//users",
        "/api/%2fusers",
        "/api%2Fusers",
        "/api/%5cusers",
        "/api\\users",
        "/api/;a=b",
        "/api;v=1/users",
        "/api/..;/users",
        "/api%3busers",
        "/%252e%252e/users",
        "/api/%252fusers",
        "/api/．．/x",
        "/api/%EF%BC%8E%EF%BC%8E/x",
        "/a%EF%BC%8Fb",
        "/a%E2%80%A5b/%E2%80%A5",
    ] {
        let expected = if path.is_ascii() { Code::NetPath } else { Code::NetBadTarget };
        assert_eq!(url(&format!("https://a.example{path}")), Err(expected), "{path}");
    }
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    for rest in [
        "/a%",
        "/a%2",
        "/a%zz",
        "/a%2g",
        "/%ff",
        "/%c0%ae",
        "/%00",
        "/a%0d%0ab",
        "/%7f",
        "/%c2%85",
        "/a b",
        "/a\tb",
        "/a\nb",
        "/\u{7f}",
        "/é",
        "/#top",
        "/a#",
        "/a?b#c",
        "#",
        "/?a=%",
        "/?%ff=1",
        "/?a=%00",
        "/?a=b%0d%0aHost:x",
        "/?a=é",
        "/?a=b c",
        "/?=1",
        "/?&",
        "/?a&&b",
        "/?a&",
    ] {
        assert_eq!(url(&format!("https://a.example{rest}")), Err(Code::NetBadTarget), "{rest}");
    }
    let parse = |rest: &str| Target::parse("GET", "https", "a.example", rest).map_err(|refusal| refusal.code);
    for rest in ["a", "*", "https://b.example/", "a.example/", "@b.example/"] {
        assert_eq!(parse(rest), Err(Code::NetBadTarget), "{rest}");
    }
    assert_eq!(parse("").unwrap().path_and_query(), "/");
    assert_eq!(parse("?a=b").unwrap().path_and_query(), "/?a=b");
}

#[test]
fn a_url_over_8_kib_is_refused() {
    let path = |length: usize| Target::parse("GET", "https", "a.example", &format!("/{}", "a".repeat(length)));
    let rest = (8 << 10) - "https".len() - "a.example".len() - 1;
    assert!(path(rest).is_ok());
    assert_eq!(path(rest + 1).unwrap_err().code, Code::NetBadTarget);
}

#[test]
fn all_spellings_of_one_target_are_one_target() {
    let one = url("https://a.example/users/j.doe@b.example/my%20files?name=J%20Doe&tag=a%2Bb").unwrap();
    for other in [
        "HTTPS://A.Example:443/users/j.doe@b.example/my%20files?name=J%20Doe&tag=a%2Bb",
        "https://a.example/%75sers/j%2edoe%40b.example/my%20files?name=J+Doe&t%61g=a%2bb",
    ] {
        assert_eq!(url(other).as_ref(), Ok(&one), "{other}");
    }
    assert_eq!(one.path_and_query(), "/users/j.doe@b.example/my%20files?name=J%20Doe&tag=a%2Bb");
    assert_eq!(one.segments, ["users", "j.doe@b.example", "my files"]);
    assert_eq!((one.scheme, one.host), (Scheme::Https, Host::Name("a.example".to_owned())));
}

#[test]
fn the_path_keeps_what_has_one_reading() {
    assert_eq!(sent("https://a.example"), "a.example /");
    assert_eq!(sent("https://a.example?"), "a.example /");
    assert_eq!(sent("https://a.example/a/"), "a.example /a/");
    assert_eq!(sent("https://a.example/v1:run/$batch/x('y')/..."), "a.example /v1:run/$batch/x('y')/...");
    assert_eq!(sent("https://a.example/%C3%A9/100%25"), "a.example /%C3%A9/100%25");
    assert_eq!(
        sent("https://a.example/?$filter=a%26b%3Dc;d&flag&list[]=1/2"),
        "a.example /?$filter=a%26b%3Dc%3Bd&flag=&list%5B%5D=1%2F2"
    );
}

#[test]
fn a_target_shows_the_names_of_its_query_and_no_value() {
    let target = Target::from_url("POST", "http://a.example:8080/a%20b/?token=CANARY&x%20y=2").unwrap();
    assert_snapshot!(target, @"POST http://a.example:8080/a%20b/?token=…&x%20y=…");
}

#[test]
fn a_refusal_says_what_was_expected() {
    let said = |url: &str| Target::from_url("GET", url).unwrap_err();
    assert_snapshot!(said("ftp://a.example"), @"net.bad-target: The scheme `ftp` is neither https nor http.");
    assert_snapshot!(said("a.example"), @"net.bad-target: `a.example` is not a URL that begins with `https://` or `http://`.");
    assert_snapshot!(said("https://a@b.example"), @r"net.bad-target: `a@b.example` has no host that can be read in one way only: it has a user name or a `\` in it.");
    assert_snapshot!(said("https://127.1/"), @"net.bad-target: `127.1` has no host that can be read in one way only: expected a name in ASCII without a trailing dot, or an address in its usual spelling.");
    assert_snapshot!(said("https://a.example:0/"), @"net.bad-target: `a.example:0` has no host that can be read in one way only: expected a port from 1 to 65535.");
    assert_snapshot!(said("https://a.example/a/../b"), @r"net.path: The segment `..` of the path may be taken for another path: it is empty, `.`, `..`, encoded twice, or has `/`, `\` or `;` in it.");
    assert_snapshot!(said("https://a.example/%0a"), @"net.bad-target: The segment `%0a` of the path is not well encoded: as UTF-8, without control characters.");
    assert_snapshot!(said("https://a.example/?a=%"), @"net.bad-target: The query has an empty name, or is not well encoded: as UTF-8, without control characters.");
    assert_snapshot!(Target::from_url("get", "https://a.example").unwrap_err(), @"net.method: `get` is not a method that a plugin can use; those are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.");
}

/// Text in which most of what matters in a URL comes up.
fn hostile() -> impl Strategy<Value = String> {
    "[a-cA.:/?#&=+@%;\\\\\\[\\]0-9 \u{0}-\u{1f}é．*~-]{0,24}"
}

fn a_segment() -> impl Strategy<Value = String> {
    "[a-z0-9 .+%&=?#:@é~\"<>'-]{1,8}"
}

/// Every byte of a text escaped, or only what has to be.
fn escaped(text: &str, all: bool) -> String {
    let byte = |byte: u8| {
        if !all && byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
    };
    text.bytes().map(byte).collect()
}

proptest! {
    #[test]
    fn any_text_is_a_target_or_a_refusal_and_a_target_prints_as_itself(
        scheme in select(&["https", "http", "HTTP", "ftp"][..]), authority in hostile(), rest in hostile(), any in any::<String>()
    ) {
        for (authority, rest) in [(&authority, &rest), (&authority, &any), (&any, &rest)] {
            if let Ok(target) = Target::parse("GET", scheme, authority, rest) {
                let sent = target.path_and_query();
                prop_assert!(sent.is_ascii() && sent.starts_with('/'));
                let again = Target::parse("GET", target.scheme.as_str(), &target.authority(), &sent);
                prop_assert_eq!(again, Ok(target));
            }
        }
        let _ = Target::from_url(&any, &any);
    }

    #[test]
    fn every_encoding_of_a_path_and_query_is_the_same_target(
        segments in proptest::collection::vec(a_segment(), 0..4), name in a_segment(), value in a_segment()
    ) {
        let write = |all: bool| {
            let path: Vec<_> = segments.iter().map(|segment| escaped(segment, all)).collect();
            format!("/{}?{}={}", path.join("/"), escaped(&name, all), escaped(&value, all))
        };
        let parse = |text: &str| Target::parse("GET", "https", "a.example", text).map_err(|refusal| refusal.code);
        prop_assert_eq!(parse(&write(true)), parse(&write(false)));
        if let Ok(target) = parse(&write(false)) {
            prop_assert_eq!(target.segments.clone(), segments);
            prop_assert_eq!(target.query.clone(), vec![(name, value)]);
        }
    }
}
