//! What a turn wants done.

use std::time::Duration;

use claudetools_policy::Refusal;

use crate::TurnId;
use crate::entry::{End, Entry};
use crate::tools::ToolEvent;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Append to the journal, before anything after it in the list.
    Journal(Entry),
    /// Send the window to the model.
    CallModel,
    /// Have the conversation summarised; `Compacted` or `CompactionFailed` follows.
    Compact(Why),
    /// Run this tool call.
    RunTool {
        /// `toolu_…`
        id: String,
        /// The tool.
        name: String,
        /// JSON text of an object.
        input: String,
    },
    /// Nothing runs for this call: the machine itself refused it and journalled the answer, or ended the turn in place
    /// of a request to the model. The audit has to know.
    Refused {
        /// `toolu_…`, or the turn's id.
        id: String,
        /// The tool, or [`MODEL`](super::MODEL).
        name: String,
        /// Why.
        refusal: Refusal,
    },
    /// Come back with `Waited` after this time.
    Wait(Duration),
    /// Stop what runs: the request, the tools. Running tools still come back with `ToolDone`.
    Cancel,
    /// Tell the person who watches.
    Show(Update),
    /// Tell the people of the thread for good.
    Notice(String),
    /// The turn is over; the last effect. Its `Ended` entry is among the `Journal`s of the same list: what is written
    /// for both belongs into one transaction.
    End(End),
}

/// Why a conversation is summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It fills most of its budget: the model can still read all of it.
    Full,
    /// It does not fit the model: the summary is made of what can be told of it.
    TooLong,
}

/// What the person who watches is told. Live and lossy: what matters is in the journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The turn began.
    Began {
        /// The turn.
        turn: TurnId,
    },
    /// Text of the answer came.
    Text(String),
    /// The model says what it is doing.
    Note(String),
    /// The text shown since the last tool call or since the beginning is void: a new attempt follows.
    Retract,
    /// A tool call began.
    ToolBegan {
        /// `toolu_…`
        id: String,
        /// The tool.
        name: String,
        /// JSON text of its input.
        input: String,
    },
    /// A tool says something while it runs.
    ToolSaid {
        /// `toolu_…`
        id: String,
        /// What.
        event: ToolEvent,
    },
    /// A tool call ended.
    ToolEnded {
        /// `toolu_…`
        id: String,
        /// Whether it failed.
        is_error: bool,
        /// One line.
        summary: String,
    },
    /// Something goes on that explains a wait: "The model is overloaded; trying again in 4 s (2 of 5)".
    Waiting(String),
    /// A message joined the turn.
    Steered {
        /// The front's id of the message.
        message: String,
    },
    /// The turn is over.
    Ended(End),
}
