//! What can happen to a turn.

use std::time::Duration;

use claudetools_policy::Refusal;

use crate::entry::Compacted;
use crate::message::RawBlock;
use crate::models::{MicroUsd, Usage};
use crate::prompt::Head;
use crate::tools::{ToolEvent, ToolResult};

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
        /// What the API says of a refusal.
        details: Option<String>,
    },
    /// The request was not made: a limit of money leaves too little for it.
    Unaffordable(Refusal),
    /// The request failed, or its stream was cut.
    ModelFailed(ModelFailure),
    /// The conversation is summarised.
    Compacted {
        /// The head of the requests from here on.
        head: Box<Head>,
        /// The summary.
        compacted: Box<Compacted>,
        /// Its price, where known.
        cost: Option<MicroUsd>,
        /// The API's request id.
        request: String,
    },
    /// The conversation could not be summarised.
    CompactionFailed(ModelFailure),
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
    /// A message that was to join the turn does not any more: it begins one of its own, or was taken back.
    Leave {
        /// The front's id of the message.
        message: String,
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
    /// An image or a document in it is not accepted.
    Unfit,
    /// The key, the permission, the credit, the request itself: no try will help.
    Final,
}
