//! What a front hands in.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;
use claudetools_policy::{MemberId, Refusal};

/// A person's message to the bot.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mention {
    /// Unique in the front: the Discord message id, a UUID of the console.
    pub message: String,
    /// The thread it belongs to.
    pub thread: ThreadId,
    /// The front's id of the channel that it was said in, or that its thread belongs to; none where a front has no
    /// channels.
    #[serde(default)]
    pub channel: Option<String>,
    /// Who says it.
    pub member: MemberId,
    /// The name shown to people and, escaped, to the model.
    pub member_name: String,
    /// Discord role ids from the event, or `local` for the person at this machine.
    pub role_ids: BTreeSet<String>,
    /// What is said, without the mention of the bot.
    pub text: String,
    /// The message that it answers, where the front knows it.
    #[serde(default)]
    pub quoted: Option<Quoted>,
    /// Files that came with it, already fetched.
    pub attachments: Vec<Attachment>,
    /// When it was written, RFC 3339.
    pub at: String,
}

/// A message that another one answers: somebody's words, who may have no role here.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Quoted {
    /// Who wrote it.
    pub member: MemberId,
    /// The name shown.
    pub name: String,
    /// What they wrote.
    pub text: String,
    /// Whether the thread had no part in it: neither its bot nor whoever quotes it wrote it.
    pub foreign: bool,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Attachment {
    /// Its bytes.
    File {
        /// The file's name, as the person gave it.
        name: String,
        /// Its IANA media type.
        media_type: String,
        /// Its bytes.
        #[serde(with = "bytes")]
        data: Vec<u8>,
    },
    /// It was left out, and why: the model and the person are told.
    Skipped {
        /// The file's name.
        name: String,
        /// How many bytes it has, where that is known.
        #[serde(default)]
        size: Option<u64>,
        /// One sentence.
        why: String,
    },
}

/// What became of a mention.
#[derive(Clone, Debug, PartialEq)]
pub enum Receipt {
    /// It began a turn.
    Began,
    /// It joins the running turn at the next tool call, or begins the next turn when there is none.
    Joins,
    /// It was received before.
    Duplicate,
    /// The person may not talk to the bot.
    Refused(Refusal),
}

/// Bytes as base64: a list of numbers would be four times as long.
mod bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
