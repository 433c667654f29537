//! From the journal to the next request.
//!
//! A request only ever appends to the one before it: the model's cache and its signed thinking are valid for a
//! history that did not change by one byte. So everything here is decided from what is before a point, never after it.

mod check;
mod fill;
mod fold;
mod kept;
mod marks;
mod told;

pub use check::check;
pub use fill::Fill;
pub use kept::kept;
pub use marks::marks;
pub use told::told;

use crate::entry::Entry;
use crate::message::{Message, RawBlock};
use crate::prompt::Head;

use fold::Fold;

/// The part of a journal that the model sees.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The newest head; none before the first turn.
    pub head: Option<Head>,
    /// Every message, preamble included, ready to send.
    pub messages: Vec<Message>,
}

/// What the model is told of a call that a crash or a restart cut off after it began.
const MAYBE_HAPPENED: &str = "Interrupted: the program was restarted while this ran. It may or may not have happened; \
     check before trying again.";
/// What the model is told of a call that never began.
const NEVER_BEGAN: &str = "Interrupted: this was not run, because the turn was cut off before it began.";

/// Builds the window: messages alternate as the API wants them, results come first and all together,
/// blocks without their `Reply` are left out.
///
/// The messages begin with the preamble of the first head; system text and tools are those of the newest.
/// Only a journal that was [`repair`]ed, or that stands at a request, gives messages that will not change later.
pub fn window(entries: &[Entry]) -> Window {
    Transcript::of(entries).window()
}

/// A journal as far as it was read, to which entries are added as they are written: a request costs what the window
/// has, not what the thread has.
#[derive(Clone, Default)]
pub struct Transcript(Fold);

impl Transcript {
    /// The transcript of these entries: the whole journal, or what is left of it from a `Head` before a compaction on.
    pub fn of(entries: &[Entry]) -> Self {
        let mut transcript = Self::default();
        transcript.extend(entries);
        transcript
    }

    /// Adds what was written.
    pub fn extend(&mut self, entries: &[Entry]) {
        entries.iter().for_each(|entry| self.0.entry(entry));
    }

    /// What the model sees.
    pub fn window(&self) -> Window {
        let window = self.0.clone().finish();
        debug_assert_eq!(check(&window.messages).or_else(empty_is_fine(&window.messages)), Ok(()));
        window
    }

    /// How much of a model's window the conversation fills.
    pub fn fill(&self) -> Fill {
        self.0.fill
    }
}

/// The entries to append to a journal that was cut off in the middle of a turn, so that the next request is
/// valid: `Dropped` for blocks without a reply, an "interrupted" `Result` for each call without one. A call that
/// waits for a person, and those behind it, stay open: the turn goes on waiting.
pub fn repair(entries: &[Entry]) -> Vec<Entry> {
    let fold = Transcript::of(entries).0;
    let Some(turn) = fold.turn.clone() else {
        return Vec::new();
    };
    let dropped = (!fold.pending.is_empty()).then(|| Entry::Dropped { turn: turn.clone() });
    let results =
        fold.cut_off_calls().map(|(id, began)| Entry::Result { turn: turn.clone(), block: interrupted(id, began) });
    dropped.into_iter().chain(results).collect()
}

/// The result of a call that was cut off.
fn interrupted(tool_use_id: &str, began: bool) -> RawBlock {
    let why = if began { MAYBE_HAPPENED } else { NEVER_BEGAN };
    RawBlock::tool_result(tool_use_id, &[RawBlock::text(why)], true)
}

/// A journal without a question has no messages, which only matters to who would send them.
fn empty_is_fine(messages: &[Message]) -> impl FnOnce(String) -> Result<(), String> {
    let empty = messages.is_empty();
    move |why| if empty { Ok(()) } else { Err(why) }
}

#[cfg(test)]
mod tests;
