//! A reply as the events of the Messages API.

use serde_json::{Value, json};

use super::MODEL;
use super::reply::Reply;

/// Words in one delta.
const WORDS: usize = 3;

/// The SSE frames of a reply to a request of `asked` bytes. `id` is part of the ids of the message and of its calls.
pub(super) fn frames(reply: &Reply, id: &str, asked: usize) -> Vec<String> {
    let usage = |output: usize| json!({ "input_tokens": asked.div_ceil(4), "output_tokens": output.div_ceil(4) });
    let mut events = vec![json!({ "type": "message_start", "message": {
        "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": MODEL,
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage(1),
    }})];
    let mut output = reply.text.len();
    let text = json!({ "type": "text", "text": "" });
    let pieces = pieces(&reply.text).map(|piece| json!({ "type": "text_delta", "text": piece }));
    events.extend(block(0, text, pieces));
    for (at, call) in reply.calls.iter().enumerate() {
        let input = call.input.to_string();
        output += input.len();
        let start = json!({
            "type": "tool_use", "id": format!("toolu_{id}_{at}"), "name": call.tool, "input": {},
        });
        let delta = json!({ "type": "input_json_delta", "partial_json": input });
        events.extend(block(at + 1, start, std::iter::once(delta)));
    }
    let stop = if reply.calls.is_empty() { "end_turn" } else { "tool_use" };
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": stop, "stop_sequence": null },
        "usage": usage(output),
    }));
    events.push(json!({ "type": "message_stop" }));
    events.iter().map(frame).collect()
}

fn block(index: usize, start: Value, deltas: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut events = vec![json!({ "type": "content_block_start", "index": index, "content_block": start })];
    let delta = |delta| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    events.extend(deltas.map(delta));
    events.push(json!({ "type": "content_block_stop", "index": index }));
    events
}

/// A few words each; put together they are the text again.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let pieces: Vec<String> = words.chunks(WORDS).map(|words| words.concat()).collect();
    pieces.into_iter()
}

fn frame(event: &Value) -> String {
    let kind = event["type"].as_str().unwrap_or_default();
    format!("event: {kind}\ndata: {event}\n\n")
}

/// The body of an error.
pub(super) fn error(kind: &str, message: &str) -> String {
    json!({ "type": "error", "error": { "type": kind, "message": message } }).to_string()
}
