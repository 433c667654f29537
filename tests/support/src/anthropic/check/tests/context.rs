//! Summaries and cleared tool results.

use super::*;

const COMPACT: &str = "compact-2026-09-04";
const EDITS: &str = "context-management-2025-06-27";

fn summarize() -> Value {
    with("/compaction", json!({"type": "summarize", "instructions": "Keep the names."}))
}

fn block() -> Value {
    json!({"role": "assistant", "content": [{"type": "compaction", "content": "so far", "signature": "s"}]})
}

/// [`good`] behind these messages.
fn behind(messages: &[Value]) -> Value {
    let mut body = good();
    let list = body["messages"].as_array_mut().unwrap();
    list.splice(0..0, messages.iter().cloned());
    body
}

fn clears(edit: Value) -> Value {
    with("/context_management", json!({"edits": [edit]}))
}

fn said(body: &Value, betas: &str) -> String {
    check(body, betas).map_or_else(|failure| failure.message, |()| "passes".to_owned())
}

#[test]
fn a_summary_can_be_asked_for_and_stands_first_and_alone_under_its_beta() {
    let mut stops = summarize();
    stops["stop_sequences"] = json!(["x"]);
    let mut edits = summarize();
    edits["context_management"] = json!({"edits": []});
    let mut haiku = summarize();
    haiku["model"] = json!("claude-haiku-4-5");
    for field in ["thinking", "output_config"] {
        haiku.as_object_mut().unwrap().shift_remove(field);
    }
    let user = json!({"role": "user", "content": "x"});
    let beside = json!({"role": "assistant", "content": [block()["content"][0], {"type": "text", "text": "x"}]});
    let long = with("/compaction", json!({"type": "summarize", "instructions": "x".repeat(16_385)}));
    let rows = [
        (said(&summarize(), COMPACT), "passes"),
        (said(&behind(&[block()]), COMPACT), "passes"),
        (said(&summarize(), ""), "compaction: Extra inputs are not permitted"),
        (said(&behind(&[block()]), ""), "`compaction` blocks: Extra inputs are not permitted"),
        (said(&behind(&[user, block()]), COMPACT), "must be the only block of the first message"),
        (said(&behind(&[block(), block()]), COMPACT), "the only one of the request"),
        (said(&behind(&[beside]), COMPACT), "must be the only block of the first message"),
        (said(&with("/compaction", json!({"type": "truncate"})), COMPACT), "Input should be 'summarize'"),
        (said(&long, COMPACT), "at most 16384 characters"),
        (said(&stops, COMPACT), "cannot be used with `stop_sequences`"),
        (said(&edits, &format!("{COMPACT},{EDITS}")), "cannot be used with `context_management`"),
        (said(&haiku, COMPACT), "compaction: not supported on this model"),
    ];
    hold(&rows);
    let misplaced = check(&behind(&[block(), block()]), COMPACT).unwrap_err();
    assert_eq!(misplaced.event()["error"]["details"]["error_code"], "compaction_block_misplaced");
}

#[test]
fn tool_results_are_cleared_as_the_api_words_it() {
    let tokens = |value: Value| json!({"type": "input_tokens", "value": value});
    let clear = |more: Value| {
        let mut edit = json!({"type": "clear_tool_uses_20250919"});
        edit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        clears(edit)
    };
    let rows = [
        (said(&clear(json!({"trigger": tokens(json!(5))})), EDITS), "passes"),
        (said(&clear(json!({})), ""), "context_management: Extra inputs are not permitted"),
        (said(&clear(json!({"keep": tokens(json!(5))})), EDITS), "keep: Input should be a number of tool_uses"),
        (
            said(&clear(json!({"trigger": tokens(json!("5"))})), EDITS),
            "trigger: Input should be a number of input_tokens",
        ),
        (said(&clear(json!({"at_least": 5})), EDITS), "at_least: Extra inputs are not permitted"),
        (said(&clears(json!({"type": "clear_everything"})), EDITS), "unknown edit"),
    ];
    hold(&rows);
}

fn hold(rows: &[(String, &str)]) {
    for (said, part) in rows {
        assert!(said.contains(part), "expected: {part}\ngot: {said}");
    }
}
