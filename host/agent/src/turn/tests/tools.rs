//! Tool calls: order, journal, stop.

use super::*;
use crate::tools::ToolEvent;

#[test]
fn a_call_is_journalled_before_it_runs_and_answered_before_the_model_is_asked() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("tool_use", &[text("I look."), call("a", "Read")]), @r#"
    journal reply tool_use
    show began a
    journal intent a
    run a Read {"of":"a"}
    "#);
    let event = ToolEvent::Status("half".to_owned());
    insta::assert_snapshot!(run.on(Event::Tool { id: "a".to_owned(), event: event.clone() }), @r#"show ToolSaid { id: "a", event: Status("half") }"#);
    assert_eq!(run.on(Event::Tool { id: "b".to_owned(), event }), "");
    insta::assert_snapshot!(run.done("a"), @r#"
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"result of a"}]}
    show ended a false ok
    call model
    "#);
    assert_eq!(run.done("a"), "", "a second answer to a call is nobody's");
}

#[test]
fn calls_that_only_read_run_together_and_others_alone_and_in_order() {
    let mut run = Run::begun();
    let calls = ["R1", "R2", "W3", "W4", "R5", "R6"].map(|name| call(&name.to_lowercase(), name));
    let runs = |told: String| told.lines().filter(|line| line.starts_with("run")).map(|l| l[4..6].to_owned()).collect();
    let mut started: Vec<Vec<String>> = vec![runs(run.reply("tool_use", &calls))];
    for id in ["r2", "r1", "w3", "w4", "r5"] {
        started.push(runs(run.done(id)));
    }
    assert_eq!(format!("{started:?}"), r#"[["r1", "r2"], [], ["w3"], ["w4"], ["r5", "r6"], []]"#);
    assert!(run.done("r6").ends_with("call model"));
}

#[test]
fn at_most_eight_calls_run_at_once() {
    let mut run = Run::begun();
    let calls: Vec<_> = (0..12).map(|n| call(&format!("r{n}"), "Read")).collect();
    let count = |told: &str| told.matches("\nrun ").count();
    assert_eq!(count(&run.reply("tool_use", &calls)), 8);
    assert_eq!(count(&run.done("r5")), 1);
}

#[test]
fn calls_are_run_whatever_the_stop_reason_says() {
    let mut run = Run::begun();
    assert!(run.reply("end_turn", &[call("a", "Read")]).contains("run a Read"));
}

#[test]
fn the_same_id_is_never_run_twice() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Write")]);
    run.done("a");
    insta::assert_snapshot!(run.reply("tool_use", &[call("a", "Write")]), @r#"
    journal reply tool_use
    show began a
    refused a Write proto.shape
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"proto.shape: a call with this id was made before in this turn."}],"is_error":true}
    show ended a true proto.shape
    call model
    "#);
}

#[test]
fn the_same_call_again_and_again_is_answered_instead_of_run() {
    let mut run = Run::begun();
    for id in ["a", "b", "c"] {
        assert!(run.reply("tool_use", &[call_with(id, "Grep", "{}")]).contains("\nrun "));
        run.done(id);
    }
    insta::assert_snapshot!(run.reply("tool_use", &[call_with("d", "Grep", "{}")]), @r#"
    journal reply tool_use
    show began d
    refused d Grep limit.turn
    journal {"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"limit.turn: you made this very call 4 times in a row; it was not run again. Use what it gave you, try something else, or say what is missing."}],"is_error":true}
    show ended d true limit.turn
    call model
    "#);
    assert!(run.reply("tool_use", &[call_with("e", "Grep", r#"{"a":1}"#)]).contains("\nrun "));
}

#[test]
fn an_enormous_input_is_answered_instead_of_run() {
    let mut run = Run::begun();
    let input = format!(r#"{{"content":"{}"}}"#, "x".repeat(400_000));
    let told = run.reply("tool_use", &[call_with("a", "Write", &input)]);
    assert!(told.contains("proto.shape: the input has more than 400000 bytes") && !told.contains("\nrun "));
}

#[test]
fn a_message_that_leaves_does_not_join() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Read")]);
    run.on(steer("also b"));
    run.on(steer("also c"));
    assert_eq!(run.on(Event::Leave { message: "also b".to_owned() }), "");
    let told = run.done("a");
    assert!(told.contains("steered also c") && !told.contains("also b"), "{told}");
}

#[test]
fn a_message_meanwhile_joins_behind_the_results() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Read")]);
    assert_eq!(run.on(steer("also b")), "");
    insta::assert_snapshot!(run.done("a"), @r#"
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"result of a"}]}
    show ended a false ok
    journal steered also b
    show Steered { message: "also b" }
    call model
    "#);
}

#[test]
fn a_person_stops_tools_and_what_runs_is_waited_for() {
    let mut run = Run::begun();
    run.reply("tool_use", &[text("I write."), call("a", "Write"), call("b", "Write")]);
    insta::assert_snapshot!(run.on(Event::Stop), @r#"
    cancel
    journal {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"Not run: the person stopped this turn."}],"is_error":true}
    show ended b true stopped
    "#);
    insta::assert_snapshot!(run.done("a"), @r#"
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"result of a"}]}
    show ended a false ok
    journal ended
    show ended
    end stopped: I write.

    - `Write`: not run.
    "#);
}

#[test]
fn a_second_stop_does_not_wait() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Write")]);
    run.on(Event::Stop);
    insta::assert_snapshot!(run.on(Event::Stop), @r#"
    cancel
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"Interrupted: the person stopped this turn. It may or may not have happened; check before trying again."}],"is_error":true}
    show ended a true stopped
    journal ended
    show ended
    end stopped: - `Write`: it did not come back in time, and may or may not have happened.
    "#);
}
