//! What a program may use up: above it everything of it is killed, and the refusal has the number.

use insta::assert_snapshot;

use crate::house::{House, bash, text};

#[tokio::test]
async fn a_program_that_forks_without_end_is_killed() {
    let house = House::with("pids = 30", "").await;
    assert_snapshot!(house.said("bomb() { bomb | bomb & }; bomb; sleep 600").await, @"limit.pids: `bash -c 'bomb() { bomb | bomb & }; bomb; sleep 600'` started more processes than its jail allows (30).");
}

#[tokio::test]
async fn a_program_that_writes_without_end_is_killed() {
    let house = House::with("output = \"64KiB\"", "").await;
    assert_snapshot!(text(&house.call("exec-count", bash("yes")).await), @"limit.output: `bash -c yes` wrote more than its jail allows (65536 bytes).");
    assert_snapshot!(text(&house.call("exec-count", bash("yes >&2")).await), @"limit.output: `bash -c 'yes >&2'` wrote more than its jail allows (65536 bytes).");
}

#[tokio::test]
async fn a_program_that_sleeps_is_killed() {
    let house = House::with("wall = \"300ms\"", "").await;
    assert_snapshot!(house.said("sleep 600").await, @"limit.time: `bash -c 'sleep 600'` took longer than its jail allows (0.3 s).");
}

#[tokio::test]
async fn a_program_that_ignores_signals_and_closes_its_output_is_killed() {
    let house = House::with("wall = \"300ms\"", "").await;
    assert_snapshot!(house.said("trap '' TERM INT HUP; exec >&- 2>&-; while :; do sleep 1; done").await, @r#"limit.time: `bash -c 'trap '\'''\'' TERM INT HUP; exec >&- 2>&-; while :; do sleep 1; done'` took longer than its jail allows (0.3 s)."#);
}

#[tokio::test]
async fn a_program_that_takes_memory_is_killed() {
    let house = House::with("memory = \"64MiB\"", "").await;
    let script = "a=x; while :; do a=$a$a; done";
    assert_snapshot!(house.said(script).await, @"limit.memory: `bash -c 'a=x; while :; do a=$a$a; done'` took more memory than its jail allows (67108864 bytes).");
}

#[tokio::test]
async fn the_end_stays_the_end() {
    let house = House::with("wall = \"100ms\"", "").await;
    let ends = house.call("exec-twice", bash("sleep 600")).await;
    assert_eq!(text(&ends), "limit.time, limit.time, limit.time");
}

#[tokio::test]
async fn the_time_of_the_call_ends_its_programs() {
    let house = House::within("400ms").await;
    assert_snapshot!(house.said("sleep 600").await, @"limit.time: The call took longer than 0.4 s.");
}
