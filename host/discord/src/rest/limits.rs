//! Rate-limit bookkeeping: when the next request may go, as the headers say.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// The time between two requests over all routes, and how many may come before it is over. Discord's limit is fifty in any second,
/// wherever its seconds begin: 44 and 5.
const APART: Duration = Duration::from_micros(22_700);
const AT_ONCE: u32 = 5;
/// Added to every wait: the server's clock and ours round differently.
const MARGIN: Duration = Duration::from_millis(50);
/// Buckets that are kept before those that say nothing any more are thrown away.
const MOST_BUCKETS: usize = 1024;

/// What is known of the limits. Routes are named by method, path and major id; the server says which share a bucket.
#[derive(Debug)]
pub(super) struct Limits {
    /// From a route to the bucket the server named for it.
    named: HashMap<String, String>,
    buckets: HashMap<String, Bucket>,
    global_until: Option<Instant>,
    /// When the next request over all routes is due.
    due: Instant,
}

/// Routes that were always seen to share a bucket: what the first answer after a start says of one holds for the other.
fn together() -> HashMap<String, String> {
    let routes = ["POST /channels/messages", "PATCH /channels/messages"];
    routes.map(|route| (route.to_owned(), "messages".to_owned())).into()
}

/// How long a request may wait for others, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody waits for it.
    Now,
    /// It shows what goes on, and gives way to what somebody waits for.
    Soon,
    /// It answers a click or a command: Discord does not count it over all routes, and gives three seconds for it.
    Unbound,
    /// It may come late or never: it leaves room to everything else of its bucket, waits a moment, and is sent once.
    Spare,
}

/// Requests of a bucket that one which can be spared leaves to others.
const SPARE: u32 = 2;

impl Urgency {
    /// How long before it is due a request may go.
    fn ahead(self) -> Duration {
        match self {
            Self::Now => APART * (AT_ONCE - 1),
            Self::Soon | Self::Unbound | Self::Spare => Duration::ZERO,
        }
    }

    /// How much of a bucket a request leaves to others.
    fn leaves(self, limit: u32) -> u32 {
        if self == Self::Spare { SPARE.min(limit.saturating_sub(1)) } else { 0 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    limit: u32,
    remaining: u32,
    resets: Instant,
    /// A 429 closed it until it resets.
    closed: bool,
}

impl Bucket {
    /// How long a request has to wait for it.
    fn wait(&self, urgency: Urgency, now: Instant) -> Option<Duration> {
        let full = self.remaining <= urgency.leaves(self.limit);
        (full && self.resets > now).then(|| self.resets - now)
    }

    fn take(&mut self, now: Instant) {
        if self.resets <= now {
            (self.remaining, self.closed) = (self.limit, false);
        }
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Whether a place that was taken in it is still one: its time is not over, and nobody was told to wait.
    fn holds(&self, taken: Instant, now: Instant) -> bool {
        let over = taken < self.resets && self.resets <= now;
        !over && !self.closed
    }
}

/// Why a request has to wait, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Its own bucket has no room.
    Bucket(Duration),
    /// It is too early over all routes.
    All(Duration),
}

/// What an answer said of the limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) bucket: Option<String>,
    pub(super) limit: Option<u32>,
    pub(super) remaining: Option<u32>,
    pub(super) reset_after: Option<Duration>,
    /// Set on a 429.
    pub(super) retry_after: Option<Duration>,
    pub(super) global: bool,
}

impl Limits {
    pub(super) fn new(now: Instant) -> Self {
        Self { named: together(), buckets: HashMap::new(), global_until: None, due: now }
    }

    /// Takes a place for a request, or says how long to wait before asking again.
    pub(super) fn take(&mut self, route: &str, major: u64, urgency: Urgency, now: Instant) -> Result<(), Wait> {
        let key = self.key(route, major);
        if let Some(wait) = self.buckets.get(&key).and_then(|bucket| bucket.wait(urgency, now)) {
            return Err(Wait::Bucket(wait));
        }
        if urgency != Urgency::Unbound {
            self.wait_for_all(urgency, now).map_or(Ok(()), |wait| Err(Wait::All(wait)))?;
            self.due = self.due.max(now) + APART;
        }
        if let Some(bucket) = self.buckets.get_mut(&key) {
            bucket.take(now);
        }
        Ok(())
    }

    /// How long a request has to wait for the others of all routes.
    fn wait_for_all(&self, urgency: Urgency, now: Instant) -> Option<Duration> {
        let told = self.global_until.map(|until| until.saturating_duration_since(now));
        let early = self.due.saturating_duration_since(now + urgency.ahead());
        told.into_iter().chain([early]).max().filter(|wait| !wait.is_zero())
    }

    /// Whether a place that was taken at a moment is still one.
    pub(super) fn holds(&self, route: &str, major: u64, taken: Instant, now: Instant) -> bool {
        let bucket = self.buckets.get(&self.key(route, major));
        self.global_until.is_none_or(|until| until <= now) && bucket.is_none_or(|bucket| bucket.holds(taken, now))
    }

    /// A place that was taken is not needed.
    pub(super) fn give_back(&mut self, route: &str, major: u64) {
        self.due -= APART;
        let key = self.key(route, major);
        if let Some(bucket) = self.buckets.get_mut(&key) {
            bucket.remaining = (bucket.remaining + 1).min(bucket.limit);
        }
    }

    /// Notes what an answer said.
    pub(super) fn learn(&mut self, route: &str, major: u64, told: &Told, now: Instant) {
        if let Some(name) = &told.bucket {
            self.named.insert(route.to_owned(), name.clone());
        }
        match told.retry_after.map(|wait| now + wait + MARGIN) {
            Some(until) if told.global => self.global_until = self.global_until.max(Some(until)),
            Some(until) => self.close(route, major, until),
            None => {}
        }
        let (Some(limit), Some(remaining), Some(reset_after)) = (told.limit, told.remaining, told.reset_after) else {
            return;
        };
        let resets = now + reset_after + MARGIN;
        let key = self.key(route, major);
        let bucket = self.buckets.entry(key).or_insert(Bucket { limit, remaining, resets, closed: false });
        bucket.limit = limit.max(1);
        bucket.remaining = bucket.remaining.min(remaining);
        bucket.resets = bucket.resets.max(resets);
        self.forget(now);
    }

    fn close(&mut self, route: &str, major: u64, until: Instant) {
        let key = self.key(route, major);
        let bucket = self.buckets.entry(key).or_insert(Bucket { limit: 1, remaining: 0, resets: until, closed: true });
        (bucket.remaining, bucket.closed) = (0, true);
        bucket.resets = bucket.resets.max(until);
    }

    fn key(&self, route: &str, major: u64) -> String {
        format!("{}/{major}", self.named.get(route).map_or(route, String::as_str))
    }

    fn forget(&mut self, now: Instant) {
        if self.buckets.len() > MOST_BUCKETS {
            self.buckets.retain(|_, bucket| bucket.resets > now);
        }
    }
}

impl Told {
    /// Reads the headers; every one of them may be missing.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = |name: &str| text(name).and_then(|value| value.parse().ok()).and_then(whole);
        Self {
            bucket: text("x-ratelimit-bucket").map(str::to_owned),
            limit: text("x-ratelimit-limit").and_then(|value| value.parse().ok()),
            remaining: text("x-ratelimit-remaining").and_then(|value| value.parse().ok()),
            reset_after: seconds("x-ratelimit-reset-after"),
            retry_after: seconds("retry-after"),
            global: text("x-ratelimit-global") == Some("true") || text("x-ratelimit-scope") == Some("global"),
        }
    }
}

/// A number of seconds as a duration; none for what is negative, infinite or longer than a day.
pub(super) fn whole(seconds: f64) -> Option<Duration> {
    (0.0..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
