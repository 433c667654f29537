//! Calls that go on: their tasks, for as long as the program runs and for nobody else.

use claudetools_agent::TurnId;
use claudetools_agent::tools::{ToolCall, Tools as _};
use claudetools_policy::{Caller, MemberId, Origin};
use claudetools_tests::company::{Company, Places};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::world::{SHIPPED, World};

/// Begins a task in the thread "1".
async fn begin(world: &World, command: &str) -> String {
    let said = world.bash_in("1", json!({ "command": command, "run_in_background": true })).await;
    let id = said.split([' ', '.']).find(|word| word.starts_with("task_"));
    id.unwrap_or_else(|| panic!("{said}")).to_owned()
}

async fn output(world: &World, id: &str, more: Value) -> String {
    let mut input = json!({ "task_id": id });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.call("1", "TaskOutput", input).await.replace(id, "[task]")
}

/// The places once the ledger in them is let go.
async fn closed(company: Company, places: Places) -> Places {
    company.ledger.close().await;
    drop(company);
    while claudetools_ledger::Ledger::open(&places.path("data")).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    places
}

/// A text without its times.
fn timeless(text: &str) -> String {
    let words = text.split(' ').map(|word| if word.parse::<u64>().is_ok() { "[n]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_task_is_answered_at_once_and_told_of_when_it_ends() {
    let world = World::new().await;
    let id = begin(&world, "echo first; sleep 1; cd docs; echo last; exit 3").await;
    assert_snapshot!(timeless(&output(&world, &id, json!({})).await), @r"
    [task] has ended after [n] s: Exit code 3
    Exit code 3
    first
    last
    ");
    assert_snapshot!(output(&world, &id, json!({})).await, @"There is no task `[task]` in this thread, or its end was told already.");
    assert_eq!(world.bash("pwd").await, "/repo", "a task does not move the thread");
}

#[tokio::test]
async fn output_is_told_as_it_comes_and_once() {
    let world = World::new().await;
    let id = begin(&world, "echo one; while [ ! -f /thread/go ]; do sleep 0.05; done; echo two").await;
    let mut told = String::new();
    while !told.contains("one") {
        told = output(&world, &id, json!({ "block": false })).await;
    }
    assert!(told.contains(" runs, for "), "{told}");
    assert!(output(&world, &id, json!({ "timeout": 1 })).await.contains("(no new output)"));
    world.bash("touch /thread/go").await;
    assert_snapshot!(timeless(&output(&world, &id, json!({})).await), @r"
    [task] has ended after [n] s: [n] lines
    two

    ");
}

#[tokio::test]
async fn a_stopped_task_is_gone() {
    let world = World::new().await;
    let id = begin(&world, "echo up; sleep 600").await;
    let said = world.call("1", "TaskStop", json!({ "task_id": id })).await;
    assert!(said.contains("has ended") && said.contains("call.cancelled"), "{said}");
    assert!(output(&world, &id, json!({})).await.starts_with("There is no task"));
}

#[tokio::test]
async fn a_task_belongs_to_its_thread_and_to_who_may_call_its_tool() {
    let world = World::new().await;
    let id = begin(&world, "sleep 600").await;
    let elsewhere = world.call("2", "TaskOutput", json!({ "task_id": id, "block": false })).await;
    assert!(elsewhere.starts_with("There is no task"), "{elsewhere}");
    let input = json!({ "task_id": id, "block": false }).to_string();
    for tool in ["TaskOutput", "TaskStop"] {
        let input = if tool == "TaskStop" { json!({ "task_id": id }).to_string() } else { input.clone() };
        let (result, _) = world.company.call_in("1", tool, &input, &["viewer"]).await;
        assert_eq!(result.code.map(|code| code.as_str()), Some("caller.role"), "{tool}");
    }
    assert!(output(&world, &id, json!({ "block": false })).await.contains(" runs, for "));
    let wrong = world.call("1", "TaskStop", json!({ "task_id": id, "force": true })).await;
    assert!(wrong.starts_with("proto.shape"), "{wrong}");
}

#[tokio::test]
async fn a_thread_has_four_tasks_and_still_a_foreground() {
    let world = World::new().await;
    for _ in 0..4 {
        begin(&world, "sleep 600").await;
    }
    let fifth = world.bash_in("1", json!({ "command": "sleep 600", "run_in_background": true })).await;
    assert_snapshot!(fifth, @"limit.concurrent: At most 4 tasks run at once in one thread; stop one or wait for its end.");
    assert_eq!(world.bash("echo here").await, "here");
}

#[tokio::test]
async fn stop_ends_the_turn_and_not_its_tasks() {
    let world = World::new().await;
    let caller = Caller { member: MemberId("test:1".into()), roles: ["tech".to_owned()].into(), origin: Origin::Model };
    let call = |name: &str, input: Value| ToolCall {
        id: "toolu_1".into(),
        name: name.into(),
        input: input.to_string(),
        turn: TurnId("turn-1".into()),
        thread: claudetools_agent::ThreadId::new("test", "1"),
        own: caller.roles.clone(),
        caller: caller.clone(),
    };
    let stop = CancellationToken::new();
    let (events, _heard) = tokio::sync::mpsc::unbounded_channel();
    let began = call("Bash", json!({ "command": "sleep 600", "run_in_background": true }));
    let began = crate::world::said(&world.company.toolbox.call(began, events.clone(), stop.clone()).await);
    let id = began.split([' ', '.']).find(|word| word.starts_with("task_")).unwrap().to_owned();
    stop.cancel();
    let asked = call("TaskOutput", json!({ "task_id": id }));
    let told = crate::world::said(&world.company.toolbox.call(asked, events, stop).await);
    assert!(told.contains(" runs, for "), "Stop ends the wait, too: {told}");
}

#[tokio::test]
async fn the_end_of_the_program_ends_tasks_and_the_next_one_says_so() {
    let world = World::new().await;
    let id = begin(&world, "echo up; sleep 600").await;
    world.company.toolbox.tasks().stop_all().await;
    let rows = format!("{:?}", world.company.ledger.newest_audit(1).await.unwrap());
    assert!(rows.contains("tool.outcome") && rows.contains("call.cancelled"), "{rows}");
    let World { company, places } = world;
    let places = closed(company, places).await;
    let world = World { company: Company::open(&places, SHIPPED).await.unwrap(), places };
    assert_snapshot!(output(&world, &id, json!({})).await, @"[task] is no more: the program was restarted, which ended every task. What it said is lost; what it had changed by then is changed. Look before you begin it again.");
    assert!(output(&world, &id, json!({})).await.starts_with("There is no task"));
}
