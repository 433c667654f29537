//! Cache markers: how many, of what kind, and in which order.

use serde_json::Value;

use super::{Call, Checked, items};
use crate::anthropic::failure::Failure;

/// The API takes no more markers than this.
const MOST: usize = 4;

/// Content that is a string counts as a block.
const UNMARKED: &Value = &Value::Null;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ttl {
    FiveMinutes,
    Hour,
}

/// Checks all markers, in the order tools, system, messages.
pub(super) fn check(call: &Call<'_>) -> Checked {
    let mut ttls = Vec::new();
    let mut last = None;
    for (place, block) in blocks(call) {
        last = ttl(block, &place)?;
        ttls.extend(last);
    }
    if let Some(top) = call.body.get("cache_control") {
        let top = parse(top, "cache_control")?;
        if last.is_some_and(|last| last != top) {
            return Err(Failure::invalid("cache_control: the last block has a cache_control with another ttl"));
        }
        if last.is_none() {
            ttls.push(top);
        }
    }
    if ttls.len() > MOST {
        return Err(Failure::invalid(format!(
            "A maximum of {MOST} blocks with cache_control may be provided. Found {}.",
            ttls.len()
        )));
    }
    match ttls.windows(2).any(|pair| pair == [Ttl::FiveMinutes, Ttl::Hour]) {
        true => {
            Err(Failure::invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block"))
        }
        false => Ok(()),
    }
}

/// Everything that may carry a marker, with its place.
fn blocks<'a>(call: &Call<'a>) -> Vec<(String, &'a Value)> {
    let mut all = Vec::new();
    for (i, tool) in call.tools().iter().enumerate() {
        all.push((format!("tools.{i}"), tool));
    }
    for (i, block) in items(call.body.get("system")).iter().enumerate() {
        all.push((format!("system.{i}"), block));
    }
    for (i, message) in call.messages().iter().enumerate() {
        if message["content"].is_string() {
            all.push((format!("messages.{i}.content"), UNMARKED));
        }
        for (j, block) in items(message.get("content")).iter().enumerate() {
            let place = format!("messages.{i}.content.{j}");
            for (k, inner) in items(block.get("content")).iter().enumerate() {
                all.push((format!("{place}.content.{k}"), inner));
            }
            all.push((place, block));
        }
    }
    all
}

fn ttl(block: &Value, place: &str) -> Result<Option<Ttl>, Failure> {
    let Some(marker) = block.get("cache_control").filter(|marker| !marker.is_null()) else {
        return Ok(None);
    };
    let place = format!("{place}.cache_control");
    match block["type"].as_str() {
        Some("thinking" | "redacted_thinking") => Err(super::extra(&place)),
        _ => parse(marker, &place).map(Some),
    }
}

fn parse(marker: &Value, place: &str) -> Result<Ttl, Failure> {
    super::no_extras(marker, &["type", "ttl"], &format!("{place}.ephemeral"))?;
    if marker["type"] != "ephemeral" {
        return Err(Failure::invalid(format!("{place}.type: Input should be 'ephemeral'")));
    }
    match marker.get("ttl").map(|ttl| ttl.as_str().unwrap_or_default()) {
        None | Some("5m") => Ok(Ttl::FiveMinutes),
        Some("1h") => Ok(Ttl::Hour),
        Some(_) => Err(Failure::invalid(format!("{place}.ephemeral.ttl: Input should be '5m' or '1h'"))),
    }
}
