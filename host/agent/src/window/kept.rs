//! What stays word for word when the conversation around it is summarised.

use crate::TurnId;
use crate::entry::{End, Entry};
use crate::message::{RawBlock, View};

const PINNED: &str = "[A person of this thread pinned what follows, so that it is not forgotten.]";
const OPEN: &str = "[The conversation so far is summarised above. What follows is what you are working on. Go on where the \
     summary ends, and repeat nothing that it says is done.]";
/// The tool that keeps the list of tasks, as Claude Code calls it.
const TODOS: &str = "TodoWrite";

/// What stays of a whole journal: what `pinned` says of questions and answers, the list of tasks as it was last
/// written, and everything that was said in the turn that goes on.
pub fn kept(journal: &[Entry], pinned: &dyn Fn(&Entry) -> bool, turn: Option<&TurnId>) -> Vec<RawBlock> {
    let mut kept: Vec<_> = journal.iter().filter(|entry| pinned(entry)).flat_map(words).collect();
    if !kept.is_empty() {
        kept.insert(0, RawBlock::text(PINNED));
    }
    kept.extend(todos(journal));
    if let Some(turn) = turn {
        kept.push(RawBlock::text(OPEN));
        kept.extend(journal.iter().filter(|entry| is_said_in(entry, turn)).flat_map(words));
    }
    kept
}

fn is_said_in(entry: &Entry, of: &TurnId) -> bool {
    matches!(entry, Entry::Asked { turn, .. } | Entry::Steered { turn, .. } if turn == of)
}

/// What a question or an answer says.
fn words(entry: &Entry) -> Vec<RawBlock> {
    match entry {
        Entry::Asked { content, .. } | Entry::Steered { content, .. } => content.clone(),
        Entry::Ended { end: End::Answered { text } | End::Stopped { text }, .. } => {
            vec![RawBlock::text(&format!("You answered:\n{text}"))]
        }
        _ => Vec::new(),
    }
}

/// The newest list of tasks since the conversation was last cleared.
fn todos(journal: &[Entry]) -> Option<RawBlock> {
    let list = journal.iter().rev().take_while(|entry| !matches!(entry, Entry::Cleared { .. })).find_map(|entry| {
        let Entry::Block { block, .. } = entry else { return None };
        match block.view() {
            View::ToolUse { name, input, .. } if name == TODOS => Some(input),
            _ => None,
        }
    })?;
    Some(RawBlock::text(&format!("[Your list of tasks, as you last wrote it with {TODOS}: {list}]")))
}
