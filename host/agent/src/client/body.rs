//! The body of a request: the same bytes for the same conversation, so that the model's cache serves it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::message::{Message, RawBlock, Role, View};
use crate::models;
use crate::tools::ToolDef;

use super::compaction::{self, Compaction, Editing};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_management: Option<Editing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compaction: Option<Compaction<'a>>,
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
    let max_tokens = models::find(&request.model).map_or(MODEST_REPLY, |row| row.max_tokens);
    let max_tokens = max_tokens.min(request.longest_reply.unwrap_or(u32::MAX));
    json(&Body { max_tokens: Some(max_tokens), stream: Some(true), ..body(request, dialect, sent) })
}

/// The body of a request that only counts.
pub(super) fn count(request: &Request, dialect: Dialect, sent: &BTreeSet<Feature>) -> Vec<u8> {
    json(&body(request, dialect, sent))
}

fn json(body: &Body<'_>) -> Vec<u8> {
    #[expect(clippy::expect_used, reason = "strings, numbers and raw JSON always serialise")]
    serde_json::to_vec(body).expect("a body of plain fields")
}

fn body<'a>(request: &'a Request, dialect: Dialect, sent: &BTreeSet<Feature>) -> Body<'a> {
    let row = models::find(&request.model);
    let caching = sent.contains(&Feature::Caching);
    let effort = row.and_then(|row| row.effort(&request.effort));
    let mut tools: Vec<_> = request.head.tools.iter().collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    let messages = compaction::messages(request, sent.contains(&Feature::Compaction));
    Body {
        model: match (dialect, row) {
            (Dialect::Anthropic, Some(row)) => row.id,
            _ => &request.model,
        },
        max_tokens: None,
        stream: None,
        thinking: sent.contains(&Feature::Thinking).then(|| thinking(sent)),
        output_config: effort.filter(|_| sent.contains(&Feature::Effort)).map(|effort| OutputConfig { effort }),
        cache_control: caching.then_some(CacheControl { r#type: "ephemeral", ttl: None }),
        context_management: sent.contains(&Feature::Clearing).then(|| Editing::of(request.budget)),
        compaction: compaction::field(request).filter(|_| sent.contains(&Feature::Compaction)),
        tools,
        system: system(&request.head.system, caching),
        messages: if caching { marked(&messages) } else { messages },
    }
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
