//! Guests that take more than they may: each ends with its own code, and the sandbox goes on.

#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "it uses a part of what the other tests do")]
mod guest;

use std::time::Duration;

use claudetools_sandbox::{Event, Outcome, Part};
use guest::{House, call, component, said};
use insta::assert_snapshot;

const ANSWER: &str = "(call $answer (local.get $input) (local.get $input-len))";

/// Calls a guest that misbehaves, then one that does not: the second must answer.
async fn tried(limits: &str, imports: &str, body: &str, more: &str) -> Outcome {
    let house = House::new(limits, "");
    let outcome = house.call(&component(imports, body, more)).await;
    let after = house.call(&component("", ANSWER, "")).await;
    assert_eq!(after.result.unwrap().parts, [Part::Text("{}".to_owned())]);
    outcome
}

#[tokio::test]
async fn a_guest_that_loops_is_ended() {
    let outcome = tried("wall = \"100ms\"", "", "(loop $l (br $l)) (i32.const 0)", "").await;
    assert_snapshot!(said(&outcome), @"limit.time: The call took longer than 0.1 s.");
    assert_eq!(outcome.effects.refused, 1);
}

#[tokio::test]
async fn a_guest_that_loops_at_its_start_is_ended() {
    let more = "(func $spin (loop $l (br $l))) (start $spin)";
    let outcome = tried("wall = \"100ms\"", "", ANSWER, more).await;
    assert_snapshot!(said(&outcome), @"limit.time: The call took longer than 0.1 s.");
}

#[tokio::test]
async fn a_guest_that_sleeps_is_ended() {
    let imports = r#"
        (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))"#;
    let body = "(call $block (call $sleep (i64.const 3600000000000))) (i32.const 0)";
    let outcome = tried("wall = \"100ms\"", imports, body, "").await;
    assert_snapshot!(said(&outcome), @"limit.time: The call took longer than 0.1 s.");
}

#[tokio::test]
async fn a_guest_that_calls_the_host_all_the_time_is_ended() {
    let imports = r#"(import "claudetools:plugin/progress@1.0.0" "steps" (func $steps (param i32 i32 i32)))"#;
    let body = "(loop $l (call $steps (i32.const 1) (i32.const 0) (i32.const 0)) (br $l)) (i32.const 0)";
    let outcome = tried("hostcalls = 1000", imports, body, "").await;
    assert_snapshot!(said(&outcome), @"limit.hostcalls: The call may ask the host 1000 times.");
    assert_eq!(outcome.usage.hostcalls, 1001);
}

#[tokio::test]
async fn calls_of_wasi_count_too() {
    let imports = r#"(import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))"#;
    let body = "(loop $l (drop (call $now)) (br $l)) (i32.const 0)";
    let outcome = tried("hostcalls = 1000", imports, body, "").await;
    assert_snapshot!(said(&outcome), @"limit.hostcalls: The call may ask the host 1000 times.");
}

#[tokio::test]
async fn a_guest_that_grows_without_end_is_ended_with_the_limit_of_memory() {
    let body = "(loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable";
    let outcome = tried("memory = \"8MiB\"", "", body, "").await;
    assert_snapshot!(said(&outcome), @"limit.memory: The call may hold 8388608 bytes of memory.");
    // One page, and seven times sixteen.
    assert_eq!(outcome.usage.memory_peak, 113 << 16);
}

#[tokio::test]
async fn a_guest_that_is_refused_memory_and_copes_may_answer() {
    let body = "(drop (memory.grow (i32.const 60000))) (call $answer (local.get $input) (local.get $input-len))";
    let outcome = tried("memory = \"8MiB\"", "", body, "").await;
    assert_eq!(outcome.result.unwrap().parts, [Part::Text("{}".to_owned())]);
}

#[tokio::test]
async fn memories_count_together() {
    let more = "(memory $a 40) (memory $b 40) (memory $c 60)";
    let outcome = tried("memory = \"8MiB\"", "", ANSWER, more).await;
    assert_snapshot!(said(&outcome), @"limit.memory: The call may hold 8388608 bytes of memory.");
}

#[tokio::test]
async fn a_table_that_grows_without_end_is_refused() {
    let body =
        "(loop $l (br_if $l (i32.ge_s (table.grow $t (ref.null func) (i32.const 1000)) (i32.const 0)))) unreachable";
    let outcome = tried("table = 5000", "", body, "(table $t 1 funcref)").await;
    assert_snapshot!(said(&outcome), @"limit.memory: A table of the call may hold 5000 elements.");
}

#[tokio::test]
async fn recursion_without_end_is_a_crash_and_nothing_else() {
    let body = "(call $deep (i32.const 0))";
    let more = "(func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))";
    let outcome = tried("", "", body, more).await;
    assert_snapshot!(said(&outcome), @"proto.trap: The plugin crashed: it used up its stack.");
}

#[tokio::test]
async fn a_crash_says_what_kind_it_was() {
    let outcome = tried("", "", "unreachable", "").await;
    assert_snapshot!(said(&outcome), @"proto.trap: The plugin crashed: wasm trap: wasm `unreachable` instruction executed.");
}

#[tokio::test]
async fn handles_that_are_never_dropped_run_out() {
    let imports =
        r#"(import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))"#;
    let body = "(loop $l (drop (call $sleep (i64.const 1))) (br $l)) (i32.const 0)";
    let outcome = tried("handles = 32", imports, body, "").await;
    assert_snapshot!(said(&outcome), @"limit.handles: The call may hold 32 handles at once.");
}

#[tokio::test]
async fn a_result_that_is_too_large_is_refused_and_not_cut() {
    let body = "(drop (memory.grow (i32.const 100))) (call $answer (i32.const 65536) (i32.const 3000000))";
    let outcome = tried("output = \"1MiB\"", "", body, "").await;
    assert_snapshot!(said(&outcome), @"limit.output: The output has 3000000 bytes; 1048576 are allowed.");
}

#[tokio::test]
async fn a_result_that_names_the_same_bytes_a_thousand_times_is_not_copied_out() {
    let body = "
        (local $n i32)
        (drop (memory.grow (i32.const 100)))
        (loop $l
            (i32.store (i32.add (i32.const 2004) (i32.mul (local.get $n) (i32.const 20))) (i32.const 65536))
            (i32.store (i32.add (i32.const 2008) (i32.mul (local.get $n) (i32.const 20))) (i32.const 6000000))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 1000))))
        (drop (call $answer (i32.const 0) (i32.const 0)))
        (i32.store (i32.const 1028) (i32.const 2000))
        (i32.store (i32.const 1032) (i32.const 1000))
        (i32.const 1024)";
    let outcome = tried("", "", body, "").await;
    assert_snapshot!(said(&outcome), @"limit.output: The output may have 10485760 bytes.");
}

#[tokio::test]
async fn an_argument_that_is_too_large_is_not_copied_out() {
    let imports = r#"(import "claudetools:plugin/progress@1.0.0" "status" (func $status (param i32 i32)))"#;
    let body = "(drop (memory.grow (i32.const 400))) (call $status (i32.const 0) (i32.const 20000000)) unreachable";
    let outcome = tried("", imports, body, "").await;
    assert_snapshot!(said(&outcome), @"limit.hostcalls: A call into the host may carry 16777216 bytes.");
}

#[tokio::test]
async fn a_result_that_is_not_utf8_is_refused() {
    let body = "(i32.store8 (i32.const 5000) (i32.const 255)) (call $answer (i32.const 5000) (i32.const 1))";
    let outcome = tried("", "", body, "").await;
    assert_snapshot!(said(&outcome), @"proto.utf8: The plugin handed over text that is not UTF-8.");
}

#[tokio::test]
async fn a_flood_of_log_lines_is_cut_once() {
    let imports = r#"(import "claudetools:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32)))"#;
    let body = "
        (local $n i32)
        (memory.fill (i32.const 4096) (i32.const 97) (i32.const 100))
        (loop $l
            (call $log (i32.const 1) (i32.const 4096) (i32.const 100))
            (local.set $n (i32.add (local.get $n) (i32.const 1)))
            (br_if $l (i32.lt_u (local.get $n) (i32.const 1000))))
        (call $answer (i32.const 0) (i32.const 0))";
    let house = House::new("log = \"1KiB\"", "");
    let plugin = house.load(&component(imports, body, "")).await;
    let mut running = house.sandbox.call(&plugin, call("{}"));
    let mut lines = Vec::new();
    while let Some(event) = running.events.recv().await {
        lines.push(event);
    }
    assert_eq!(lines.len(), 11);
    let Some(Event::Log { message, .. }) = lines.last() else { panic!("{lines:?}") };
    assert!(message.ends_with("… the log of this call is cut here"), "{message}");
    assert!(running.outcome().await.result.is_ok());
}

#[tokio::test]
async fn a_call_beyond_the_plugins_number_waits_and_is_then_refused() {
    let house = House::new("concurrent = 1\nwall = \"1m\"", "");
    let plugin = house.load(&component("", "(loop $l (br $l)) (i32.const 0)", "")).await;
    let first = house.sandbox.call(&plugin, call("{}"));
    let second = house.sandbox.call(&plugin, call("{}")).outcome().await;
    assert_snapshot!(said(&second), @"limit.concurrent: 1 calls of this plugin are running already; try again.");
    first.cancel();
    assert_snapshot!(said(&first.outcome().await), @"call.cancelled: The call was stopped.");
}

#[tokio::test]
async fn a_call_that_is_cancelled_ends_at_once_whatever_it_does() {
    let sleep = r#"
        (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))"#;
    let house = House::new("wall = \"1h\"", "");
    let spinning = component("", "(loop $l (br $l)) (i32.const 0)", "");
    let sleeping = component(sleep, "(call $block (call $sleep (i64.const 3600000000000))) (i32.const 0)", "");
    for guest in [spinning, sleeping] {
        let plugin = house.load(&guest).await;
        let running = house.sandbox.call(&plugin, call("{}"));
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.cancel();
        assert_eq!(said(&running.outcome().await), "call.cancelled: The call was stopped.");
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_any_more_is_cancelled() {
    let house = House::new("concurrent = 1\nwall = \"1h\"", "");
    let plugin = house.load(&component("", "(loop $l (br $l)) (i32.const 0)", "")).await;
    drop(house.sandbox.call(&plugin, call("{}")));
    let next = house.sandbox.call(&plugin, call("{}"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    next.cancel();
    // Not `limit.concurrent`: the first one made room.
    assert_snapshot!(said(&next.outcome().await), @"call.cancelled: The call was stopped.");
}
