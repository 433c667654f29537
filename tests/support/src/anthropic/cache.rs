//! A prompt cache that remembers prefixes and forgets none: no entry expires while a test runs.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::check::items;
use super::history::unmark;
use super::models::Model;

/// How many blocks before a marker are searched for an earlier entry.
const LOOKBACK: usize = 20;

/// The prefixes that are stored.
#[derive(Debug, Default)]
pub(super) struct Cache {
    stored: HashSet<u64>,
}

/// Prompt tokens, four bytes each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub input: u64,
    pub read: u64,
    pub write_5m: u64,
    pub write_1h: u64,
}

/// One tool, one block of the system text or one block of a message.
struct Segment {
    /// Of everything up to its end.
    digest: u64,
    /// Tokens of everything up to its end.
    tokens: u64,
    marker: Option<Ttl>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ttl {
    FiveMinutes,
    Hour,
}

impl Counted {
    /// As the API says it.
    pub fn usage(&self) -> Value {
        json!({
            "input_tokens": self.input,
            "cache_creation_input_tokens": self.write_5m + self.write_1h,
            "cache_read_input_tokens": self.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.write_5m,
                "ephemeral_1h_input_tokens": self.write_1h,
            },
        })
    }
}

impl Cache {
    /// Counts a request's prompt, reads what is stored of it and stores what its markers say.
    pub fn count(&mut self, model: &Model, body: &Value) -> Counted {
        let segments = segments(model, body);
        let all = segments.last().map_or(0, |last| last.tokens);
        let marked: Vec<usize> = (0..segments.len()).filter(|at| segments[*at].marker.is_some()).collect();
        let found = marked.iter().filter_map(|at| self.before(&segments, *at)).max();
        let mut counted = Counted { read: found.unwrap_or(0), ..Counted::default() };
        let mut covered = counted.read;
        for segment in marked.iter().map(|at| &segments[*at]) {
            if segment.tokens < model.min_cache {
                continue;
            }
            self.stored.insert(segment.digest);
            let new = segment.tokens.saturating_sub(covered);
            match segment.marker {
                Some(Ttl::Hour) => counted.write_1h += new,
                _ => counted.write_5m += new,
            }
            covered = covered.max(segment.tokens);
        }
        counted.input = all - covered;
        counted
    }

    /// The tokens of the longest stored prefix that ends at this segment or shortly before it.
    fn before(&self, segments: &[Segment], at: usize) -> Option<u64> {
        let searched = segments[..=at].iter().rev().take(LOOKBACK + 1);
        let mut found = searched.filter(|segment| self.stored.contains(&segment.digest));
        found.next().map(|segment| segment.tokens)
    }
}

/// Tokens of a request's prompt, as `count_tokens` gives them.
pub(super) fn tokens(model: &Model, body: &Value) -> u64 {
    segments(model, body).last().map_or(0, |last| last.tokens)
}

fn segments(model: &Model, body: &Value) -> Vec<Segment> {
    let mut prefix = Prefix { hasher: DefaultHasher::new(), bytes: 0, segments: Vec::new() };
    model.id.hash(&mut prefix.hasher);
    items(body.get("tools")).iter().for_each(|tool| prefix.add(tool));
    blocks(&body["system"]).iter().for_each(|block| prefix.add(block));
    for field in ["tool_choice", "thinking", "output_config"] {
        body[field].to_string().hash(&mut prefix.hasher);
    }
    for message in items(body.get("messages")) {
        message["role"].to_string().hash(&mut prefix.hasher);
        blocks(&message["content"]).iter().for_each(|block| prefix.add(block));
    }
    let mut segments = prefix.segments;
    if let (Some(marker), Some(last)) = (body.get("cache_control"), segments.last_mut()) {
        last.marker = last.marker.or(Some(ttl(marker)));
    }
    segments
}

/// The blocks of a content; a string is one block.
fn blocks(content: &Value) -> Vec<Value> {
    match content {
        Value::String(text) => vec![json!({ "type": "text", "text": text })],
        _ => items(Some(content)).to_vec(),
    }
}

struct Prefix {
    hasher: DefaultHasher,
    bytes: u64,
    segments: Vec<Segment>,
}

impl Prefix {
    fn add(&mut self, block: &Value) {
        let marker = block.get("cache_control").map(ttl);
        let mut block = block.clone();
        unmark(&mut block);
        let text = block.to_string();
        text.hash(&mut self.hasher);
        self.bytes += text.len() as u64;
        let tokens = self.bytes.div_ceil(4);
        self.segments.push(Segment { digest: self.hasher.finish(), tokens, marker });
    }
}

fn ttl(marker: &Value) -> Ttl {
    match marker["ttl"].as_str() {
        Some("1h") => Ttl::Hour,
        _ => Ttl::FiveMinutes,
    }
}
