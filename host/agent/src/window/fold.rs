//! The walk over a journal, entry by entry.

use std::collections::{HashMap, HashSet};

use crate::TurnId;
use crate::entry::{End, Entry};
use crate::message::{MAX_BLOBS, Message, RawBlock, Role, View};
use crate::prompt::Head;

use super::{Fill, Window, interrupted};

/// What the model reads where a person stopped it.
const STOPPED: &str = "[The person stopped this turn.]";
/// What the model reads where turns were taken back.
const REWOUND: &str =
    "[A person took the conversation back to here. Files that were changed meanwhile are as they are now.]";
/// What stands for images and documents that the model's server did not accept.
const NOT_ACCEPTED: &str = "[left out: the model's server did not accept what was shown here. A smaller or repaired copy, or \
     its text, may help.]";
/// What stands for images and documents beyond what one request can carry.
const NO_ROOM: &str = "[left out: this thread already shows as many images and documents as one request can carry. To \
     show more, start a new thread.]";

/// What is known after the entries so far.
#[derive(Clone, Default)]
pub(super) struct Fold {
    head: Option<Head>,
    messages: Vec<Message>,
    /// The turn of the newest entry.
    pub(super) turn: Option<TurnId>,
    /// Blocks of a reply that is not complete.
    pub(super) pending: Vec<RawBlock>,
    unsent: Unsent,
    /// What they said while a reply was under way: it belongs behind that reply.
    said_meanwhile: Vec<RawBlock>,
    /// Bytes of the images and documents in the messages.
    blobs: usize,
    ended: Option<TurnId>,
    /// Where each turn that can be taken back began.
    marks: Vec<Mark>,
    pub(super) fill: Fill,
}

/// What makes the next message of a person.
#[derive(Clone, Default)]
struct Unsent {
    /// The calls of the newest reply, in order.
    calls: Vec<String>,
    began: HashSet<String>,
    /// Those of them that have done nothing and wait for a person.
    waits: HashSet<String>,
    results: HashMap<String, RawBlock>,
    /// What people and the host said since the newest reply.
    said: Vec<RawBlock>,
}

/// The conversation before a turn.
#[derive(Clone)]
struct Mark {
    messages: usize,
    unsent: Unsent,
    blobs: usize,
    fill: Fill,
}

impl Fold {
    pub(super) fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Head(head) => self.head(head),
            Entry::Asked { turn, content, .. } => {
                self.turn = Some(turn.clone());
                self.drop_pending();
                self.mark();
                self.unsent.said.extend(content.iter().cloned());
            }
            Entry::Steered { content, .. } | Entry::Noted { content, .. } => self.say(content),
            Entry::Block { turn, block } => {
                self.turn = Some(turn.clone());
                self.pending.push(block.clone());
            }
            Entry::Reply { usage, .. } => {
                self.fill.reply(usage);
                self.reply();
            }
            Entry::Dropped { .. } => self.drop_pending(),
            Entry::Withheld { .. } => self.withhold(),
            Entry::Intent { tool_use_id, .. } => {
                self.unsent.began.insert(tool_use_id.clone());
            }
            Entry::Waits { tool_use_id, .. } => {
                self.unsent.waits.insert(tool_use_id.clone());
            }
            Entry::Result { block, .. } => self.result(block),
            Entry::Ended { turn, end } => self.end(turn, end),
            Entry::Compacted(compacted) => self.begin_anew(Some(&compacted.summary), &compacted.kept),
            Entry::Cleared { kept } => self.begin_anew(None, kept),
            Entry::Rewound { turns } => self.rewind(*turns),
        }
    }

    /// The calls of the newest reply that have no result and get none, and whether each began. One that waits for a
    /// person goes on waiting, and so do those behind it.
    pub(super) fn cut_off_calls(&self) -> impl Iterator<Item = (&str, bool)> {
        let open = || self.unsent.calls.iter().filter(|id| !self.unsent.results.contains_key(*id));
        let waits = open().any(|id| self.unsent.waits.contains(id));
        let cut_off =
            open().filter(move |id| !waits || self.unsent.began.contains(*id) && !self.unsent.waits.contains(*id));
        cut_off.map(|id| (id.as_str(), self.unsent.began.contains(id)))
    }

    pub(super) fn finish(mut self) -> Window {
        self.drop_pending();
        self.flush();
        Window { head: self.head, messages: self.messages }
    }

    fn mark(&mut self) {
        let (messages, unsent) = (self.messages.len(), self.unsent.clone());
        self.marks.push(Mark { messages, unsent, blobs: self.blobs, fill: self.fill });
    }

    /// The conversation is what it was before the newest turns; more of them than there are take back all there are.
    fn rewind(&mut self, turns: u32) {
        let keep = self.marks.len().saturating_sub(usize::try_from(turns).unwrap_or(usize::MAX));
        let Some(mark) = self.marks.drain(keep..).next() else { return };
        self.drop_pending();
        self.messages.truncate(mark.messages);
        (self.unsent, self.blobs, self.fill) = (mark.unsent, mark.blobs, mark.fill);
        self.unsent.said.push(RawBlock::text(REWOUND));
    }

    /// Nothing of what was before is in the conversation but the summary, the newest head's preamble and what is kept.
    fn begin_anew(&mut self, summary: Option<&RawBlock>, kept: &[RawBlock]) {
        let (head, turn, ended) = (self.head.take(), self.turn.take(), self.ended.take());
        *self = Self { turn, ended, ..Self::default() };
        if summary.is_some() {
            self.fill.compacted();
        }
        self.unsent.said.extend(head.iter().flat_map(|head| head.preamble.iter().cloned()));
        match summary {
            Some(block) if block.is_compaction() => self.push(Role::Assistant, vec![block.clone()]),
            text => self.unsent.said.extend(text.cloned()),
        }
        self.unsent.said.extend(kept.iter().cloned());
        self.head = head;
    }

    /// The first head opens the conversation; later ones change what stands before it, never the conversation.
    fn head(&mut self, head: &Head) {
        if self.head.is_none() {
            self.unsent.said.splice(0..0, head.preamble.iter().cloned());
        }
        self.head = Some(head.clone());
    }

    fn say(&mut self, content: &[RawBlock]) {
        let said = if self.pending.is_empty() { &mut self.unsent.said } else { &mut self.said_meanwhile };
        said.extend(content.iter().cloned());
    }

    /// What the newest request carried for the first time goes without its images and documents; what was sent
    /// before it was accepted, and stays as it is.
    fn withhold(&mut self) {
        for block in self.unsent.said.iter_mut().chain(self.unsent.results.values_mut()) {
            *block = block.without_blobs(NOT_ACCEPTED);
        }
    }

    /// The block, without its images and documents where there is no room left for them.
    fn fitted(&mut self, block: RawBlock) -> RawBlock {
        let blobs = block.blob_bytes();
        if blobs > MAX_BLOBS - self.blobs {
            return block.without_blobs(NO_ROOM);
        }
        self.blobs += blobs;
        block
    }

    fn drop_pending(&mut self) {
        self.pending.clear();
        self.unsent.said.append(&mut self.said_meanwhile);
    }

    /// A reply is complete: what was said before it stands before it for good.
    fn reply(&mut self) {
        let content = resendable(std::mem::take(&mut self.pending));
        if !content.is_empty() {
            self.flush();
            self.unsent.calls = content.iter().filter_map(call_of).collect();
            self.unsent.began.clear();
            self.unsent.waits.clear();
            self.push(Role::Assistant, content);
        }
        self.unsent.said.append(&mut self.said_meanwhile);
    }

    fn result(&mut self, block: &RawBlock) {
        let View::ToolResult { tool_use_id, .. } = block.view() else {
            return;
        };
        if self.unsent.calls.contains(&tool_use_id) {
            self.unsent.results.entry(tool_use_id).or_insert_with(|| block.clone());
        }
    }

    fn end(&mut self, turn: &TurnId, end: &End) {
        self.drop_pending();
        let first = self.ended.replace(turn.clone()).as_ref() != Some(turn);
        if first && matches!(end, End::Stopped { .. }) {
            self.unsent.said.push(RawBlock::text(STOPPED));
        }
    }

    /// Makes one message of the results, in the order of their calls, and of what was said since.
    fn flush(&mut self) {
        let mut content = Vec::new();
        for id in std::mem::take(&mut self.unsent.calls) {
            // The API takes no call without a result, whatever the journal says.
            let result = self.unsent.results.remove(&id);
            content.push(result.unwrap_or_else(|| interrupted(&id, self.unsent.began.contains(&id))));
        }
        self.unsent.results.clear();
        content.extend(self.unsent.said.drain(..).filter(|block| !block.is_blank()));
        let content: Vec<_> = content.into_iter().map(|block| self.fitted(block)).collect();
        if !content.is_empty() {
            self.push(Role::User, content);
        }
    }

    /// Messages alternate: what has the role of the last one goes to its end (a paused reply that went on).
    /// A reply to nothing is nobody's.
    fn push(&mut self, role: Role, mut content: Vec<RawBlock>) {
        match self.messages.last_mut() {
            Some(last) if last.role == role => last.content.append(&mut content),
            None if role == Role::Assistant && !content.iter().all(RawBlock::is_compaction) => {
                self.unsent.calls.clear()
            }
            _ => self.messages.push(Message { role, content }),
        }
    }
}

/// What can be sent back of a reply. The API takes no blank text, no two calls of one id, no result in a reply and
/// no reply that ends in thinking: sent back, any of these would make the thread unusable for good.
fn resendable(mut blocks: Vec<RawBlock>) -> Vec<RawBlock> {
    let mut ids = HashSet::new();
    blocks.retain(|block| match block.view() {
        View::Text(text) => !text.trim().is_empty(),
        View::ToolUse { id, .. } => ids.insert(id),
        View::ToolResult { .. } => false,
        View::Thinking(_) | View::Other(_) => true,
    });
    while blocks.last().is_some_and(is_thinking) {
        blocks.pop();
    }
    blocks
}

fn is_thinking(block: &RawBlock) -> bool {
    match block.view() {
        View::Thinking(_) => true,
        View::Other(kind) => kind == "redacted_thinking",
        _ => false,
    }
}

fn call_of(block: &RawBlock) -> Option<String> {
    match block.view() {
        View::ToolUse { id, .. } => Some(id),
        _ => None,
    }
}
