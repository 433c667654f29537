//! What an export is made of: its JSON is this.

use claudetools_agent::TurnId;
use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_ledger::Artifact;
use serde::Serialize;
use serde_json::Value;

/// A thread.
#[derive(Debug, Serialize)]
pub(super) struct Transcript {
    pub(super) format: u32,
    pub(super) thread: String,
    pub(super) title: String,
    pub(super) created: Option<String>,
    pub(super) exported: String,
    pub(super) micro_usd: MicroUsd,
    pub(super) turns: Vec<Turn>,
    pub(super) files: Vec<File>,
}

/// One message and everything done to answer it.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Turn {
    pub(super) id: TurnId,
    pub(super) micro_usd: MicroUsd,
    pub(super) requests: Vec<Request>,
    pub(super) doings: Vec<Doing>,
}

/// One reply of the model, and what it used.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Request {
    pub(super) model: String,
    pub(super) stop_reason: String,
    pub(super) usage: Usage,
    /// Nobody knows what a model costs that is not in the table.
    pub(super) micro_usd: Option<MicroUsd>,
}

/// What was said or done.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Doing {
    Said(Said),
    /// The model's own note between tool calls.
    Note(String),
    Answer(String),
    Call(Call),
    Failed(String),
    Stopped,
    /// What became of the conversation as a whole, in one sentence.
    Conversation(String),
}

/// A person's message.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Said {
    pub(super) member: String,
    pub(super) name: Option<String>,
    pub(super) at: Option<String>,
    pub(super) text: String,
}

/// A tool call.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) tool: String,
    pub(super) input: Value,
    pub(super) output: String,
    pub(super) ended: Ended,
    pub(super) confirmation: Option<Confirmed>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ended {
    Done,
    Failed,
    Interrupted,
}

/// What people were asked about a call.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Confirmed {
    pub(super) state: &'static str,
    pub(super) member: Option<String>,
}

/// A file that a tool gave.
#[derive(Debug, Serialize)]
pub(super) struct File {
    name: String,
    bytes: i64,
    sha256: String,
    at: String,
}

impl From<Artifact> for File {
    fn from(Artifact { name, bytes, sha256, at, .. }: Artifact) -> Self {
        Self { name, bytes, sha256, at }
    }
}

impl File {
    pub(super) fn line(&self) -> String {
        format!("- `{}` · {} bytes · SHA-256 `{}` · {}\n", self.name, self.bytes, self.sha256, self.at)
    }
}
