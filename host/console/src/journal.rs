//! A thread's journal as items. Pure.

use claudetools_agent::TurnId;
use claudetools_agent::entry::{End, Entry};
use claudetools_agent::message::{RawBlock, View};
use claudetools_agent::prompt::unframed;
use serde::Deserialize;

use crate::item::{Item, Outcome, Phase, Read, Tool};

/// One turn of a journal.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    /// Which.
    pub turn: TurnId,
    /// What was said and done.
    pub items: Vec<Item>,
    /// How many of the items are part of the transcript for good; the others belong to an unfinished reply.
    settled: usize,
}

/// The turns of a journal, oldest first.
pub(crate) fn turns(entries: &[Entry]) -> Vec<Told> {
    let mut turns: Vec<Told> = Vec::new();
    for entry in entries {
        let Some(turn) = turn_of(entry) else { continue };
        if turns.last().is_none_or(|last| last.turn != *turn) {
            turns.push(Told { turn: turn.clone(), items: Vec::new(), settled: 0 });
        }
        if let Some(last) = turns.last_mut() {
            last.take(entry);
        }
    }
    turns
}

fn turn_of(entry: &Entry) -> Option<&TurnId> {
    match entry {
        Entry::Head(_) | Entry::Compacted(_) | Entry::Cleared { .. } | Entry::Rewound { .. } => None,
        Entry::Asked { turn, .. }
        | Entry::Steered { turn, .. }
        | Entry::Noted { turn, .. }
        | Entry::Block { turn, .. }
        | Entry::Reply { turn, .. }
        | Entry::Dropped { turn }
        | Entry::Withheld { turn }
        | Entry::Intent { turn, .. }
        | Entry::Waits { turn, .. }
        | Entry::Result { turn, .. }
        | Entry::Ended { turn, .. } => Some(turn),
    }
}

impl Told {
    fn take(&mut self, entry: &Entry) {
        match entry {
            Entry::Asked { message, content, .. } | Entry::Steered { message, content, .. } => {
                let text = words(content);
                self.items.push(Item::Said { message: message.clone(), text, read: Read::Yes });
                self.settled = self.items.len();
            }
            Entry::Block { block, .. } => self.block(block),
            Entry::Reply { .. } => self.settled = self.items.len(),
            Entry::Dropped { .. } => self.items.truncate(self.settled),
            Entry::Result { block, .. } => self.result(block),
            Entry::Ended { end, .. } => self.end(end),
            Entry::Head(_)
            | Entry::Compacted(_)
            | Entry::Cleared { .. }
            | Entry::Rewound { .. }
            | Entry::Noted { .. }
            | Entry::Withheld { .. }
            | Entry::Intent { .. }
            | Entry::Waits { .. } => {}
        }
    }

    fn block(&mut self, block: &RawBlock) {
        match (block.view(), self.items.last_mut()) {
            (View::Text(more), Some(Item::Answer(text))) => text.push_str(&more),
            (View::Text(text), _) if !text.trim().is_empty() => self.items.push(Item::Answer(text)),
            (View::Thinking(more), Some(Item::Note(text))) => text.push_str(&more),
            (View::Thinking(note), _) if !note.trim().is_empty() => self.items.push(Item::Note(note)),
            (View::ToolUse { id, name, input }, _) => {
                let phase = Phase::Interrupted;
                self.items.push(Item::Tool(Tool { id, name, input, output: String::new(), phase }));
            }
            _ => {}
        }
    }

    /// A result belongs to the first call of its id that has none.
    fn result(&mut self, block: &RawBlock) {
        let View::ToolResult { tool_use_id, is_error } = block.view() else { return };
        let open = self.items.iter_mut().find_map(|item| match item {
            Item::Tool(tool) if tool.id == tool_use_id && tool.phase == Phase::Interrupted => Some(tool),
            _ => None,
        });
        if let Some(tool) = open {
            tool.output = output(block);
            tool.phase = if is_error { Phase::Failed(Outcome::default()) } else { Phase::Done(Outcome::default()) };
        }
    }

    fn end(&mut self, end: &End) {
        match end {
            End::Answered { text } => self.finally(text),
            End::Failed { message } => self.items.push(Item::Failure(message.clone())),
            End::Stopped { text } => {
                self.finally(text);
                self.items.push(Item::Stopped);
            }
        }
        self.settled = self.items.len();
    }

    /// The end's text, unless the turn's own text ends with it, which is compared without white space because
    /// the end may join blocks with some.
    fn finally(&mut self, text: &str) {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        let answers = self.items.iter().filter_map(|item| match item {
            Item::Answer(answer) => Some(squeezed(answer)),
            _ => None,
        });
        if !answers.collect::<String>().ends_with(&squeezed(text)) {
            self.items.push(Item::Answer(text.to_owned()));
        }
    }
}

/// What a person said: the text, and a word for what is not text.
fn words(content: &[RawBlock]) -> String {
    let word = |block: &RawBlock| match block.view() {
        View::Text(text) => unframed(&text).unwrap_or(text),
        View::Other(kind) => format!("[{kind}]"),
        _ => String::new(),
    };
    content.iter().map(word).collect::<Vec<_>>().join("\n")
}

/// The inside of a `tool_result` block.
fn output(block: &RawBlock) -> String {
    #[derive(Deserialize)]
    struct Block {
        #[serde(default)]
        content: serde_json::Value,
    }
    let Ok(Block { content }) = serde_json::from_str(block.json()) else { return String::new() };
    match content {
        serde_json::Value::String(text) => text,
        serde_json::Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

fn part(part: &serde_json::Value) -> String {
    let field = |name: &str| part.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    match field("type") {
        "text" => field("text").to_owned(),
        kind => format!("[{kind}]"),
    }
}

#[cfg(test)]
mod tests {
    use claudetools_agent::models::Usage;

    use super::*;

    fn t() -> TurnId {
        TurnId("t".into())
    }

    fn raw(json: serde_json::Value) -> RawBlock {
        RawBlock::parse(json.to_string()).unwrap()
    }

    fn block(json: serde_json::Value) -> Entry {
        Entry::Block { turn: t(), block: raw(json) }
    }

    fn text(text: &str) -> Entry {
        Entry::Block { turn: t(), block: RawBlock::text(text) }
    }

    fn asked() -> Entry {
        Entry::Asked { turn: t(), message: "m".into(), member: "me".into(), content: vec![RawBlock::text("hi")] }
    }

    fn reply() -> Entry {
        let (model, stop_reason, request) = ("m".into(), "end_turn".into(), String::new());
        Entry::Reply { turn: t(), model, stop_reason, usage: Usage::default(), request }
    }

    fn ended(end: End) -> Entry {
        Entry::Ended { turn: t(), end }
    }

    fn items(entries: &[Entry]) -> Vec<Item> {
        let mut turns = turns(entries);
        assert_eq!(turns.len(), 1, "{turns:?}");
        turns.remove(0).items
    }

    fn said() -> Item {
        Item::Said { message: "m".into(), text: "hi".into(), read: Read::Yes }
    }

    #[test]
    fn a_call_has_its_result() {
        let call = block(serde_json::json!({"type": "tool_use", "id": "c", "name": "Read", "input": {"a": 1}}));
        let content = [RawBlock::text("one"), RawBlock::blob(b"GIF89a").unwrap()];
        let result = Entry::Result { turn: t(), block: RawBlock::tool_result("c", &content, true) };
        let tool = Tool {
            id: "c".into(),
            name: "Read".into(),
            input: r#"{"a":1}"#.into(),
            output: "one\n[image]".into(),
            phase: Phase::Failed(Outcome::default()),
        };
        assert_eq!(items(&[asked(), call, reply(), result]), [said(), Item::Tool(tool)]);
    }

    #[test]
    fn blocks_of_a_dropped_reply_are_not_shown() {
        let dropped = Entry::Dropped { turn: t() };
        let entries = [asked(), text("void"), dropped, text("kept"), reply()];
        assert_eq!(items(&entries), [said(), Item::Answer("kept".into())]);
    }

    #[test]
    fn the_answer_is_shown_once() {
        let entries = [asked(), text("a b"), reply(), ended(End::Answered { text: "a\n\nb".into() })];
        assert_eq!(items(&entries), [said(), Item::Answer("a b".into())]);
    }

    #[test]
    fn what_only_the_end_says_is_shown() {
        let stopped = ended(End::Stopped { text: "half an ans".into() });
        let entries = [asked(), text("half an ans"), Entry::Dropped { turn: t() }, stopped];
        assert_eq!(items(&entries), [said(), Item::Answer("half an ans".into()), Item::Stopped]);
    }
}
