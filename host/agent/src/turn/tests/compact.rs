//! Conversations that get too long.

use super::*;
use crate::turn::Why;
use crate::window::Transcript;

const CUT: &str = "The stream was cut";

/// A turn whose conversation fills its budget after its first reply.
fn long() -> Run {
    let mut run = Run::new(TurnLimits { context_tokens: 12, attempts: 2, ..TurnLimits::default() });
    run.on(Event::Begin);
    run.reply("tool_use", &[call("a", "Read")]);
    run
}

fn made() -> Event {
    let compacted = compacted(Some(id()), text("so far"), vec![text("Hi")]);
    Event::Compacted {
        head: Box::new(head()),
        compacted: Box::new(compacted),
        cost: Some(MicroUsd(9)),
        request: String::new(),
    }
}

fn no_summary(kind: FailureKind) -> Event {
    Event::CompactionFailed(ModelFailure { kind, message: CUT.to_owned(), retry_after: None, jitter: 0 })
}

#[test]
fn a_full_conversation_is_summarised_between_two_requests() {
    let mut run = long();
    insta::assert_snapshot!(run.done("a"), @r#"
    journal {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"result of a"}]}
    show ended a false ok
    show Waiting("This conversation is long; summarising it before I go on")
    compact Full
    "#);
    insta::assert_snapshot!(run.on(steer("hurry")), @"");
    insta::assert_snapshot!(run.on(made()), @r#"
    journal head
    journal compacted
    journal steered hurry
    show Steered { message: "hurry" }
    call model
    "#);
    insta::assert_snapshot!(run.reply("end_turn", &[text("Done.")]), @r"
    journal reply end_turn
    journal ended
    show ended
    end answered: Done.
    ");
    insta::assert_snapshot!(compacted(None, text("x"), Vec::new()), @"Compacted: 152k → 9k tokens.");
}

#[test]
fn a_summary_that_fails_is_tried_again_and_then_the_turn_goes_on_without() {
    let mut run = long();
    run.done("a");
    insta::assert_snapshot!(run.on(no_summary(FailureKind::Cut)), @r#"
    show Waiting("The stream was cut; trying again in 1 s (2 of 2)")
    wait 500ms
    "#);
    insta::assert_snapshot!(run.on(Event::Waited), @r#"
    show Waiting("This conversation is long; summarising it before I go on")
    compact Full
    "#);
    insta::assert_snapshot!(run.on(no_summary(FailureKind::Cut)), @r"
    notice This conversation could not be summarised (The stream was cut); I go on with all of it.
    call model
    ");
    run.reply("tool_use", &[call("b", "Read")]);
    assert!(run.done("b").ends_with("call model"), "it is not tried again in this turn");
}

#[test]
fn a_prompt_that_is_too_long_is_summarised_once() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.on(failed(FailureKind::TooLong, "The conversation is too long for the model (400)")), @r#"
    show Waiting("This conversation is long; summarising it before I go on")
    compact TooLong
    "#);
    run.on(made());
    insta::assert_snapshot!(run.on(failed(FailureKind::TooLong, "The conversation is too long for the model (400)")), @r"
    journal ended
    show ended
    end failed: The conversation is too long for the model (400), also after it was summarised: the message, what is pinned or the instructions are too long. Shorten them, or start a new thread.
    ");
}

#[test]
fn a_prompt_that_is_too_long_and_cannot_be_summarised_ends_the_turn() {
    let mut run = Run::begun();
    run.on(failed(FailureKind::TooLong, "Too long"));
    insta::assert_snapshot!(run.on(no_summary(FailureKind::Final)), @r"
    journal ended
    show ended
    end failed: The conversation is too long for the model, and summarising it failed: The stream was cut. Clear the conversation, or start a new thread.
    ");
}

#[test]
fn a_person_can_stop_while_it_is_summarised() {
    let mut run = long();
    run.done("a");
    insta::assert_snapshot!(run.on(Event::Stop), @r"
    cancel
    journal ended
    show ended
    end stopped:
    ");
    assert_eq!(run.effects(made()), []);
}

#[test]
fn a_turn_that_was_cut_off_while_it_was_summarised_summarises_again_and_one_behind_it_does_not() {
    let mut run = long();
    run.done("a");
    let resumed = |journal: &[Entry]| {
        let limits = TurnLimits { context_tokens: 12, ..TurnLimits::default() };
        let turn = Turn::resume(id(), limits, journal).in_conversation(Transcript::of(journal).fill());
        Run { turn, journal: journal.to_vec() }.effects(Event::Begin)
    };
    assert!(resumed(&run.journal).contains(&Effect::Compact(Why::Full)));
    run.on(made());
    assert!(resumed(&run.journal).contains(&Effect::CallModel));
}

#[test]
fn a_summary_whose_request_is_too_long_is_made_of_less_and_once() {
    let mut run = long();
    run.done("a");
    assert!(run.on(no_summary(FailureKind::TooLong)).ends_with("compact TooLong"));
    assert!(run.on(no_summary(FailureKind::TooLong)).contains("failed: The conversation is too long for the model"));
}
