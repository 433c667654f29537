//! What follows from replies and failures of the model.

use std::time::Duration;

use super::*;

#[test]
fn a_question_is_asked_and_answered() {
    let mut run = Run::new(TurnLimits::default());
    insta::assert_snapshot!(run.on(Event::Begin), @r#"
    show Began { turn: TurnId("turn") }
    call model
    "#);
    insta::assert_snapshot!(run.on(Event::Text("Hel".to_owned())), @r#"show Text("Hel")"#);
    insta::assert_snapshot!(run.on(Event::Block(text("Hello."))), @r#"journal {"type":"text","text":"Hello."}"#);
    insta::assert_snapshot!(run.on(replied("end_turn")), @"
    journal reply end_turn
    journal ended
    show ended
    end answered: Hello.
    ");
    assert_eq!(run.on(Event::Stop), "", "nothing happens after the end");
}

#[test]
fn a_stop_reason_that_nobody_knows_ends_the_turn_like_any_other() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("weather_changed", &[text("It rains.")]), @"
    journal reply weather_changed
    journal ended
    show ended
    end answered: It rains.
    ");
}

#[test]
fn a_lost_stream_takes_back_what_was_shown_and_tries_again() {
    let mut run = Run::begun();
    run.on(Event::Text("Hel".to_owned()));
    run.on(Event::Block(text("Hel")));
    insta::assert_snapshot!(run.on(failed(FailureKind::Cut, "The connection to the model was lost")), @r#"
    journal dropped
    show Retract
    show Waiting("The connection to the model was lost; trying again in 1 s (2 of 5)")
    wait 500ms
    "#);
    insta::assert_snapshot!(run.on(Event::Waited), @"call model");
    insta::assert_snapshot!(run.on(failed(FailureKind::Transient, "The model is overloaded.")), @r#"
    show Waiting("The model is overloaded; trying again in 1 s (3 of 5)")
    wait 1s
    "#);
    run.on(Event::Waited);
    insta::assert_snapshot!(run.reply("end_turn", &[text("Hello.")]), @"
    journal reply end_turn
    journal ended
    show ended
    end answered: Hello.
    ");
}

#[test]
fn a_text_that_is_cut_off_twice_is_given_as_a_part() {
    let mut run = Run::begun();
    let mut cut = |text: &str| {
        run.on(Event::Text(text.to_owned()));
        let told = run.on(failed(FailureKind::Cut, "The model's reply ended in the middle"));
        run.on(Event::Waited);
        told
    };
    insta::assert_snapshot!(cut("The first"), @r#"
    show Retract
    show Waiting("The model's reply ended in the middle; trying again in 1 s (2 of 5)")
    wait 500ms
    "#);
    insta::assert_snapshot!(cut("The first ha"), @"
    show Retract
    journal ended
    show ended
    end answered: The first ha

    *The model's reply ended in the middle, twice; this is a part of the answer.*
    ");
}

#[test]
fn a_cut_before_any_text_is_tried_again_as_often_as_any_other() {
    let mut run = Run::begun();
    for _ in 0..4 {
        assert!(run.on(failed(FailureKind::Cut, "Lost")).contains("trying again"));
        run.on(Event::Waited);
    }
    insta::assert_snapshot!(run.on(failed(FailureKind::Cut, "Lost")), @"
    journal ended
    show ended
    end failed: Lost; I tried 5 times.
    ");
}

#[test]
fn attempts_have_an_end() {
    let mut run = Run::begun();
    let waits: Vec<_> = (0..5)
        .map(|_| {
            let told = run.on(failed(FailureKind::Transient, "The model is overloaded (529)"));
            run.on(Event::Waited);
            told.lines().last().unwrap().to_owned()
        })
        .collect();
    insta::assert_snapshot!(waits.join("\n"), @"
    wait 500ms
    wait 1s
    wait 2s
    wait 4s
    end failed: The model is overloaded (529); I tried 5 times.
    ");
}

#[test]
fn what_the_server_asks_to_wait_is_waited_up_to_five_minutes() {
    let mut run = Run::begun();
    let mut ask = |seconds| {
        let failure = ModelFailure {
            kind: FailureKind::Transient,
            message: "The model's rate limit is reached (429)".to_owned(),
            retry_after: Some(Duration::from_secs(seconds)),
            jitter: 999,
        };
        let told = run.on(Event::ModelFailed(failure));
        run.on(Event::Waited);
        told
    };
    insta::assert_snapshot!(ask(0), @r#"
    show Waiting("The model's rate limit is reached (429); trying again in 1 s (2 of 5)")
    wait 375.125ms
    "#);
    insta::assert_snapshot!(ask(300), @r#"
    show Waiting("The model's rate limit is reached (429); trying again in 5 min (3 of 5)")
    wait 300s
    "#);
    insta::assert_snapshot!(ask(301), @"
    journal ended
    show ended
    end failed: The model's rate limit is reached (429); it asks to wait 6 min.
    ");
}

#[test]
fn what_no_attempt_can_help_ends_the_turn() {
    insta::assert_snapshot!(Run::begun().on(failed(FailureKind::Final, "The API key may not do this (403)")), @"
    journal ended
    show ended
    end failed: The API key may not do this (403).
    ");
    insta::assert_snapshot!(Run::begun().on(failed(FailureKind::TooLong, "The conversation is too long for the model")), @r#"
    show Waiting("This conversation is long; summarising it before I go on")
    compact TooLong
    "#);
}

#[test]
fn what_the_server_does_not_accept_is_left_out_once() {
    let mut run = Run::begun();
    let unfit = || failed(FailureKind::Unfit, "The model's server does not accept an image: too odd (400)");
    insta::assert_snapshot!(run.on(unfit()), @r#"
    journal withheld
    show Waiting("The model's server does not accept an image: too odd (400); asking again without images and documents")
    call model
    "#);
    insta::assert_snapshot!(run.on(unfit()), @"
    journal ended
    show ended
    end failed: The model's server does not accept an image: too odd (400).
    ");
}

#[test]
fn a_refusal_is_final_and_not_kept() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("refusal", &[text("Well, ")]), @"
    journal dropped
    show Retract
    journal ended
    show ended
    end failed: The model declined to answer this (cyber). Asking differently may help.
    ");
}

#[test]
fn a_reply_cut_at_its_length_is_continued_twice() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("max_tokens", &[text("one ")]), @r#"
    journal reply max_tokens
    journal noted {"type":"text","text":"[Your reply was cut off at its length limit. Go on exactly where it stopped; repeat nothing.]"}
    call model
    "#);
    run.on(Event::Text("tw".to_owned()));
    insta::assert_snapshot!(run.on(failed(FailureKind::Cut, "Lost")), @r#"
    show Retract
    show Text("one ")
    show Waiting("Lost; trying again in 1 s (2 of 5)")
    wait 500ms
    "#);
    run.on(Event::Waited);
    run.reply("max_tokens", &[text("two ")]);
    insta::assert_snapshot!(run.reply("max_tokens", &[text("three")]), @"
    journal reply max_tokens
    journal ended
    show ended
    end answered: one two three

    *It ends here: the answer reached the longest length a reply may have.*
    ");
}

#[test]
fn a_call_at_the_end_of_a_cut_reply_is_not_run() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("max_tokens", &[text("I write. "), call("a", "Write")]), @r#"
    journal dropped
    show Retract
    show Waiting("The reply was cut off in the middle of a tool call; asking again")
    call model
    "#);
    insta::assert_snapshot!(run.reply("max_tokens", &[call("b", "Write")]), @"
    journal dropped
    journal ended
    show ended
    end failed: The model's reply was cut off in the middle of a tool call, twice. Ask for less at once.
    ");
}

#[test]
fn a_paused_reply_goes_on_by_itself_but_not_for_ever() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("pause_turn", &[text("a")]), @"
    journal reply pause_turn
    call model
    ");
    for _ in 0..4 {
        run.reply("pause_turn", &[text("a")]);
    }
    insta::assert_snapshot!(run.reply("pause_turn", &[text("a")]), @"
    journal reply pause_turn
    journal ended
    show ended
    end answered: aaaaaa
    ");
}

#[test]
fn an_empty_reply_is_asked_for_once_more() {
    let mut run = Run::begun();
    insta::assert_snapshot!(run.reply("end_turn", &[text(" ")]), @r#"
    journal reply end_turn
    journal noted {"type":"text","text":"[Your reply was empty. Please continue.]"}
    call model
    "#);
    insta::assert_snapshot!(run.reply("end_turn", &[]), @"
    journal reply end_turn
    journal ended
    show ended
    end failed: The model gave no answer, also when it was asked again. Please try again.
    ");
}

#[test]
fn a_full_window_ends_the_turn_with_what_there_is() {
    insta::assert_snapshot!(Run::begun().reply("model_context_window_exceeded", &[text("So far.")]), @r"
    journal reply model_context_window_exceeded
    journal ended
    show ended
    end answered: So far.

    *It ends here: this conversation fills all that the model can read; it is summarised with your next message.*
    ");
}

#[test]
fn a_call_that_makes_no_sense_is_as_good_as_a_cut() {
    for nonsense in [
        vec![call("a", "Read"), call("a", "Read")],
        vec![call("", "Read")],
        vec![call("a", "no such name!")],
        vec![call_with("a", "Read", "[1]")],
    ] {
        let told = Run::begun().reply("tool_use", &nonsense);
        assert!(told.starts_with("journal dropped\nshow Waiting(\"The model's reply had a tool call"), "{told}");
    }
}

#[test]
fn a_message_meanwhile_joins_before_the_turn_would_end() {
    let mut run = Run::begun();
    assert_eq!(run.on(steer("and the other?")), "");
    insta::assert_snapshot!(run.reply("end_turn", &[text("First.")]), @r#"
    journal reply end_turn
    show Text("\n\n")
    journal steered and the other?
    show Steered { message: "and the other?" }
    call model
    "#);
    insta::assert_snapshot!(run.reply("end_turn", &[text("Second.")]), @"
    journal reply end_turn
    journal ended
    show ended
    end answered: First.

    Second.
    ");
}

#[test]
fn a_person_stops_a_streaming_reply_in_one_step() {
    let mut run = Run::begun();
    run.on(Event::Block(text("Hello,")));
    run.on(Event::Text("Hello, wor".to_owned()));
    insta::assert_snapshot!(run.on(Event::Stop), @"
    cancel
    journal dropped
    journal ended
    show ended
    end stopped: Hello, wor
    ");
    let mut run = Run::begun();
    run.on(failed(FailureKind::Transient, "Busy"));
    insta::assert_snapshot!(run.on(Event::Stop), @"
    cancel
    journal ended
    show ended
    end stopped:
    ");
}

#[test]
fn events_that_nobody_waits_for_change_nothing() {
    let mut run = Run::begun();
    for event in [Event::Begin, Event::Waited, Event::ToolDone { id: "x".to_owned(), result: result("x") }] {
        assert_eq!(run.on(event), "");
    }
    run.reply("tool_use", &[call("a", "Write")]);
    for event in [Event::Text("x".to_owned()), Event::Block(text("x")), replied("end_turn"), Event::Waited] {
        assert_eq!(run.on(event), "");
    }
}
