//! The parts of a request that make a long conversation shorter.

use serde::Serialize;

use crate::message::{Message, RawBlock, Role};

use super::Request;

/// Characters of instructions that the API takes.
const LONGEST_INSTRUCTIONS: usize = 16_384;
/// Whose request ends with the reply before: the API takes no reply as the last message.
const SUMMARISE: &str = "[The conversation is summarised here.]";

/// Asks the server for a summary.
#[derive(Serialize)]
pub(super) struct Compaction<'a> {
    r#type: &'static str,
    instructions: &'a str,
}

/// Has the server take old tool results out of the prompt.
#[derive(Serialize)]
pub(super) struct Editing {
    edits: [Edit; 1],
}

#[derive(Serialize)]
struct Edit {
    r#type: &'static str,
    trigger: Amount,
    keep: Amount,
    clear_at_least: Amount,
}

#[derive(Serialize)]
struct Amount {
    r#type: &'static str,
    value: u64,
}

impl Editing {
    /// Clearing breaks the cache from the first cleared result on: what is left has to be written anew, at 12.5 (Opus 4)
    /// to 25 times (Opus 5.5) the price of reading it. A compaction writes a few thousand tokens and a summary instead, so
    /// that it is the cheaper one of the two unless most of the prompt goes. So clearing is asked for shortly before the
    /// conversation would be compacted, and only where old results are at least half of the budget: then what is written
    /// anew costs about what a summary does, nobody waits for one, and no word of people or of the model is lost.
    /// The newest six results stay: models look back at the files that they compare.
    pub(super) fn of(budget: u64) -> Self {
        let tokens = |value| Amount { r#type: "input_tokens", value };
        let edit = Edit {
            r#type: "clear_tool_uses_20250919",
            trigger: tokens(budget / 100 * 70),
            keep: Amount { r#type: "tool_uses", value: 6 },
            clear_at_least: tokens(budget / 2),
        };
        Self { edits: [edit] }
    }
}

/// The field that asks the server for a summary, where one is asked for.
pub(super) fn field(request: &Request) -> Option<Compaction<'_>> {
    let instructions = request.summary.as_deref()?;
    let end = instructions.char_indices().nth(LONGEST_INSTRUCTIONS).map_or(instructions.len(), |(end, _)| end);
    Some(Compaction { r#type: "summarize", instructions: instructions.get(..end).unwrap_or(instructions) })
}

/// The messages as they are sent. A server that knows no summaries of its own reads them as words of ours, and is
/// asked for one in the last message; so a thread can go on with any model.
pub(super) fn messages(request: &Request, knows_summaries: bool) -> Vec<Message> {
    let mut messages = request.messages.clone();
    if !knows_summaries {
        spell_out(&mut messages);
    }
    if let Some(summary) = &request.summary {
        say(&mut messages, if knows_summaries { SUMMARISE } else { summary }, knows_summaries);
    }
    messages
}

/// Puts the words of a summary of the API's in its place.
pub fn spell_out(messages: &mut Vec<Message>) {
    let summary = messages.first().and_then(|first| first.content.first());
    let Some(words) = summary.filter(|block| block.is_compaction()).map(|block| block.summary().unwrap_or_default())
    else {
        return;
    };
    messages.remove(0);
    let block = RawBlock::text(&format!("[Summary of the conversation so far.]\n{words}"));
    match messages.first_mut() {
        Some(first) if first.role == Role::User => first.content.insert(0, block),
        _ => messages.insert(0, Message { role: Role::User, content: vec![block] }),
    }
}

/// Says something behind the messages; `only_if_needed`: where a reply stands last.
fn say(messages: &mut Vec<Message>, words: &str, only_if_needed: bool) {
    let block = RawBlock::text(words);
    match messages.last_mut() {
        Some(last) if last.role == Role::User && only_if_needed => {}
        Some(last) if last.role == Role::User => last.content.push(block),
        _ => messages.push(Message { role: Role::User, content: vec![block] }),
    }
}
