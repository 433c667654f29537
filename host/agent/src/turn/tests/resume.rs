//! Turns that go on after a restart.

use super::*;
use crate::window::repair;

/// What the turn does at `Begin` when the program ended after this journal.
fn resumed(mut journal: Vec<Entry>) -> String {
    journal.extend(repair(&journal));
    let turn = Turn::resume(id(), TurnLimits::default(), &journal);
    Run { turn, journal }.on(Event::Begin)
}

#[test]
fn a_complete_answer_is_not_asked_for_again() {
    let mut run = Run::begun();
    run.reply("max_tokens", &[text("one ")]);
    run.reply("end_turn", &[text("two")]);
    assert!(matches!(run.journal.pop(), Some(Entry::Ended { .. })));
    insta::assert_snapshot!(resumed(run.journal), @r#"
    show Began { turn: TurnId("turn") }
    journal ended
    show ended
    end answered: one two
    "#);
}

#[test]
fn an_end_stays_what_it_was() {
    let mut run = Run::begun();
    run.reply("end_turn", &[text("Yes.")]);
    insta::assert_snapshot!(resumed(run.journal), @r#"
    show Began { turn: TurnId("turn") }
    show ended
    end answered: Yes.
    "#);
}

#[test]
fn a_call_that_began_is_not_begun_again() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Write"), call("b", "Write")]);
    insta::assert_snapshot!(repair(&run.journal).iter().map(entry_told).collect::<Vec<_>>().join("\n"), @r#"
    {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"Interrupted: the program was restarted while this ran. It may or may not have happened; check before trying again."}],"is_error":true}
    {"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"Interrupted: this was not run, because the turn was cut off before it began."}],"is_error":true}
    "#);
    insta::assert_snapshot!(resumed(run.journal), @r#"
    show Began { turn: TurnId("turn") }
    call model
    "#);
}

#[test]
fn a_call_that_waits_for_a_person_waits_again_and_those_behind_it_are_run() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Write"), call("b", "Write")]);
    run.on(Event::Tool { id: "a".to_owned(), event: crate::tools::ToolEvent::Waits("waits".to_owned()) });
    assert_eq!(repair(&run.journal), []);
    insta::assert_snapshot!(resumed(run.journal), @r#"
    show Began { turn: TurnId("turn") }
    show began a
    journal intent a
    run a Write {"of":"a"}
    "#);
}

#[test]
fn half_a_reply_is_dropped() {
    let mut run = Run::begun();
    run.on(Event::Block(text("Hel")));
    insta::assert_snapshot!(repair(&run.journal).iter().map(entry_told).collect::<Vec<_>>().join("\n"), @"dropped");
    insta::assert_snapshot!(resumed(run.journal), @r#"
    show Began { turn: TurnId("turn") }
    call model
    "#);
}

#[test]
fn what_was_used_up_stays_used_up() {
    let mut run = Run::begun();
    run.reply("tool_use", &[call("a", "Read")]);
    run.done("a");
    let limits = TurnLimits { tool_calls: 1, ..TurnLimits::default() };
    let turn = Turn::resume(id(), limits, &run.journal);
    let mut run = Run { turn, journal: run.journal };
    run.on(Event::Begin);
    assert!(run.reply("tool_use", &[call("b", "Read")]).contains("limit.turn"));
}
