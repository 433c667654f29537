//! Events of a reply → its blocks.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::turn::ModelFailure;

use super::Streamed;
use super::fault::{Fault, cut, hopeless, said};
use block::{Block, Closed};
use count::Count;

mod block;
mod count;

/// Blocks of one reply: ten times what any was seen to have.
const MOST_BLOCKS: usize = 1_000;
/// Bytes of all its blocks: the longest reply of any model has a tenth of this.
const MOST_CONTENT: usize = 8 * 1024 * 1024;

/// A reply under construction.
pub(super) struct Assembly {
    model: String,
    request: String,
    /// Blocks that are not handed out, oldest first. One is handed out when it and all before it are complete.
    blocks: VecDeque<Block>,
    begun: usize,
    content: usize,
    count: Count,
    stop_reason: Option<String>,
    details: Option<String>,
    /// Whether a complete tool call was not JSON.
    broken_call: bool,
    done: bool,
}

/// An event as far as we know it; every field may be missing.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(default)]
    r#type: String,
    index: Option<u64>,
    #[serde(default, borrow)]
    content_block: Option<&'a RawValue>,
    delta: Option<Map<String, Value>>,
    message: Option<Map<String, Value>>,
    usage: Option<Value>,
}

impl Assembly {
    pub(super) fn new(model: &str, request: &str) -> Self {
        Self {
            model: model.to_owned(),
            request: request.to_owned(),
            blocks: VecDeque::new(),
            begun: 0,
            content: 0,
            count: Count::default(),
            stop_reason: None,
            details: None,
            broken_call: false,
            done: false,
        }
    }

    /// Whether `Done` was handed out.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes one event. Unknown events, deltas and fields are skipped; unknown blocks are kept.
    pub(super) fn event(
        &mut self,
        data: &str,
        out: &mut VecDeque<Streamed>,
        secret: Option<&str>,
    ) -> Result<(), ModelFailure> {
        // Servers that speak several protocols end their streams so.
        if self.done || data.trim() == "[DONE]" {
            return Ok(());
        }
        let Ok(event) = serde_json::from_str::<Event>(data) else {
            return Err(cut("The model's reply cannot be read"));
        };
        match event.r#type.as_str() {
            "message_start" => self.start(event.message.as_ref()),
            "content_block_start" => self.start_block(&event, out)?,
            "content_block_delta" => self.delta(&event, out)?,
            "content_block_stop" => self.stop_block(&event, out),
            "message_delta" => self.message_delta(&event),
            "message_stop" => self.finish(out)?,
            "error" => {
                return Err(Fault::of_event(data, &self.request).into_failure(&self.model, secret));
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, message: Option<&Map<String, Value>>) {
        let field = |name: &str| message?.get(name);
        if let Some(model) = field("model").and_then(Value::as_str) {
            self.model = said(model, None);
        }
        self.count.update(field("usage"));
    }

    fn start_block(&mut self, event: &Event<'_>, out: &mut VecDeque<Streamed>) -> Result<(), ModelFailure> {
        let Some(block) = event.content_block.and_then(|raw| Block::start(event.index, raw)) else {
            return Ok(());
        };
        if self.open(event.index).is_some() {
            return Err(cut("The model's reply makes no sense"));
        }
        self.begun += 1;
        self.grow(event.content_block.map_or(0, |raw| raw.get().len()))?;
        if let Some(model) = block.fallback() {
            self.model = said(model, None);
        }
        out.extend(block.first_words());
        self.blocks.push_back(block);
        Ok(())
    }

    fn delta(&mut self, event: &Event<'_>, out: &mut VecDeque<Streamed>) -> Result<(), ModelFailure> {
        let Some(delta) = &event.delta else {
            return Ok(());
        };
        self.grow(delta.values().map(|value| value.as_str().map_or(64, str::len)).sum())?;
        if let Some(block) = self.open(event.index) {
            out.extend(block.delta(delta));
        }
        Ok(())
    }

    /// The caps on what is kept of a reply.
    fn grow(&mut self, bytes: usize) -> Result<(), ModelFailure> {
        self.content = self.content.saturating_add(bytes);
        if self.begun > MOST_BLOCKS || self.content > MOST_CONTENT {
            return Err(hopeless("The model's server sends more than a reply can be"));
        }
        Ok(())
    }

    fn open(&mut self, index: Option<u64>) -> Option<&mut Block> {
        self.blocks.iter_mut().find(|block| block.is_open() && block.index() == index)
    }

    fn stop_block(&mut self, event: &Event<'_>, out: &mut VecDeque<Streamed>) {
        if let Some(block) = self.open(event.index) {
            block.close();
        }
        self.hand_out(out);
    }

    fn hand_out(&mut self, out: &mut VecDeque<Streamed>) {
        while let Some(block) = self.blocks.pop_front_if(|block| !block.is_open()) {
            match block.closed() {
                Closed::Whole(block) => out.push_back(Streamed::Block(block)),
                Closed::BrokenCall => self.broken_call = true,
            }
        }
    }

    fn message_delta(&mut self, event: &Event<'_>) {
        let field = |name: &str| event.delta.as_ref()?.get(name);
        if let Some(reason) = field("stop_reason").and_then(Value::as_str) {
            self.stop_reason = Some(said(reason, None));
        }
        if let Some(details) = field("stop_details").and_then(Value::as_object) {
            let field = |name: &str| details.get(name).and_then(Value::as_str);
            let parts: Vec<_> = [field("category"), field("explanation")].into_iter().flatten().collect();
            self.details = (!parts.is_empty()).then(|| said(&parts.join(": "), None));
        }
        self.count.update(event.usage.as_ref());
    }

    /// The reply is complete. What never got its end is kept where it is text, and left out elsewhere: a call that is
    /// left out although the reply was not cut short would be missed, so that is a failure.
    fn finish(&mut self, out: &mut VecDeque<Streamed>) -> Result<(), ModelFailure> {
        let unfinished = self.blocks.iter().any(|block| block.is_open() && block.is_call());
        self.blocks.retain(|block| !block.is_open() || block.is_text());
        self.blocks.iter_mut().for_each(Block::close);
        self.hand_out(out);
        let stop_reason = self.stop_reason.take().unwrap_or_else(|| "end_turn".to_owned());
        let cut_short = matches!(stop_reason.as_str(), "max_tokens" | "refusal" | "model_context_window_exceeded");
        if (unfinished || self.broken_call) && !cut_short {
            return Err(cut("The model's tool call was incomplete"));
        }
        self.done = true;
        out.push_back(Streamed::Done {
            usage: self.count.usage(),
            cost: self.count.cost(&self.model),
            model: std::mem::take(&mut self.model),
            stop_reason,
            request: std::mem::take(&mut self.request),
            details: self.details.take(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
