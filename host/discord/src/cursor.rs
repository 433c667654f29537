//! How far the bot has read: everything up to here is handled, over all channels at once.
//!
//! Discord's ids grow with time in the whole of Discord, so one id says it for every channel and thread. While
//! there is a gap, it stands at the gap's beginning: what comes after it is no reason to think that the gap is read.

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
    gap: Option<Gap>,
    gaps: u64,
    open: BTreeSet<u64>,
    heard: BTreeSet<u64>,
    order: VecDeque<u64>,
}

/// A time in which nobody listened, until it is read.
#[derive(Clone, Copy)]
struct Gap {
    number: u64,
    begins: u64,
}

impl Cursor {
    /// Goes on from what was kept: nobody listened since.
    pub(crate) fn restore(&self, id: u64) {
        let mut marks = self.marks();
        marks.newest = marks.newest.max(id);
        marks.miss(id);
    }

    /// Nobody listened until now: the cursor stays where it is until what was said is read. A gap in a gap makes it longer.
    pub(crate) fn miss(&self) {
        let mut marks = self.marks();
        let begins = marks.value();
        marks.miss(begins);
    }

    /// The gap that is there at this moment.
    pub(crate) fn gap(&self) -> Option<u64> {
        self.marks().gap.map(|gap| gap.number)
    }

    /// Everything that was said in a gap is read. A newer one stays.
    pub(crate) fn caught_up(&self, gap: Option<u64>) {
        let mut marks = self.marks();
        if marks.gap.map(|gap| gap.number) == gap {
            marks.gap = None;
        }
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
        self.marks().value()
    }

    fn marks(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Marks {
    fn miss(&mut self, begins: u64) {
        self.gaps += 1;
        self.gap = Some(Gap { number: self.gaps, begins });
    }

    fn value(&self) -> u64 {
        let handled = self.open.first().map_or(self.newest, |oldest| oldest - 1);
        self.gap.map_or(handled, |gap| handled.min(gap.begins))
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn the_cursor_never_passes_a_message_that_is_not_handled() {
        let cursor = Cursor::default();
        cursor.restore(5);
        cursor.caught_up(cursor.gap());
        assert!(cursor.begin(10) && cursor.begin(20));
        assert_eq!(cursor.value(), 9);
        cursor.end(20);
        assert_eq!(cursor.value(), 9);
        cursor.end(10);
        assert_eq!(cursor.value(), 20);
    }

    #[test]
    fn the_cursor_stays_before_a_gap_until_all_of_it_is_read() {
        let cursor = Cursor::default();
        cursor.restore(5);
        let gap = cursor.gap();
        assert!(cursor.begin(20), "in one channel, while another can't be read");
        cursor.end(20);
        assert_eq!(cursor.value(), 5);
        cursor.miss();
        cursor.caught_up(gap);
        assert_eq!(cursor.value(), 5, "the connection was lost again meanwhile");
        cursor.caught_up(cursor.gap());
        assert_eq!(cursor.value(), 20);
    }

    #[test]
    fn a_first_run_begins_where_it_is_told_to() {
        let cursor = Cursor::default();
        cursor.restore(0);
        assert_eq!(cursor.value(), 0);
        cursor.restore(7);
        assert_eq!(cursor.value(), 7);
        cursor.caught_up(cursor.gap());
        assert_eq!(cursor.value(), 7);
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
