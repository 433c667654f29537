//! The port a front stands behind.

use std::time::Duration;

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::models::MicroUsd;
use claudetools_agent::turn::Update;
use claudetools_policy::MemberId;

/// What must reach the person, exactly once. It stays in the outbox until the front says it is there.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Delivery {
    /// Unique and stable over restarts; at most 16 characters, so that a nonce can hold it and a part number.
    pub id: String,
    /// Where to.
    pub thread: ThreadId,
    /// The message it answers, and whose it is: the only person it may ping.
    pub reply_to: Option<(String, MemberId)>,
    /// What.
    pub kind: DeliveryKind,
    /// Parts that the front has already posted (by [`claudetools_ledger`]'s outbox), oldest first.
    pub posted: Vec<String>,
}

/// Kinds of delivery.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum DeliveryKind {
    /// The answer, in Markdown as the model wrote it.
    Answer(String),
    /// A failure, in one sentence.
    Failure(String),
    /// Something the person should know ("I was restarted …").
    Notice(String),
    /// The thread has spent all that it may: an administrator can give it [`crate::RAISE`] more, through
    /// [`crate::Chat::raise`].
    Raise {
        /// What it may spend now.
        most: MicroUsd,
    },
    /// A file that a tool gave; its bytes are [`crate::Chat::artifact`]'s to give.
    File {
        /// Its number.
        artifact: i64,
        /// Its name, made safe.
        name: String,
    },
}

/// Why something could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Worth another try after this time.
    #[error("could not be delivered now: {why}")]
    Later {
        /// When to try again.
        after: Duration,
        /// What happened.
        why: String,
    },
    /// The thread is gone, or the bot may not write there.
    #[error("cannot be delivered: {why}")]
    Never {
        /// What happened.
        why: String,
    },
}

/// Where people talk.
#[async_trait]
pub trait Front: Send + Sync {
    /// The first part of its thread ids: `discord`, `console`, `cli`.
    fn name(&self) -> &'static str;

    /// Shows what goes on in a thread. Live and lossy; must not block.
    fn show(&self, thread: &ThreadId, update: &Update);

    /// The front's ids of the messages that people of a thread pinned, oldest first: they stay in the conversation when
    /// the rest of it is summarised. None where a front has no pins, or cannot tell.
    async fn pinned(&self, _thread: &ThreadId) -> Vec<String> {
        Vec::new()
    }

    /// Calls a thread by this title, where the front has a name for it and it is its own to give. Tried once.
    async fn rename(&self, _thread: &ThreadId, _title: &str) {}

    /// Nothing runs in a thread any more. Must not block.
    fn rests(&self, _thread: &ThreadId) {}

    /// Delivers; called again (also after a restart) until it answers `Ok` or `Never`. A front that posts several
    /// messages tells `chat` of each through [`crate::Chat::posted`], so that none is posted twice.
    async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError>;
}
