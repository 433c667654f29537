//! Tables of requests: those that pass, and those that are refused, with the words of the refusal.

mod content;
mod context;
mod top;

use serde_json::{Value, json};

use super::{Betas, Call, Endpoint};
use crate::anthropic::failure::Failure;

fn check(body: &Value, betas: &str) -> Result<(), Failure> {
    let betas = Betas::parse(Some(betas))?;
    Call::new(body, &betas, Endpoint::Messages, &[])?.check()
}

/// A request that is in order: a tool called, answered, with markers, thinking and effort.
fn good() -> Value {
    json!({
        "model": "claude-opus-5-5",
        "max_tokens": 32000,
        "stream": true,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "tools": [{"name": "Read", "description": "Reads.", "input_schema": {"type": "object", "properties": {}}}],
        "thinking": {"type": "adaptive", "display": "omitted"},
        "output_config": {"effort": "medium"},
        "cache_control": {"type": "ephemeral"},
        "metadata": {"user_id": "9f86d081"},
        "messages": [
            {"role": "user", "content": "read a"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "Reading."},
                {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}},
                {"type": "tool_use", "id": "toolu_2", "name": "Read", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_2", "content": "two"},
                {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": [{"type": "text", "text": "one"}]},
                {"type": "text", "text": "and hurry"},
            ]},
        ],
    })
}

/// [`good`] with the value at a JSON pointer replaced; `null` takes it out. The parent must be there.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = good();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(list) if key == "-" => list.push(value),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        parent if value.is_null() => drop(parent.as_object_mut().unwrap().shift_remove(key)),
        parent => parent[key] = value,
    }
    body
}

fn for_model(model: &str, pointer: &str, value: Value) -> Value {
    let mut body = with(pointer, value);
    body["model"] = json!(model);
    body
}

fn text(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

fn png() -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}})
}

#[test]
fn requests_that_are_in_order_pass() {
    let hundred = "x".repeat(100);
    let bare = json!({"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]});
    let prefill = json!({"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": "Well"}]});
    let rows: Vec<(Value, &str)> = vec![
        (good(), ""),
        (bare, ""),
        (prefill, ""),
        (with("/messages/-", json!({"role": "user", "content": "two in a row are one"})), ""),
        (with("/messages/-", json!({"role": "system", "content": "now in French"})), ""),
        (with("/messages/0/content", json!([png(), {"type": "text", "text": "what is it?"}])), ""),
        (with("/messages/2/content/0/content", json!([png()])), ""),
        (with("/messages/2/content/0/content", Value::Null), ""),
        (with("/tools/0/name", json!(hundred)), ""),
        (with("/tools/0/cache_control", json!({"type": "ephemeral", "ttl": "1h"})), ""),
        (with("/tools/-", json!({"type": "web_search_20260318", "name": "web_search"})), ""),
        (with("/tool_choice", json!({"type": "auto", "disable_parallel_tool_use": true})), ""),
        (with("/temperature", json!(1.0)), ""),
        (with("/thinking/display", json!("updates")), "thinking-display-updates-2026-08-18"),
        (
            with("/thinking/block_binding", json!({"prefix_mismatch_behavior": "drop_block"})),
            "thinking-binding-controls-2026-08-01",
        ),
        (for_model("claude-sonnet-5-5", "/thinking", json!({"type": "between_tools"})), ""),
        (for_model("claude-haiku-5-5", "/thinking", json!({"type": "disabled"})), ""),
        (for_model("claude-opus-4-6", "/temperature", json!(0.3)), ""),
        (for_model("claude-opus-5", "/tool_choice", json!({"type": "tool", "name": "Read"})), ""),
        (with("/messages/1/content/0", json!({"type": "web_search_tool_result", "x": 1})), ""),
        (with("/messages/1/content/0", json!({"type": "future_block", "x": 1})), ""),
    ];
    for (body, betas) in rows {
        assert_eq!(check(&body, betas), Ok(()), "{body}");
    }
}

fn refused(rows: &[(Value, &str)]) {
    for (body, part) in rows {
        let failure = check(body, "").unwrap_err();
        assert_eq!(failure.status, 400, "{part}");
        assert_eq!(failure.kind, "invalid_request_error", "{part}");
        assert!(failure.message.contains(part), "expected: {part}\ngot: {}", failure.message);
    }
}
