//! A journal as what was said and done, turn by turn. Pure.

use claudetools_agent::TurnId;
use claudetools_agent::entry::{End, Entry};
use claudetools_agent::message::{RawBlock, View};
use claudetools_agent::models::{self, MicroUsd};
use claudetools_agent::prompt::{speaker, unframed};
use serde_json::Value;

use super::transcript::{Call, Doing, Ended, Request, Said, Turn};

/// The turns of a journal, oldest first. What was dropped of a cut reply is left out.
pub(super) fn turns(entries: &[Entry]) -> Vec<Turn> {
    let mut turns: Vec<(Turn, usize)> = Vec::new();
    for entry in entries {
        if let Entry::Asked { turn, .. } = entry {
            turns.push((begun(turn), 0));
        }
        if let Some((turn, settled)) = turns.last_mut() {
            take(turn, settled, entry);
        }
    }
    turns.into_iter().map(|(turn, _)| turn).collect()
}

fn begun(id: &TurnId) -> Turn {
    Turn { id: id.clone(), micro_usd: MicroUsd::default(), requests: Vec::new(), doings: Vec::new() }
}

/// Adds an entry; `settled` is how much of the turn no later entry takes back.
fn take(turn: &mut Turn, settled: &mut usize, entry: &Entry) {
    match entry {
        Entry::Asked { member, content, .. } | Entry::Steered { member, content, .. } => {
            turn.doings.push(Doing::Said(said(member, content)));
            *settled = turn.doings.len();
        }
        Entry::Block { block, .. } => turn.doings.extend(doing(block)),
        Entry::Reply { model, stop_reason, usage, .. } => {
            let micro_usd = models::cost(model, usage);
            turn.micro_usd = turn.micro_usd.plus(micro_usd.unwrap_or_default());
            let (model, stop_reason) = (model.clone(), stop_reason.clone());
            turn.requests.push(Request { model, stop_reason, usage: *usage, micro_usd });
            *settled = turn.doings.len();
        }
        Entry::Dropped { .. } => turn.doings.truncate(*settled),
        Entry::Result { block, .. } => result(turn, block),
        Entry::Ended { end, .. } => ended(turn, end),
        Entry::Compacted(_) | Entry::Cleared { .. } | Entry::Rewound { .. } => {
            turn.doings.extend(changed(entry).map(Doing::Conversation));
            *settled = turn.doings.len();
        }
        _ => {}
    }
}

/// What an entry did to the conversation as a whole.
fn changed(entry: &Entry) -> Option<String> {
    Some(match entry {
        Entry::Compacted(compacted) => format!("{compacted} From here on the model knew a summary of what is above."),
        Entry::Cleared { .. } => "Cleared: from here on the model knew nothing of what is above.".to_owned(),
        Entry::Rewound { turns: 1 } => "Taken back: from here on the model knew nothing of the last turn.".to_owned(),
        Entry::Rewound { turns } => {
            format!("Taken back: from here on the model knew nothing of the last {turns} turns.")
        }
        _ => return None,
    })
}

fn said(member: &str, content: &[RawBlock]) -> Said {
    let texts: Vec<String> = content.iter().map(words).collect();
    let spoken = content.iter().rev().find_map(|block| match block.view() {
        View::Text(text) => speaker(&text),
        _ => None,
    });
    let (name, at) = spoken.unzip();
    Said { member: member.to_owned(), name, at, text: texts.join("\n") }
}

/// A block of a person's message: its words, or what it is.
fn words(block: &RawBlock) -> String {
    match block.view() {
        View::Text(text) => unframed(&text).unwrap_or(text),
        View::Other(kind) => format!("[{kind}]"),
        _ => String::new(),
    }
}

fn doing(block: &RawBlock) -> Option<Doing> {
    match block.view() {
        View::Text(text) if !text.trim().is_empty() => Some(Doing::Answer(text)),
        View::Thinking(note) if !note.trim().is_empty() => Some(Doing::Note(note)),
        View::ToolUse { id, name, input } => {
            let input = serde_json::from_str(&input).unwrap_or(Value::String(input));
            let (output, ended) = (String::new(), Ended::Interrupted);
            Some(Doing::Call(Call { id, tool: name, input, output, ended, confirmation: None }))
        }
        _ => None,
    }
}

/// A result belongs to the first call of its id that has none.
fn result(turn: &mut Turn, block: &RawBlock) {
    let View::ToolResult { tool_use_id, is_error } = block.view() else { return };
    let open = turn.doings.iter_mut().find_map(|doing| match doing {
        Doing::Call(call) if call.id == tool_use_id && call.ended == Ended::Interrupted => Some(call),
        _ => None,
    });
    if let Some(call) = open {
        call.output = output(block);
        call.ended = if is_error { Ended::Failed } else { Ended::Done };
    }
}

fn output(block: &RawBlock) -> String {
    let block: Value = serde_json::from_str(block.json()).unwrap_or_default();
    let part = |part: &Value| match (part["text"].as_str(), part["type"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, kind) => format!("[{}]", kind.unwrap_or("something")),
    };
    match &block["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn ended(turn: &mut Turn, end: &End) {
    match end {
        End::Answered { text } => finally(turn, text),
        End::Failed { message } => turn.doings.push(Doing::Failed(message.clone())),
        End::Stopped { text } => {
            finally(turn, text);
            turn.doings.push(Doing::Stopped);
        }
    }
}

/// The end's text, unless the turn's blocks have said it: compared without white space, since the end may join blocks.
fn finally(turn: &mut Turn, text: &str) {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let answers = turn.doings.iter().filter_map(|doing| match doing {
        Doing::Answer(answer) => Some(squeezed(answer)),
        _ => None,
    });
    if !answers.collect::<String>().ends_with(&squeezed(text)) {
        turn.doings.push(Doing::Answer(text.to_owned()));
    }
}
