//! A plugin that asks for much, and the tables that grant it.

use std::collections::BTreeSet;

use claudetools_policy::{Admission, Admitted, Digest, Found, Manifest, Policy, Refusal, admit};

/// A manifest with a request of every kind, and one tool `Try`.
pub const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For checks."
[[tool]]
name = "Try"
description = "Tries something."
effects = ["read", "write"]
[tool.input]
type = "object"
additionalProperties = false
properties = {}
[[request]]
why = "for checks"
kind = "fs"
root = "repo"
access = ["read", "list", "create", "modify", "delete", "rename"]
[[request]]
why = "for checks"
kind = "net"
hosts = ["api.example.com", "*.wide.example", "10.0.0.5", "xn--bcher-kva.example"]
methods = ["GET", "POST"]
[[request]]
why = "for checks"
kind = "state"
"#;

/// A component of this manifest, as its loader finds it.
pub fn found(manifest: &str) -> Found {
    Found {
        component: Digest::of("guest"),
        manifest: Manifest::parse(manifest).expect("the manifest is ours"),
        imports: BTreeSet::new(),
        exports: BTreeSet::from(["claudetools:plugin/tool@1.0.0".to_owned()]),
        bytes: 5,
    }
}

/// The plugin of [`MANIFEST`] under a policy.
pub fn admitted(policy: &Policy) -> Admitted {
    match admit(found(MANIFEST), policy, true) {
        Admission::Admitted(admitted) => admitted,
        Admission::Quarantined(why) => panic!("{why:?}"),
    }
}

/// A text as TOML writes it; `None` where JSON's way of writing it is none of TOML's.
pub fn quoted(text: &str) -> Option<String> {
    (!text.contains('\u{7f}')).then(|| serde_json::Value::from(text).to_string())
}

/// A refusal is fit to be shown: it says something, and nothing in it acts on a terminal or a log.
pub fn is_fit_to_show(refusal: &Refusal) {
    assert!(!refusal.message.is_empty() && refusal.message.len() < 4096, "{refusal:?}");
    assert!(!refusal.message.chars().any(char::is_control), "{refusal:?}");
}
