//! Whose turn it is to be sent.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::wire::AT_ONCE;

/// Asks by number: those that may be sent, those that wait for a moment, and how many are under way.
pub(crate) struct Queue {
    ready: VecDeque<usize>,
    waiting: BTreeSet<(Timestamp, usize)>,
    pub flying: usize,
}

impl Queue {
    /// All of so many, in order.
    pub fn of(count: usize) -> Self {
        Self { ready: (0..count).collect(), waiting: BTreeSet::new(), flying: 0 }
    }

    /// The next one, while fewer than four are under way.
    pub fn next_to_send(&mut self) -> Option<usize> {
        let next = if self.flying < AT_ONCE { self.ready.pop_front() } else { None };
        self.flying += usize::from(next.is_some());
        next
    }

    pub fn is_over(&self) -> bool {
        self.flying == 0 && self.waiting.is_empty()
    }

    pub fn later(&mut self, at: Timestamp, number: usize) {
        self.waiting.insert((at, number));
    }

    /// How long until one has waited enough, where one waits.
    pub fn pause(&self, now: Timestamp) -> Option<Duration> {
        self.waiting.first().map(|(at, _)| Duration::try_from(at.duration_since(now)).unwrap_or_default())
    }

    /// Lets those go that have waited enough, before those that have not begun.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some((at, number)) = self.waiting.pop_first() {
            if at > now {
                self.waiting.insert((at, number));
                return;
            }
            self.ready.push_front(number);
        }
    }
}
