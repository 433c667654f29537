//! A turn as a pure machine: [`step`] takes an event, changes the state and says what is to be done.
//!
//! No I/O, no clock, no randomness: the driver does what the effects say and comes back with what happened.

use std::time::Duration;

use crate::TurnId;
use crate::entry::{End, Entry};
use crate::message::RawBlock;
use crate::models::{MicroUsd, Usage};
use crate::tools::{ToolEvent, ToolResult};

/// What a turn may use up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnLimits {
    /// Tool calls. Default 200.
    pub tool_calls: u32,
    /// Requests to the model, retries not counted. Default 100.
    pub requests: u32,
    /// Tokens of all replies together. Default 400,000.
    pub output_tokens: u64,
    /// Money. Default 5 USD.
    pub money: MicroUsd,
    /// Attempts at one request. Default 5.
    pub attempts: u32,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The turn begins (its `Asked` entry is journalled already).
    Begin,
    /// Text of the reply came.
    Text(String),
    /// A note of the model about what it is doing came (thinking that is not empty).
    Note(String),
    /// One block of the reply is complete.
    Block(RawBlock),
    /// The reply is complete.
    Replied {
        /// The model that answered.
        model: String,
        /// `end_turn`, `tool_use` …
        stop_reason: String,
        /// What it used.
        usage: Usage,
        /// The API's request id.
        request: String,
        /// Its price, where known.
        cost: Option<MicroUsd>,
    },
    /// The request failed, or its stream was cut.
    ModelFailed(ModelFailure),
    /// A tool says something while it runs.
    Tool {
        /// `toolu_…`
        id: String,
        /// What.
        event: ToolEvent,
    },
    /// A tool call ended.
    ToolDone {
        /// `toolu_…`
        id: String,
        /// With what.
        result: ToolResult,
    },
    /// A person's message is to join the turn (already in the inbox).
    Steer {
        /// The front's id of the message.
        message: String,
        /// Who said it.
        member: String,
        /// What was said.
        content: Vec<RawBlock>,
    },
    /// The wait is over.
    Waited,
    /// A person stops the turn.
    Stop,
}

/// Why a request to the model failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFailure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// One sentence for the person, without secrets.
    pub message: String,
    /// What the server asked to wait.
    pub retry_after: Option<Duration>,
    /// A number in 0..1000 for the jitter of the wait: the driver draws it, so that the machine stays pure.
    pub jitter: u16,
}

/// Kinds of failure of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Overloaded, rate limited, 5xx, connection: worth another try.
    Transient,
    /// The stream ended early or stalled: worth another try.
    Cut,
    /// The prompt does not fit the model.
    TooLong,
    /// The key, the permission, the credit, the request itself: no try will help.
    Final,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Append to the journal, before anything after it in the list.
    Journal(Entry),
    /// Send the window to the model.
    CallModel,
    /// Run this tool call.
    RunTool {
        /// `toolu_…`
        id: String,
        /// The tool.
        name: String,
        /// JSON text of an object.
        input: String,
    },
    /// Come back with `Waited` after this time.
    Wait(Duration),
    /// Stop what runs: the request, the tools. Running tools still come back with `ToolDone`.
    Cancel,
    /// Tell the person who watches.
    Show(Update),
    /// The turn is over; the last effect.
    End(End),
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

/// A running turn.
#[derive(Clone, Debug)]
pub struct Turn {
    _private: (),
}

impl Turn {
    /// A turn that waits for [`Event::Begin`]. `read_only` says which tools may run beside others.
    pub fn new(_id: TurnId, _limits: TurnLimits) -> Self {
        todo!()
    }

    /// A turn that goes on after a restart, from the turn's own (repaired) entries.
    pub fn resume(_id: TurnId, _limits: TurnLimits, _entries: &[Entry]) -> Self {
        todo!()
    }
}

/// Takes one event: changes the turn and says what is to be done, in order.
///
/// `read_only` tells whether a tool may run beside others: read-only calls of one reply run at the same time, any other
/// runs alone and in order.
pub fn step(
    _turn: &mut Turn,
    _event: Event,
    _read_only: &dyn Fn(&str) -> bool,
) -> Vec<Effect> {
    todo!()
}
