//! One call of one tool: what goes in, what comes out while it runs, and what is known at its end.

use std::collections::BTreeMap;
use std::time::Duration;

use claudetools_egress::Made;
use claudetools_policy::{Clients, Code, Refusal};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::effects::Effects;
use crate::standing::{Held, Standing};

/// One call of one tool.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Unique; the audit knows the call by it.
    pub id: String,
    /// The tool's name, as in the manifest.
    pub tool: String,
    /// The input, a JSON object. It is checked against the tool's schema before the guest runs.
    pub input: String,
    /// Which thread it belongs to, by any text that no other thread has: a `per-thread` root is found by it.
    pub thread: String,
    /// What the plugin kept in this thread so far. Not shown to a tool without a `state` grant.
    pub state: BTreeMap<String, Vec<u8>>,
    /// The clients that it may be about. Default: none.
    pub clients: Clients,
    /// Where it stands with the people of its thread. Default: nobody can be asked.
    pub standing: Standing,
}

/// What a running call tells the person who watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A short line that replaces the one before.
    Status(String),
    /// Steps done and, where known, in all.
    Steps {
        /// How many are done.
        done: u32,
        /// How many there are in all.
        total: Option<u32>,
    },
    /// Text that is appended to the tool's live output.
    Append(String),
    /// A line for operators, never for the model.
    Log {
        /// How grave it is.
        level: Level,
        /// The line.
        message: String,
    },
}

/// How grave a line of a plugin's log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the plugin's author.
    Debug,
    /// Worth knowing.
    Info,
    /// Something is off.
    Warn,
    /// Something failed.
    Error,
}

/// A call that was started. Dropping it cancels the call.
///
/// Read [`Running::events`] until it ends, then ask for the [`Running::outcome`]. A status or step is
/// left out while the channel is full; appended text and log lines wait for the reader.
#[derive(Debug)]
pub struct Running {
    /// What the call tells while it runs; ends when the call has ended.
    pub events: mpsc::Receiver<Event>,
    pub(crate) outcome: oneshot::Receiver<Outcome>,
    pub(crate) cancel: CancellationToken,
    pub(crate) guard: DropGuard,
}

impl Running {
    /// Ends the call as soon as it can: its outcome is then `call.cancelled`.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }

    /// A handle that cancels the call from elsewhere.
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// Waits for the end. Events that were not read are dropped.
    pub async fn outcome(self) -> Outcome {
        drop(self.events);
        let outcome = self.outcome.await;
        drop(self.guard);
        outcome
            .unwrap_or_else(|_| Outcome::of(Failure::Internal("the call's thread ended without an outcome".to_owned())))
    }
}

/// What is known when a call has ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it gave back.
    pub result: Result<Output, Failure>,
    /// What the host decided during the call.
    pub effects: Effects,
    /// Changes of the plugin's state, in key order; `None` deletes. Keep them only where `result` is `Ok`.
    pub state: Vec<(String, Option<Vec<u8>>)>,
    /// Where it stands at its end.
    pub standing: Standing,
    /// The effect that waits for a person, where the call ended because of one.
    pub held: Option<Held>,
    /// Passwords that the host made, for whoever said yes and for nobody else.
    pub made: Vec<Made>,
    /// Files for people. Give them only where nothing is held.
    pub artifacts: Vec<Artifact>,
    /// What it cost.
    pub usage: CallUsage,
}

/// A file for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// As the plugin named it: not safe.
    pub name: String,
    /// As the plugin says.
    pub media_type: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Outcome {
    /// An outcome in which nothing was done.
    pub(crate) fn of(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            effects: Effects::default(),
            state: Vec::new(),
            standing: Standing::default(),
            held: None,
            made: Vec::new(),
            artifacts: Vec::new(),
            usage: CallUsage::default(),
        }
    }
}

/// What a call cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallUsage {
    /// From the moment it was asked for to its end.
    pub wall: Duration,
    /// The most bytes of linear memory it held at once.
    pub memory_peak: u64,
    /// How often the guest called the host.
    pub hostcalls: u64,
    /// Bytes of its output.
    pub output_bytes: u64,
}

/// What a call gives back when it worked.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// In the order in which they are to be read.
    pub parts: Vec<Part>,
    /// One line for the person who watches; may be empty.
    pub summary: String,
    /// Something was left out; the last text part says what, and how to get it.
    pub truncated: bool,
}

/// One part of an output.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text for the model and the person.
    Text(String),
    /// A JSON array of flat objects.
    Table(serde_json::Value),
    /// An image.
    Image {
        /// Its IANA media type.
        media_type: String,
        /// Its bytes.
        data: Vec<u8>,
    },
    /// A document, such as a PDF.
    Document {
        /// Its IANA media type.
        media_type: String,
        /// Its bytes.
        data: Vec<u8>,
    },
}

/// Why a call gave no output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The input makes no sense here: the plugin's words for the model.
    #[error("{0}")]
    Invalid(String),
    /// The host refused. Always the host's own record, never the plugin's words.
    #[error("{0}")]
    Refused(Refusal),
    /// The outside world failed; trying again may help.
    #[error("{0}")]
    Unavailable(String),
    /// A fault of the plugin or of the host.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    /// A refusal of the host.
    pub(crate) fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(code, message))
    }
}
