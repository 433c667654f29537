//! Every `tool_use` and its `tool_result`: right after it, all of them, results first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Call, Checked, items};
use crate::anthropic::failure::Failure;

/// The messages of one side that stand together count as one, as they do for the API.
struct Turn<'a> {
    assistant: bool,
    /// The index of its first message.
    at: usize,
    /// `(place, block)`.
    blocks: Vec<(String, &'a Value)>,
}

/// Checks all of them.
pub(super) fn check(call: &Call<'_>) -> Checked {
    let turns = turns(call.messages());
    let mut seen = BTreeSet::new();
    let mut open = BTreeSet::new();
    for turn in &turns {
        results(turn, &open)?;
        open = uses(turn, &mut seen)?;
    }
    match (open.is_empty(), turns.last()) {
        (false, Some(turn)) if !call.paused.contains(&call.messages()[turn.at]["content"]) => {
            Err(unanswered(turn.at, open.iter().copied()))
        }
        _ => Ok(()),
    }
}

/// Messages of role `system` stand beside the conversation.
fn turns(messages: &[Value]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (i, message) in messages.iter().enumerate() {
        if message["role"] == "system" {
            continue;
        }
        let assistant = message["role"] == "assistant";
        let blocks = items(message.get("content")).iter().enumerate();
        let blocks = blocks.map(|(j, block)| (format!("messages.{i}.content.{j}"), block));
        match turns.last_mut() {
            Some(last) if last.assistant == assistant => last.blocks.extend(blocks),
            _ => turns.push(Turn { assistant, at: i, blocks: blocks.collect() }),
        }
    }
    turns
}

/// The calls a turn leaves open.
fn uses<'a>(turn: &Turn<'a>, seen: &mut BTreeSet<&'a str>) -> Result<BTreeSet<&'a str>, Failure> {
    let mut open = BTreeSet::new();
    for (place, block) in turn.blocks.iter().filter(|(_, block)| block["type"] == "tool_use") {
        let id = block["id"].as_str().unwrap_or_default();
        if !turn.assistant {
            return Err(Failure::invalid(format!("{place}: `tool_use` blocks can only be in `assistant` messages")));
        }
        if !seen.insert(id) {
            return Err(Failure::invalid(format!("{place}: `tool_use` ids must be unique")));
        }
        open.insert(id);
    }
    Ok(open)
}

/// The results of a turn answer the calls that the turn before left open: exactly, and before anything else.
fn results(turn: &Turn<'_>, open: &BTreeSet<&str>) -> Checked {
    let mut answered = BTreeSet::new();
    let mut other = false;
    for (place, block) in &turn.blocks {
        if block["type"] != "tool_result" {
            other = true;
            continue;
        }
        let id = block["tool_use_id"].as_str().unwrap_or_default();
        if !open.contains(id) {
            return Err(unexpected(place, id));
        }
        if !answered.insert(id) {
            return Err(Failure::invalid(format!(
                "{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            )));
        }
        if other {
            return Err(Failure::invalid(format!("{place}: `tool_result` blocks must come before any other content")));
        }
    }
    let missing: Vec<&str> = open.difference(&answered).copied().collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(unanswered(turn.at.saturating_sub(1), missing.into_iter())),
    }
}

fn unexpected(place: &str, id: &str) -> Failure {
    Failure::invalid(format!(
        "{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must \
         have a corresponding `tool_use` block in the previous message."
    ))
}

fn unanswered<'a>(at: usize, ids: impl Iterator<Item = &'a str>) -> Failure {
    let ids = ids.collect::<Vec<_>>().join(", ");
    Failure::invalid(format!(
        "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {ids}. Each \
         `tool_use` block must have a corresponding `tool_result` block in the next message."
    ))
}
