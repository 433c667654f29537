//! The journal of a thread: an append-only list of entries from which everything else is derived.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::TurnId;
use crate::message::RawBlock;
use crate::models::Usage;
use crate::prompt::Head;

/// One line of a thread's journal.
///
/// Stored as JSON text (`serde_json::to_string`, `from_str`), tagged from outside (`{"block":{…}}`): a detour through
/// `serde_json::Value` or an inner tag would rewrite the bytes of the blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// The fixed head of every request from here on: system text, tools, first user content.
    Head(Head),
    /// A person's message begins a turn.
    Asked {
        /// The turn it begins.
        turn: TurnId,
        /// The front's id of the message.
        message: String,
        /// Who said it.
        member: String,
        /// What was said, as the model reads it.
        content: Vec<RawBlock>,
    },
    /// A person's message joined the running turn.
    Steered {
        /// The running turn.
        turn: TurnId,
        /// The front's id of the message.
        message: String,
        /// Who said it.
        member: String,
        /// What was said.
        content: Vec<RawBlock>,
    },
    /// The host tells the model something ("your reply was cut off; go on"): no person said it.
    Noted {
        /// The turn.
        turn: TurnId,
        /// What the model is told.
        content: Vec<RawBlock>,
    },
    /// One block of the model's reply is complete. Blocks count only once their `Reply` follows.
    Block {
        /// The turn.
        turn: TurnId,
        /// The block.
        block: RawBlock,
    },
    /// The model's reply is complete: it is made of the `Block`s since the last `Reply`, `Dropped` or result.
    Reply {
        /// The turn.
        turn: TurnId,
        /// The model that answered.
        model: String,
        /// `end_turn`, `tool_use` …
        stop_reason: String,
        /// What it used.
        usage: Usage,
        /// The API's `request-id`; empty where there was none.
        request: String,
    },
    /// The blocks since the last reply are not part of the transcript: the stream was cut, or the model refused.
    Dropped {
        /// The turn.
        turn: TurnId,
    },
    /// The images and documents since the last reply are not sent again: the model's server does not accept one of them.
    Withheld {
        /// The turn.
        turn: TurnId,
    },
    /// A tool call is about to run: what is not followed by its `Result` was interrupted.
    Intent {
        /// The turn.
        turn: TurnId,
        /// `toolu_…`
        tool_use_id: String,
        /// The tool.
        name: String,
    },
    /// The call under way has done nothing yet and waits for a person: after a restart it waits again.
    Waits {
        /// The turn.
        turn: TurnId,
        /// `toolu_…`
        tool_use_id: String,
    },
    /// The answer to one tool call: a `tool_result` block.
    Result {
        /// The turn.
        turn: TurnId,
        /// The block.
        block: RawBlock,
    },
    /// The turn is over.
    Ended {
        /// The turn.
        turn: TurnId,
        /// How.
        end: End,
    },
    /// A summary stands in the place of everything before it. A `Head` stands right before.
    Compacted(Box<Compacted>),
    /// The model sees nothing of what was before but this. A `Head` stands right before.
    Cleared {
        /// What a person pinned.
        kept: Vec<RawBlock>,
    },
    /// The model does not see the newest turns any more.
    Rewound {
        /// How many.
        turns: u32,
    },
}

/// A summary of the conversation, and what it costs and saves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compacted {
    /// The turn that goes on with it; none between two turns.
    pub turn: Option<TurnId>,
    /// The API's `compaction` block, or a text.
    pub summary: RawBlock,
    /// What stays word for word: what a person pinned, the list of tasks, the questions of the turn that goes on.
    pub kept: Vec<RawBlock>,
    /// The model that made the summary.
    pub model: String,
    /// What that used.
    pub usage: Usage,
    /// Tokens of the conversation before.
    pub before: u64,
    /// Tokens of what stands in its place.
    pub after: u64,
}

impl fmt::Display for Compacted {
    /// `Compacted: 152k → 9k tokens.`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Compacted: {} → {} tokens.", thousands(self.before), thousands(self.after))
    }
}

/// `840`, `9k`, `152k`: rounded to thousands from 1,000 on.
pub fn thousands(tokens: u64) -> String {
    match tokens {
        0..1000 => tokens.to_string(),
        _ => format!("{}k", tokens.saturating_add(500) / 1000),
    }
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    /// With an answer (Markdown).
    Answered {
        /// What the person is shown.
        text: String,
    },
    /// With a failure that the person is told in one sentence.
    Failed {
        /// The sentence.
        message: String,
    },
    /// A person stopped it.
    Stopped {
        /// What had been said so far, and what became of calls that were cut off; may be empty.
        text: String,
    },
}
