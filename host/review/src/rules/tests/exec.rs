//! Native programs in a review: what it says of them, and what they count.

use insta::assert_snapshot;

use crate::Rule;
use crate::fixture::{Case, JAILS, ask_exec, ask_fs, give_exec, give_fs, give_shell};

const LOG: &str = r#"["log", "-n", { int = { min = 1, max = 50 } }, { rest = { path = { root = "repo" } }, max = 3 }]"#;

fn case(grants: &str) -> Case {
    let mut case =
        Case::new(&(ask_exec(r#"["git", "bash"]"#) + &ask_fs(r#"["read", "create"]"#)), &format!("{grants}{JAILS}"));
    case.found.imports.insert("claudetools:plugin/process@1.0.0".to_owned());
    case
}

#[test]
fn a_review_shows_what_is_started_with_what_and_where() {
    let review = case(&(give_exec("history", LOG, "offline") + &give_shell("any", "online"))).review();
    let granted: Vec<String> = review.granted.iter().map(|entry| entry.what.clone()).collect();
    assert_snapshot!(granted.join("\n"), @r#"
    callable by tech, started by user or model
    its answers are trusted and do not taint a turn
    history: /usr/bin/git log -n <1…50> <path in repo>×0…3 · in the jail offline: reads repo, writes scratch, no network
    any: /bin/bash, told anything · in the jail online: reads repo, connects to api.example.com:443
    "#);
    let lines: Vec<String> = review.risk.lines.iter().map(|line| line.to_string()).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    +25 shell on /bin/bash, told anything — do without `bash` to save 25
    +20 the native program `bash`, which reaches the network or sockets of the host — take `net` and `unix` out of the jail `online`, to save 20
    +18 exec on /usr/bin/git log -n <1…50> <path in repo>×0…3 — do without `git` to save 18
    +10 an approval without a signature — sign it to save 10
    "#);
}

#[test]
fn a_program_that_reaches_the_network_or_reads_what_is_written_is_a_pair() {
    let online = case(&give_exec("history", LOG, "online"));
    assert_snapshot!(online.hits(Rule::ToxicPair), @"warning :16 It has the native program `git`, which reaches the network or sockets of the host. → take `net` and `unix` out of the jail `online`");
    let writes = case(&(give_exec("history", LOG, "offline") + &give_fs("notes", r#"["create"]"#, r#"["docs/**"]"#)));
    assert_snapshot!(writes.hits(Rule::ToxicPair), @"warning :16 It has write access to repo/docs/**, and the native program `git` that reads there. → split it in two plugins, one without the grant `history`");
    assert_eq!(case(&give_exec("history", LOG, "offline")).hits(Rule::ToxicPair), "");
}

#[test]
fn a_program_that_starts_unasked_is_found() {
    assert_snapshot!(case(&give_exec("history", "[\"log\"]", "offline")).hits(Rule::WeakConfirm), @r#"warning :16 The grant `history` starts `/usr/bin/git log`, and nobody is asked first. → confirm = { when = "tainted", by = ["…"] }"#);
}

#[test]
fn programs_that_are_asked_for_granted_or_imported_alone_are_found() {
    assert_snapshot!(case("").hits(Rule::AskedNotGranted), @r#"
    note :12 It asks for the native programs `bash`, `git`, which no grant gives.
    note :12 It asks for `read`, `create` in `repo`, which no grant gives.
    "#);
    let mut unasked = Case::new("", &format!("{}{JAILS}", give_exec("history", "[]", "offline")));
    assert_snapshot!(unasked.hits(Rule::GrantedNotAsked), @"error :19 The grant `history` gives the native program `git`, which the manifest does not ask for. → take it out of the grant");
    assert_snapshot!(unasked.hits(Rule::GrantedNotImported), @"error :16 The grant `history` gives native programs, and the component imports nothing that could use it. → remove the grant");
    unasked.found.imports.insert("claudetools:plugin/process@1.0.0".to_owned());
    assert_snapshot!(unasked.hits(Rule::ImportedNotAsked), @"error It imports `claudetools:plugin/process@1.0.0`, which its manifest does not ask for. → its author has to ask for it in the manifest, or build without it");
}
