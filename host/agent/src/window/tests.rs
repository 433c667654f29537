use super::*;
use crate::TurnId;
use crate::entry::End;
use crate::message::Role;
use crate::models::Usage;

fn turn(name: &str) -> TurnId {
    TurnId(name.to_owned())
}

fn asked(name: &str) -> Entry {
    let content = vec![RawBlock::text(name)];
    Entry::Asked { turn: turn(name), message: name.to_owned(), member: "anna".to_owned(), content }
}

fn steered(text: &str) -> Entry {
    let content = vec![RawBlock::text(text)];
    Entry::Steered { turn: turn("t"), message: text.to_owned(), member: "anna".to_owned(), content }
}

fn block(json: &str) -> Entry {
    Entry::Block { turn: turn("t"), block: RawBlock::parse(json.to_owned()).unwrap() }
}

fn says(text: &str) -> Entry {
    Entry::Block { turn: turn("t"), block: RawBlock::text(text) }
}

fn calls(id: &str) -> Entry {
    block(&format!(r#"{{"type":"tool_use","id":"{id}","name":"Read","input":{{}}}}"#))
}

fn reply(stop_reason: &str) -> Entry {
    Entry::Reply {
        turn: turn("t"),
        model: "m".to_owned(),
        stop_reason: stop_reason.to_owned(),
        usage: Usage::default(),
        request: String::new(),
    }
}

fn result(id: &str) -> Entry {
    Entry::Result { turn: turn("t"), block: RawBlock::tool_result(id, &[RawBlock::text("ok")], false) }
}

fn ended(end: End) -> Entry {
    Entry::Ended { turn: turn("t"), end }
}

fn head(system: &str) -> Entry {
    let preamble = vec![RawBlock::text(&format!("preamble of {system}"))];
    Entry::Head(Head { system: system.to_owned(), tools: Vec::new(), preamble })
}

/// The messages, one line for each block.
fn shown(entries: &[Entry]) -> String {
    let messages = window(entries).messages;
    check(&messages).unwrap();
    let lines = messages.iter().flat_map(|message| {
        let role = if message.role == Role::User { "user" } else { "  model" };
        message.content.iter().map(move |block| format!("{role} {}", block.json()))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_message_begins_with_the_first_preamble_for_good() {
    let entries = [head("one"), asked("a"), says("A"), reply("end_turn"), head("two"), asked("b")];
    insta::assert_snapshot!(shown(&entries), @r#"
    user {"type":"text","text":"preamble of one"}
    user {"type":"text","text":"a"}
      model {"type":"text","text":"A"}
    user {"type":"text","text":"b"}
    "#);
    assert_eq!(window(&entries).head.map(|head| head.system).as_deref(), Some("two"));
}

#[test]
fn results_come_first_in_the_order_of_the_calls_and_steered_text_behind_them() {
    let entries = [
        asked("a"),
        says("I look"),
        calls("1"),
        calls("2"),
        reply("tool_use"),
        result("2"),
        result("1"),
        result("1"),
        steered("hurry"),
    ];
    insta::assert_snapshot!(shown(&entries), @r#"
    user {"type":"text","text":"a"}
      model {"type":"text","text":"I look"}
      model {"type":"tool_use","id":"1","name":"Read","input":{}}
      model {"type":"tool_use","id":"2","name":"Read","input":{}}
    user {"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"ok"}]}
    user {"type":"tool_result","tool_use_id":"2","content":[{"type":"text","text":"ok"}]}
    user {"type":"text","text":"hurry"}
    "#);
}

#[test]
fn what_is_said_while_a_reply_is_under_way_stands_behind_it() {
    let entries = [asked("a"), says("A"), steered("b"), reply("end_turn")];
    insta::assert_snapshot!(shown(&entries), @r#"
    user {"type":"text","text":"a"}
      model {"type":"text","text":"A"}
    user {"type":"text","text":"b"}
    "#);
    insta::assert_snapshot!(shown(&[asked("a"), says("A"), steered("b"), Entry::Dropped { turn: turn("t") }]), @r#"
    user {"type":"text","text":"a"}
    user {"type":"text","text":"b"}
    "#);
}

#[test]
fn a_stopped_turn_leaves_a_note_for_the_model() {
    let stopped = || ended(End::Stopped { text: String::new() });
    insta::assert_snapshot!(shown(&[asked("a"), says("half"), stopped(), stopped(), asked("b")]), @r#"
    user {"type":"text","text":"a"}
    user {"type":"text","text":"[The person stopped this turn.]"}
    user {"type":"text","text":"b"}
    "#);
}

#[test]
fn a_paused_reply_stands_last_and_goes_on_in_the_same_message() {
    let paused = [asked("a"), says("one"), reply("pause_turn")];
    insta::assert_snapshot!(shown(&paused), @r#"
    user {"type":"text","text":"a"}
      model {"type":"text","text":"one"}
    "#);
    let more = [&paused[..], &[says("two"), reply("end_turn")]].concat();
    insta::assert_snapshot!(shown(&more), @r#"
    user {"type":"text","text":"a"}
      model {"type":"text","text":"one"}
      model {"type":"text","text":"two"}
    "#);
}

#[test]
fn nothing_is_sent_back_that_the_api_would_refuse() {
    let thinking = || block(r#"{"type":"thinking","thinking":"","signature":"s"}"#);
    let entries = [
        asked("a"),
        thinking(),
        says(" \n"),
        says("A"),
        thinking(),
        block(r#"{"type":"redacted_thinking","data":"d"}"#),
        reply("end_turn"),
        asked("b"),
        thinking(),
        reply("max_tokens"),
    ];
    insta::assert_snapshot!(shown(&entries), @r#"
    user {"type":"text","text":"a"}
      model {"type":"thinking","thinking":"","signature":"s"}
      model {"type":"text","text":"A"}
    user {"type":"text","text":"b"}
    "#);
}

#[test]
fn a_call_without_a_result_is_answered_whatever_the_journal_says() {
    let intent = Entry::Intent { turn: turn("t"), tool_use_id: "1".to_owned(), name: "Read".to_owned() };
    let entries = [asked("a"), calls("1"), calls("2"), calls("2"), reply("tool_use"), intent, asked("b")];
    insta::assert_snapshot!(shown(&entries), @r#"
    user {"type":"text","text":"a"}
      model {"type":"tool_use","id":"1","name":"Read","input":{}}
      model {"type":"tool_use","id":"2","name":"Read","input":{}}
    user {"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"Interrupted: the program was restarted while this ran. It may or may not have happened; check before trying again."}],"is_error":true}
    user {"type":"tool_result","tool_use_id":"2","content":[{"type":"text","text":"Interrupted: this was not run, because the turn was cut off before it began."}],"is_error":true}
    user {"type":"text","text":"b"}
    "#);
    let repaired = [&entries[..], &repair(&entries)].concat();
    assert_eq!(shown(&repaired), shown(&entries));
}

#[test]
fn an_empty_journal_is_an_empty_window_and_needs_no_repair() {
    assert!(window(&[]).messages.is_empty() && repair(&[]).is_empty());
    assert!(window(&[says("x"), reply("end_turn")]).messages.is_empty());
}

#[test]
fn entries_survive_the_ledger_byte_for_byte() {
    let odd = r#"{"type":"future",  "b":1.50, "a":1e400, "s":"\u00e4"}"#;
    for entry in
        [head("h"), asked("a"), block(odd), reply("x"), result("1"), ended(End::Failed { message: "m".into() })]
    {
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry, "{text}");
    }
    assert!(serde_json::to_string(&block(odd)).unwrap().contains(odd));
}

#[test]
fn what_the_api_refuses_is_named() {
    let text = RawBlock::text("x");
    let call = RawBlock::parse(r#"{"type":"tool_use","id":"1","name":"R","input":{}}"#.to_owned()).unwrap();
    let result = RawBlock::tool_result("1", &[], false);
    let (user, model) = (Role::User, Role::Assistant);
    let said = |messages: &[(Role, &[&RawBlock])]| {
        let message = |(role, content): &(Role, &[&RawBlock])| crate::message::Message {
            role: *role,
            content: content.iter().map(|block| (*block).clone()).collect(),
        };
        check(&messages.iter().map(message).collect::<Vec<_>>()).unwrap_err()
    };
    let all = [
        said(&[]),
        said(&[(model, &[&text])]),
        said(&[(user, &[])]),
        said(&[(user, &[&RawBlock::text(" ")])]),
        said(&[(user, &[&text]), (user, &[&text])]),
        said(&[(user, &[&text]), (model, &[&call])]),
        said(&[(user, &[&text]), (model, &[&call]), (user, &[&text])]),
        said(&[(user, &[&text]), (model, &[&call]), (user, &[&text, &result])]),
        said(&[(user, &[&text]), (model, &[&call]), (user, &[&result, &result])]),
        said(&[(user, &[&text]), (model, &[&call, &call])]),
        said(&[(user, &[&result])]),
        said(&[(user, &[&text]), (model, &[&result])]),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    there are no messages
    the first message is not a person's
    message 0 is empty
    message 0 has a blank text
    messages 0 and 1 are both User
    ["1"] have no results
    message 2 does not answer 1
    message 2 has a result after something else
    message 2 answers 1 twice
    message 1 has two calls 1
    message 0 answers 1, which the reply before it did not call
    message 1 answers its own calls
    "#);
}

fn png(size: usize) -> RawBlock {
    RawBlock::blob(&[b"\x89PNG\r\n\x1a\n", &vec![0; size][..]].concat()).unwrap()
}

fn shows(name: &str, size: usize) -> Entry {
    let content = vec![png(size), RawBlock::text(name)];
    Entry::Asked { turn: turn(name), message: name.to_owned(), member: "anna".to_owned(), content }
}

fn result_of(id: &str, content: &[RawBlock]) -> Entry {
    Entry::Result { turn: turn("t"), block: RawBlock::tool_result(id, content, false) }
}

#[test]
fn what_the_server_does_not_accept_is_left_out_and_what_it_accepted_stays() {
    let withheld = || Entry::Withheld { turn: turn("t") };
    let before =
        [shows("a", 1), says("A"), calls("1"), reply("tool_use"), result_of("1", &[RawBlock::text("x"), png(2)])];
    insta::assert_snapshot!(shown(&[&before[..], &[withheld()]].concat()), @r#"
    user {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoA"}}
    user {"type":"text","text":"a"}
      model {"type":"text","text":"A"}
      model {"type":"tool_use","id":"1","name":"Read","input":{}}
    user {"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"x"},{"type":"text","text":"[left out: the model's server did not accept what was shown here. A smaller or repaired copy, or its text, may help.]"}]}
    "#);
    insta::assert_snapshot!(shown(&[shows("a", 1), withheld(), says("A"), reply("end_turn"), shows("b", 1)]), @r#"
    user {"type":"text","text":"[left out: the model's server did not accept what was shown here. A smaller or repaired copy, or its text, may help.]"}
    user {"type":"text","text":"a"}
      model {"type":"text","text":"A"}
    user {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoA"}}
    user {"type":"text","text":"b"}
    "#);
}

#[test]
fn images_beyond_what_one_request_carries_are_left_out_for_good() {
    let mut entries = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        entries.extend([shows(name, 3_900_000), says("A"), reply("end_turn")]);
        let messages = window(&entries).messages;
        // Nothing that was sent before changes because of what comes later.
        assert_eq!(messages[..messages.len() - 2], window(&entries[..entries.len() - 3]).messages[..]);
    }
    let messages = window(&entries).messages;
    let sizes = messages.iter().step_by(2).map(|message| message.content[0].json().len() / 1_000_000);
    assert_eq!(sizes.collect::<Vec<_>>(), [5, 5, 5, 5, 0, 0]);
    insta::assert_snapshot!(messages[10].content[0].json(), @r#"{"type":"text","text":"[left out: this thread already shows as many images and documents as one request can carry. To show more, start a new thread.]"}"#);
}
