//! What a `plugins.toml` means, and what a person reads who made a mistake in it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use insta::assert_snapshot;

use super::{GrantKind, Limits, Policy, RootKind};
use crate::fixture::names;
use crate::{Access, Digest, Origin};

const OWN: &str = include_str!("../../../../plugins.toml");

fn error(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

/// The error of a grant in an otherwise good file; the grant's `[[…]]` is line 4.
fn grant_error(lines: &str) -> String {
    error(&format!("schema = 1\n[roots.repo]\n[roots.vault]\n[[plugin.p.grant]]\n{lines}"))
}

const FS: &str = "id = \"g\"\nwhy = \"w\"\nkind = \"fs\"\nroot = \"repo\"\n";

#[test]
fn the_file_of_this_repository_is_valid() {
    let policy = Policy::parse(OWN).unwrap();
    assert_eq!(policy.plugins.keys().collect::<Vec<_>>(), ["files", "search", "shell", "skills"]);
    assert_eq!(policy.roots["repo"].kind, RootKind::Directory(None));
    assert_eq!(policy.roots["scratch"].kind, RootKind::PerCall { max_bytes: 64 << 20 });
    assert!(policy.roots["vault"].sensitive && !policy.roots["repo"].sensitive);
    assert_eq!(policy.roots["thread"].kind, RootKind::PerThread { max_bytes: 256 << 20 });
    let own = |plugin: &&String| policy.plugins[*plugin].limits != Limits::default();
    assert_eq!(policy.plugins.keys().filter(own).collect::<Vec<_>>(), ["shell"], "a script takes longer than a look");
}

#[test]
fn the_examples_in_the_comments_of_this_repositorys_file_are_valid() {
    let is_toml =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| is_key(key.trim()));
    let (from, to) = (OWN.find("# A plugin of your own.").unwrap(), OWN.find("# Review:").unwrap());
    let review = &OWN[to..OWN.find("# Limits of each call").unwrap()];
    let commented = review.lines().chain(OWN[from..].lines()).filter_map(|line| line.strip_prefix("# "));
    // These stand in a table that is not commented out.
    let of_budget = "usd_per_client";
    let lines: Vec<_> = commented.filter(|line| is_toml(line) && !line.starts_with(of_budget)).collect();
    let text = OWN.replace(&format!("# {of_budget}"), of_budget) + &lines.join("\n");
    let policy = Policy::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(policy.review.in_chat && policy.review.keys.len() == 1);
    assert!(matches!(&policy.plugins["tickets"].grants[0].kind, GrantKind::Net(net) if net.secret.is_some()));
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'))
}

#[test]
fn the_file_of_this_repository_grants_nobody_the_vault() {
    let policy = Policy::parse(OWN).unwrap();
    let grants: Vec<_> = policy.plugins.values().flat_map(|plugin| &plugin.grants).collect();
    let roots = grants.iter().filter_map(|grant| match &grant.kind {
        GrantKind::Fs(fs) => Some(fs.root.as_str()),
        GrantKind::Net(_) | GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    });
    assert_eq!(roots.collect::<BTreeSet<_>>(), BTreeSet::from(["repo", "scratch", "thread"]));
}

#[test]
fn the_person_at_this_machine_has_every_role_and_a_stranger_none() {
    let policy = Policy::parse(OWN).unwrap();
    assert_eq!(policy.roles_of(&names(&["local"])), names(&["admin", "lead", "tech", "viewer"]));
    assert_eq!(policy.roles_of(&names(&["123", "admin"])), names(&[]));
    assert_eq!(policy.roles_of(&names(&[])), names(&[]));
}

#[test]
fn a_role_gives_all_that_it_includes_and_not_what_includes_it() {
    let policy = Policy::parse(
        "schema = 1\n[roles]\na = { discord = [\"1\"], includes = [\"b\", \"c\"] }\n\
         b = { discord = [\"2\"], includes = [\"d\"] }\nc = { includes = [\"d\"] }\nd = {}\n",
    )
    .unwrap();
    let of = |id| policy.roles_of(&names(&[id]));
    assert_eq!(of("1"), names(&["a", "b", "c", "d"]));
    assert_eq!(of("2"), names(&["b", "d"]));
    assert_eq!(of("local"), names(&[]));
}

#[test]
fn a_whole_table_means_what_it_says() {
    let digest = |text: &str| Digest::of(text);
    let text = format!(
        r#"schema = 1
roots.repo = {{ path = "/srv/repo", protect = ["deploy"] }}
roles.tech = {{ }}
[defaults.limit]
wall = "5s"
table = 10
[plugin.notes]
component = "plugins/notes.wasm"
callers = {{ roles = ["tech"], origin = ["model"] }}
limit = {{ memory = "1GiB", wall = "200ms" }}
[[plugin.notes.grant]]
id = "read"
why = "to read"
kind = "fs"
tools = ["Read"]
root = "repo"
access = ["read", "list"]
allow = ["docs/**"]
max_file = "4KiB"
[plugin.notes.approved]
component = "{0}"
request = "{0}"
imports = "{0}"
strings = "{0}"
version = "1.0.0"
by = "j.doe"
at = 2026-11-22T17:40:00Z
"#,
        digest("x")
    );
    let policy = Policy::parse(&text).unwrap();
    let notes = &policy.plugins["notes"];
    assert_eq!(policy.roots["repo"].kind, RootKind::Directory(Some(PathBuf::from("/srv/repo"))));
    assert_eq!(policy.roots["repo"].protect.as_written(), ["deploy"]);
    assert_eq!(notes.component, Some(PathBuf::from("plugins/notes.wasm")));
    assert_eq!((&notes.roles, &notes.origins), (&names(&["tech"]), &BTreeSet::from([Origin::Model])));
    let limits = Limits { memory: 1 << 30, wall: Duration::from_millis(200), table: 10, ..Limits::default() };
    assert_eq!(notes.limits, limits);
    let approved = notes.approved.as_ref().unwrap();
    assert_eq!((approved.strings, approved.at.as_str()), (digest("x"), "2026-11-22T17:40:00Z"));
    let (grant, line) = (&notes.grants[0], text.lines().position(|line| line.contains("[[")).unwrap() + 1);
    assert_eq!((grant.id.as_str(), &grant.tools, grant.line, notes.line), ("read", &names(&["Read"]), line, 7));
    let GrantKind::Fs(fs) = &grant.kind else { panic!("{grant:?}") };
    assert_eq!((fs.access.clone(), fs.max_file), (BTreeSet::from([Access::Read, Access::List]), 4096));
    assert_eq!(fs.patterns, ["docs/**"]);
}

#[test]
fn a_typing_mistake_in_a_key_is_found() {
    assert_snapshot!(error("schema = 1\n[plugin.files]\ncalers = {}"), @"plugins.toml:3:1: unknown key `calers`, expected one of `component`, `callers`, `output`, `limit`, `grant`, `approved`");
    assert_snapshot!(error("schema = 1\n[root.repo]"), @"plugins.toml:2:2: unknown key `root`, expected one of `schema`, `roots`, `roles`, `secrets`, `jails`, `review`, `turn`, `budget`, `channel`, `client`, `defaults`, `plugin`");
    assert_snapshot!(error("schema = 1\n[defaults.limit]\nmemroy = \"1MiB\""), @"plugins.toml:3:1: unknown key `memroy`, expected one of `memory`, `table`, `instances`, `wall`, `hostcalls`, `hostcall_bytes`, `handles`, `output`, `log`, `concurrent`, `per_user`, `per_thread`, `rate`");
    assert_snapshot!(grant_error(&format!("{FS}access = [\"write\"]\nallow = []")), @"plugins.toml:9:11: unknown value `write`, expected one of `read`, `list`, `create`, `modify`, `delete`, `rename`");
}

#[test]
fn a_file_of_another_shape_is_refused_whole() {
    assert_snapshot!(error(""), @"plugins.toml:1:1: missing key `schema`; the file begins with `schema = 1`");
    assert_snapshot!(error("schema = 2"), @"plugins.toml:1:10: this program reads `schema = 1` only");
    assert_snapshot!(error("\u{feff}schema = 1"), @"plugins.toml:1:1: the file begins with a byte order mark; save it as UTF-8 without one");
    assert_snapshot!(error("schema: 1\nplugins:\n  - files"), @"plugins.toml:1:9: key with no value, expected `=`");
    assert_snapshot!(error("schema = 1\n[plugin.files]\n[plugin.files]"), @"plugins.toml:3:9: duplicate key; each key and table is written once");
    assert_snapshot!(error(&"#".repeat((1 << 20) + 1)), @"plugins.toml:1:1: the file is larger than 1 MiB; a policy that people can review is far smaller");
}

#[test]
fn columns_are_counted_in_characters() {
    assert_snapshot!(error("schema = 1\nroles.tech = { \"é\" = 1, local = 2 }"), @"plugins.toml:2:16: unknown key `é`, expected one of `discord`, `local`, `includes`");
}

#[test]
fn a_bad_root_is_named() {
    assert_snapshot!(error("schema = 1\n[roots.data]"), @r#"plugins.toml:2:8: the root `data` needs a `path`, or `kind = "per-call"` or `"per-thread"`"#);
    assert_snapshot!(error("schema = 1\n[roots.repo]\npath = \"${HOME}/x\""), @"plugins.toml:3:8: `${HOME}/x` is not a path as it stands; nothing is expanded here, so write it out");
    assert_snapshot!(error("schema = 1\n[roots.repo]\npath = \"~/x\""), @"plugins.toml:3:8: `~/x` is not a path as it stands; nothing is expanded here, so write it out");
    assert_snapshot!(error("schema = 1\n[roots.x]\nkind = \"tmpfs\""), @"plugins.toml:3:8: unknown kind of root `tmpfs`; expected `per-call` or `per-thread`");
    assert_snapshot!(error("schema = 1\n[roots.x]\nkind = \"per-call\"\npath = \"/x\""), @"plugins.toml:4:8: a `per-call` root has no `path`; leave one of them out");
    assert_snapshot!(error("schema = 1\n[roots.repo]\nmax_bytes = \"1MiB\""), @r#"plugins.toml:3:13: `max_bytes` is for a root with `kind = "per-call"` or `"per-thread"` only"#);
    assert_snapshot!(error("schema = 1\n[roots.Repo]"), @"plugins.toml:2:8: `Repo` is not a root's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
    assert_snapshot!(error("schema = 1\n[roots.a]\npath = \"/srv/a\"\n[roots.b]\npath = \"/srv/a/b\""), @"plugins.toml:5:8: the roots `b` and `a` overlap; give them separate directories");
}

#[test]
fn a_bad_role_is_named() {
    let long = format!("schema = 1\n[roles]\ntech = {{ discord = [\"{}\"] }}", "1".repeat(21));
    assert!(error(&long).contains("is not the id of a Discord role"));
    assert_snapshot!(error("schema = 1\n[roles]\ntech = { discord = [\"Technicians\"] }"), @"plugins.toml:3:21: `Technicians` is not the id of a Discord role; expected its digits in quotes, not its name");
    assert_snapshot!(error("schema = 1\n[roles]\ntech = { includes = [\"viewr\"] }"), @"plugins.toml:3:22: unknown role `viewr`; expected one of the names under [roles]");
    assert_snapshot!(error("schema = 1\n[roles]\na = { includes = [\"b\"] }\nb = { includes = [\"a\"] }"), @"plugins.toml:4:19: roles include each other in a circle: `a` → `b` → `a`");
    assert_snapshot!(error("schema = 1\n[plugin.p]\ncallers = { roles = [\"tech\"] }"), @"plugins.toml:3:22: unknown role `tech`; expected one of the names under [roles]");
}

#[test]
fn a_bad_size_time_or_count_says_what_is_expected() {
    let limit = |line: &str| error(&format!("schema = 1\n[defaults.limit]\n{line}"));
    assert_snapshot!(limit("memory = \"64MB\""), @r#"plugins.toml:3:10: `64MB` is not a size above 0 such as "64MiB", in B, KiB, MiB or GiB"#);
    assert_snapshot!(limit("memory = 64"), @r#"plugins.toml:3:10: invalid type: integer `64`, expected a size above 0 such as "64MiB", in B, KiB, MiB or GiB"#);
    assert_snapshot!(limit("memory = \"99999999999GiB\""), @r#"plugins.toml:3:10: `99999999999GiB` is not a size above 0 such as "64MiB", in B, KiB, MiB or GiB"#);
    assert_snapshot!(limit("wall = \"5 minutes\""), @r#"plugins.toml:3:8: `5 minutes` is not a time above 0 such as "30s", in ms, s, m or h"#);
    assert_snapshot!(limit("wall = \"0s\""), @r#"plugins.toml:3:8: `0s` is not a time above 0 such as "30s", in ms, s, m or h"#);
    assert_snapshot!(limit("handles = 0"), @"plugins.toml:3:11: invalid value: integer `0`, expected a whole number from 1 to 4,294,967,295");
    assert_snapshot!(limit("rate = \"30/minute\""), @r#"plugins.toml:3:8: `30/minute` is not a number of calls in a time, such as "30/min", in s, min or h"#);
    assert_snapshot!(limit("rate = \"0/s\""), @r#"plugins.toml:3:8: `0/s` is not a number of calls in a time, such as "30/min", in s, min or h"#);
    assert_snapshot!(limit("concurrent = -1"), @"plugins.toml:3:14: invalid value: integer `-1`, expected a whole number from 1 to 4,294,967,295");
}

#[test]
fn a_bad_grant_is_named() {
    assert_snapshot!(grant_error("id = \"g\"\nwhy = \"w\"\nkind = \"process\""), @"plugins.toml:7:8: unknown kind of grant `process`; the kinds are `fs`, `net`, `exec`, `shell`, `script`, `env`, `state` and `client`");
    assert_snapshot!(grant_error("id = \"g\"\nkind = \"state\""), @"plugins.toml:4:1: missing key `why`");
    assert_snapshot!(grant_error("id = \"g\"\nwhy = \" \"\nkind = \"state\""), @"plugins.toml:6:7: `why` is empty; say in a few words what the grant is for");
    assert_snapshot!(grant_error("id = \"g\"\nwhy = \"w\"\nkind = \"state\"\nroot = \"repo\""), @"plugins.toml:7:8: a grant of the kind `state` has no `root`");
    assert_snapshot!(grant_error("id = \"g\"\nwhy = \"w\"\nkind = \"state\"\ntools = []"), @"plugins.toml:8:9: no tool is named; name some, or leave `tools` out to mean every one");
    assert_snapshot!(grant_error(&format!("{FS}access = [\"read\"]")), @"plugins.toml:7:8: an `fs` grant needs `allow`");
    assert_snapshot!(grant_error("id = \"g\"\nwhy = \"w\"\nkind = \"fs\"\nroot = \"rep\"\naccess = []\nallow = []"), @"plugins.toml:8:8: unknown root `rep`; the roots are: `repo`, `vault`");
    assert_snapshot!(grant_error(&format!("{FS}access = [\"read\", \"read\"]\nallow = []")), @"plugins.toml:9:19: it is in the list twice; write it once");
    let state = "id = \"g\"\nwhy = \"w\"\nkind = \"state\"\n";
    assert_snapshot!(grant_error(&format!("{state}[[plugin.p.grant]]\n{state}")), @"plugins.toml:9:6: there is a grant `g` already; ids are unique in a plugin");
}

#[test]
fn a_bad_pattern_is_named() {
    let pattern = |pattern: &str| grant_error(&format!("{FS}access = [\"read\"]\nallow = ['{pattern}']"));
    assert_snapshot!(pattern("/etc/passwd"), @"plugins.toml:10:10: `/etc/passwd` is not a pattern for paths below a root: paths are relative, with `/` between their parts; `[*]` is a literal `*`");
    assert_snapshot!(pattern("docs/"), @"plugins.toml:10:10: `docs/` is not a pattern for paths below a root: no part may be empty, `.` or `..`; everything below `docs` is `docs/**`");
    assert_snapshot!(pattern("docs/../x"), @"plugins.toml:10:10: `docs/../x` is not a pattern for paths below a root: no part may be empty, `.` or `..`; everything below `docs` is `docs/**`");
    assert_snapshot!(pattern("!docs"), @"plugins.toml:10:10: `!docs` is not a pattern for paths below a root: there is no `!`; what nothing allows is refused");
    assert_snapshot!(pattern("docs\\x"), @r"plugins.toml:10:10: `docs\x` is not a pattern for paths below a root: paths are relative, with `/` between their parts; `[*]` is a literal `*`");
    assert_snapshot!(pattern("docs/[a"), @"plugins.toml:10:10: `docs/[a` is not a pattern for paths below a root: unclosed character class; missing ']'");
    assert_snapshot!(pattern("e\u{301}"), @"plugins.toml:10:10: `é` is not a pattern for paths below a root: it has invisible characters, or is not in Unicode normal form NFC");
}

#[test]
fn an_example_that_does_not_hold_is_an_error() {
    let examples = |lines: &str| grant_error(&format!("{FS}access = [\"read\"]\nallow = [\"docs/**\"]\n{lines}"));
    assert_snapshot!(examples("examples.allow = [\"docs/a\", \"src/a\"]"), @"plugins.toml:11:29: the grant `g` does not allow its example `src/a`: fs.not-granted: it gives no `read` there");
    assert_snapshot!(examples("examples.allow = [\"modify docs/a\"]"), @"plugins.toml:11:19: the grant `g` does not allow its example `modify docs/a`: fs.not-granted: it gives no `modify` there");
    assert_snapshot!(examples("examples.allow = [\"docs/../docs/a\"]"), @"plugins.toml:11:19: the grant `g` does not allow its example `docs/../docs/a`: fs.outside-root: The path `docs/../docs/a` is not a plain path below a root: it is absolute, or has `.`, `..` or an empty part.");
    assert_snapshot!(examples("examples.allow = [\"docs/.git/config\"]"), @"plugins.toml:11:19: the grant `g` does not allow its example `docs/.git/config`: fs.protected: `/repo/docs/.git/config` is protected and no grant opens it: git runs programs that its files name, and its history keeps what was deleted.");
    assert_snapshot!(examples("examples.refuse = [\"src/a\", \"docs/a\"]"), @"plugins.toml:11:29: the grant `g` allows `docs/a`, which its examples refuse");
    let two = format!("{FS}access = [\"read\", \"list\"]\nallow = [\"**\"]\nexamples.allow = [\"docs/a\"]");
    assert_snapshot!(grant_error(&two), @"plugins.toml:11:19: `docs/a` does not say which access; expected such as `read docs/a`");
}

#[test]
fn a_bad_approval_is_named() {
    let approved = |digest: &str, by: &str, at: &str| {
        let digests: String =
            ["component", "request", "imports", "strings"].map(|key| format!("{key} = \"{digest}\"\n")).concat();
        error(&format!("schema = 1\n[plugin.p.approved]\n{digests}version = \"1\"\nby = \"{by}\"\nat = {at}"))
    };
    let good = Digest::of("").to_string();
    assert_snapshot!(approved("sha256:12", "me", "2026-01-01T00:00:00Z"), @"plugins.toml:3:13: `sha256:12` is not a digest, which is `sha256:` and 64 hex digits");
    assert_snapshot!(approved(&good, "", "2026-01-01T00:00:00Z"), @"plugins.toml:8:6: `by` is empty; expected who approved");
    assert_snapshot!(approved(&good, "me", "2026-01-01"), @"plugins.toml:9:6: expected date, time and offset, such as 2026-11-22T17:40:00Z");
}

/// The policy of this repository, and what the fuzzer begins with.
fn texts() -> Vec<String> {
    let checkout = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = std::fs::read_dir(checkout.join("tests/corpus/plugins_toml")).unwrap();
    let files = corpus.map(|entry| entry.unwrap().path()).chain([checkout.join("plugins.toml")]);
    files.filter_map(|file| std::fs::read_to_string(file).ok()).collect()
}

#[test]
fn a_policy_that_is_printed_and_read_again_is_the_same() {
    let mut compared = 0;
    for text in texts() {
        let Ok(policy) = Policy::parse(&text) else { continue };
        let printed = toml::to_string(&text.parse::<toml::Table>().unwrap()).unwrap();
        let again = Policy::parse(&printed).unwrap_or_else(|error| panic!("{error}\n{printed}"));
        assert_eq!(again.plugins.keys().collect::<Vec<_>>(), policy.plugins.keys().collect::<Vec<_>>());
        for (name, table) in &policy.plugins {
            let other = &again.plugins[name];
            assert_eq!((other.grants_digest(), &other.approved), (table.grants_digest(), &table.approved), "{name}");
            compared += table.grants.len();
        }
        assert!(again.widenings(&policy).is_empty() && policy.widenings(&again).is_empty());
    }
    assert!(compared > 10, "{compared} grants are too few to prove anything");
}
