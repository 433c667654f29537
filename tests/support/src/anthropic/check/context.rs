//! What makes a conversation shorter: `compaction` with its block, and `context_management`.

use serde_json::Value;

use super::{Call, Checked, betas, items, no_extras, required};
use crate::anthropic::failure::Failure;
use crate::anthropic::models::Takes;

/// Characters of `compaction.instructions`.
const LONGEST: usize = 16_384;
/// What a request for a summary may not have.
const EXCLUDED: &[&str] = &["/stop_sequences", "/output_config/format", "/context_management"];

/// Checks all of it.
pub(super) fn check(call: &Call<'_>) -> Checked {
    block(call)?;
    if let Some(compaction) = call.body.get("compaction") {
        wish(call, compaction)?;
    }
    let edits = call.body.get("context_management").map(|it| items(it.get("edits")));
    edits.into_iter().flatten().enumerate().try_for_each(|(at, edit)| self::edit(at, edit))
}

fn wish(call: &Call<'_>, compaction: &Value) -> Checked {
    no_extras(compaction, &["type", "instructions"], "compaction")?;
    if compaction["type"] != "summarize" {
        return Err(Failure::invalid("compaction.type: Input should be 'summarize'"));
    }
    if compaction["instructions"].as_str().is_some_and(|text| text.chars().count() > LONGEST) {
        return Err(Failure::invalid(format!(
            "compaction.instructions: String should have at most {LONGEST} characters"
        )));
    }
    if !call.model.takes(Takes::Compacts) {
        return Err(Failure::invalid("compaction: not supported on this model"));
    }
    let body = Value::Object(call.body.clone());
    if let Some(other) = EXCLUDED.iter().find(|other| body.pointer(other).is_some()) {
        return Err(Failure::invalid(format!("compaction: cannot be used with `{}`", &other[1..])));
    }
    match body["tool_choice"]["type"].as_str() {
        Some("any" | "tool") => Err(Failure::invalid("compaction: cannot be used with a forced `tool_choice`")),
        _ => Ok(()),
    }
}

/// At most one block, first of all, as an assistant message of its own, under its beta.
fn block(call: &Call<'_>) -> Checked {
    let of =
        |message: &Value| items(message.get("content")).iter().filter(|block| block["type"] == "compaction").count();
    let all: usize = call.messages().iter().map(of).sum();
    if all == 0 {
        return Ok(());
    }
    if !call.betas.has(betas::COMPACT) {
        return Err(Failure::invalid("messages: `compaction` blocks: Extra inputs are not permitted"));
    }
    if !call.model.takes(Takes::Compacts) {
        return Err(Failure::invalid("messages: `compaction` blocks are not supported on this model"));
    }
    let first = &call.messages()[0];
    let alone = first["role"] == "assistant" && items(first.get("content")).len() == 1 && of(first) == 1;
    match alone && all == 1 {
        true => Ok(()),
        false => Err(Failure::misplaced(
            "messages: a `compaction` block must be the only block of the first message, and the only one of the request",
        )),
    }
}

fn edit(at: usize, edit: &Value) -> Checked {
    let place = format!("context_management.edits.{at}");
    match edit["type"].as_str() {
        None => Err(required(&format!("{place}.type"))),
        Some("clear_tool_uses_20250919") => {
            let known = ["type", "trigger", "keep", "clear_at_least", "exclude_tools", "clear_tool_inputs"];
            no_extras(edit, &known, &place)?;
            amount(edit, "trigger", &["input_tokens", "tool_uses"], &place)?;
            amount(edit, "keep", &["tool_uses"], &place)?;
            amount(edit, "clear_at_least", &["input_tokens"], &place)
        }
        Some("clear_thinking_20251015") if at == 0 => no_extras(edit, &["type", "keep"], &place),
        Some("clear_thinking_20251015") => {
            Err(Failure::invalid(format!("{place}: clear_thinking must be the first edit")))
        }
        Some(_) => Err(Failure::invalid(format!("{place}.type: unknown edit"))),
    }
}

fn amount(edit: &Value, name: &str, kinds: &[&str], place: &str) -> Checked {
    let Some(amount) = edit.get(name) else { return Ok(()) };
    let place = format!("{place}.{name}");
    no_extras(amount, &["type", "value"], &place)?;
    let kind = amount["type"].as_str().unwrap_or_default();
    match kinds.contains(&kind) && amount["value"].is_u64() {
        true => Ok(()),
        false => Err(Failure::invalid(format!("{place}: Input should be a number of {}", kinds.join(" or ")))),
    }
}
