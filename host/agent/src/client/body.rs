//! The body of a request: the same bytes for the same conversation, so that the model's cache serves it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::message::{Message, RawBlock, Role, View};
use crate::models;
use crate::tools::ToolDef;

use super::{Dialect, Feature, Request};

/// Tokens asked for where nothing is known of the model: what small local models can still give.
const MODEST_REPLY: u32 = 8_192;
/// A cache marker finds an earlier entry at most twenty blocks back; fifteen leaves room for blocks that take no marker.
const MARKER_EVERY: usize = 15;
/// Four markers are allowed: one is on the system text, one moves along with the end by itself.
const MARKERS: usize = 2;

/// The fields in the order they are sent: what changes comes last.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<&'a ToolDef>,
    system: System<'a>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Thinking {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_binding: Option<BlockBinding>,
}

#[derive(Serialize)]
struct BlockBinding {
    prefix_mismatch_behavior: &'static str,
}

#[derive(Serialize)]
struct OutputConfig {
    effort: &'static str,
}

#[derive(Serialize)]
struct CacheControl {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<&'static str>,
}

/// Compatible servers all take a string; only blocks can carry a cache marker.
#[derive(Serialize)]
#[serde(untagged)]
enum System<'a> {
    Text(&'a str),
    Blocks([SystemBlock<'a>; 1]),
}

#[derive(Serialize)]
struct SystemBlock<'a> {
    r#type: &'static str,
    text: &'a str,
    cache_control: CacheControl,
}

/// Writes the body: tools sorted, the head cached for an hour (people come back after minutes), the tail for five.
pub(super) fn write(request: &Request, dialect: Dialect, sent: &BTreeSet<Feature>) -> Vec<u8> {
    let row = models::find(&request.model);
    let caching = sent.contains(&Feature::Caching);
    let effort = row.and_then(|row| row.effort(&request.effort));
    let mut tools: Vec<_> = request.head.tools.iter().collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    let body = Body {
        model: match (dialect, row) {
            (Dialect::Anthropic, Some(row)) => row.id,
            _ => &request.model,
        },
        max_tokens: row.map_or(MODEST_REPLY, |row| row.max_tokens).min(request.longest_reply.unwrap_or(u32::MAX)),
        stream: true,
        thinking: sent.contains(&Feature::Thinking).then(|| thinking(sent)),
        output_config: effort.filter(|_| sent.contains(&Feature::Effort)).map(|effort| OutputConfig { effort }),
        cache_control: caching.then_some(CacheControl { r#type: "ephemeral", ttl: None }),
        tools,
        system: system(&request.head.system, caching),
        messages: if caching { marked(&request.messages) } else { request.messages.clone() },
    };
    #[expect(clippy::expect_used, reason = "strings, numbers and raw JSON always serialise")]
    serde_json::to_vec(&body).expect("a body of plain fields")
}

fn thinking(sent: &BTreeSet<Feature>) -> Thinking {
    Thinking {
        r#type: "adaptive",
        display: sent.contains(&Feature::Updates).then_some("updates"),
        block_binding: sent
            .contains(&Feature::Binding)
            .then_some(BlockBinding { prefix_mismatch_behavior: "drop_block" }),
    }
}

fn system(text: &str, caching: bool) -> System<'_> {
    if !caching {
        return System::Text(text);
    }
    let cache_control = CacheControl { r#type: "ephemeral", ttl: Some("1h") };
    System::Blocks([SystemBlock { r#type: "text", text, cache_control }])
}

/// The messages, with markers where the newest reply and its results added more blocks than a marker looks back.
fn marked(messages: &[Message]) -> Vec<Message> {
    let mut messages = messages.to_vec();
    let newest = messages.iter().rposition(|message| message.role == Role::Assistant).unwrap_or(messages.len());
    let mut blocks: Vec<_> = messages.iter_mut().skip(newest).flat_map(|message| &mut message.content).collect();
    let end = blocks.len().saturating_sub(1);
    let (mut since, mut markers) = (0, 0);
    while markers < MARKERS && since + MARKER_EVERY < end {
        let reach = blocks.get_mut(since..since + MARKER_EVERY).unwrap_or_default();
        let Some(at) = reach.iter().rposition(|block| takes_marker(block)) else {
            break;
        };
        if let Some(marked) = reach.get_mut(at) {
            **marked = with_marker(marked);
        }
        since += at + 1;
        markers += 1;
    }
    messages
}

fn takes_marker(block: &RawBlock) -> bool {
    match block.view() {
        View::Text(_) | View::ToolUse { .. } | View::ToolResult { .. } => true,
        View::Thinking(_) => false,
        View::Other(kind) => matches!(kind.as_str(), "image" | "document"),
    }
}

/// The block with a marker as its last field; all its other bytes stay.
fn with_marker(block: &RawBlock) -> RawBlock {
    let Some(open) = block.json().strip_suffix('}') else {
        return block.clone();
    };
    let json = format!("{open},\"cache_control\":{{\"type\":\"ephemeral\"}}}}");
    RawBlock::parse(json).unwrap_or_else(|_| block.clone())
}
