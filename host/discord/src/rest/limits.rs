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

/// How long a request may wait for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody waits for it.
    Now,
    /// It shows what goes on, and gives way to what somebody waits for.
    Soon,
    /// It answers a click or a command: Discord does not count it over all routes, and gives three seconds for it.
    Unbound,
    /// It may come late or never, and leaves room to everything else of its bucket.
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
    pub(super) fn take(&mut self, route: &str, major: u64, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        if urgency != Urgency::Unbound {
            self.wait_for_all(urgency, now)?;
        }
        let key = self.key(route, major);
        if let Some(bucket) = self.buckets.get_mut(&key) {
            if bucket.resets <= now {
                bucket.remaining = bucket.limit;
            }
            if bucket.remaining <= urgency.leaves(bucket.limit) {
                return Err(bucket.resets - now);
            }
            bucket.remaining -= 1;
        }
        if urgency != Urgency::Unbound {
            self.due = self.due.max(now) + APART;
        }
        Ok(())
    }

    /// How long a request has to wait for the others of all routes.
    fn wait_for_all(&self, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        if let Some(until) = self.global_until.filter(|until| *until > now) {
            return Err(until - now);
        }
        let early = self.due.saturating_duration_since(now + urgency.ahead());
        if !early.is_zero() {
            return Err(early);
        }
        Ok(())
    }

    /// A place that was taken is not needed.
    pub(super) fn give_back(&mut self, route: &str, major: u64) {
        self.due -= APART;
        let key = self.key(route, major);
        if let Some(bucket) = self.buckets.get_mut(&key) {
            bucket.remaining = (bucket.remaining + 1).min(bucket.limit);
        }
    }

    /// How long a route takes no request, whatever the others do.
    pub(super) fn closed(&self, route: &str, major: u64, now: Instant) -> Option<Duration> {
        let bucket = self.buckets.get(&self.key(route, major))?;
        (bucket.remaining == 0 && bucket.resets > now).then(|| bucket.resets - now)
    }

    /// Notes what an answer said.
    pub(super) fn learn(&mut self, route: &str, major: u64, told: &Told, now: Instant) {
        if let Some(wait) = told.retry_after {
            self.wait(route, major, told.global, now + wait + MARGIN);
        }
        if let Some(name) = &told.bucket {
            self.named.insert(route.to_owned(), name.clone());
        }
        let (Some(limit), Some(remaining), Some(reset_after)) = (told.limit, told.remaining, told.reset_after) else {
            return;
        };
        let resets = now + reset_after + MARGIN;
        let key = self.key(route, major);
        let bucket = self.buckets.entry(key).or_insert(Bucket { limit, remaining, resets });
        let waiting = told.retry_after.is_some();
        bucket.limit = limit;
        bucket.remaining = if waiting { 0 } else { bucket.remaining.min(remaining) };
        bucket.resets = bucket.resets.max(resets);
        self.forget(now);
    }

    fn wait(&mut self, route: &str, major: u64, global: bool, until: Instant) {
        if global {
            self.global_until = Some(until);
            return;
        }
        let key = self.key(route, major);
        let bucket = self.buckets.entry(key).or_insert(Bucket { limit: 1, remaining: 0, resets: until });
        bucket.remaining = 0;
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
mod tests {
    use super::Urgency::{Now, Soon, Spare, Unbound};
    use super::*;

    const POST: &str = "POST messages";
    const PATCH: &str = "PATCH message";

    fn told(remaining: u32, reset_after: u64) -> Told {
        Told {
            bucket: Some("abc".to_owned()),
            limit: Some(5),
            remaining: Some(remaining),
            reset_after: Some(Duration::from_secs(reset_after)),
            ..Told::default()
        }
    }

    #[test]
    fn an_empty_bucket_is_waited_for() {
        let now = Instant::now();
        let mut limits = Limits::new(now);
        assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
        limits.learn(POST, 1, &told(0, 5), now);
        assert_eq!(limits.take(POST, 1, Now, now), Err(Duration::from_secs(5) + MARGIN));
        assert_eq!(limits.take(POST, 2, Now, now), Ok(()), "another channel has a bucket of its own");
        assert_eq!(limits.take(POST, 1, Now, now + Duration::from_secs(6)), Ok(()));
    }

    #[test]
    fn routes_of_one_bucket_share_it() {
        let now = Instant::now();
        let mut limits = Limits::new(now);
        limits.learn(POST, 1, &told(3, 5), now);
        limits.learn(PATCH, 1, &told(2, 5), now);
        assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
        assert_eq!(limits.take(PATCH, 1, Now, now), Ok(()));
        assert!(limits.take(POST, 1, Now, now).is_err(), "the two before took what was left");
    }

    #[test]
    fn what_can_be_spared_leaves_room_for_others() {
        let (mut limits, now) = (Limits::new(Instant::now()), Instant::now() + Duration::from_secs(60));
        let later = |seconds: u64| now + Duration::from_secs(seconds);
        let told = |remaining, after| Told { bucket: None, ..told(remaining, after) };
        limits.learn(PATCH, 1, &told(3, 60), now);
        assert_eq!(limits.take(PATCH, 1, Spare, now), Ok(()));
        assert!(limits.take(PATCH, 1, Spare, later(1)).is_err());
        assert_eq!(limits.take(PATCH, 1, Now, later(1)), Ok(()));
        limits.learn(POST, 2, &Told { limit: Some(1), ..told(1, 60) }, now);
        assert_eq!(limits.take(POST, 2, Spare, later(2)), Ok(()), "a bucket of one would never be free");
    }

    #[test]
    fn an_answer_that_is_late_gives_nothing_back() {
        let now = Instant::now();
        let mut limits = Limits::new(now);
        limits.learn(POST, 1, &told(1, 5), now);
        assert_eq!(limits.take(POST, 1, Now, now), Ok(()));
        limits.learn(POST, 1, &told(3, 5), now);
        assert!(limits.take(POST, 1, Now, now).is_err());
    }

    #[test]
    fn a_429_is_obeyed_on_its_route_or_everywhere() {
        let now = Instant::now();
        let wait = Some(Duration::from_secs(2));
        let mut limits = Limits::new(now);
        limits.learn(POST, 1, &Told { retry_after: wait, ..Told::default() }, now);
        assert!(limits.take(POST, 1, Now, now + Duration::from_secs(1)).is_err());
        assert_eq!(limits.take(PATCH, 1, Now, now), Ok(()));
        limits.learn(POST, 1, &Told { retry_after: wait, global: true, ..Told::default() }, now);
        assert!(limits.take(PATCH, 7, Now, now + Duration::from_secs(1)).is_err());
        assert_eq!(limits.take("POST callback", 7, Unbound, now), Ok(()), "answers to interactions are not bound");
        assert_eq!(limits.take(PATCH, 7, Now, now + Duration::from_secs(3)), Ok(()));
    }

    #[test]
    fn the_global_limit_is_kept_without_being_told() {
        let now = Instant::now();
        let mut limits = Limits::new(now);
        let mut sent = Vec::new();
        for tick in 0..4000 {
            let now = now + Duration::from_millis(tick);
            while limits.take(POST, sent.len() as u64, Now, now).is_ok() {
                sent.push(tick);
            }
        }
        let busiest = sent.iter().map(|from| sent.iter().filter(|at| (*from..from + 1000).contains(at)).count()).max();
        assert_eq!(busiest, Some(49));
    }

    #[test]
    fn what_is_shown_gives_way_to_what_is_waited_for() {
        let now = Instant::now();
        let mut limits = Limits::new(now);
        assert_eq!(limits.take(POST, 1, Soon, now), Ok(()));
        assert_eq!(limits.take(POST, 2, Soon, now), Err(APART));
        assert_eq!(limits.take(POST, 3, Now, now), Ok(()));
    }

    #[test]
    fn missing_and_odd_headers_say_nothing() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("retry-after", "-1"), ("x-ratelimit-limit", "many"), ("x-ratelimit-reset-after", "inf")]
        {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        }
        assert_eq!(Told::of(&headers), Told::default());
    }
}
