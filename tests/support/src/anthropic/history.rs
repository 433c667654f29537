//! What earlier requests said, so that a later one that says it differently is noticed.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::check::items;
use super::failure::Failure;
use super::models::{Binds, Model};

/// The part of a request that must not change, byte for byte but for cache markers.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    system: String,
    tools: String,
    messages: Vec<String>,
}

/// A reply that was sent whole, and what it answered.
#[derive(Debug)]
struct Answered {
    request: usize,
    said: Said,
    reply: Vec<Value>,
}

/// A thinking block that was sent.
#[derive(Debug)]
struct Issued {
    block: Value,
    model: &'static str,
    prefix: u64,
}

/// Everything that was said so far.
#[derive(Debug, Default)]
pub(super) struct History {
    answered: Vec<Answered>,
    /// Replies of which nobody knows whether all of them was read: a client that was killed may have them whole.
    unsure: Vec<Answered>,
    issued: HashMap<String, Issued>,
}

/// A thinking block that stands after another prefix than its own.
#[derive(Debug)]
pub(super) struct Misplaced {
    pub message: usize,
    pub block: usize,
}

impl Said {
    /// Takes it from the text of a body that is known to be valid.
    pub fn of(raw: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Fields<'a> {
            #[serde(borrow)]
            system: Option<&'a RawValue>,
            #[serde(borrow)]
            tools: Option<&'a RawValue>,
            #[serde(borrow)]
            messages: Vec<&'a RawValue>,
        }
        let fields: Fields<'_> = serde_json::from_str(raw)?;
        Ok(Self {
            system: fields.system.map(unmarked).transpose()?.unwrap_or_default(),
            tools: fields.tools.map(unmarked).transpose()?.unwrap_or_default(),
            messages: fields.messages.into_iter().map(unmarked).collect::<Result<_, _>>()?,
        })
    }

    /// A digest of everything before this message.
    fn prefix(&self, messages: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.system, &self.tools, &self.messages[..messages]).hash(&mut hasher);
        hasher.finish()
    }

    fn common(&self, other: &Self) -> usize {
        self.messages.iter().zip(&other.messages).take_while(|(a, b)| a == b).count()
    }
}

/// JSON text without its cache markers; text without any is left as it is.
fn unmarked(raw: &RawValue) -> Result<String, serde_json::Error> {
    if !raw.get().contains("\"cache_control\"") {
        return Ok(raw.get().to_owned());
    }
    let mut value: Value = serde_json::from_str(raw.get())?;
    unmark(&mut value);
    Ok(value.to_string())
}

/// Takes every `cache_control` out of it.
pub(super) fn unmark(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.shift_remove("cache_control");
            fields.values_mut().for_each(unmark);
        }
        Value::Array(elements) => elements.iter_mut().for_each(unmark),
        _ => {}
    }
}

impl History {
    /// What a request says differently from the ones before it; nothing where it goes on from one of them.
    pub fn changes(&self, said: &Said, messages: &[Value]) -> Vec<String> {
        let changes = self.sure_changes(said, messages);
        if self.unsure.iter().any(|a| a.goes_on_in(said)) { Vec::new() } else { changes }
    }

    fn sure_changes(&self, said: &Said, messages: &[Value]) -> Vec<String> {
        let same = |a: &&Answered| a.said.messages.first() == said.messages.first();
        let mine: Vec<&Answered> = self.answered.iter().filter(same).collect();
        let goes_on = |a: &&&Answered| a.said.common(said) == a.said.messages.len();
        let Some(most) = mine.iter().filter(goes_on).map(|a| a.said.messages.len()).max() else {
            return diverged(&mine, said);
        };
        let before = mine.iter().filter(goes_on).filter(|a| a.said.messages.len() == most);
        before.map(|a| a.changes(said, messages)).min_by_key(Vec::len).unwrap_or_default()
    }

    /// Checks the thinking blocks of a request, and gives back those whose prefix changed.
    pub fn thinking(&self, said: &Said, messages: &[Value], model: &Model) -> Result<Vec<Misplaced>, Failure> {
        let mut misplaced = Vec::new();
        for (i, message) in messages.iter().enumerate() {
            for (j, block) in items(message.get("content")).iter().enumerate() {
                let Some(seal) = seal(block) else { continue };
                let issued = self.issued.get(seal).ok_or_else(|| unknown(i, j))?;
                if *block != issued.block {
                    return Err(modified(i, j));
                }
                let binds = model.binds_thinking == Binds::Prefix && block["type"] != "compaction";
                let bound = binds && model.id == issued.model;
                if bound && said.prefix(i) != issued.prefix {
                    misplaced.push(Misplaced { message: i, block: j });
                }
            }
        }
        Ok(misplaced)
    }

    /// Remembers the thinking blocks of a reply to `said`.
    pub fn issue(&mut self, said: &Said, model: &'static Model, reply: &[Value]) {
        let prefix = said.prefix(said.messages.len());
        for block in reply {
            if let Some(seal) = seal(block) {
                let issued = Issued { block: block.clone(), model: model.id, prefix };
                self.issued.insert(seal.to_owned(), issued);
            }
        }
    }

    /// Remembers a reply that was sent whole. Of a conversation only the newest request is kept.
    pub fn answer(&mut self, request: usize, said: Said, reply: Vec<Value>) {
        let went_on = self.answered.iter().enumerate().filter(|(_, a)| a.goes_on_in(&said));
        if let Some((at, _)) = went_on.max_by_key(|(_, a)| a.said.messages.len()) {
            self.answered.remove(at);
        }
        self.answered.push(Answered { request, said, reply });
    }

    /// The client is gone: nobody knows what it has read, or kept, of the newest replies.
    pub fn doubt(&mut self) {
        self.unsure.append(&mut self.answered);
    }

    /// A reply that the client did not wait for need not be gone on from.
    pub fn retract(&mut self, request: usize) {
        let (unsure, answered) = std::mem::take(&mut self.answered).into_iter().partition(|a| a.request == request);
        self.answered = answered;
        self.unsure.extend::<Vec<Answered>>(unsure);
    }
}

/// A request that stops short of a known one may be another thread's; anything else lost its way.
fn diverged(mine: &[&Answered], said: &Said) -> Vec<String> {
    let farthest = mine.iter().max_by_key(|a| a.said.common(said));
    match farthest {
        Some(a) if a.said.common(said) < said.messages.len() => {
            let (at, request) = (a.said.common(said), a.request);
            vec![format!("messages.{at}: is not what request {request} said there")]
        }
        _ => Vec::new(),
    }
}

impl Answered {
    /// What a request that goes on from this one says differently. One that says no more than this is another
    /// thread's, or the same again.
    fn changes(&self, said: &Said, messages: &[Value]) -> Vec<String> {
        let (request, at) = (self.request, self.said.messages.len());
        let Some(next) = messages.get(at) else {
            return Vec::new();
        };
        let mut changes = Vec::new();
        if self.said.system != said.system {
            changes.push(format!("system: is not what request {request} said"));
        }
        if self.said.tools != said.tools {
            changes.push(format!("tools: is not what request {request} said"));
        }
        if next["role"] == "assistant" && !echoes(&next["content"], &self.reply) {
            changes.push(format!("messages.{at}: is not the reply to request {request}, or not all of it"));
        }
        changes
    }

    fn goes_on_in(&self, said: &Said) -> bool {
        let at = self.said.messages.len();
        let next = said.messages.get(at).and_then(|next| serde_json::from_str(next).ok());
        let echoed = next.is_some_and(|next: Value| echoes(&next["content"], &self.reply));
        echoed && self.said.common(said) == at
    }
}

/// Whether a message echoes a reply: its blocks unchanged and in order, and all of them where it calls a tool.
fn echoes(content: &Value, reply: &[Value]) -> bool {
    let mut content = content.clone();
    unmark(&mut content);
    let blocks = items(Some(&content));
    let calls = blocks.iter().any(|block| block["type"] == "tool_use");
    let mut rest = reply.iter();
    let in_order = blocks.iter().all(|block| rest.any(|sent| sent == block));
    content.is_array() && in_order && (!calls || blocks.len() == reply.len())
}

/// What a block is known by that is signed: thinking, and a summary.
fn seal(block: &Value) -> Option<&str> {
    match block["type"].as_str() {
        Some("thinking" | "compaction") => block["signature"].as_str(),
        Some("redacted_thinking") => block["data"].as_str(),
        _ => None,
    }
}

fn unknown(i: usize, j: usize) -> Failure {
    Failure::invalid(format!("messages.{i}.content.{j}: Invalid `signature` in `thinking` block"))
}

fn modified(i: usize, j: usize) -> Failure {
    Failure::invalid(format!(
        "messages.{i}.content.{j}: `thinking` or `redacted_thinking` blocks in the latest assistant message \
         cannot be modified. These blocks must remain as they were in the original response."
    ))
}

impl Misplaced {
    /// The error where nothing allows to drop the block.
    pub fn failure(&self) -> Failure {
        let (i, j) = (self.message, self.block);
        Failure::invalid(format!(
            "messages.{i}.content.{j}: Invalid `signature` in `thinking` block. The block is bound to a \
             different conversation."
        ))
    }
}
