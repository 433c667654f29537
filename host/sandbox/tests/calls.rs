//! What passes between a guest and the host in a call.

#[path = "calls/clients.rs"]
mod clients;
mod guest;

use std::collections::BTreeMap;

use claudetools_policy::Code;
use claudetools_sandbox::{Call, Event, Failure, Level, Subject};
use guest::{House, call, component, said};
use insta::assert_snapshot;

const ANSWER: &str = "(call $answer (local.get $input) (local.get $input-len))";

/// Grants that let the guest read `docs` of the root, and keep state.
const GRANTS: &str = r#"
[[plugin.guest.grant]]
id = "docs"
why = "for tests"
kind = "fs"
root = "repo"
access = ["read", "list"]
allow = ["docs/**"]
max_file = "1KiB"

[[plugin.guest.grant]]
id = "state"
why = "for tests"
kind = "state"
"#;

#[tokio::test]
async fn progress_and_log_come_in_order_while_the_call_runs() {
    let imports = r#"
        (import "claudetools:plugin/progress@1.0.0" "status" (func $status (param i32 i32)))
        (import "claudetools:plugin/progress@1.0.0" "steps" (func $steps (param i32 i32 i32)))
        (import "claudetools:plugin/progress@1.0.0" "append" (func $append (param i32 i32)))
        (import "claudetools:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))"#;
    let body = format!(
        "(call $status (i32.const 5000) (i32.const 9))
         (call $steps (i32.const 1) (i32.const 1) (i32.const 3))
         (call $append (i32.const 5010) (i32.const 4))
         (call $log (i32.const 2) (i32.const 5010) (i32.const 4))
         {ANSWER}"
    );
    let more = r#"(data (i32.const 5000) "one\0aother text")"#;
    let house = House::new("", "");
    let plugin = house.load(&component(imports, &body, more)).await;
    let mut running = house.sandbox.call(&plugin, call("{}"));
    let mut events = Vec::new();
    while let Some(event) = running.events.recv().await {
        events.push(event);
    }
    assert_eq!(
        events,
        [
            Event::Status("one".to_owned()),
            Event::Steps { done: 1, total: Some(3) },
            Event::Append("text".to_owned()),
            Event::Log { level: Level::Warn, message: "text".to_owned() },
        ]
    );
    let outcome = running.outcome().await;
    assert!(outcome.result.is_ok());
    assert_eq!((outcome.usage.hostcalls, outcome.usage.output_bytes), (4, 2));
    assert_eq!(outcome.usage.memory_peak, 65536);
}

#[tokio::test]
async fn a_call_whose_events_nobody_reads_still_ends() {
    let imports = r#"(import "claudetools:plugin/progress@1.0.0" "append" (func $append (param i32 i32)))"#;
    let body = format!(
        "(local $n i32)
         (loop $l
            (call $append (i32.const 0) (i32.const 1))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 1000))))
         {ANSWER}"
    );
    let outcome = House::new("", "").call(&component(imports, &body, "")).await;
    assert!(outcome.result.is_ok());
}

#[tokio::test]
async fn a_refusal_that_the_guest_reports_is_the_hosts_own_record() {
    let imports = r#"
        (import "claudetools:plugin/replace@1.0.0" "file"
            (func $replace (param i32 i32 i32 i32 i32 i32 i32 i32)))"#;
    let body = "
        (call $replace (i32.const 5000) (i32.const 14) (i32.const 0) (i32.const 0)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 6000))
        (call $refused)";
    let more = r#"(data (i32.const 5000) "/repo/docs/new")"#;
    let house = House::new("", GRANTS);
    let outcome = house.call(&component(imports, body, more)).await;
    assert_snapshot!(said(&outcome), @"fs.not-granted: No grant gives the tool `Try` the access `create` to `/repo/docs/new`.");
    let row = &outcome.effects.rows[0];
    assert!(matches!(&row.subject, Subject::File { root, path, .. } if root == "repo" && path == "docs/new"));
    assert_eq!(row.decision.as_ref().unwrap_err().code, Code::FsNotGranted);
}

#[tokio::test]
async fn a_refusal_that_the_host_never_made_is_the_plugins_own_fault() {
    let outcome = House::new("", "").call(&component("", "(call $refused)", "")).await;
    assert!(matches!(outcome.result, Err(Failure::Internal(_))), "{outcome:?}");
}

#[tokio::test]
async fn the_network_is_refused_and_what_was_wanted_of_it_is_noted() {
    let imports = r#"
        (import "wasi:sockets/instance-network@0.2.12" "instance-network" (func $network (result i32)))
        (import "wasi:sockets/tcp-create-socket@0.2.12" "create-tcp-socket" (func $tcp (param i32 i32)))
        (import "wasi:sockets/ip-name-lookup@0.2.12" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))"#;
    let body = "
        (call $tcp (i32.const 0) (i32.const 6000))
        (call $resolve (call $network) (i32.const 5000) (i32.const 11) (i32.const 6100))
        (if (i32.eqz (i32.and (i32.load8_u (i32.const 6000)) (i32.load8_u (i32.const 6100)))) (then unreachable))
        (call $refused)";
    let guest = component(imports, body, r#"(data (i32.const 5000) "example.com")"#);
    let outcome = House::new("", "").call(&guest).await;
    assert_snapshot!(said(&outcome), @"net.not-granted: This tool has no access to the network.");
    let subjects: Vec<_> = outcome.effects.rows.iter().map(|row| row.subject.clone()).collect();
    let wanted = ["a TCP socket", "the address of `example.com`"].map(|what| Subject::Network(what.to_owned()));
    assert_eq!(subjects, wanted);
}

const STATE: &str = r#"
    (import "claudetools:plugin/state@1.0.0" "set" (func $set (param i32 i32 i32 i32 i32)))
    (import "claudetools:plugin/state@1.0.0" "get" (func $get (param i32 i32 i32)))
    (import "claudetools:plugin/state@1.0.0" "delete" (func $delete (param i32 i32 i32)))"#;

/// Answers with the value of `old`, sets `new` to `v`, deletes `old`.
const KEEPS: &str = "
    (call $get (i32.const 5000) (i32.const 3) (i32.const 6000))
    (call $set (i32.const 5003) (i32.const 3) (i32.const 5006) (i32.const 1) (i32.const 6100))
    (call $delete (i32.const 5000) (i32.const 3) (i32.const 6200))
    (call $answer (i32.load (i32.const 6004)) (i32.load (i32.const 6008)))";

const KEYS: &str = r#"(data (i32.const 5000) "oldnewv")"#;

fn call_with_state() -> Call {
    Call { state: BTreeMap::from([("old".to_owned(), b"before".to_vec())]), ..call("{}") }
}

#[tokio::test]
async fn state_is_read_and_its_changes_come_back() {
    let house = House::new("", GRANTS);
    let plugin = house.load(&component(STATE, KEEPS, KEYS)).await;
    let outcome = house.sandbox.call(&plugin, call_with_state()).outcome().await;
    assert!(said(&outcome).contains("before"), "{outcome:?}");
    assert_eq!(outcome.state, [("new".to_owned(), Some(b"v".to_vec())), ("old".to_owned(), None)]);
}

#[tokio::test]
async fn state_without_a_grant_is_neither_seen_nor_changed() {
    let house = House::new("", "");
    let plugin = house.load(&component(STATE, KEEPS, KEYS)).await;
    let outcome = house.sandbox.call(&plugin, call_with_state()).outcome().await;
    assert!(!said(&outcome).contains("before"), "{outcome:?}");
    assert_eq!((outcome.state.len(), outcome.effects.refused), (0, 3));
}

#[tokio::test]
async fn only_granted_roots_are_opened_for_the_guest() {
    let imports = r#"(import "wasi:filesystem/preopens@0.2.12" "get-directories" (func $dirs (param i32)))"#;
    // Answers with the first directory's guest path.
    let body = "
        (call $dirs (i32.const 6000))
        (if (i32.eqz (i32.load (i32.const 6004))) (then unreachable))
        (call $answer (i32.load offset=4 (i32.load (i32.const 6000))) (i32.load offset=8 (i32.load (i32.const 6000))))";
    let guest = component(imports, body, "");
    let granted = House::new("", GRANTS).call(&guest).await;
    assert!(said(&granted).contains("/repo"), "{granted:?}");
    let bare = House::new("", "").call(&guest).await;
    assert!(matches!(&bare.result, Err(Failure::Refused(refusal)) if refusal.code == Code::ProtoTrap));
}

#[tokio::test]
async fn a_plugins_own_words_about_a_failure_stay_its_own() {
    let body = "
        (drop (call $refused))
        (i32.store8 (i32.const 1028) (i32.const 0))
        (i32.store (i32.const 1032) (i32.const 5000))
        (i32.store (i32.const 1036) (i32.const 7))
        (i32.const 1024)";
    let outcome = House::new("", "").call(&component("", body, r#"(data (i32.const 5000) "no such")"#)).await;
    assert_eq!(outcome.result.unwrap_err(), Failure::Invalid("no such".to_owned()));
}

#[tokio::test]
async fn a_directory_of_the_sandbox_inside_a_root_is_refused() {
    let house = House::new("", "");
    let inside = house.dir.path().join("repo/cache");
    let roots = std::sync::Arc::new(
        claudetools_sandbox::Roots::open(
            &house.policy,
            BTreeMap::from([("repo".to_owned(), house.dir.path().join("repo"))]),
        )
        .unwrap(),
    );
    let settings = claudetools_sandbox::Settings {
        cache_dir: inside,
        scratch_dir: house.dir.path().join("scratch2"),
        compiler: claudetools_sandbox::Compiler::InProcess,
    };
    let error = claudetools_sandbox::Sandbox::new(settings, roots, guest::no_secrets()).unwrap_err().to_string();
    let error = error.replace(house.dir.path().to_str().unwrap(), "DIR");
    assert_snapshot!(error, @"the cache of compiled plugins at DIR/repo/cache lies inside the root `repo`; a grant on that root would open it too, so move one of them");
}
