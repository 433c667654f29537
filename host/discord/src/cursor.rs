//! How far the bot has read: everything up to here is handled, over all channels at once.
//!
//! Discord's ids grow with time in the whole of Discord, so one id says it for every channel and thread.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Messages that are remembered as heard: more than any sweep brings again.
const REMEMBERED: usize = 8192;

/// What was heard, and what is still being worked on.
#[derive(Default)]
pub(crate) struct Cursor(Mutex<Marks>);

#[derive(Default)]
struct Marks {
    newest: u64,
    open: BTreeSet<u64>,
    heard: BTreeSet<u64>,
    order: VecDeque<u64>,
}

impl Cursor {
    /// Goes on from what was kept.
    pub(crate) fn restore(&self, id: u64) {
        let mut marks = self.marks();
        marks.newest = marks.newest.max(id);
    }

    /// Begins a message. False when it was begun before: by an event and a sweep, or by a replayed event.
    pub(crate) fn begin(&self, id: u64) -> bool {
        let mut marks = self.marks();
        if !marks.heard.insert(id) {
            return false;
        }
        marks.order.push_back(id);
        if marks.order.len() > REMEMBERED
            && let Some(oldest) = marks.order.pop_front()
        {
            marks.heard.remove(&oldest);
        }
        marks.open.insert(id);
        marks.newest = marks.newest.max(id);
        true
    }

    /// Whether a message was begun before.
    pub(crate) fn knows(&self, id: u64) -> bool {
        self.marks().heard.contains(&id)
    }

    /// Ends a message: it is handled.
    pub(crate) fn end(&self, id: u64) {
        self.marks().open.remove(&id);
    }

    /// Nothing at or before this id is still to be handled; 0 before anything was heard.
    pub(crate) fn value(&self) -> u64 {
        let marks = self.marks();
        marks.open.first().map_or(marks.newest, |oldest| oldest - 1)
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn the_cursor_never_passes_a_message_that_is_not_handled() {
        let cursor = Cursor::default();
        cursor.restore(5);
        assert!(cursor.begin(10) && cursor.begin(20));
        assert_eq!(cursor.value(), 9);
        cursor.end(20);
        assert_eq!(cursor.value(), 9);
        cursor.end(10);
        assert_eq!(cursor.value(), 20);
    }

    #[test]
    fn a_message_is_begun_once() {
        let cursor = Cursor::default();
        assert!(cursor.begin(10));
        assert!(!cursor.begin(10));
        cursor.end(10);
        assert!(!cursor.begin(10), "a replay after it was handled");
    }
}
