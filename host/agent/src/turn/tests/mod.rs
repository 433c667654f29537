//! What the machine does, told step by step; `random` is for what nobody thought of.

mod compact;
mod limits;
mod loops;
mod models;
mod random;
mod resume;
mod tools;

use crate::TurnId;
use crate::entry::{Compacted, End, Entry};
use crate::message::{RawBlock, View};
use crate::models::{MicroUsd, Usage};
use crate::prompt::Head;
use crate::tools::ToolResult;
use crate::turn::{Effect, Event, FailureKind, ModelFailure, Turn, TurnLimits, Update, step};

/// A turn and everything it did.
struct Run {
    turn: Turn,
    journal: Vec<Entry>,
}

fn id() -> TurnId {
    TurnId("turn".to_owned())
}

/// Tools whose name begins with R read only.
fn read_only(name: &str) -> bool {
    name.starts_with('R')
}

impl Run {
    fn new(limits: TurnLimits) -> Self {
        let asked = Entry::Asked {
            turn: id(),
            message: "m0".to_owned(),
            member: "anna".to_owned(),
            content: vec![RawBlock::text("Hi")],
        };
        Self { turn: Turn::new(id(), limits), journal: vec![asked] }
    }

    /// A turn that has begun.
    fn begun() -> Self {
        let mut run = Self::new(TurnLimits::default());
        run.on(Event::Begin);
        run
    }

    fn effects(&mut self, event: Event) -> Vec<Effect> {
        let effects = step(&mut self.turn, event, &read_only);
        for effect in &effects {
            if let Effect::Journal(entry) = effect {
                self.journal.push(entry.clone());
            }
        }
        effects
    }

    /// Takes an event and tells what followed, a line each.
    fn on(&mut self, event: Event) -> String {
        self.effects(event).iter().map(told).collect::<Vec<_>>().join("\n")
    }

    /// A whole reply of the model.
    fn reply(&mut self, stop_reason: &str, blocks: &[RawBlock]) -> String {
        for block in blocks {
            if let View::Text(text) = block.view() {
                self.on(Event::Text(text));
            }
            self.on(Event::Block(block.clone()));
        }
        self.on(replied(stop_reason))
    }

    fn done(&mut self, id: &str) -> String {
        self.on(Event::ToolDone { id: id.to_owned(), result: result(&format!("result of {id}")) })
    }
}

fn replied(stop_reason: &str) -> Event {
    Event::Replied {
        model: "claude-opus-5-5".to_owned(),
        stop_reason: stop_reason.to_owned(),
        usage: Usage { output: 10, ..Usage::default() },
        request: String::new(),
        cost: Some(MicroUsd(200)),
        details: (stop_reason == "refusal").then(|| "cyber".to_owned()),
    }
}

fn text(text: &str) -> RawBlock {
    RawBlock::text(text)
}

fn call(id: &str, name: &str) -> RawBlock {
    call_with(id, name, &format!(r#"{{"of":"{id}"}}"#))
}

fn call_with(id: &str, name: &str, input: &str) -> RawBlock {
    RawBlock::parse(format!(r#"{{"type":"tool_use","id":"{id}","name":"{name}","input":{input}}}"#)).unwrap()
}

fn result(text: &str) -> ToolResult {
    ToolResult { content: vec![RawBlock::text(text)], is_error: false, summary: "ok".to_owned(), code: None }
}

fn failed(kind: FailureKind, message: &str) -> Event {
    Event::ModelFailed(ModelFailure { kind, message: message.to_owned(), retry_after: None, jitter: 0 })
}

fn head() -> Head {
    Head { system: "Be brief.".to_owned(), tools: Vec::new(), preamble: vec![text("preamble")] }
}

fn compacted(turn: Option<TurnId>, summary: RawBlock, kept: Vec<RawBlock>) -> Compacted {
    let (model, usage) = ("claude-opus-5-5".to_owned(), Usage { output: 3, ..Usage::default() });
    Compacted { turn, summary, kept, model, usage, before: 152_300, after: 8_600 }
}

fn steer(message: &str) -> Event {
    Event::Steer { message: message.to_owned(), member: "anna".to_owned(), content: vec![text(message)] }
}

fn told(effect: &Effect) -> String {
    match effect {
        Effect::Journal(entry) => format!("journal {}", entry_told(entry)),
        Effect::CallModel => "call model".to_owned(),
        Effect::Compact(why) => format!("compact {why:?}"),
        Effect::Notice(text) => format!("notice {text}"),
        Effect::RunTool { id, name, input } => format!("run {id} {name} {input}"),
        Effect::Refused { id, name, refusal } => format!("refused {id} {name} {}", refusal.code),
        Effect::Wait(time) => format!("wait {time:?}"),
        Effect::Cancel => "cancel".to_owned(),
        Effect::Show(update) => format!("show {}", update_told(update)),
        Effect::End(end) => format!("end {}", end_told(end)),
    }
}

fn entry_told(entry: &Entry) -> String {
    match entry {
        Entry::Block { block, .. } | Entry::Result { block, .. } => block.json().to_owned(),
        Entry::Reply { stop_reason, .. } => format!("reply {stop_reason}"),
        Entry::Dropped { .. } => "dropped".to_owned(),
        Entry::Withheld { .. } => "withheld".to_owned(),
        Entry::Intent { tool_use_id, .. } => format!("intent {tool_use_id}"),
        Entry::Waits { tool_use_id, .. } => format!("waits {tool_use_id}"),
        Entry::Steered { message, .. } => format!("steered {message}"),
        Entry::Noted { content, .. } => format!("noted {}", content[0].json()),
        Entry::Ended { .. } => "ended".to_owned(),
        Entry::Head(_) => "head".to_owned(),
        Entry::Compacted(_) => "compacted".to_owned(),
        Entry::Asked { .. } | Entry::Cleared { .. } | Entry::Rewound { .. } => {
            panic!("the machine does not begin turns")
        }
    }
}

fn update_told(update: &Update) -> String {
    match update {
        Update::ToolBegan { id, .. } => format!("began {id}"),
        Update::ToolEnded { id, is_error, summary } => format!("ended {id} {is_error} {summary}"),
        Update::Ended(_) => "ended".to_owned(),
        other => format!("{other:?}"),
    }
}

fn end_told(end: &End) -> String {
    match end {
        End::Answered { text } => format!("answered: {text}"),
        End::Failed { message } => format!("failed: {message}"),
        End::Stopped { text } => format!("stopped: {text}"),
    }
}
