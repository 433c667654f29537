//! Messages and their blocks, kept as the raw JSON they came as.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use blob::MAX_BLOBS;
pub use blob::{Unfit, media_type};

mod blob;

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

impl View {
    fn is_blob(&self) -> bool {
        matches!(self, Self::Other(kind) if matches!(kind.as_str(), "image" | "document"))
    }
}

/// One message of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said; never empty.
    pub content: Vec<RawBlock>,
}

/// What a tool result without any content says, because the API takes no empty text.
const NO_OUTPUT: &str = "(no output)";

impl RawBlock {
    /// A block from its JSON text. An error where the text is not JSON.
    pub fn parse(json: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(json).map(|raw| Self(raw.into()))
    }

    /// A text block.
    pub fn text(text: &str) -> Self {
        #[derive(Serialize)]
        struct Text<'a> {
            r#type: &'a str,
            text: &'a str,
        }
        Self::of(&Text { r#type: "text", text })
    }

    /// A tool result with these inner blocks (text, image, document).
    ///
    /// Blank text is left out, because the API takes none; a result of nothing says "(no output)".
    pub fn tool_result(tool_use_id: &str, content: &[RawBlock], is_error: bool) -> Self {
        #[derive(Serialize)]
        struct ToolResult<'a> {
            r#type: &'a str,
            tool_use_id: &'a str,
            content: Vec<RawBlock>,
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            is_error: bool,
        }
        let mut content: Vec<_> = content.iter().filter(|block| !block.is_blank()).cloned().collect();
        if content.is_empty() {
            content.push(Self::text(NO_OUTPUT));
        }
        Self::of(&ToolResult { r#type: "tool_result", tool_use_id, content, is_error })
    }

    /// The JSON text.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// What the machine needs to know of it.
    pub fn view(&self) -> View {
        let mut peek: Peek = serde_json::from_str(self.json()).unwrap_or_default();
        let kind = std::mem::take(&mut peek.r#type);
        match (kind.as_str(), peek) {
            ("text", Peek { text: Some(text), .. }) => View::Text(text),
            ("tool_use", Peek { id: Some(id), name: Some(name), input: Some(input), .. }) => {
                View::ToolUse { id, name, input: input.get().to_owned() }
            }
            ("tool_result", Peek { tool_use_id: Some(tool_use_id), is_error, .. }) => {
                View::ToolResult { tool_use_id, is_error: is_error == Some(true) }
            }
            ("thinking", Peek { thinking, .. }) => View::Thinking(thinking.unwrap_or_default()),
            _ => View::Other(kind),
        }
    }

    /// Whether it is text without a visible character, which the API refuses to take back.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.view(), View::Text(text) if text.trim().is_empty())
    }

    /// Whether it is the API's own summary of a conversation.
    pub fn is_compaction(&self) -> bool {
        matches!(self.view(), View::Other(kind) if kind == "compaction")
    }

    /// The words of the API's own summary of a conversation.
    pub fn summary(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Summary {
            content: String,
        }
        let summary = self.is_compaction().then(|| serde_json::from_str::<Summary>(self.json()).ok()).flatten();
        summary.map(|summary| summary.content).filter(|words| !words.trim().is_empty())
    }

    /// Bytes of the images and documents in it, as they are sent.
    pub(crate) fn blob_bytes(&self) -> usize {
        // A quote inside a text is escaped, so that no text looks like this.
        if !self.json().contains(r#""type":"base64""#) {
            return 0;
        }
        match self.view() {
            View::ToolResult { .. } => self.inner().iter().map(Self::blob_bytes).sum(),
            view if view.is_blob() => self.json().len(),
            _ => 0,
        }
    }

    /// The block with this text in place of every image and document in it.
    pub(crate) fn without_blobs(&self, why: &str) -> Self {
        match self.view() {
            _ if self.blob_bytes() == 0 => self.clone(),
            View::ToolResult { tool_use_id, is_error } => {
                let content: Vec<_> = self.inner().iter().map(|block| block.without_blobs(why)).collect();
                Self::tool_result(&tool_use_id, &content, is_error)
            }
            _ => Self::text(why),
        }
    }

    /// What a tool result holds.
    pub(crate) fn inner(&self) -> Vec<Self> {
        #[derive(Default, Deserialize)]
        struct Result {
            content: Vec<RawBlock>,
        }
        serde_json::from_str::<Result>(self.json()).unwrap_or_default().content
    }

    fn of(block: &impl Serialize) -> Self {
        #[expect(clippy::expect_used, reason = "strings, booleans and raw JSON always serialise")]
        let raw = serde_json::value::to_raw_value(block).expect("a block of plain fields");
        Self(raw.into())
    }
}

impl From<Box<RawValue>> for RawBlock {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw.into())
    }
}

/// The fields of a block that the machine looks at; all others are skipped.
#[derive(Default, Deserialize)]
struct Peek {
    #[serde(default)]
    r#type: String,
    text: Option<String>,
    id: Option<String>,
    name: Option<String>,
    input: Option<Box<RawValue>>,
    tool_use_id: Option<String>,
    is_error: Option<bool>,
    thinking: Option<String>,
}

impl PartialEq for RawBlock {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}
