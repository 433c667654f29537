//! A conversation told as one text: what is left to do where it does not fit the model any more.

use crate::message::{Message, RawBlock, Role, View};
use crate::prompt::frameless;

/// Characters of one block that are told: enough for what people and models say, little of what tools print.
const LONGEST_BLOCK: usize = 2_000;
const CUT: &str = " [… cut]";
const LEFT_OUT: &str = "[The beginning of the conversation is left out here for want of room.]";

/// The newest part of a conversation in at most about so many bytes, oldest first. Without thinking, images and
/// documents; what tools gave cannot look like something that a person said.
pub fn told(messages: &[Message], bytes: usize) -> String {
    let lines: Vec<_> =
        messages.iter().flat_map(|message| message.content.iter().filter_map(|it| line(message.role, it))).collect();
    let mut room = bytes;
    let fits = |line: &&String| {
        let fits = line.len() < room;
        room = room.saturating_sub(line.len() + 1);
        fits
    };
    let mut told: Vec<_> = lines.iter().rev().take_while(fits).map(String::as_str).collect();
    if told.len() < lines.len() {
        told.push(LEFT_OUT);
    }
    told.reverse();
    told.join("\n")
}

fn line(role: Role, block: &RawBlock) -> Option<String> {
    let line = match (role, block.view()) {
        (Role::User, View::Text(text)) => cut(&text),
        (_, View::Text(text)) => format!("[you] {}", frameless(&cut(&text))),
        (_, View::ToolUse { name, input, .. }) => format!("[you called {name}] {}", frameless(&cut(&input))),
        (_, View::ToolResult { .. }) => format!("[it gave] {}", frameless(&cut(&result(block)))),
        (_, View::Other(kind)) if kind == "compaction" => format!("[summary of what was before] {}", block.summary()?),
        (_, View::Thinking(_) | View::Other(_)) => return None,
    };
    Some(line)
}

fn result(block: &RawBlock) -> String {
    let texts = block.inner().into_iter().filter_map(|inner| match inner.view() {
        View::Text(text) => Some(text),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_BLOCK) {
        Some((end, _)) => format!("{}{CUT}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
