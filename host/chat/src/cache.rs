//! Watches the model's cache: a prompt that it should have served and did not costs many times as much.

use std::time::{Duration, Instant};

use claudetools_agent::ThreadId;
use claudetools_agent::models::Usage;
use claudetools_agent::prefix::Prefix;

use crate::desk::{Desk, lock};

/// How long the cache keeps what is marked for the shortest time.
const KEPT: Duration = Duration::from_secs(300);
/// Tokens that a model stores at the least, and few enough that nobody minds paying for them twice.
const LEAST: u64 = 1_024;

/// The newest request of a thread, and what of it the cache had when it was answered.
#[derive(Debug)]
pub(crate) struct Sent {
    prefix: Prefix,
    at: Instant,
    cached: u64,
}

impl Desk {
    /// The next request of a thread has a new beginning, which no cache can know: nothing is lost.
    pub(crate) fn begins_anew(&self, thread: &ThreadId) {
        lock(&self.sent).remove(thread);
    }

    /// Takes a request and what its reply used; says what had changed since the one before it in the thread, where the
    /// cache gave back less than half of what it had.
    pub(crate) fn watch_cache(&self, thread: &ThreadId, prefix: Prefix, at: Instant, usage: &Usage) -> Option<String> {
        let cached = usage.prompt().saturating_sub(usage.input);
        let mut newest = lock(&self.sent);
        newest.retain(|_, sent| sent.at.elapsed() < KEPT);
        let before = newest.insert(thread.clone(), Sent { prefix: prefix.clone(), at, cached })?;
        drop(newest);
        let lost = before.cached >= LEAST && usage.cache_read.saturating_mul(2) < before.cached;
        let changed = before.prefix.changed_by(&prefix).filter(|_| lost)?;
        let (read, had) = (usage.cache_read, before.cached);
        tracing::warn!(%thread, read, had, changed, "the model's cache did not serve what it had");
        Some(changed.to_owned())
    }
}
