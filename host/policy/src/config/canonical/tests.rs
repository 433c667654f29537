//! The digest of grants: the same for the same meaning, another for any other.

use crate::{Digest, Policy};

const HEAD: &str = "schema = 1\n[roots.repo]\n[roots.vault]\n[roles]\ntech = {}\nadmin = {}\n\
    [secrets.key]\nsource = { env = \"KEY\" }\naudience = [{ host = \"a.example\" }, { host = \"b.example\" }]\n";
const CALLERS: &str = "[plugin.p]\ncallers = { roles = [\"admin\", \"tech\"], origin = [\"user\"] }\n";
const FS: &str = "[[plugin.p.grant]]\nid = \"f\"\nwhy = \"w\"\nkind = \"fs\"\ntools = [\"a\", \"b\"]\nroot = \"repo\"\naccess = [\"read\", \"list\"]\nallow = [\"a\", \"b\"]\nmax_file = \"1KiB\"\nconfirm = { when = \"first\", by = [\"tech\"] }\n";
const NET: &str = "[[plugin.p.grant]]\nid = \"n\"\nwhy = \"w\"\nkind = \"net\"\nallow = [{ host = \"a.example\", method = [\"GET\"], path = \"/v1/**\", query = [\"q\"] }, { host = \"b.example\", method = [\"GET\"], path = \"/\" }]\nheaders = [\"x-a\"]\nreach = [\"10.20.0.0/16\", \"10.30.0.0/16\"]\nsecret = { name = \"key\", header = \"x-key\" }\nredirects = 1\nbytes = { up = \"1KiB\", down = \"2KiB\" }\n";
const ENV: &str = "[[plugin.p.grant]]\nid = \"e\"\nwhy = \"w\"\nkind = \"env\"\nvalues = { REGION = \"eu\" }\n";
const STATE: &str = "[[plugin.p.grant]]\nid = \"s\"\nwhy = \"w\"\nkind = \"state\"\n";

fn digest(text: &str) -> Digest {
    let policy = Policy::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    policy.plugins["p"].grants_digest()
}

fn all() -> String {
    [HEAD, CALLERS, FS, NET, ENV, STATE].concat()
}

fn changed(from: &str, to: &str) -> bool {
    assert!(all().contains(from), "{from}");
    digest(&all()) != digest(&all().replacen(from, to, 1))
}

#[test]
fn order_lines_and_reasons_change_nothing() {
    assert_eq!(digest(&all()), digest(&[HEAD, CALLERS, STATE, ENV, NET, FS].concat()));
    for (from, to) in [
        ("[\"admin\", \"tech\"]", "[\"tech\", \"admin\"]"),
        ("tools = [\"a\", \"b\"]", "tools = [\"b\", \"a\"]"),
        ("[\"read\", \"list\"]", "[\"list\", \"read\"]"),
        ("allow = [\"a\", \"b\"]", "allow = [\"b\", \"a\"]"),
        ("[\"10.20.0.0/16\", \"10.30.0.0/16\"]", "[\"10.30.0.0/16\", \"10.20.0.0/16\"]"),
        (
            "[{ host = \"a.example\" }, { host = \"b.example\" }]",
            "[{ host = \"b.example\" }, { host = \"a.example\", port = 443 }]",
        ),
        ("why = \"w\"", "\nwhy = \"other words\""),
        ("[plugin.p]", "[plugin.p]\ncomponent = \"p.wasm\"\nlimit = { memory = \"64MiB\" }"),
        ("max_file = \"1KiB\"", "max_file = \"1024B\""),
        ("source = { env = \"KEY\" }", "source = { env = \"OTHER\" }"),
    ] {
        assert!(!changed(from, to), "{from}");
    }
}

#[test]
fn anything_that_is_decided_on_changes_it() {
    for (from, to) in [
        ("[\"admin\", \"tech\"]", "[\"tech\"]"),
        ("origin = [\"user\"]", "origin = [\"model\"]"),
        ("[plugin.p]", "[plugin.p]\noutput = \"trusted\""),
        ("id = \"f\"", "id = \"g\""),
        ("tools = [\"a\", \"b\"]", "tools = [\"a\"]"),
        ("root = \"repo\"", "root = \"vault\""),
        ("[\"read\", \"list\"]", "[\"read\"]"),
        ("allow = [\"a\", \"b\"]", "allow = [\"a,b\"]"),
        ("max_file = \"1KiB\"", "max_file = \"2KiB\""),
        ("when = \"first\"", "when = \"never\""),
        ("by = [\"tech\"]", "by = [\"admin\"]"),
        ("by = [\"tech\"]", "by = [\"tech\"], two_person = true"),
        ("by = [\"tech\"]", "by = [\"tech\"], ttl = \"1m\""),
        ("by = [\"tech\"]", "by = [\"tech\"], show = \"diff\""),
        ("by = [\"tech\"]", "by = [\"tech\"], typed = true"),
        ("path = \"/v1/**\"", "path = \"/v2/**\""),
        ("method = [\"GET\"]", "method = [\"GET\", \"HEAD\"]"),
        ("query = [\"q\"]", "query = []"),
        ("headers = [\"x-a\"]", "headers = []"),
        ("reach = [\"10.20.0.0/16\", \"10.30.0.0/16\"]", "reach = \"public\""),
        ("\"10.30.0.0/16\"]", "\"10.30.0.0/17\"]"),
        ("header = \"x-key\"", "header = \"x-other\""),
        ("header = \"x-key\"", "bearer = true"),
        ("header = \"x-key\"", "basic = \"x-key\""),
        ("header = \"x-key\"", "query = \"x-key\""),
        ("secret = { name = \"key\", header = \"x-key\" }\n", ""),
        ("{ host = \"b.example\" }]", "{ host = \"b.example\" }, { host = \"c.example\" }]"),
        ("redirects = 1", "redirects = 0"),
        ("up = \"1KiB\"", "up = \"2KiB\""),
        ("down = \"2KiB\"", "down = \"1KiB\""),
        ("REGION = \"eu\"", "REGION = \"us\""),
        (STATE, ""),
    ] {
        assert!(changed(from, to), "{from} to {to}");
    }
    let services = [
        ("{ host = \"b.example\" }]", "{ host = \"b.example\", port = 8443 }]"),
        ("{ host = \"b.example\", method", "{ host = \"b.example\", port = 8443, method"),
    ];
    let moved = services.iter().fold(all(), |text, (from, to)| text.replacen(from, to, 1));
    assert_ne!(digest(&all()), digest(&moved));
}

#[test]
fn every_limit_changes_it() {
    let with = |limit: &str| digest(&format!("{HEAD}[plugin.p]\nlimit = {{ {limit} }}\n"));
    let limits = [
        "memory = \"1KiB\"",
        "table = 1",
        "instances = 1",
        "wall = \"1ms\"",
        "hostcalls = 1",
        "hostcall_bytes = \"1KiB\"",
        "handles = 1",
        "output = \"1KiB\"",
        "log = \"1KiB\"",
        "concurrent = 1",
        "per_user = 1",
        "per_thread = 1",
        "rate = \"1/min\"",
        "rate = \"600/h\"",
    ];
    let mut digests: Vec<_> = limits.iter().map(|limit| with(limit)).chain([with("")]).collect();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), limits.len() + 1);
}

#[test]
fn every_word_of_a_native_program_changes_it() {
    use crate::fixture::{JAIL, exec_grant, policy};
    let of = |argv: &&str| policy(&format!("{JAIL}{}", exec_grant("g", argv)));
    let all = [
        "[\"log\"]",
        "[\"status\"]",
        "[{ match = \"a\" }]",
        "[{ match = \"b\" }]",
        "[{ int = { min = 1, max = 5 } }]",
        "[{ int = { min = 1, max = 6 } }]",
        "[{ rest = { match = \"a\" }, max = 5 }]",
        "[{ rest = { match = \"b\" }, max = 5 }]",
    ];
    for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
        let (old, new) = (of(one), of(other));
        let same = old.plugins["notes"].grants_digest() == new.plugins["notes"].grants_digest();
        let wider = new.widenings(&old).remove("notes").unwrap_or_default().join("\n");
        let expected = if one == other { "" } else { "grant `g`: other arguments" };
        assert_eq!((same, wider.as_str()), (one == other, expected), "{one} to {other}");
    }
}

#[test]
fn what_is_said_of_bodies_changes_it() {
    use crate::fixture::{net_grant, policy};
    let rule = |more: &str| format!("allow = [{{ host = \"a.example\", method = [\"POST\"], path = \"/b\"{more} }}]\n");
    let always = |typed: &str| format!("confirm = {{ when = \"always\", by = [\"tech\"]{typed} }}\n");
    let texts = [
        rule("") + &always(""),
        rule(", reads = true") + &always(""),
        rule(", batch = true") + &always(""),
        rule(", json = { \"/a\" = [\"x\"] }") + &always(""),
        rule(", json = { \"/a\" = [\"x\", \"y\"] }") + &always(""),
        rule(", json = { \"/b\" = [\"x\"] }") + &always(""),
        rule("") + &always("") + "fill = { \"/p\" = \"password\" }",
        rule("") + &always("") + "fill = { \"/q\" = \"password\" }",
        rule("") + &always(", typed = true"),
        rule("") + &always(", typed = { path = 1 }"),
        rule("") + &always(", typed = { path = 2 }"),
        rule("") + &always(", typed = { body = \"/a\" }"),
        rule("") + &always(", typed = { body = \"/b\" }"),
    ];
    let digests: std::collections::BTreeSet<Digest> =
        texts.iter().map(|text| policy(&net_grant("g", text)).plugins["notes"].grants_digest()).collect();
    assert_eq!(digests.len(), texts.len());
}
