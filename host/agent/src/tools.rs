//! The port that tools stand behind.

use std::collections::BTreeSet;

use async_trait::async_trait;
use claudetools_policy::{Caller, ChannelPolicy, Code, RoleName};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::message::RawBlock;
use crate::{ThreadId, TurnId};

/// A tool as it is declared to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolDef {
    /// `^[a-zA-Z0-9_-]{1,64}$`
    pub name: String,
    /// What the model reads.
    pub description: String,
    /// JSON Schema of the input.
    pub input_schema: serde_json::Value,
}

/// One call, ready to run: its block was complete and its input is JSON text of an object.
#[derive(Clone, Debug)]
pub struct ToolCall {
    /// The `tool_use` block's id.
    pub id: String,
    /// The tool.
    pub name: String,
    /// JSON text.
    pub input: String,
    /// The turn it belongs to.
    pub turn: TurnId,
    /// The thread it belongs to.
    pub thread: ThreadId,
    /// On whose authority.
    pub caller: Caller,
    /// The roles of the person whose turn it is, whoever else's words are in the thread: what of them the authority lacks
    /// needs that person's click.
    pub own: BTreeSet<RoleName>,
}

/// One item of the checklist that the model keeps for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Todo {
    /// What is to be done.
    pub content: String,
    /// How far it is.
    pub status: TodoState,
    /// The same while it is being done: "Running tests".
    pub active_form: String,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TodoState {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// Done.
    Completed,
}

/// What a running tool says meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolEvent {
    /// A short line that replaces the one before.
    Status(String),
    /// Steps done and, where known, in all.
    Steps {
        /// Done.
        done: u32,
        /// In all.
        total: Option<u32>,
    },
    /// Text appended to the tool's live output.
    Append(String),
    /// A file for the people of the thread is kept under this number.
    File {
        /// The ledger's number of it.
        artifact: i64,
        /// Its name, made safe.
        name: String,
    },
    /// What the call changed in a text file, as a unified diff. It is shown to people and is nothing for the model.
    Changed(String),
    /// The thread's checklist is this from now on.
    Todos(Vec<Todo>),
    /// The call waits for a person, who is shown this; nothing of it has happened.
    Waits(String),
}

/// What a call gave back. Always an answer: a refusal or a failure is one, too.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// Blocks for the model (text, image, document); text is already scrubbed and capped.
    pub content: Vec<RawBlock>,
    /// Whether it failed or was refused.
    pub is_error: bool,
    /// One line for the person who watches.
    pub summary: String,
    /// The refusal's code, where it was refused.
    pub code: Option<Code>,
}

/// Where tools come from: the sandbox in the product, a script in tests.
#[async_trait]
pub trait Tools: Send + Sync {
    /// Every tool that there is in a channel, sorted by name: the same for everybody there, so that requests share a
    /// prefix.
    fn offered(&self, channel: &ChannelPolicy) -> Vec<ToolDef>;

    /// Whether calls of this tool may run beside others. False for a tool that is not known.
    fn read_only(&self, name: &str) -> bool;

    /// Runs one call to its end. `stop` ends it at once with a result that says so.
    async fn call(&self, call: ToolCall, events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult;

    /// Keeps a file where the tools of a thread find it: the path that they know it by, or why it can't be kept. Blocks.
    fn keep(&self, thread: &ThreadId, name: &str, data: &[u8]) -> Result<String, String> {
        let _ = (thread, name, data);
        Err("there is no place for files".to_owned())
    }
}
