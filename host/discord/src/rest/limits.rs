//! Rate-limit bookkeeping: when the next request may go, as the headers say.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::time::Instant;

/// Discord takes fifty requests over all routes in any second, wherever its seconds begin. It counts one somewhere between its
/// departure and its answer; until a second after that, it is one of these.
const MOST: usize = 49;
const SECOND: Duration = Duration::from_secs(1);
/// The time between two of them, and how many may come before it is over.
const APART: Duration = Duration::from_millis(20);
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
    /// How many of them may be on their way.
    out: usize,
    /// When those were answered that still count.
    answered: VecDeque<Instant>,
}

/// The bookkeeping, as all requests share it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Limits>>);

/// A request's place within the limits; until this is dropped, it may be on its way.
pub(crate) struct Place {
    limits: Shared,
    pub(super) taken: Instant,
    counted: bool,
}

impl Shared {
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Limits::new(now))))
    }

    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Limits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a request, or says why to wait before asking again.
    pub(super) fn take(&self, route: &str, major: u64, urgency: Urgency) -> Result<Place, Wait> {
        let taken = Instant::now();
        self.lock().take(route, major, urgency, taken)?;
        Ok(Place { limits: self.clone(), taken, counted: urgency != Urgency::Unbound })
    }
}

impl Place {
    /// It is not needed.
    pub(super) fn give_back(mut self, route: &str, major: u64) {
        self.counted = false;
        self.limits.lock().give_back(route, major);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.counted {
            self.limits.lock().answered(Instant::now());
        }
    }
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
    fn new(now: Instant) -> Self {
        let (named, answered) = (together(), VecDeque::new());
        Self { named, buckets: HashMap::new(), global_until: None, due: now, out: 0, answered }
    }

    /// Takes a place for a request, or says how long to wait before asking again.
    fn take(&mut self, route: &str, major: u64, urgency: Urgency, now: Instant) -> Result<(), Wait> {
        let key = self.key(route, major);
        if let Some(wait) = self.buckets.get(&key).and_then(|bucket| bucket.wait(urgency, now)) {
            return Err(Wait::Bucket(wait));
        }
        if urgency != Urgency::Unbound {
            self.wait_for_all(urgency, now).map_or(Ok(()), |wait| Err(Wait::All(wait)))?;
            self.due = self.due.max(now) + APART;
            self.out += 1;
        }
        if let Some(bucket) = self.buckets.get_mut(&key) {
            bucket.take(now);
        }
        Ok(())
    }

    /// How long a request has to wait for the others of all routes.
    fn wait_for_all(&mut self, urgency: Urgency, now: Instant) -> Option<Duration> {
        let told = self.global_until.map(|until| until.saturating_duration_since(now));
        let early = self.due.saturating_duration_since(now + urgency.ahead());
        told.into_iter().chain(self.full(now)).chain([early]).max().filter(|wait| !wait.is_zero())
    }

    /// How long until Discord may have forgotten one of those that count.
    fn full(&mut self, now: Instant) -> Option<Duration> {
        self.answered.retain(|at| *at + SECOND > now);
        let next = self.answered.front().map_or(APART, |oldest| *oldest + SECOND - now);
        (self.out + self.answered.len() >= MOST).then_some(next)
    }

    /// A request is no longer on its way.
    fn answered(&mut self, now: Instant) {
        self.out = self.out.saturating_sub(1);
        self.answered.push_back(now);
    }

    /// Whether a place that was taken at a moment is still one.
    pub(super) fn holds(&self, route: &str, major: u64, taken: Instant, now: Instant) -> bool {
        let bucket = self.buckets.get(&self.key(route, major));
        self.global_until.is_none_or(|until| until <= now) && bucket.is_none_or(|bucket| bucket.holds(taken, now))
    }

    /// A place that was taken is not needed.
    fn give_back(&mut self, route: &str, major: u64) {
        self.due -= APART;
        self.out = self.out.saturating_sub(1);
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
