//! Calls that go round in circles.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::entry::Entry;
use crate::message::{RawBlock, View};

use super::draft::Call;

/// So often the same is done before it is answered instead of run: three times may still be patience.
const TIMES: usize = 4;
/// Calls that follow each other again and again in the longest circle that is looked for.
const LONGEST: usize = 3;
/// Entries of earlier turns that are looked at: enough for what a person would still call "again".
const REMEMBERED: usize = 400;

/// What was called in a turn and what came of it; what failed in the turns before it, too.
#[derive(Clone, Debug, Default)]
pub(super) struct Loops {
    /// The newest calls, and what came of each.
    calls: VecDeque<Called>,
    /// Calls under way, by their id.
    open: HashMap<String, u64>,
    failures: HashMap<u64, Failures>,
}

#[derive(Clone, Debug)]
struct Called {
    call: u64,
    came: Option<u64>,
}

/// How often a call failed with its newest error.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    error: u64,
    /// In earlier turns.
    before: usize,
    /// In this turn.
    now: usize,
}

impl Loops {
    /// Counts a call that is about to run; why it should not, where the model goes round in circles.
    pub(super) fn count(&mut self, call: &Call) -> Option<String> {
        let this = number(&(&call.name, &call.input));
        let failed = self.failures.get(&this).filter(|failed| failed.is_hopeless()).copied();
        self.calls.push_back(Called { call: this, came: None });
        if self.calls.len() > TIMES * LONGEST {
            self.calls.pop_front();
        }
        let times = self.calls.iter().rev().take_while(|called| called.call == this).count();
        let circle = (2..=LONGEST).find(|length| self.goes_round(*length));
        let done = match (failed, circle) {
            _ if times >= TIMES => format!("you made this very call {times} times in a row"),
            (Some(failed), _) => {
                format!("this very call failed {} times with the same error", failed.before + failed.now)
            }
            (None, Some(length)) => {
                format!("you made the same {length} calls {TIMES} times in turn, and the same came of them")
            }
            (None, None) => {
                self.open.insert(call.id.clone(), this);
                return None;
            }
        };
        Some(format!("{done}; it was not run again. Use what it gave you, try something else, or say what is missing."))
    }

    /// Notes what came of a call.
    pub(super) fn came(&mut self, id: &str, result: &RawBlock) {
        let Some(call) = self.open.remove(id) else { return };
        let View::ToolResult { is_error, .. } = result.view() else { return };
        // The id is another one each time.
        let came = number(&result.json().replace(id, ""));
        if let Some(called) = self.calls.iter_mut().rev().find(|called| called.call == call && called.came.is_none()) {
            called.came = Some(came);
        }
        match is_error {
            true => self.failures.entry(call).or_default().count(came),
            false => drop(self.failures.remove(&call)),
        }
    }

    /// Learns what failed in earlier turns of the thread.
    pub(super) fn remember(&mut self, earlier: &[Entry]) {
        let mut then = Self::default();
        then.read(earlier);
        for (call, failed) in then.failures {
            let now = self.failures.entry(call).or_insert(Failures { now: 0, ..failed });
            if now.error == failed.error {
                now.before = failed.now;
            }
        }
    }

    fn read(&mut self, entries: &[Entry]) {
        for entry in entries.get(entries.len().saturating_sub(REMEMBERED)..).unwrap_or_default() {
            match entry {
                Entry::Block { block, .. } => self.open_again(block),
                Entry::Result { block, .. } => {
                    if let View::ToolResult { tool_use_id, .. } = block.view() {
                        self.came(&tool_use_id, block);
                    }
                }
                _ => {}
            }
        }
    }

    fn open_again(&mut self, block: &RawBlock) {
        if let View::ToolUse { id, name, input } = block.view() {
            self.open.insert(id, number(&(&name, &input)));
        }
    }

    /// Whether the newest calls are the same few in turn, and so is what came of them.
    fn goes_round(&self, length: usize) -> bool {
        let newest = self.calls.len().checked_sub(length * TIMES);
        let Some(calls) = newest.map(|from| self.calls.iter().skip(from).collect::<Vec<_>>()) else { return false };
        let same =
            |one: &Called, other: &Called| one.call == other.call && (one.came == other.came || other.came.is_none());
        calls.iter().zip(calls.iter().skip(length)).all(|(one, other)| same(one, other))
    }
}

impl Failures {
    fn count(&mut self, error: u64) {
        if self.error != error {
            *self = Self { error, before: 0, now: 0 };
        }
        self.now += 1;
    }

    /// A new message of a person earns a call one more try: what it failed of may be mended.
    fn is_hopeless(&self) -> bool {
        self.now > 0 && self.before + self.now >= TIMES - 1
    }
}

fn number(part: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    part.hash(&mut hasher);
    hasher.finish()
}
