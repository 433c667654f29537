//! From a scripted reply to the events of its stream, and to the blocks that a client must echo.

use serde_json::{Value, json};

use super::cache::Counted;
use super::models::{Model, Takes};
use super::reply::{Block, Noise, Reply};

/// What a reply is made with besides the script.
pub(super) struct Setting<'a> {
    pub model: &'static Model,
    pub body: &'a Value,
    pub counted: Counted,
    /// Numbers the message, its tool calls and its signatures.
    pub number: usize,
    /// Thinking blocks of the request that were dropped, as the API reports them.
    pub dropped: Vec<Value>,
}

/// A reply, ready to be sent.
pub(super) struct Rendered {
    pub events: Vec<Value>,
    /// The blocks as a client puts them together.
    pub content: Vec<Value>,
    /// The whole message, for requests that do not stream.
    pub message: Value,
}

/// How much of its thinking a request wants to see.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thinks {
    /// No thinking blocks at all.
    Not,
    /// Only those before a tool call, with their text.
    BetweenTools,
    /// All of them, empty.
    Omitted,
    /// All of them, with text where a tool call follows.
    Updates,
    /// All of them, with text.
    Summarized,
}

impl Thinks {
    fn of(body: &Value, model: &Model) -> Self {
        let thinking = &body["thinking"];
        match (thinking["type"].as_str(), thinking["display"].as_str()) {
            (Some("disabled"), _) => Self::Not,
            (None, _) if !model.takes(Takes::ThinksUnasked) => Self::Not,
            (Some("between_tools"), _) => Self::BetweenTools,
            (_, Some("updates")) => Self::Updates,
            (_, Some("summarized")) => Self::Summarized,
            (_, None) if model.takes(Takes::Summarizes) => Self::Summarized,
            _ => Self::Omitted,
        }
    }

    /// The text that is sent of a thinking block; `None` where the block is not sent.
    fn shown(self, text: &str, before_tool: bool) -> Option<&str> {
        match self {
            Self::Not => None,
            Self::BetweenTools => before_tool.then_some(text),
            Self::Omitted => Some(""),
            Self::Updates => Some(if before_tool { text } else { "" }),
            Self::Summarized => Some(text),
        }
    }
}

/// Renders a reply.
pub(super) fn render(reply: &Reply, setting: &Setting<'_>) -> Rendered {
    let mut writer = Writer { events: Vec::new(), content: Vec::new(), reply, output: 1, tools: 0 };
    let is_summary = reply.blocks.iter().any(|block| matches!(block, Block::Summary(_)));
    let usage = |output| if is_summary { summarised(setting.usage(output)) } else { setting.usage(output) };
    let empty = setting.message(json!([]), Value::Null, usage(1));
    writer.events.push(json!({ "type": "message_start", "message": empty }));
    if reply.has(Noise::Future) {
        writer.future();
    }
    writer.blocks(setting);
    let mut delta = json!({ "stop_reason": reply.stop_reason(), "stop_sequence": null });
    if let Some(details) = &reply.stop_details {
        delta["stop_details"] = details.clone();
    }
    let mut usage = usage(writer.output);
    for (key, value) in reply.usage.as_ref().and_then(Value::as_object).into_iter().flatten() {
        usage[key] = value.clone();
    }
    writer.events.push(json!({ "type": "message_delta", "delta": delta, "usage": usage }));
    writer.events.push(json!({ "type": "message_stop" }));
    let stop = json!(reply.stop_reason());
    let message = setting.message(json!(writer.content), stop, usage);
    Rendered { events: writer.events, content: writer.content, message }
}

/// What a summary used stands in its iteration only.
fn summarised(mut usage: Value) -> Value {
    usage["type"] = json!("compaction");
    json!({
        "input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 0,
        "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
        "iterations": [usage],
    })
}

impl Setting<'_> {
    fn usage(&self, output: u64) -> Value {
        let mut usage = self.counted.usage();
        usage["output_tokens"] = json!(output);
        usage["service_tier"] = json!("standard");
        usage
    }

    fn message(&self, content: Value, stop: Value, usage: Value) -> Value {
        let mut message = json!({
            "id": format!("msg_fake{:04}", self.number),
            "type": "message",
            "role": "assistant",
            "model": self.model.id,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": null,
            "usage": usage,
        });
        if !self.dropped.is_empty() {
            message["input_transformations"] = json!(self.dropped);
        }
        message
    }
}

struct Writer<'a> {
    events: Vec<Value>,
    content: Vec<Value>,
    reply: &'a Reply,
    output: u64,
    tools: usize,
}

impl Writer<'_> {
    fn blocks(&mut self, setting: &Setting<'_>) {
        let thinks = Thinks::of(setting.body, setting.model);
        for (at, block) in self.reply.blocks.iter().enumerate() {
            let before_tool = matches!(self.reply.blocks.get(at + 1), Some(Block::Tool { .. }));
            match block {
                Block::Text(text) => self.text(text),
                Block::Thinking(text) => {
                    if let Some(shown) = thinks.shown(text, before_tool) {
                        self.thinking(shown, &format!("EqQBfake{:04}n{at}==", setting.number));
                    }
                }
                Block::Redacted if thinks == Thinks::Not => {}
                Block::Redacted => {
                    let data = format!("EmwKfake{:04}n{at}==", setting.number);
                    self.whole(json!({ "type": "redacted_thinking", "data": data }));
                }
                Block::Tool { id, name, input } => {
                    self.tools += 1;
                    let own = || format!("toolu_fake{:04}n{}", setting.number, self.tools);
                    let id = id.clone().unwrap_or_else(own);
                    self.tool(&id, name, input);
                }
                Block::Summary(text) => {
                    let signature = format!("ErcBfake{:04}n{at}==", setting.number);
                    self.whole(json!({ "type": "compaction", "content": text, "signature": signature }));
                }
                Block::Whole(block) => self.whole(block.clone()),
            }
        }
    }

    fn text(&mut self, text: &str) {
        let mut block = json!({ "type": "text", "text": "" });
        if self.reply.has(Noise::Future) {
            block["future_field"] = json!({ "a": [1, null] });
        }
        let mut deltas = self.pieces(text, |piece| json!({ "type": "text_delta", "text": piece }));
        if self.reply.has(Noise::Future) {
            deltas.insert(deltas.len().min(1), json!({ "type": "future_delta", "text": "not this" }));
        }
        let start = block.clone();
        block["text"] = json!(text);
        self.block(start, deltas, block);
    }

    fn thinking(&mut self, shown: &str, signature: &str) {
        let start = json!({ "type": "thinking", "thinking": "", "signature": "" });
        let mut deltas = match shown {
            "" => vec![json!({ "type": "thinking_delta", "thinking": "" })],
            _ => self.pieces(shown, |piece| json!({ "type": "thinking_delta", "thinking": piece })),
        };
        deltas.push(json!({ "type": "signature_delta", "signature": signature }));
        let block = json!({ "type": "thinking", "thinking": shown, "signature": signature });
        self.block(start, deltas, block);
    }

    fn tool(&mut self, id: &str, name: &str, input: &str) {
        let start = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
        let mut block = start.clone();
        block["input"] = serde_json::from_str(input).unwrap_or_else(|_| json!({}));
        let mut deltas = vec![json!({ "type": "input_json_delta", "partial_json": "" })];
        let piece = |piece: &str| json!({ "type": "input_json_delta", "partial_json": piece });
        deltas.extend(self.pieces(if input == "{}" { "" } else { input }, piece));
        self.block(start, deltas, block);
    }

    fn whole(&mut self, block: Value) {
        self.block(block.clone(), Vec::new(), block);
    }

    /// A block, an event and a ping that today's clients do not know.
    fn future(&mut self) {
        self.events.push(json!({ "type": "ping" }));
        self.events.push(json!({ "type": "future_event", "future": true }));
        let block = json!({ "type": "future_block", "future": { "b": 1, "a": 2 } });
        let delta = json!({ "type": "future_delta", "future": "x" });
        self.block(block.clone(), vec![delta], block);
    }

    fn block(&mut self, start: Value, deltas: Vec<Value>, whole: Value) {
        let index = self.content.len();
        let start = json!({ "type": "content_block_start", "index": index, "content_block": start });
        self.events.push(start);
        for delta in deltas {
            let event = json!({ "type": "content_block_delta", "index": index, "delta": delta });
            self.events.push(event);
        }
        self.events.push(json!({ "type": "content_block_stop", "index": index }));
        self.output += (whole.to_string().len() as u64).div_ceil(4);
        self.content.push(whole);
    }

    fn pieces(&self, text: &str, delta: impl Fn(&str) -> Value) -> Vec<Value> {
        let characters: Vec<char> = text.chars().collect();
        let pieces = characters.chunks(self.reply.pace.delta.max(1));
        pieces.map(|piece| delta(&piece.iter().collect::<String>())).collect()
    }
}
