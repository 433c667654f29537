//! Programs that outlive what their guest wants of them: nothing does.

use claudetools_sandbox::Event;
use serde_json::json;

use crate::house::{House, bash, text};

#[tokio::test]
async fn a_dropped_program_is_gone_with_all_that_it_started() {
    let house = House::new().await;
    let outcome = house.call("exec-drop", bash("trap '' TERM HUP; setsid sleep 600 & echo up; sleep 600")).await;
    assert_eq!(text(&outcome), "dropped after up\n");
}

#[tokio::test]
async fn a_program_that_a_guest_leaves_running_ends_with_the_call() {
    let house = House::new().await;
    let outcome = house.call("exec-leave", bash("setsid sleep 600 & echo up; sleep 600")).await;
    assert_eq!(text(&outcome), "left");
}

#[tokio::test]
async fn a_daemon_does_not_outlive_its_program() {
    let house = House::new().await;
    let script =
        "(setsid bash -c 'trap \"\" TERM HUP; while :; do sleep 1; done' >/dev/null 2>&1 </dev/null &); echo out";
    assert_eq!(house.said(script).await, "out\nexit 0");
}

#[tokio::test]
async fn programs_run_beside_each_other() {
    let house = House::new().await;
    let mut input = bash("echo up; sleep 600");
    input["count"] = json!(4);
    assert_eq!(text(&house.call("exec-many", input).await), "4 run");
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_takes_its_programs_with_it() {
    let house = House::new().await;
    let mut running = house.start("exec-run", &bash("echo up; sleep 600"));
    assert_eq!(running.events.recv().await, Some(Event::Append("up\n".into())));
    drop(running);
    crate::house::until(|| std::fs::read_dir(house.dir.path().join("scratch")).unwrap().next().is_none()).await;
    house.nothing_is_left();
}
