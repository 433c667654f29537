//! A turn rebuilt from its journal.

use crate::entry::{Compacted, Entry};
use crate::message::{RawBlock, View};
use crate::models;

use super::{Resumed, Turn};

/// Walks the entries of the turn, counting what it used up and finding where it stood.
pub(super) fn resume(mut turn: Turn, entries: &[Entry]) -> Turn {
    for entry in entries {
        turn.remember(entry);
    }
    turn
}

impl Turn {
    fn remember(&mut self, entry: &Entry) {
        match entry {
            Entry::Head(_) | Entry::Asked { .. } | Entry::Cleared { .. } | Entry::Rewound { .. } => {}
            Entry::Block { block, .. } => {
                self.go_on_from_reply("");
                self.draft.blocks.push(block.clone());
            }
            Entry::Dropped { .. } => self.draft.blocks.clear(),
            Entry::Reply { model, stop_reason, usage, .. } => {
                self.spent.requests = self.spent.requests.saturating_add(1);
                self.spent.reply(usage, models::cost(model, usage));
                self.second_chances.compacted = false;
                self.remember_reply(stop_reason);
            }
            Entry::Compacted(compacted) => {
                let Compacted { model, usage, .. } = &**compacted;
                self.spent.reply(usage, models::cost(model, usage));
                self.second_chances.compacted = true;
                self.go_on_from_reply("");
            }
            Entry::Withheld { .. } => self.second_chances.withheld = true,
            Entry::Intent { tool_use_id, .. } => {
                self.spent.tool_calls = self.spent.tool_calls.saturating_add(1);
                self.started.insert(tool_use_id.clone());
            }
            Entry::Waits { tool_use_id, .. } => {
                // It was begun and has done nothing: it is begun again.
                self.spent.tool_calls = self.spent.tool_calls.saturating_sub(1);
                self.started.remove(tool_use_id);
            }
            Entry::Result { block, .. } => self.remember_result(block),
            Entry::Steered { .. } => self.go_on_from_reply("\n\n"),
            Entry::Noted { .. } => {
                self.second_chances.continued += 1;
                self.second_chances.empty = true;
                self.go_on_from_reply("");
            }
            Entry::Ended { end, .. } => self.resumed = Some(Resumed::Ended(end.clone())),
        }
    }

    fn remember_reply(&mut self, stop_reason: &str) {
        let calls = self.draft.calls().unwrap_or_default();
        let text = self.draft.whole_text();
        self.draft.blocks.clear();
        if calls.is_empty() {
            self.draft.text = text;
            self.second_chances.paused += u32::from(stop_reason == "pause_turn");
            self.resumed = Some(Resumed::Reply(stop_reason.to_owned()));
        } else {
            self.resumed = Some(Resumed::Calls(calls));
        }
    }

    fn remember_result(&mut self, block: &RawBlock) {
        let Some(Resumed::Calls(calls)) = &mut self.resumed else { return };
        let View::ToolResult { tool_use_id, .. } = block.view() else { return };
        if let Some(at) = calls.iter().position(|call| call.id == tool_use_id) {
            let call = calls.remove(at);
            let _ = self.loops.count(&call);
            self.loops.came(&call.id, block);
        }
        if matches!(&self.resumed, Some(Resumed::Calls(calls)) if calls.is_empty()) {
            self.resumed = None;
        }
    }

    /// Something follows a reply without calls: its text is part of the answer.
    fn go_on_from_reply(&mut self, separator: &str) {
        if let Some(Resumed::Reply(_)) = self.resumed.take() {
            self.carry(separator);
        }
    }
}
