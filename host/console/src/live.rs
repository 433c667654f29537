//! What the running turn of a thread looks like, from the updates that came so far. Pure.

use std::collections::HashMap;

use claudetools_agent::TurnId;
use claudetools_agent::tools::ToolEvent;
use claudetools_agent::turn::Update;
use claudetools_chat::live::checklist;

use crate::item::{Item, Outcome, Phase, Read, Tool};

/// Most outcomes of ended calls that are remembered for one thread; more are forgotten all at once.
const REMEMBERED: usize = 2_000;

/// Most characters of live output that are kept of one call; the page shows the end of it.
const LIVE_OUTPUT: usize = 32 * 1024;
/// The most lines of a checklist.
const MOST_TODOS: usize = 50;

/// A thread as this process has seen it. The journal holds what is lasting; this holds the rest.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// The running turn.
    pub turn: Option<TurnId>,
    /// What it has brought so far, without what the journal had before this process saw it.
    pub items: Vec<Item>,
    /// What it waits for.
    pub waiting: Option<String>,
    /// Messages that are in the inbox but not in the journal, by their id.
    pub pending: Vec<(String, String)>,
    /// What the person was told beside the transcript, since the last turn began.
    pub notices: Vec<Item>,
    /// Goes up when the journal has something that is not here: whoever shows the thread reads it again.
    pub epoch: u64,
    /// Goes up when the costs or the state may have changed.
    pub steps: u64,
    outcomes: HashMap<(TurnId, String), Outcome>,
}

impl Live {
    /// Takes one update. `now` is in milliseconds since 1970.
    pub(crate) fn apply(&mut self, update: &Update, now: u64) {
        self.waiting = None;
        match update {
            Update::Began { turn } => self.begin(turn),
            Update::Text(text) => self.grow(text, Prose::Answer),
            Update::Note(note) => self.grow(note, Prose::Note),
            Update::Retract => self.retract(),
            Update::ToolBegan { id, name, input } => self.tool_began(id, name, input, now),
            Update::ToolSaid { id, event } => self.tool_said(id, event),
            Update::ToolEnded { id, is_error, summary } => self.tool_ended(id, *is_error, summary, now),
            Update::Waiting(why) => self.waiting = Some(why.clone()),
            Update::Steered { message } => self.steered(message),
            Update::Ended(_) => self.end(),
        }
    }

    /// What is known of a call of an ended turn.
    pub(crate) fn outcome(&self, turn: &TurnId, call: &str) -> Option<&Outcome> {
        self.outcomes.get(&(turn.clone(), call.to_owned()))
    }

    fn begin(&mut self, turn: &TurnId) {
        self.turn = Some(turn.clone());
        self.items.clear();
        self.notices.clear();
        self.epoch += 1;
    }

    fn end(&mut self) {
        self.turn = None;
        self.items = Vec::new();
        self.epoch += 1;
    }

    fn steered(&mut self, message: &str) {
        self.items.push(Item::Said { message: message.to_owned(), text: String::new(), read: Read::Yes });
        self.epoch += 1;
    }

    fn grow(&mut self, more: &str, prose: Prose) {
        match (self.items.last_mut(), prose) {
            (Some(Item::Answer(text)), Prose::Answer) | (Some(Item::Note(text)), Prose::Note) => text.push_str(more),
            (_, Prose::Answer) => self.items.push(Item::Answer(more.to_owned())),
            (_, Prose::Note) => self.items.push(Item::Note(more.to_owned())),
        }
    }

    fn retract(&mut self) {
        while self.items.pop_if(|item| item.is_prose()).is_some() {}
    }

    fn tool_began(&mut self, id: &str, name: &str, input: &str, now: u64) {
        self.steps += 1;
        self.items.push(Item::Tool(Tool {
            id: id.to_owned(),
            name: name.to_owned(),
            input: input.to_owned(),
            output: String::new(),
            phase: Phase::Runs { since: now, line: String::new() },
        }));
    }

    fn tool_said(&mut self, id: &str, event: &ToolEvent) {
        let Some(tool) = self.running(id) else { return };
        let Phase::Runs { line, .. } = &mut tool.phase else { return };
        match event {
            ToolEvent::Status(status) | ToolEvent::Waits(status) => *line = status.clone(),
            ToolEvent::Todos(todos) => tool.output = checklist(todos, MOST_TODOS),
            ToolEvent::File { name, .. } => *line = format!("gave {name}"),
            ToolEvent::Steps { done, total: Some(total) } => *line = format!("{done} of {total}"),
            ToolEvent::Steps { done, total: None } => *line = done.to_string(),
            ToolEvent::Append(more) | ToolEvent::Changed(more) => {
                tool.output.push_str(more);
                keep_end(&mut tool.output, LIVE_OUTPUT);
            }
        }
    }

    fn tool_ended(&mut self, id: &str, is_error: bool, summary: &str, now: u64) {
        self.steps += 1;
        let Some(tool) = self.running(id) else { return };
        let Phase::Runs { since, .. } = &tool.phase else { return };
        let outcome = Outcome { summary: summary.to_owned(), took: Some(now.saturating_sub(*since)) };
        tool.phase = if is_error { Phase::Failed(outcome.clone()) } else { Phase::Done(outcome.clone()) };
        if self.outcomes.len() >= REMEMBERED {
            self.outcomes.clear();
        }
        if let Some(turn) = &self.turn {
            self.outcomes.insert((turn.clone(), id.to_owned()), outcome);
        }
    }

    /// The call of this id that runs: servers other than Anthropic's use an id again.
    fn running(&mut self, id: &str) -> Option<&mut Tool> {
        self.items.iter_mut().rev().find_map(|item| match item {
            Item::Tool(tool) if tool.id == id => Some(tool),
            _ => None,
        })
    }
}

/// Which kind of text grows.
#[derive(Clone, Copy)]
enum Prose {
    Answer,
    Note,
}

fn keep_end(text: &mut String, most: usize) {
    if text.len() > 2 * most {
        let from = text.ceil_char_boundary(text.len() - most);
        text.drain(..from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(updates: &[Update]) -> Live {
        let mut live = Live::default();
        for (now, update) in updates.iter().enumerate() {
            live.apply(update, now as u64 * 100);
        }
        live
    }

    fn began() -> Update {
        Update::Began { turn: TurnId("t".into()) }
    }

    fn tool_began() -> Update {
        Update::ToolBegan { id: "c".into(), name: "Read".into(), input: "{}".into() }
    }

    #[test]
    fn pieces_of_text_are_one_answer() {
        let live = live(&[began(), Update::Text("a".into()), Update::Text("b".into()), Update::Note("n".into())]);
        assert_eq!(live.items, [Item::Answer("ab".into()), Item::Note("n".into())]);
    }

    #[test]
    fn a_new_attempt_takes_back_the_text_since_the_last_call_only() {
        let updates = [
            began(),
            Update::Text("kept".into()),
            tool_began(),
            Update::Text("void".into()),
            Update::Note("void".into()),
            Update::Retract,
        ];
        let live = live(&updates);
        assert_eq!(live.items.len(), 2);
        assert_eq!(live.items[0], Item::Answer("kept".into()));
    }

    #[test]
    fn a_call_says_how_long_it_took() {
        let said = Update::ToolSaid { id: "c".into(), event: ToolEvent::Append("out".into()) };
        let ended = Update::ToolEnded { id: "c".into(), is_error: false, summary: "3 lines".into() };
        let live = live(&[began(), tool_began(), said, ended]);
        let outcome = Outcome { summary: "3 lines".into(), took: Some(200) };
        assert_eq!(live.outcome(&TurnId("t".into()), "c"), Some(&outcome));
        let Item::Tool(tool) = &live.items[0] else { panic!("no tool: {:?}", live.items) };
        assert_eq!((tool.output.as_str(), &tool.phase), ("out", &Phase::Done(outcome)));
    }

    #[test]
    fn a_wait_ends_with_the_next_update() {
        let mut live = live(&[began(), Update::Waiting("overloaded".into())]);
        assert_eq!(live.waiting.as_deref(), Some("overloaded"));
        live.apply(&Update::Text("a".into()), 0);
        assert_eq!(live.waiting, None);
    }

    #[test]
    fn an_ended_turn_is_the_journals() {
        let end = claudetools_agent::entry::End::Answered { text: "a".into() };
        let live = live(&[began(), Update::Text("a".into()), Update::Ended(end)]);
        assert_eq!((live.turn, live.items.len(), live.epoch), (None, 0, 2));
    }
}
