//! Calls that go round in circles.

use super::*;

const A: &str = r#"{"a":1}"#;

/// Makes a call that gives this, and tells whether it was run.
fn makes(run: &mut Run, id: usize, name: &str, input: &str, gives: &ToolResult) -> bool {
    let id = format!("c{id}");
    let told = run.reply("tool_use", &[call_with(&id, name, input)]);
    if !told.contains(&format!("\nrun {id} ")) {
        assert!(told.contains("limit.turn: "), "{told}");
        return false;
    }
    run.on(Event::ToolDone { id, result: gives.clone() });
    true
}

fn fails(text: &str) -> ToolResult {
    ToolResult { is_error: true, ..result(text) }
}

/// How many of these calls are run, one after the other.
fn run_of(calls: impl IntoIterator<Item = (&'static str, ToolResult)>) -> usize {
    let mut run = Run::begun();
    calls.into_iter().enumerate().take_while(|(id, (name, gives))| makes(&mut run, *id, name, A, gives)).count()
}

#[test]
fn the_same_calls_in_turn_are_answered_the_fourth_time() {
    let turn = |names: &'static [&'static str]| names.iter().cycle().take(40).map(|name| (*name, result("same")));
    assert_eq!(run_of(turn(&["Read"])), 3);
    assert_eq!(run_of(turn(&["Read", "Write"])), 7);
    assert_eq!(run_of(turn(&["Read", "Write", "Bash"])), 11);
    assert_eq!(run_of(turn(&["Read", "Read", "Write"])), 11);
}

#[test]
fn a_circle_in_which_something_changes_is_work() {
    let polls = (0..40).map(|time| (["TaskOutput", "Sleep"][time % 2], result(&format!("line {time}"))));
    assert_eq!(run_of(polls), 40);
    let mut run = Run::begun();
    for time in 0..20 {
        assert!(makes(&mut run, 2 * time, "Edit", &format!(r#"{{"of":{time}}}"#), &result("done")));
        assert!(makes(&mut run, 2 * time + 1, "Bash", A, &fails("1 test failed")) || time >= 3);
    }
}

#[test]
fn a_call_that_fails_with_the_same_error_is_not_made_a_fourth_time() {
    let between = ["Look", "Edit", "Read", "Edit", "Find", "Edit", "List", "Edit"];
    let calls = between.map(|name| (name, if name == "Edit" { fails("no such text") } else { result(name) }));
    assert_eq!(run_of(calls), 7);
    let mended =
        (0..12).map(|time| if time % 3 == 2 { ("Edit", result("done")) } else { ("Edit", fails("no such text")) });
    assert_eq!(run_of(mended), 3, "in a row it is still the same call");
}

#[test]
fn what_failed_in_earlier_turns_gets_one_more_try() {
    let mut earlier = Run::begun();
    for (id, name) in ["Edit", "Look", "Edit", "Find", "Edit"].into_iter().enumerate() {
        let gives = if name == "Edit" { fails("no such text") } else { result(name) };
        assert!(makes(&mut earlier, id, name, A, &gives));
    }
    let again = |gives: ToolResult| {
        let mut run = Run { turn: Turn::new(id(), TurnLimits::default()).after(&earlier.journal), journal: Vec::new() };
        run.on(Event::Begin);
        let names = ["Edit", "Look", "Edit"].into_iter().enumerate();
        names.map(|(id, name)| makes(&mut run, 100 + id, name, A, &gives)).collect::<Vec<_>>()
    };
    assert_eq!(again(fails("no such text")), [true, true, false]);
    assert_eq!(again(result("done")), [true, true, true], "it was mended meanwhile");
    assert_eq!(again(fails("another error")), [true, true, true]);
}

#[test]
fn the_model_is_told_what_it_does() {
    let mut run = Run::begun();
    for (id, name) in ["Edit", "Look", "Edit", "Find", "Edit", "List"].into_iter().enumerate() {
        assert!(makes(&mut run, id, name, A, &if name == "Edit" { fails("no") } else { result(name) }));
    }
    insta::assert_snapshot!(run.reply("tool_use", &[call_with("x", "Edit", A)]), @r#"
    journal reply tool_use
    show began x
    refused x Edit limit.turn
    journal {"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"limit.turn: this very call failed 3 times with the same error; it was not run again. Use what it gave you, try something else, or say what is missing."}],"is_error":true}
    show ended x true limit.turn
    call model
    "#);
    let mut run = Run::begun();
    for id in 0..7 {
        assert!(makes(&mut run, id, ["Read", "Write"][id % 2], A, &result("same")));
    }
    insta::assert_snapshot!(run.reply("tool_use", &[call_with("x", "Write", A)]), @r#"
    journal reply tool_use
    show began x
    refused x Write limit.turn
    journal {"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"limit.turn: you made the same 2 calls 4 times in turn, and the same came of them; it was not run again. Use what it gave you, try something else, or say what is missing."}],"is_error":true}
    show ended x true limit.turn
    call model
    "#);
}
