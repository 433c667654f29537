//! `[secrets]`: what it means, and what is refused in it.

use std::path::PathBuf;

use insta::assert_snapshot;

use crate::fixture::policy_error;
use crate::{Audience, HostPattern, Policy, Scheme, SecretSource};

fn secret(lines: &str) -> crate::Secret {
    Policy::parse(&format!("schema = 1\n[secrets.key]\n{lines}")).unwrap().secrets.remove("key").unwrap()
}

const AUDIENCE: &str = "audience = [{ host = \"a.example\" }]\n";

#[test]
fn a_whole_table_means_what_it_says() {
    let secret = secret(
        "source = { file = \"/run/secrets/key\" }\naudience = [{ host = \"a.example\" }, { scheme = \"http\", host = \"10.0.0.5\", port = 8080 }]\nexpose = \"never\"",
    );
    assert_eq!((secret.source, secret.line), (SecretSource::File(PathBuf::from("/run/secrets/key")), 2));
    let one = Audience { scheme: Scheme::Https, host: HostPattern::Name("a.example".to_owned()), port: 443 };
    let other = Audience { scheme: Scheme::Http, host: HostPattern::Address([10, 0, 0, 5].into()), port: 8080 };
    assert_eq!(secret.audience, [one, other]);
}

#[test]
fn a_secret_is_in_a_file_in_the_environment_or_in_the_vault() {
    let source = |source: &str| secret(&format!("source = {{ {source} }}\n{AUDIENCE}")).source;
    assert_eq!(source("env = \"KEY\""), SecretSource::Env("KEY".to_owned()));
    let vault = SecretSource::Vault { path: "clients/acme.yaml".to_owned(), field: "hudu.key".to_owned() };
    assert_eq!(source("vault = \"clients/acme.yaml#hudu.key\""), vault);
}

#[test]
fn a_bad_source_is_named() {
    let error = |source: &str| policy_error(&format!("[secrets.key]\nsource = {{ {source} }}\n{AUDIENCE}"));
    assert_snapshot!(error(""), @r#"plugins.toml:3:10: expected one of { file = "…" }, { env = "…" } and { vault = "path#field" }"#);
    assert_snapshot!(error("file = \"a\", env = \"A\""), @r#"plugins.toml:3:10: expected one of { file = "…" }, { env = "…" } and { vault = "path#field" }"#);
    assert_snapshot!(error("file = \"~/key\""), @"plugins.toml:3:19: `~/key` is not a path as it stands; nothing is expanded here, so write it out");
    assert_snapshot!(error("env = \"$KEY\""), @"plugins.toml:3:18: `$KEY` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first");
    assert_snapshot!(error("value = \"hunter2\""), @"plugins.toml:3:12: unknown key `value`, expected one of `file`, `env`, `vault`");
    for place in
        ["acme.yaml", "#key", "acme.yaml#", "acme.yaml#a..b", "acme.yaml#.a", "/acme.yaml#key", "../acme.yaml#key"]
    {
        let error = error(&format!("vault = \"{place}\""));
        assert!(error.contains("is not a place in the vault"), "{place}: {error}");
    }
}

#[test]
fn a_bad_audience_is_named() {
    let error =
        |audience: &str| policy_error(&format!("[secrets.key]\nsource = {{ env = \"KEY\" }}\naudience = {audience}"));
    assert_snapshot!(policy_error("[secrets.key]\nsource = { env = \"KEY\" }"), @r#"plugins.toml:2:10: the secret may go nowhere; name at least one { host = "…" } in `audience`, or a tool in `scripts`"#);
    assert_snapshot!(error("[]"), @r#"plugins.toml:2:10: the secret may go nowhere; name at least one { host = "…" } in `audience`, or a tool in `scripts`"#);
    assert_snapshot!(error("[{ host = \"*.example.com\" }]"), @"plugins.toml:4:22: `*.example.com` is more than one host; a secret goes to hosts by their exact names");
    assert_snapshot!(error("[{ host = \"*\" }]"), @"plugins.toml:4:22: `*` is more than one host; a secret goes to hosts by their exact names");
    assert_snapshot!(error("[{ host = \"https://a.example\" }]"), @"plugins.toml:4:22: `https://a.example` is not a host; expected a name in lower case without a port, `*.` and a name of two parts or more, an address, or `*`");
    assert_snapshot!(error("[{ host = \"a.example\", port = 0 }]"), @"plugins.toml:4:42: 0 is not a port; expected 1 to 65535");
    assert_snapshot!(error("[{ host = \"a.example\", path = \"/\" }]"), @"plugins.toml:4:35: unknown key `path`, expected one of `scheme`, `host`, `port`");
}

#[test]
fn a_secret_is_never_exposed() {
    let error =
        policy_error(&format!("[secrets.key]\nsource = {{ env = \"KEY\" }}\n{AUDIENCE}expose = \"placeholder\""));
    assert_snapshot!(error, @"plugins.toml:5:10: a secret is never shown to a plugin; the only value is `never`");
    assert_snapshot!(policy_error(&format!("[secrets.Key]\nsource = {{ env = \"KEY\" }}\n{AUDIENCE}")), @"plugins.toml:2:10: `Key` is not a secret's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
}
