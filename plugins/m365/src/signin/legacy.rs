//! BC-12: clients that know no second factor.

use claudetools_graph::envelope::Severity::{High, Low};
use serde_json::json;

use super::{Around, Sign, SignIn};
use crate::rule::Rule;

const LEGACY: Rule = Rule::new(
    "R1",
    High,
    "Sign-in with legacy authentication",
    "Such a client asks for no second factor: a password is enough.",
)
.mitre(&["T1078.004"]);
const SCANNER: Rule = Rule::new(
    "R1",
    Low,
    "Legacy authentication of a scan account",
    "It is expected of this account; a modern way to send is safer.",
)
.mitre(&["T1078.004"]);

/// What Entra calls such clients.
const CLIENTS: &[&str] = &[
    "authenticated smtp",
    "autodiscover",
    "exchange activesync",
    "exchange online powershell",
    "exchange web services",
    "imap",
    "imap4",
    "mapi over http",
    "offline address book",
    "other clients",
    "outlook anywhere (rpc over http)",
    "outlook service",
    "pop",
    "pop3",
    "reporting web services",
    "smtp",
    "universal outlook",
];

/// Whether a client, as Entra calls it, knows no second factor.
pub fn is_legacy(client: &str) -> bool {
    let client = client.to_lowercase();
    CLIENTS.contains(&client.split(';').next().unwrap_or_default().trim())
}

/// Successes through such clients.
pub fn judge<'a>(signins: &'a [SignIn], around: &Around) -> Vec<Sign<'a>> {
    let legacy = |signin: &&SignIn| signin.succeeded() && signin.client_app_used.as_deref().is_some_and(is_legacy);
    let of: Vec<&SignIn> = signins.iter().filter(legacy).collect();
    if of.is_empty() {
        return Vec::new();
    }
    let mut clients: Vec<&str> = of.iter().filter_map(|signin| signin.client_app_used.as_deref()).collect();
    clients.sort_unstable();
    clients.dedup();
    let rule = if around.scanner { &SCANNER } else { &LEGACY };
    vec![Sign::about(rule.found(json!({ "clients": clients })), of)]
}
