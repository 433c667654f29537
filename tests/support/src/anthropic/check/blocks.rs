//! Content blocks, one by one.

use serde_json::Value;

use super::{Checked, items, media, no_extras, required};
use crate::anthropic::failure::Failure;

const USER: &[&str] = &["text", "image", "document", "search_result", "tool_result", "container_upload"];
const RESULT: &[&str] = &["text", "image", "document", "search_result", "tool_reference"];
const SYSTEM: &[&str] = &["text", "tool_addition", "tool_removal"];
/// `future_block` stands for whatever a later version of the API sends: it comes back as it was sent.
const ASSISTANT: &[&str] = &[
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "server_tool_use",
    "mcp_tool_use",
    "mcp_tool_result",
    "mcp_tool_listing",
    "compaction",
    "fallback",
    "connector_text",
    "future_block",
];

/// Checks the content of a message of this role.
pub(super) fn check(content: &Value, role: &str, place: &str) -> Checked {
    for (j, block) in items(Some(content)).iter().enumerate() {
        let place = format!("{place}.content.{j}");
        let kind = kind(block, &place)?;
        match role {
            "assistant" => assistant(block, kind, &place)?,
            "system" => of(kind, SYSTEM, &place).and_then(|()| user(block, kind, &place))?,
            _ => of(kind, USER, &place).and_then(|()| user(block, kind, &place))?,
        }
    }
    Ok(())
}

fn kind<'a>(block: &'a Value, place: &str) -> Result<&'a str, Failure> {
    block["type"].as_str().ok_or_else(|| required(&format!("{place}.type")))
}

fn of(kind: &str, known: &[&str], place: &str) -> Checked {
    match known.contains(&kind) {
        true => Ok(()),
        false => Err(Failure::invalid(format!(
            "{place}: Input tag '{kind}' found using 'type' does not match any of the expected tags: '{}'",
            known.join("', '")
        ))),
    }
}

fn assistant(block: &Value, kind: &str, place: &str) -> Checked {
    if !kind.ends_with("_tool_result") {
        of(kind, ASSISTANT, place)?;
    }
    match kind {
        "text" => text(block, place),
        "tool_use" => tool_use(block, &format!("{place}.tool_use")),
        "thinking" => strings(block, &["thinking", "signature"], &format!("{place}.thinking")),
        "redacted_thinking" => strings(block, &["data"], &format!("{place}.redacted_thinking")),
        _ => Ok(()),
    }
}

fn user(block: &Value, kind: &str, place: &str) -> Checked {
    match kind {
        "text" => {
            no_extras(block, &["type", "text", "cache_control", "citations"], &format!("{place}.text"))?;
            text(block, place)
        }
        "image" => media::image(block, &format!("{place}.image")),
        "document" => media::document(block, &format!("{place}.document")),
        "tool_result" => tool_result(block, &format!("{place}.tool_result")),
        _ => Ok(()),
    }
}

fn text(block: &Value, place: &str) -> Checked {
    match block["text"].as_str() {
        None => Err(required(&format!("{place}.text.text"))),
        Some("") if block.get("cache_control").is_some() => {
            Err(Failure::invalid(format!("{place}.text: cache_control cannot be set for empty text blocks")))
        }
        Some("") => Err(Failure::invalid("messages: text content blocks must be non-empty")),
        Some(_) => Ok(()),
    }
}

fn tool_use(block: &Value, place: &str) -> Checked {
    strings(block, &["id", "name"], place)?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !block["id"].as_str().unwrap_or_default().bytes().all(legal) {
        return Err(Failure::invalid(format!("{place}.id: String should match pattern '^[a-zA-Z0-9_-]+$'")));
    }
    match block.get("input") {
        Some(input) if input.is_object() => Ok(()),
        Some(_) => Err(Failure::invalid(format!("{place}.input: Input should be a valid dictionary"))),
        None => Err(required(&format!("{place}.input"))),
    }
}

fn tool_result(block: &Value, place: &str) -> Checked {
    let known = ["type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name"];
    no_extras(block, &known, place)?;
    strings(block, &["tool_use_id"], place)?;
    if block.get("is_error").is_some_and(|flag| !flag.is_boolean()) {
        return Err(Failure::invalid(format!("{place}.is_error: Input should be a valid boolean")));
    }
    for (k, inner) in items(block.get("content")).iter().enumerate() {
        let place = format!("{place}.content.{k}");
        let kind = kind(inner, &place)?;
        of(kind, RESULT, &place)?;
        user(inner, kind, &place)?;
    }
    let empty = match block.get("content") {
        None => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(content) => items(Some(content)).is_empty(),
    };
    match empty && block["is_error"] == true {
        true => Err(Failure::invalid(format!("{place}: content cannot be empty if `is_error` is true"))),
        false => Ok(()),
    }
}

fn strings(block: &Value, names: &[&str], place: &str) -> Checked {
    match names.iter().find(|name| !block[**name].is_string()) {
        Some(name) => Err(required(&format!("{place}.{name}"))),
        None => Ok(()),
    }
}
