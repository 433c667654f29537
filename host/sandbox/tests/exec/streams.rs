//! What passes between a guest and its program: bytes in, bytes out, the exit code.

use std::time::Duration;

use claudetools_sandbox::Event;
use insta::assert_snapshot;
use serde_json::json;

use crate::house::{House, bash, text, until};

#[tokio::test]
async fn a_program_has_exactly_the_environment_of_its_jail() {
    let outcome = House::new().await.call("exec-run", json!({ "program": "env" })).await;
    assert_snapshot!(text(&outcome), @"
    HOME=/scratch
    LANG=C.UTF-8
    PATH=/usr/bin:/bin
    exit 0
    ");
}

#[tokio::test]
async fn it_starts_where_it_is_told_and_reads_what_it_is_given() {
    let house = House::new().await;
    std::fs::create_dir(house.repo("docs")).unwrap();
    let input = json!({ "program": "bash", "directory": "/repo/docs", "input": "one\ntwo\n", "args": ["-c", "pwd; cat -n; cat ../a.md"] });
    let outcome = house.call("exec-run", input).await;
    assert_snapshot!(text(&outcome), @"
    /repo/docs
         1	one
         2	two
    alpha
    exit 0
    ");
}

#[tokio::test]
async fn both_streams_and_the_exit_code_reach_the_guest() {
    let house = House::new().await;
    assert_eq!(house.said("echo out; echo err >&2; exit 3").await, "out\nerr\nexit 3");
    assert_eq!(house.said("kill -KILL $$").await, "exit 137");
    assert_eq!(house.said("exec >&- 2>&-; exit 4").await, "exit 4");
    let ends = house.call("exec-twice", bash("exit 5")).await;
    assert_eq!(text(&ends), "exit 5, exit 5, exit 5");
}

#[tokio::test]
async fn output_reaches_the_guest_while_the_program_runs() {
    let house = House::new().await;
    let mut running = house.start("exec-run", &bash("echo one; until [ -e go ]; do sleep 0.02; done; echo two"));
    assert_eq!(running.events.recv().await, Some(Event::Append("one\n".into())));
    assert!(!house.processes().is_empty(), "what looks for processes does not see this one");
    std::fs::write(house.repo("go"), "").unwrap();
    assert_eq!(running.events.recv().await, Some(Event::Append("two\n".into())));
    assert_eq!(text(&running.outcome().await), "one\ntwo\nexit 0");
    house.nothing_is_left();
}

#[tokio::test]
async fn ten_thousand_lines_come_whole_and_take_no_memory() {
    let house = House::with("output = \"2MiB\"", "").await;
    let lines =
        "i=0; while [ $i -lt 10000 ]; do echo \"line $i of output that somebody wants to read\"; i=$((i+1)); done";
    let outcome = house.call("exec-count", bash(lines)).await;
    assert_snapshot!(text(&outcome), @"478890 bytes, 10000 lines, exit 0");
    let few = house.call("exec-count", bash("echo")).await;
    assert!(outcome.usage.memory_peak <= few.usage.memory_peak + (1 << 20), "{:?} {:?}", outcome.usage, few.usage);
}

#[tokio::test]
async fn input_larger_than_a_pipe_is_read_whole_or_dropped() {
    let house = House::new().await;
    let long = "a".repeat(1_000_000);
    let counted = house.call("exec-run", json!({ "program": "bash", "args": ["-c", "wc -c"], "input": long })).await;
    assert_eq!(text(&counted), "1000000\nexit 0");
    let unread = house.call("exec-run", json!({ "program": "bash", "args": ["-c", "echo no"], "input": long })).await;
    assert_eq!(text(&unread), "no\nexit 0");
}

#[tokio::test]
async fn bytes_that_are_no_text_pass_and_a_slow_reader_holds_the_program() {
    let house = House::new().await;
    let counted = house.call("exec-count", bash(r"printf '\377\376\000\033[2Jx'; head -c 300000 /dev/zero")).await;
    assert_eq!(text(&counted), "300008 bytes, 0 lines, exit 0");
}

#[tokio::test]
async fn what_it_leaves_in_scratch_is_there_for_the_call_and_gone_with_it() {
    let house = House::new().await;
    assert_eq!(house.said("echo made >/scratch/f; cat /scratch/f; mkdir -m 0 /scratch/closed").await, "made\nexit 0");
    assert_eq!(house.said("ls /scratch").await, "exit 0");
    assert!(house.said("echo x >>a.md").await.contains("Read-only"));
}

#[tokio::test]
async fn a_call_is_cancelled_while_its_program_says_nothing() {
    let house = House::new().await;
    let running = house.start("exec-run", &bash("trap '' TERM; echo up >/scratch/up; sleep 600 & sleep 600"));
    let scratch = house.dir.path().join("scratch");
    let up = || std::fs::read_dir(&scratch).unwrap().flatten().any(|call| call.path().join("up").exists());
    until(up).await;
    running.cancel();
    let outcome = tokio::time::timeout(Duration::from_secs(20), running.outcome()).await.unwrap();
    assert_eq!(text(&outcome), "call.cancelled: The call was stopped.");
    // A start that was under way ends on a thread of its own.
    until(|| std::fs::read_dir(&scratch).unwrap().next().is_none()).await;
    house.nothing_is_left();
}
