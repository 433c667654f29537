//! The desk: mentions come in, turns run, answers go out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::client::Client;
use claudetools_agent::models::MicroUsd;
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::Tools;
use claudetools_agent::turn::TurnLimits;
use claudetools_ledger::Ledger;
use claudetools_policy::{MemberId, Policy, Refusal};

use crate::{Front, Mention, Receipt};

/// What a [`Chat`] is made of.
pub struct Settings {
    /// Where everything is kept.
    pub ledger: Ledger,
    /// The model.
    pub client: Client,
    /// The model's id where a thread has not chosen one.
    pub model: String,
    /// `low` … `max`.
    pub effort: String,
    /// What tools there are.
    pub tools: Arc<dyn Tools>,
    /// Who may do what.
    pub policy: Arc<Policy>,
    /// Reads the repository's instructions for a new thread.
    pub instructions: Arc<dyn Fn() -> Instructions + Send + Sync>,
    /// What one turn may use up.
    pub limits: TurnLimits,
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Chat {
    _private: (),
}

/// What goes on in a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Whether a turn runs.
    pub running: bool,
    /// Messages that wait.
    pub waiting: usize,
    /// The model.
    pub model: String,
    /// Tokens of the last prompt.
    pub context: u64,
    /// What the thread cost so far.
    pub cost: MicroUsd,
    /// Turns so far.
    pub turns: u64,
}

/// Why the desk could not do something.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The ledger could not be written or read; nothing was done.
    #[error("the ledger failed: {0}")]
    Ledger(#[from] claudetools_ledger::LedgerError),
    /// A coded "no".
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Chat {
    /// A desk without fronts.
    pub fn new(_settings: Settings) -> Self {
        todo!()
    }

    /// Adds a front; before [`Chat::recover`].
    pub fn attach(&self, _front: Arc<dyn Front>) {
        todo!()
    }

    /// Goes on where the last run ended: repairs journals, resumes turns, delivers what was not delivered,
    /// and answers mentions that nobody answered.
    pub async fn recover(&self) -> Result<(), ChatError> {
        todo!()
    }

    /// Writes a mention to the inbox and sets its thread to work. It is safe once this answers.
    pub async fn receive(&self, _mention: Mention) -> Result<Receipt, ChatError> {
        todo!()
    }

    /// Notes that a part of a delivery is posted, under the front's id for it.
    pub async fn posted(&self, _delivery: &str, _part: usize, _message: &str) -> Result<(), ChatError> {
        todo!()
    }

    /// Stops the thread's turn. False when none runs.
    pub async fn stop(&self, _thread: &ThreadId) -> bool {
        todo!()
    }

    /// What goes on in a thread.
    pub async fn status(&self, _thread: &ThreadId) -> Result<Status, ChatError> {
        todo!()
    }

    /// Chooses the thread's model from its next request on. Refused for a model that is not known.
    pub async fn set_model(&self, _thread: &ThreadId, _model: &str) -> Result<(), ChatError> {
        todo!()
    }

    /// Whether a member with these role ids may talk to the bot at all (has any role), and which roles.
    pub fn roles(&self, _member: &MemberId, _role_ids: &BTreeSet<String>) -> BTreeSet<String> {
        todo!()
    }

    /// Takes no new turns, waits this long for running ones, then stops them so that a restart resumes them.
    pub async fn drain(&self, _patience: Duration) {
        todo!()
    }
}
