//! The roles of the messages, and that each of them says something.

use serde_json::Value;

use super::{Call, Checked, betas, blocks, items, no_extras, required};
use crate::anthropic::failure::Failure;
use crate::anthropic::models::Takes;

/// The API takes no more messages than this.
const MOST: usize = 100_000;

/// Checks every message, then how they stand together.
pub(super) fn check(call: &Call<'_>) -> Checked {
    let messages = call.messages();
    if messages.is_empty() {
        return Err(Failure::invalid("messages: at least one message is required"));
    }
    if messages.len() > MOST {
        return Err(Failure::invalid(format!("messages: at most {MOST} messages are allowed")));
    }
    for (i, message) in messages.iter().enumerate() {
        one(call, i, message)?;
    }
    let compacted = items(messages[0].get("content")).first().map(|block| &block["type"]);
    if messages[0]["role"] != "user" && compacted.is_none_or(|kind| kind != "compaction") {
        return Err(Failure::invalid(r#"messages: first message must use the "user" role"#));
    }
    last(call)
}

fn one(call: &Call<'_>, i: usize, message: &Value) -> Checked {
    let place = format!("messages.{i}");
    if !message.is_object() {
        return Err(Failure::invalid(format!("{place}: Input should be a valid dictionary")));
    }
    let content = message.get("content").ok_or_else(|| required(&format!("{place}.content")))?;
    match message["role"].as_str() {
        Some(role @ ("user" | "assistant")) => {
            no_extras(message, &["role", "content"], &place)?;
            said(call, i, content)?;
            blocks::check(content, role, &place)
        }
        Some("system") => system(call, i, message),
        _ => Err(Failure::invalid(format!("{place}.role: Input should be 'user', 'assistant' or 'system'"))),
    }
}

/// Only an assistant message that stands last may be empty.
fn said(call: &Call<'_>, i: usize, content: &Value) -> Checked {
    let empty = match content {
        Value::String(text) => text.is_empty(),
        Value::Array(blocks) => blocks.is_empty(),
        _ => {
            return Err(Failure::invalid(format!("messages.{i}.content: Input should be a valid string or list")));
        }
    };
    let last = i + 1 == call.messages().len() && call.messages()[i]["role"] == "assistant";
    match empty && !last {
        true => Err(Failure::invalid(format!(
            "messages.{i}: all messages must have non-empty content except for the optional final assistant message"
        ))),
        false => Ok(()),
    }
}

/// A message of the operator: after a user message, and last or before an assistant's.
fn system(call: &Call<'_>, i: usize, message: &Value) -> Checked {
    if !call.model.takes(Takes::SystemRole) {
        return Err(Failure::invalid(format!("messages.{i}: role 'system' is not supported on this model")));
    }
    let place = format!("messages.{i}");
    let mut known = vec!["role", "content"];
    known.extend(call.betas.has(betas::MESSAGE_EFFORT).then_some("output_config"));
    known.extend(call.betas.has(betas::CLEAR_AT).then_some("clear_at"));
    no_extras(message, &known, &place)?;
    let messages = call.messages();
    let role = |at: Option<usize>| at.and_then(|at| messages.get(at)).map(|other| &other["role"]);
    if role(i.checked_sub(1)).is_none_or(|before| before != "user") {
        return Err(Failure::invalid(format!("{place}: a system message must follow a user message")));
    }
    if role(Some(i + 1)).is_some_and(|after| after != "assistant") {
        return Err(Failure::invalid(format!(
            "{place}: a system message must be last or be followed by an assistant message"
        )));
    }
    if message.get("output_config").is_none() {
        said(call, i, &message["content"])?;
    }
    blocks::check(&message["content"], "system", &place)
}

/// A last message of the assistant is a prefill, but where its turn was paused.
fn last(call: &Call<'_>) -> Checked {
    let Some(last) = call.messages().last().filter(|last| last["role"] == "assistant") else {
        return Ok(());
    };
    if call.paused.contains(&last["content"]) {
        return Ok(());
    }
    if !call.model.takes(Takes::Prefill) {
        return Err(Failure::invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        ));
    }
    let text = match &last["content"] {
        Value::String(text) => text.as_str(),
        blocks => items(Some(blocks)).last().and_then(|b| b["text"].as_str()).unwrap_or_default(),
    };
    match text.ends_with(char::is_whitespace) {
        true => Err(Failure::invalid("messages: final assistant content cannot end with trailing whitespace")),
        false => Ok(()),
    }
}
