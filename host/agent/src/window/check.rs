//! What the API refuses, said before it does.

use std::collections::HashSet;

use crate::message::{Message, RawBlock, Role, View};

/// Whether the API would take these messages; the sentence says what it would refuse.
///
/// Messages alternate and begin with a person's or with the API's own summary; no content is empty and no text blank; each `tool_use` of a
/// reply is answered exactly once, at the beginning of the message right after it. Whether a reply may stand last
/// (a paused one may) only the journal knows.
pub fn check(messages: &[Message]) -> Result<(), String> {
    match messages.first() {
        None => return Err("there are no messages".to_owned()),
        Some(first) if first.role != Role::User && !first.content.iter().all(RawBlock::is_compaction) => {
            return Err("the first message is not a person's".to_owned());
        }
        Some(_) => {}
    }
    let mut open = Vec::new();
    let mut last = None;
    for (at, message) in messages.iter().enumerate() {
        if last == Some(message.role) {
            return Err(format!("messages {} and {at} are both {:?}", at - 1, message.role));
        }
        if message.content.is_empty() {
            return Err(format!("message {at} is empty"));
        }
        if message.content.iter().any(RawBlock::is_blank) {
            return Err(format!("message {at} has a blank text"));
        }
        open = match message.role {
            Role::Assistant => calls(at, message)?,
            Role::User | Role::System => answers(at, message, &open)?,
        };
        last = Some(message.role);
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} have no results")) }
}

/// The calls of a reply.
fn calls(at: usize, message: &Message) -> Result<Vec<String>, String> {
    let mut calls = Vec::new();
    for block in &message.content {
        match block.view() {
            View::ToolUse { id, .. } if calls.contains(&id) => {
                return Err(format!("message {at} has two calls {id}"));
            }
            View::ToolUse { id, .. } => calls.push(id),
            View::ToolResult { .. } => return Err(format!("message {at} answers its own calls")),
            _ => {}
        }
    }
    Ok(calls)
}

/// Checks that a person's message begins with one result for each call and has no other.
fn answers(at: usize, message: &Message, calls: &[String]) -> Result<Vec<String>, String> {
    let mut answered = HashSet::new();
    for (index, block) in message.content.iter().enumerate() {
        let View::ToolResult { tool_use_id, .. } = block.view() else {
            continue;
        };
        if index != answered.len() {
            return Err(format!("message {at} has a result after something else"));
        }
        if !calls.contains(&tool_use_id) {
            return Err(format!("message {at} answers {tool_use_id}, which the reply before it did not call"));
        }
        if !answered.insert(tool_use_id.clone()) {
            return Err(format!("message {at} answers {tool_use_id} twice"));
        }
    }
    match calls.iter().find(|id| !answered.contains(*id)) {
        Some(id) => Err(format!("message {at} does not answer {id}")),
        None => Ok(Vec::new()),
    }
}
