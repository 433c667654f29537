use serde_json::{Value, json};

use super::super::conversation::Conversation;
use super::super::reply::{Reply, next};

const TOOLS: [&str; 7] = ["Edit", "Glob", "Grep", "LS", "Read", "Skill", "Write"];

fn said(text: &str) -> Value {
    let framed = format!("<message from=\"Ada\" at=\"2026-11-22T12:00:00Z\">\n{text}\n</message>");
    json!({"role": "user", "content": [
        {"type": "text", "text": "Instructions of this repository, from `CLAUDE.md`.\n\nread everything"},
        {"type": "text", "text": framed},
    ]})
}

fn reply(messages: &[Value]) -> Reply {
    let tools: Vec<Value> = TOOLS.iter().map(|name| json!({"name": name})).collect();
    let body = json!({"model": "rehearsal", "stream": true, "tools": tools, "messages": messages});
    next(&Conversation::read(body.to_string().as_bytes()).unwrap())
}

/// The messages of a turn in which each round of calls got these results: text, and whether it failed.
fn turn(text: &str, rounds: &[&[(&str, bool)]]) -> Vec<Value> {
    let mut messages = vec![said(text)];
    for results in rounds {
        let calls = reply(&messages).calls;
        assert_eq!(calls.len(), results.len(), "{text}");
        let id = |at: usize| format!("toolu_{}_{at}", messages.len());
        let uses = calls
            .iter()
            .enumerate()
            .map(|(at, call)| json!({"type": "tool_use", "id": id(at), "name": call.tool, "input": call.input}));
        let results = results.iter().enumerate().map(|(at, (text, failed))| {
            json!({"type": "tool_result", "tool_use_id": id(at), "content": [{"type": "text", "text": text}], "is_error": failed})
        });
        let (uses, results): (Vec<_>, Vec<_>) = (uses.collect(), results.collect());
        messages.push(json!({"role": "assistant", "content": uses}));
        messages.push(json!({"role": "user", "content": results}));
    }
    messages
}

fn calls(messages: &[Value]) -> Value {
    let calls = reply(messages).calls;
    calls.iter().map(|call| json!([call.tool, call.input])).collect()
}

#[test]
fn each_request_becomes_its_tool_call() {
    let rows = [
        ("read a.md", json!([["Read", {"file_path": "a.md"}]])),
        ("list src", json!([["LS", {"path": "src"}]])),
        ("files matching *.rs", json!([["Glob", {"pattern": "*.rs"}]])),
        ("find x in src", json!([["Grep", {"pattern": "x", "path": "src", "output_mode": "content"}]])),
        ("grep x.*y", json!([["Grep", {"pattern": "x.*y", "output_mode": "content"}]])),
        ("skill release 1.2", json!([["Skill", {"skill": "release", "args": "1.2"}]])),
        ("/tool Read {\"file_path\": \"a\", \"limit\": 3}", json!([["Read", {"file_path": "a", "limit": 3}]])),
        ("read a and b and a", json!([["Read", {"file_path": "a"}], ["Read", {"file_path": "b"}]])),
        ("edit a: replace x with y", json!([["Read", {"file_path": "a"}]])),
        ("write a: x", json!([["Read", {"file_path": "a"}]])),
    ];
    for (text, expected) in rows {
        assert_eq!(calls(&[said(text)]), expected, "{text}");
    }
}

#[test]
fn a_file_is_read_before_it_is_changed() {
    let edited = turn("edit a: replace x with y", &[&[("1\tx", false)]]);
    assert_eq!(calls(&edited), json!([["Edit", {"file_path": "a", "old_string": "x", "new_string": "y"}]]));
    let written = turn("write a: x", &[&[("there is no a", true)]]);
    assert_eq!(calls(&written), json!([["Write", {"file_path": "a", "content": "x"}]]));
}

#[test]
fn a_file_that_cannot_be_read_is_not_edited() {
    let messages = turn("edit a: replace x with y", &[&[("there is no /repo/a", true)]]);
    let Reply { text, calls } = reply(&messages);
    assert_eq!(calls, []);
    insta::assert_snapshot!(text, @r"
    **Rehearsal model**: Read `a` failed:
    ```
    there is no /repo/a
    ```
    ");
}

#[test]
fn it_says_what_it_calls() {
    insta::assert_snapshot!(reply(&[said("find x in src and then read a.md")]).text, @"**Rehearsal model**: Grep `x` in `src`, Read `a.md`.");
}

#[test]
fn the_answer_quotes_what_the_calls_gave() {
    let results: &[&[(&str, bool)]] =
        &[&[("1\t# A\n2\t```sh\n", false), ("refused (fs.protected): .env holds secrets", true)]];
    insta::assert_snapshot!(reply(&turn("read a.md and .env", results)).text, @r"
    **Rehearsal model**: Read `a.md` gave:
    ````
    1	# A
    2	```sh
    ````

    Read `.env` was refused:
    ```
    refused (fs.protected): .env holds secrets
    ```
    ");
}

#[test]
fn a_change_is_told_without_the_reading_before_it() {
    let results: &[&[(&str, bool)]] = &[&[("1\tx", false)], &[("Edited a: 1 replacement.", false)]];
    insta::assert_snapshot!(reply(&turn("edit a: replace x with y", results)).text, @r"
    **Rehearsal model**: Edit `a` gave:
    ```
    Edited a: 1 replacement.
    ```
    ");
}

#[test]
fn a_long_result_is_shortened_and_says_so() {
    let lines: String = (1..=100).map(|line| format!("line {line}\n")).collect();
    let text = reply(&turn("read a", &[&[(&lines, false)]])).text;
    assert!(text.ends_with("line 30\n```\n… and 70 more lines."), "{text}");
    let text = reply(&turn("read a", &[&[(&"x".repeat(9_000), false)]])).text;
    assert!(text.ends_with("x\n```\n… cut here."), "{text}");
    assert!(text.len() < 1_700);
}

#[test]
fn anything_else_is_answered_with_what_it_is_and_understands() {
    let Reply { text, calls } = reply(&[said("why is the sky blue?")]);
    assert_eq!(calls, []);
    insta::assert_snapshot!(text, @r#"
    **Rehearsal model** — not Claude. I stand in while there is no `ANTHROPIC_API_KEY`, so that everything else can be tried: the tools I call are real. I understand:

    - `read README.md`, `show src/main.rs`, `read a.md and b.md`
    - `list src`, `files matching **/*.rs`
    - `find some words in src`, `grep fn \w+_id`
    - `edit notes.md: replace old words with new ones`
    - `write notes.md: any text`
    - `skill NAME`
    - `/tool NAME {"input": "as JSON"}`

    Tools: Edit, Glob, Grep, LS, Read, Skill, Write.
    "#);
}

#[test]
fn a_tool_that_is_not_there_is_named() {
    insta::assert_snapshot!(reply(&[said("/tool Bash {\"command\": \"ls\"}")]).text, @"**Rehearsal model**: for this I need the tool `Bash`, which this conversation does not have. A plugin brings a tool; `claudetools plugin list` shows which there are and which of them wait for approval.");
}

#[test]
fn only_the_newest_words_of_a_person_count() {
    let mut messages = turn("read a", &[&[("A", false)]]);
    messages.push(json!({"role": "assistant", "content": [{"type": "text", "text": "**Rehearsal model**: …"}]}));
    messages.push(said("list b\n[attached: photo.png]"));
    assert_eq!(calls(&messages), json!([["LS", {"path": "b"}]]));
    let mut steered = turn("read a", &[&[("A", false)]]);
    let more = said("list c")["content"][1].clone();
    steered[2]["content"].as_array_mut().unwrap().push(more);
    assert_eq!(calls(&steered), json!([["LS", {"path": "c"}]]));
    let plain = json!({"role": "user", "content": "read unframed.md"});
    assert_eq!(calls(&[plain]), json!([["Read", {"file_path": "unframed.md"}]]));
}
