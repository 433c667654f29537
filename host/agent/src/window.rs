//! From the journal to the next request.

use crate::entry::Entry;
use crate::message::Message;
use crate::prompt::Head;

/// The part of a journal that the model sees.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// The newest head; none before the first turn.
    pub head: Option<Head>,
    /// Every message, preamble included, ready to send.
    pub messages: Vec<Message>,
}

/// Builds the window: messages alternate as the API wants them, results come first and all together,
/// blocks without their `Reply` are left out.
pub fn window(_entries: &[Entry]) -> Window {
    todo!()
}

/// The entries to append to a journal that was cut off in the middle of a turn, so that the next request is
/// valid: `Dropped` for blocks without a reply, an "interrupted" `Result` for each call without one.
pub fn repair(_entries: &[Entry]) -> Vec<Entry> {
    todo!()
}
