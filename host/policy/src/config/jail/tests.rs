use crate::fixture::*;
use crate::*;

/// What a person reads who wrote this into a jail.
fn wrong(jail: &str) -> String {
    policy_error(&format!("[roots.repo]\n[roots.scratch]\nkind = \"per-call\"\n[jails.x]\n{jail}"))
}

#[test]
fn a_jail_is_empty_until_something_is_given() {
    let policy = Policy::parse("schema = 1\n[jails.x]\n").unwrap();
    let jail = &policy.jails["x"];
    assert!(jail.net.is_empty() && jail.places.is_empty() && jail.unix.is_empty() && jail.env.is_empty());
    insta::assert_snapshot!(format!("{:?}", jail.limits), @"JailLimits { wall: 60s, cpu: 60s, memory: 536870912, pids: 64, files: 256, output: 1048576 }");
}

#[test]
fn a_native_program_never_writes_where_it_stays() {
    insta::assert_snapshot!(wrong("fs = [{ root = \"repo\", access = \"write\" }]"), @r#"plugins.toml:6:33: a native program writes to a root of `kind = "per-call"` only: inside a directory that stays, nobody could hold it to the protected list"#);
}

#[test]
fn mistakes_in_a_jail_are_named() {
    let mistakes = [
        "net = [\"*:443\"]",
        "net = [\"api.example.com\"]",
        "net = [\"10.0.0.1:443\"]",
        "fs = [{ root = \"nowhere\", access = \"read\" }]",
        "fs = [{ root = \"repo\", access = \"read\" }, { root = \"repo\", access = \"read\" }]",
        "fs = [{ root = \"repo\", access = \"delete\" }]",
        "system = [\"usr\"]",
        "system = [\"/\"]",
        "system = [\"/usr/../etc\"]",
        "env = { \"A B\" = \"1\" }",
        "env = { A = \"${TOKEN}\" }",
        "limit = { pids = 0 }",
        "limit = { time = \"5s\" }",
        "jailed = true",
    ];
    let said: Vec<String> = mistakes.iter().map(|mistake| wrong(mistake)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    plugins.toml:6:8: `*:443` is not a service; expected a host and a port, such as "api.example.com:443"
    plugins.toml:6:8: `api.example.com` is not a service; expected a host and a port, such as "api.example.com:443"
    plugins.toml:6:8: `10.0.0.1:443` is not a service; expected a host and a port, such as "api.example.com:443"
    plugins.toml:6:16: unknown root `nowhere`
    plugins.toml:6:52: the root `repo` is in the list twice; write it once
    plugins.toml:6:33: unknown value `delete`, expected `read` or `write`
    plugins.toml:6:11: `usr` is not a path from the root of the host to below it; nothing is searched
    plugins.toml:6:11: `/` is not a path from the root of the host to below it; nothing is searched
    plugins.toml:6:11: `/usr/../etc` is not a path from the root of the host to below it; nothing is searched
    plugins.toml:6:9: `A B` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first
    plugins.toml:6:13: nothing is expanded here, and a value has no control characters; write it out
    plugins.toml:6:18: invalid value: integer `0`, expected a whole number from 1 to 4,294,967,295
    plugins.toml:6:11: unknown key `time`, expected one of `wall`, `cpu`, `memory`, `pids`, `files`, `output`
    plugins.toml:6:1: unknown key `jailed`, expected one of `net`, `reach`, `fs`, `system`, `unix`, `env`, `limit`
    "#);
}
