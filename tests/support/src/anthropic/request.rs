//! A request as a test looks at it.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request to `/v1/messages`, valid or not.
#[derive(Clone, Debug)]
pub struct RequestView {
    /// Its number, from 1, refused ones included.
    pub number: usize,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The bytes of the body, as text.
    pub raw: String,
    /// The body; `Null` where it was not JSON.
    pub body: Value,
    /// How it went.
    pub outcome: Outcome,
}

/// How a request went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer is not over yet.
    Open,
    /// The fake refused it, with this status.
    Refused(u16),
    /// The script answered with this status.
    Failed(u16),
    /// The reply was sent as the script says, up to its end.
    Sent,
    /// The client closed the connection before the end.
    Closed,
}

/// What a tool gave back, as the model sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolAnswer {
    /// The call it answers.
    pub tool_use_id: String,
    /// Its text blocks, joined with line ends.
    pub text: String,
    /// Whether it failed.
    pub is_error: bool,
}

impl RequestView {
    /// The model asked for; empty where there is none.
    pub fn model(&self) -> &str {
        self.body["model"].as_str().unwrap_or_default()
    }

    /// The system text, its blocks joined.
    pub fn system(&self) -> String {
        text_of(&self.body["system"])
    }

    /// The messages.
    pub fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The names of the tools.
    pub fn tools(&self) -> Vec<&str> {
        let tools = self.body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
        tools.iter().filter_map(|tool| tool["name"].as_str()).collect()
    }

    /// Whether it asks the server for a summary.
    pub fn wants_summary(&self) -> bool {
        self.body["compaction"].is_object()
    }

    /// The newest text of the user: the last text block of the last message of theirs that has one.
    pub fn last_user_text(&self) -> String {
        let mut mine = self.messages().iter().rev().filter(|message| message["role"] == "user");
        let text = mine.find_map(|message| last_text(&message["content"])).unwrap_or_default();
        words(&text).unwrap_or(&text).to_owned()
    }

    /// The tool results of the last message.
    pub fn tool_results(&self) -> Vec<ToolAnswer> {
        let content = self.messages().last().map(|message| &message["content"]);
        let blocks = content.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        blocks.iter().filter(|block| block["type"] == "tool_result").map(ToolAnswer::of).collect()
    }
}

/// What a person said, out of the frame that tells who said it and when.
fn words(text: &str) -> Option<&str> {
    let framed = text.strip_prefix("<message from=")?.strip_suffix("\n</message>")?;
    framed.split_once('\n').map(|(_, words)| words)
}

impl ToolAnswer {
    fn of(block: &Value) -> Self {
        Self {
            tool_use_id: block["tool_use_id"].as_str().unwrap_or_default().to_owned(),
            text: text_of(&block["content"]),
            is_error: block["is_error"] == true,
        }
    }
}

fn last_text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(blocks) => {
            let last = blocks.iter().rev().find(|block| block["type"] == "text")?;
            last["text"].as_str().map(str::to_owned)
        }
        _ => None,
    }
}

fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts: Vec<&str> = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}
