//! What a request says, as far as the rehearsal model listens.

use claudetools_agent::prompt::unframed;
use serde_json::Value;

/// A request.
#[derive(Debug)]
pub(super) struct Conversation {
    /// The newest words of a person.
    pub words: String,
    /// Replies since then that called tools.
    pub rounds: usize,
    /// Calls since then that have a result, in order.
    pub done: Vec<Done>,
    /// The names of the tools.
    pub offered: Vec<String>,
}

/// A call and its result.
#[derive(Debug, PartialEq)]
pub(super) struct Done {
    pub tool: String,
    pub input: Value,
    /// Text of the result; other blocks are named by their type.
    pub result: String,
    pub failed: bool,
}

impl Conversation {
    /// Reads a body; the error is what the API would answer.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let body: Value =
            serde_json::from_slice(body).map_err(|error| format!("The request body is not valid JSON: {error}"))?;
        if body["stream"] != true {
            return Err("stream: the rehearsal model only answers with a stream".to_owned());
        }
        let messages = items(&body["messages"]);
        if messages.is_empty() {
            return Err("messages: at least one message is required".to_owned());
        }
        let (at, words) = newest(messages).unwrap_or_default();
        let since = messages.get(at + 1..).unwrap_or_default();
        Ok(Self {
            words,
            rounds: since.iter().filter(|message| calls(message).next().is_some()).count(),
            done: done(since),
            offered: items(&body["tools"]).iter().filter_map(|tool| text(tool, "name")).collect(),
        })
    }
}

/// The newest framed words and the message they stand in; where nothing is framed, the newest text.
fn newest(messages: &[Value]) -> Option<(usize, String)> {
    let mut framed = None;
    let mut plain = None;
    for (at, message) in messages.iter().enumerate().filter(|(_, m)| m["role"] == "user") {
        for text in texts(&message["content"]) {
            match unframed(&text) {
                Some(words) => framed = Some((at, without_notes(&words))),
                None => plain = Some((at, text)),
            }
        }
    }
    framed.or(plain)
}

/// Without notes about attachments.
fn without_notes(words: &str) -> String {
    words.split('\n').filter(|line| !line.starts_with("[attached")).collect::<Vec<_>>().join("\n")
}

fn calls(message: &Value) -> impl Iterator<Item = &Value> {
    items(&message["content"]).iter().filter(|block| block["type"] == "tool_use")
}

fn done(messages: &[Value]) -> Vec<Done> {
    let blocks = || messages.iter().flat_map(|message| items(&message["content"]));
    let result = |id: &Value| blocks().find(|b| b["type"] == "tool_result" && b["tool_use_id"] == *id);
    let calls = messages.iter().flat_map(calls);
    let done = calls.filter_map(|call| {
        let result = result(&call["id"])?;
        Some(Done {
            tool: text(call, "name")?,
            input: call["input"].clone(),
            result: texts(&result["content"]).join("\n"),
            failed: result["is_error"] == true,
        })
    });
    done.collect()
}

/// The texts of a content; a block that is none is named by its type.
fn texts(content: &Value) -> Vec<String> {
    if let Some(text) = content.as_str() {
        return vec![text.to_owned()];
    }
    let text = |block: &Value| match block["type"].as_str() {
        Some("text") => text(block, "text"),
        Some(kind @ ("image" | "document")) => Some(format!("[{kind}]")),
        _ => None,
    };
    items(content).iter().filter_map(text).collect()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
