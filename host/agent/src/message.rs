//! Messages and their blocks, kept as the raw JSON they came as.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// People, and the results of tools.
    User,
    /// The model.
    Assistant,
    /// The operator, in the middle of a conversation.
    System,
}

/// One content block: its JSON text, which is sent back byte for byte as it was stored.
///
/// A block of an unknown type, or with unknown fields, survives untouched.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawBlock(Arc<RawValue>);

/// What the machine needs to know of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// Text for people.
    Text(String),
    /// A tool call; `input` is the JSON text of an object.
    ToolUse {
        /// `toolu_…`
        id: String,
        /// The tool.
        name: String,
        /// The JSON text of the input.
        input: String,
    },
    /// What a tool gave back.
    ToolResult {
        /// The call it answers.
        tool_use_id: String,
        /// Whether it failed.
        is_error: bool,
    },
    /// Thinking; often empty. Non-empty text is a note for the person who watches.
    Thinking(String),
    /// Anything else, by its type.
    Other(String),
}

/// One message of a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said; never empty.
    pub content: Vec<RawBlock>,
}

impl RawBlock {
    /// A block from its JSON text. An error where the text is not JSON.
    pub fn parse(_json: String) -> Result<Self, serde_json::Error> {
        todo!()
    }

    /// A text block.
    pub fn text(_text: &str) -> Self {
        todo!()
    }

    /// An image (`image/png` …) or document (`application/pdf`) from its bytes, base64 inside.
    pub fn blob(_media_type: &str, _data: &[u8]) -> Self {
        todo!()
    }

    /// A tool result with these inner blocks (text, image, document).
    pub fn tool_result(_tool_use_id: &str, _content: &[RawBlock], _is_error: bool) -> Self {
        todo!()
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// What the machine needs to know of it.
    pub fn view(&self) -> View {
        todo!()
    }
}

impl PartialEq for RawBlock {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}
