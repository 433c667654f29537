//! The reply under way.

use std::collections::HashSet;

use crate::message::{RawBlock, View};

/// A reply as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    /// Its complete blocks; all of them are journalled.
    pub(super) blocks: Vec<RawBlock>,
    /// Its text so far.
    pub(super) text: String,
    /// Whether the person saw any of it.
    pub(super) shown: bool,
}

/// A tool call that the model made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: String,
}

impl Draft {
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
        self.shown = true;
    }

    /// Its calls, in order; `None` when one of them could be neither run nor sent back: two of the same id, a name
    /// that the API would refuse, an input that is not an object.
    pub(super) fn calls(&self) -> Option<Vec<Call>> {
        let calls: Vec<_> = self.blocks.iter().filter_map(call).collect();
        let ids: HashSet<_> = calls.iter().map(|call| &call.id).collect();
        (ids.len() == calls.len() && calls.iter().all(Call::is_sound)).then_some(calls)
    }

    pub(super) fn ends_in_call(&self) -> bool {
        self.blocks.last().and_then(call).is_some()
    }

    /// The whole text of the blocks. Text that something else parted begins a new paragraph.
    pub(super) fn whole_text(&self) -> String {
        let mut whole = String::new();
        let mut parted = false;
        for block in &self.blocks {
            match block.view() {
                View::Text(text) if text.trim().is_empty() && parted => {}
                View::Text(text) => {
                    if parted && !whole.is_empty() {
                        whole.push_str("\n\n");
                    }
                    whole.push_str(&text);
                    parted = false;
                }
                _ => parted = true,
            }
        }
        whole
    }
}

impl Call {
    fn is_sound(&self) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let named = (1..=128).contains(&self.name.len()) && self.name.chars().all(plain);
        named && !self.id.is_empty() && self.input.starts_with('{')
    }
}

fn call(block: &RawBlock) -> Option<Call> {
    match block.view() {
        View::ToolUse { id, name, input } => Some(Call { id, name, input }),
        _ => None,
    }
}
