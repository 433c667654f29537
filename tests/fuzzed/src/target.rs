//! Where a request goes.

use std::sync::LazyLock;

use claudetools_policy::{Admitted, Code, Flow, Host, Policy, Refusal, Target, decide_net};
use url::Url;

use crate::fixture::{admitted, is_fit_to_show};

/// Grants of a few services, one of them by a pattern.
const POLICY: &str = r#"schema = 1
[plugin.guest]
[[plugin.guest.grant]]
id = "api"
why = "for checks"
kind = "net"
allow = [
    { host = "api.example.com", method = ["GET"], path = "/v1/**", query = ["name", "page"] },
]
[[plugin.guest.grant]]
id = "near"
why = "for checks"
kind = "net"
reach = ["10.0.0.0/8"]
allow = [{ scheme = "http", host = "10.0.0.5", port = 8080, method = ["GET", "POST"], path = "/*/items" }]
[[plugin.guest.grant]]
id = "wide"
why = "for checks"
kind = "net"
allow = [
    { host = "*.wide.example", method = ["POST"], path = "/" },
    { host = "xn--bcher-kva.example", method = ["GET"], path = "/a b/**" },
]
"#;

/// The longest URL that is read.
const MAX_URL: usize = 8 << 10;

static GUEST: LazyLock<Admitted> = LazyLock::new(|| admitted(&Policy::parse(POLICY).expect("the policy is ours")));

/// A method, a space and a URL: what is read of it is read by everybody in the same way.
///
/// The target printed and parsed again, in another case and with everything encoded, is the same target and decided
/// in the same way; a reader that follows the WHATWG rules, as browsers and most clients, goes to the same host, port
/// and path.
pub fn target(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (method, url) = text.split_once(' ').unwrap_or(("GET", text));
    let target = match Target::from_url(method, url) {
        Ok(target) => target,
        Err(refusal) => return is_a_network_refusal(&refusal),
    };
    let decided = decision(&target);
    // With every byte encoded a URL is three times as long, and may be too long to be read at all.
    for spelling in spellings(&target).into_iter().filter(|spelling| spelling.len() <= MAX_URL) {
        let again = Target::from_url(method, &spelling);
        assert_eq!(again.as_ref(), Ok(&target), "{spelling:?} of {url:?}");
        assert_eq!(decision(&again.expect("it was compared")), decided, "{spelling:?} of {url:?}");
    }
    is_read_so_by_browsers(url, &target);
}

fn decision(target: &Target) -> Result<&'static str, Refusal> {
    let decided = decide_net(&target.into(), &GUEST, "Try", Flow::default()).map(|yes| yes.id);
    if let Err(refusal) = &decided {
        is_a_network_refusal(refusal);
    }
    decided
}

fn is_a_network_refusal(refusal: &Refusal) {
    is_fit_to_show(refusal);
    let codes = [Code::NetBadTarget, Code::NetMethod, Code::NetPath, Code::NetNotGranted];
    assert!(codes.contains(&refusal.code), "{refusal:?}");
}

/// The same target in other words: as it is sent, in upper case where case says nothing, and with every byte encoded.
fn spellings(target: &Target) -> [String; 3] {
    let (scheme, authority) = (target.scheme.as_str(), target.authority());
    let whole = target.path_and_query();
    let encode = |text: &String| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let path: Vec<_> = target.segments.iter().map(encode).collect();
    let pairs: Vec<_> =
        target.query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    [
        format!("{scheme}://{authority}{whole}"),
        format!("{}://{}{whole}", scheme.to_ascii_uppercase(), authority.to_ascii_uppercase()),
        format!("{scheme}://{authority}/{}{query}", path.join("/")),
    ]
}

fn is_read_so_by_browsers(text: &str, target: &Target) {
    let url = Url::parse(text).unwrap_or_else(|error| panic!("{text:?} is read here, and nowhere else: {error}"));
    let same_host = match (url.host(), &target.host) {
        (Some(url::Host::Domain(theirs)), Host::Name(ours)) => theirs == ours,
        (Some(url::Host::Ipv4(theirs)), Host::Address(ours)) => *ours == theirs,
        (Some(url::Host::Ipv6(theirs)), Host::Address(ours)) => *ours == theirs,
        _ => false,
    };
    assert!(same_host, "{text:?} goes to {:?} elsewhere", url.host());
    assert_eq!(url.port_or_known_default(), Some(target.port), "{text:?}");
    let sent = Url::parse(&format!("{}://{}{}", target.scheme.as_str(), target.authority(), target.path_and_query()));
    let sent = sent.expect("what is sent is a URL");
    assert_eq!(sent.path().matches('/').count(), target.segments.len().max(1), "{text:?}");
    let pairs: Vec<_> = sent.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    assert_eq!(pairs, target.query, "{text:?}");
}
