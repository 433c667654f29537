//! What a person sees while a turn runs.

use std::time::Duration;

use claudetools_agent::TurnId;
use claudetools_agent::entry::End;
use claudetools_agent::tools::ToolEvent;
use claudetools_agent::turn::Update;
use claudetools_chat::live::{Button, Frame, Live, PACE};
use claudetools_policy::Verbosity;
use proptest::prelude::*;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn text(text: &str) -> Update {
    Update::Text(text.to_owned())
}

fn began(id: &str, name: &str, input: &str) -> Update {
    Update::ToolBegan { id: id.to_owned(), name: name.to_owned(), input: input.to_owned() }
}

fn said(id: &str, event: ToolEvent) -> Update {
    Update::ToolSaid { id: id.to_owned(), event }
}

fn ended(id: &str, is_error: bool, summary: &str) -> Update {
    Update::ToolEnded { id: id.to_owned(), is_error, summary: summary.to_owned() }
}

fn answered() -> Update {
    Update::Ended(End::Answered { text: "Here.".to_owned() })
}

/// The text of the frame at a time, or a word that there is none.
fn frame(live: &mut Live, now: u64) -> String {
    live.frame(at(now)).map_or("(no frame)".to_owned(), |frame| frame.text)
}

#[test]
fn a_turn_from_thinking_to_the_answer() {
    let mut live = Live::new(Verbosity::Normal);
    live.update(&Update::Began { turn: TurnId("t".to_owned()) }, at(0));
    insta::assert_snapshot!(frame(&mut live, 0), @"⏳ Thinking …");

    live.update(&Update::Note("I look for it\nin the reports".to_owned()), at(1));
    insta::assert_snapshot!(frame(&mut live, 2), @"-# in the reports");

    live.update(&text("I will search."), at(3));
    live.update(&began("1", "Grep", r#"{"path":"/repo/host","pattern":"fn step"}"#), at(4));
    live.update(&began("2", "Read", r#"{"file_path":"/repo/host/lib.rs"}"#), at(4));
    insta::assert_snapshot!(frame(&mut live, 6), @r"
    ⏺ Grep `fn step` … 2 s
    ⏺ Read `host/lib.rs` … 2 s
    I will search.
    ");

    live.update(&ended("2", false, "Read 120 lines"), Duration::from_millis(4100));
    live.update(&said("1", ToolEvent::Steps { done: 3, total: Some(9) }), at(7));
    insta::assert_snapshot!(frame(&mut live, 8), @r"
    ⏺ Grep `fn step` — 3 of 9 … 4 s
    ✔ Read `host/lib.rs` — Read 120 lines (0.1 s)
    I will search.
    ");

    live.update(&ended("1", true, "fs.not-granted"), at(70));
    live.update(&Update::Waiting("The model is overloaded; trying again in 4 s (2 of 5)".to_owned()), at(70));
    live.update(&Update::Steered { message: "9".to_owned() }, at(70));
    insta::assert_snapshot!(frame(&mut live, 71), @r"
    ✘ Grep `fn step` — fs.not-granted (1 min 6 s)
    ✔ Read `host/lib.rs` — Read 120 lines (0.1 s)
    I will search.
    ⏳ The model is overloaded; trying again in 4 s (2 of 5)
    -# 1 message joined
    ");

    live.update(&answered(), at(71));
    insta::assert_snapshot!(frame(&mut live, 71), @r"
    ✘ Grep `fn step` — fs.not-granted (1 min 6 s)
    ✔ Read `host/lib.rs` — Read 120 lines (0.1 s)
    ");
    assert_eq!(live.wake(at(72)), None);
}

#[test]
fn a_stopped_and_a_failed_turn_say_so() {
    for (end, expected) in [
        (End::Stopped { text: String::new() }, "◼ stopped"),
        (End::Failed { message: "no".to_owned() }, "✘ failed"),
        (End::Answered { text: "x".to_owned() }, "✔ answered below"),
    ] {
        let mut live = Live::new(Verbosity::Normal);
        let running = live.frame(at(0)).unwrap();
        assert_eq!(running.button, Button::Stop);
        live.update(&Update::Ended(end), at(0));
        let frame = live.frame(at(0)).unwrap();
        assert_eq!((frame.text.as_str(), frame.button), (expected, Button::None));
    }
}

#[test]
fn frames_come_at_the_pace_and_only_when_something_changed() {
    let mut live = Live::new(Verbosity::Normal);
    live.update(&text("a"), at(0));
    assert_eq!(frame(&mut live, 0), "a");
    live.update(&text("b"), at(0));
    assert_eq!(frame(&mut live, 1), "(no frame)");
    assert_eq!(live.wake(at(1)), Some(PACE));
    assert_eq!(frame(&mut live, 2), "ab");
    assert_eq!(frame(&mut live, 60), "(no frame)");
}

#[test]
fn a_retraction_takes_back_the_text_since_the_last_tool() {
    let mut live = Live::new(Verbosity::Normal);
    live.update(&text("Kept."), at(0));
    live.update(&began("1", "LS", "{}"), at(0));
    live.update(&ended("1", false, ""), at(0));
    live.update(&text(" Void."), at(0));
    live.update(&Update::Retract, at(1));
    insta::assert_snapshot!(frame(&mut live, 1), @r"
    ✔ LS
    Kept.
    ");
}

/// The live message while two calls run and were made, and what stays of it.
fn at_level(detail: Verbosity) -> String {
    let mut live = Live::new(detail);
    live.update(&began("1", "Bash", r#"{"command":"make all"}"#), at(0));
    live.update(&said("1", ToolEvent::Append("cc a.c\ncc b.c\n".to_owned())), at(1));
    live.update(&began("2", "Edit", r#"{"file_path":"/repo/docs/a.md","old_string":"alpha"}"#), at(1));
    let diff = "/repo/docs/a.md\n@@ -1 +1 @@\n-alpha ```\n+beta\n";
    live.update(&said("2", ToolEvent::Changed(diff.to_owned())), at(2));
    live.update(&ended("2", false, "Edited"), at(4));
    live.update(&text("I build it."), at(4));
    let running = frame(&mut live, 5);
    live.update(&ended("1", false, "exit 0"), at(8));
    live.update(&answered(), at(8));
    assert_eq!(live.is_plain(), detail == Verbosity::Quiet);
    format!("{running}\n=====\n{}", frame(&mut live, 8))
}

#[test]
fn quiet_shows_no_call() {
    insta::assert_snapshot!(at_level(Verbosity::Quiet), @r"
    I build it.
    =====
    ✔ answered below
    ");
}

#[test]
fn normal_shows_a_line_for_each_call_and_short_changes() {
    insta::assert_snapshot!(at_level(Verbosity::Normal), @r"
    ⏺ Bash `make all` — cc b.c … 5 s
    ✔ Edit `docs/a.md` — Edited (3.0 s)
    ```diff
    /repo/docs/a.md
    @@ -1 +1 @@
    -alpha '''
    +beta
    ```
    I build it.
    =====
    ✔ Bash `make all` — exit 0 (8.0 s)
    ✔ Edit `docs/a.md` — Edited (3.0 s)
    ```diff
    /repo/docs/a.md
    @@ -1 +1 @@
    -alpha '''
    +beta
    ```
    ");
}

#[test]
fn verbose_shows_inputs_and_what_calls_say_too() {
    insta::assert_snapshot!(at_level(Verbosity::Verbose), @r#"
    ⏺ Bash `make all` — cc b.c … 5 s
    ```
    {"command":"make all"}
    cc a.c
    cc b.c
    ```
    ✔ Edit `docs/a.md` — Edited (3.0 s)
    ```
    {"file_path":"/repo/docs/a.md","old_string":"alpha"}
    ```
    ```diff
    /repo/docs/a.md
    @@ -1 +1 @@
    -alpha '''
    +beta
    ```
    I build it.
    =====
    ✔ Bash `make all` — exit 0 (8.0 s)
    ```
    {"command":"make all"}
    cc a.c
    cc b.c
    ```
    ✔ Edit `docs/a.md` — Edited (3.0 s)
    ```
    {"file_path":"/repo/docs/a.md","old_string":"alpha"}
    ```
    ```diff
    /repo/docs/a.md
    @@ -1 +1 @@
    -alpha '''
    +beta
    ```
    "#);
}

#[test]
fn a_long_change_is_a_count_beside_its_file() {
    let mut live = Live::new(Verbosity::Normal);
    live.update(&began("1", "Write", r#"{"file_path":"/repo/a"}"#), at(0));
    let diff = format!("/repo/a\n@@ -1 +1,40 @@\n-old\n{}", "+new\n".repeat(40));
    live.update(&said("1", ToolEvent::Changed(diff)), at(0));
    insta::assert_snapshot!(frame(&mut live, 0), @r"
    ⏺ Write `a` …
    -# +40 −1 lines; the diff is attached
    ");
}

#[test]
fn a_full_message_is_left_at_a_paragraph_outside_of_code() {
    let mut live = Live::new(Verbosity::Normal);
    let code = format!("```\n{}\n```", "x\n\n".repeat(200));
    let first = "word ".repeat(240);
    live.update(&text(&format!("{first}\n\n{code}\n\nThe end.")), at(0));
    let full = live.frame(at(0)).unwrap();
    assert_eq!((full.message, full.text.as_str(), full.button), (0, first.trim(), Button::None));
    let next = live.frame(at(2)).unwrap();
    assert_eq!((next.message, next.button), (1, Button::Stop));
    assert_eq!(next.text, format!("{code}\n\nThe end."));
}

#[test]
fn an_old_message_is_left_with_what_it_has() {
    let mut live = Live::new(Verbosity::Normal);
    live.update(&began("1", "Read", "{}"), at(0));
    live.update(&ended("1", false, "Read 1 line"), at(0));
    live.update(&began("2", "Bash", r#"{"command":"sleep 9999"}"#), at(0));
    assert_eq!(live.frame(at(0)).unwrap().message, 0);
    let left = live.frame(at(45 * 60)).unwrap();
    assert_eq!((left.message, left.button), (0, Button::None));
    let next = live.frame(at(45 * 60 + 2)).unwrap();
    assert_eq!(next.message, 1);
    insta::assert_snapshot!(next.text, @"⏺ Bash `sleep 9999` … 2702 s");
}

#[test]
fn many_tools_are_counted_and_hostile_words_stay_in_their_line() {
    let mut live = Live::new(Verbosity::Normal);
    for number in 0..10 {
        live.update(&began(&number.to_string(), "Read", "not json"), at(0));
        live.update(&ended(&number.to_string(), false, "one\ntwo"), at(0));
    }
    live.update(&began("x", "Bash", r#"{"command":"echo `a`\nrm -rf /"}"#), at(0));
    let shown = frame(&mut live, 0);
    assert!(shown.starts_with("-# 3 more above\n✔ Read — one\n"), "{shown}");
    assert!(shown.ends_with("⏺ Bash `echo 'a'` …"), "{shown}");
}

fn updates() -> impl Strategy<Value = Update> {
    prop_oneof![
        4 => "[a-z \n`]{0,400}".prop_map(Update::Text),
        1 => "[a-z]{0,20}".prop_map(Update::Note),
        1 => Just(Update::Retract),
        2 => "[0-3]".prop_map(|id| began(&id, "Read", "{}")),
        2 => "[0-3]".prop_map(|id| ended(&id, false, "done")),
        1 => "[0-3]".prop_map(|id| said(&id, ToolEvent::Append("line\n".to_owned()))),
        1 => "[a-z]{0,20}".prop_map(Update::Waiting),
        1 => Just(Update::Steered { message: "1".to_owned() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_sent_twice_in_a_row_and_messages_only_go_forward(steps in prop::collection::vec((updates(), 0..3000_u64), 0..60)) {
        let mut live = Live::new(Verbosity::Normal);
        let mut now = Duration::ZERO;
        let mut last: Option<(Duration, Frame)> = None;
        for (update, pause) in steps {
            now += Duration::from_millis(pause);
            live.update(&update, now);
            let Some(frame) = live.frame(now) else { continue };
            prop_assert!(frame.text.encode_utf16().count() <= 2000, "{}", frame.text.len());
            prop_assert!(!frame.text.trim().is_empty());
            if let Some((before, last)) = &last {
                prop_assert_ne!(&frame, last);
                prop_assert!(frame.message == last.message || frame.message == last.message + 1);
                prop_assert!(now >= *before + PACE);
            }
            last = Some((now, frame));
        }
        live.update(&answered(), now);
        let mut rest = 0;
        while let Some(frame) = live.frame(now) {
            rest += 1;
            prop_assert!(rest <= 2);
            prop_assert!(frame.button == Button::None || rest == 1);
        }
    }
}
