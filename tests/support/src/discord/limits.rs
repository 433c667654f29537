//! Rate limits, with the headers of the real ones.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Buckets, and how much goes into them.
pub(super) struct Limits {
    buckets: HashMap<String, Bucket>,
    global: Option<Instant>,
    /// The requests of the last second, over all routes.
    second: VecDeque<Instant>,
    /// How many messages (sent and edited) a channel takes in `window`.
    pub(super) messages: u32,
    pub(super) window: Duration,
}

struct Bucket {
    used: u32,
    since: Instant,
    /// Set by a 429: a request before this ignores `Retry-After`.
    until: Option<Instant>,
}

/// What a request meets.
pub(super) struct Passage {
    pub(super) bucket: String,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_after: Duration,
    pub(super) verdict: Verdict,
}

/// Requests of a bot in any second, over all routes but those of interactions.
const GLOBAL: usize = 50;
const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes through.
    Pass,
    /// One too many.
    TooMany,
    /// One too many over all routes.
    TooManyInAll,
    /// One too many, before the time it was told to wait.
    Impatient,
}

impl Default for Limits {
    /// Five messages in five seconds a channel.
    fn default() -> Self {
        let window = Duration::from_secs(5);
        Self { buckets: HashMap::new(), global: None, second: VecDeque::new(), messages: 5, window }
    }
}

impl Limits {
    /// Counts one request.
    pub(super) fn pass(&mut self, route: &str, major: &str) -> Passage {
        let (limit, window, name) = self.rule(route, major);
        let now = Instant::now();
        let fresh = || Bucket { used: 0, since: now, until: None };
        let bucket = self.buckets.entry(name.clone()).or_insert_with(fresh);
        // Answers to interactions are not bound to the global limit.
        let global = self.global.filter(|_| !route.contains("_token}"));
        let impatient = [bucket.until, global].into_iter().flatten().any(|until| now < until);
        if now.duration_since(bucket.since) >= window {
            (bucket.used, bucket.since) = (0, now);
        }
        let reset_after = window.saturating_sub(now.duration_since(bucket.since));
        self.second.retain(|at| now.duration_since(*at) < SECOND);
        let in_all = !is_of_an_interaction(route) && self.second.len() >= GLOBAL;
        let verdict = match (impatient, bucket.used >= limit) {
            (true, _) => Verdict::Impatient,
            (false, true) => Verdict::TooMany,
            (false, false) if in_all => Verdict::TooManyInAll,
            (false, false) => Verdict::Pass,
        };
        match verdict {
            Verdict::Pass => {
                bucket.used += 1;
                self.second.extend((!is_of_an_interaction(route)).then_some(now));
            }
            Verdict::TooMany => bucket.until = Some(now + reset_after),
            Verdict::TooManyInAll => self.global = Some(now + SECOND),
            Verdict::Impatient => {}
        }
        let remaining = limit.saturating_sub(bucket.used);
        Passage { bucket: name, limit, remaining, reset_after, verdict }
    }

    /// Whoever was told to wait is gone.
    pub(super) fn forget_waits(&mut self) {
        self.buckets.values_mut().for_each(|bucket| bucket.until = None);
    }

    /// A 429 was sent by a script: requests before its end are impatient.
    pub(super) fn told_to_wait(&mut self, bucket: &str, wait: Duration, global: bool) {
        let until = Some(Instant::now() + wait);
        if global {
            self.global = until;
        } else if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.until = until;
        }
    }

    fn rule(&self, route: &str, major: &str) -> (u32, Duration, String) {
        let (_, path) = route.split_once(' ').unwrap_or(("", route));
        match path {
            "/channels/{channel_id}/messages" | "/channels/{channel_id}/messages/{message_id}"
                if !route.starts_with("GET") =>
            {
                (self.messages, self.window, format!("messages-{major}"))
            }
            "/channels/{channel_id}/typing" => (5, Duration::from_secs(5), format!("typing-{major}")),
            _ if path.ends_with("/@me") && path.contains("reactions") => {
                (1, Duration::from_millis(250), format!("reactions-{major}"))
            }
            _ => (50, Duration::from_secs(1), format!("{route}-{major}")),
        }
    }
}

fn is_of_an_interaction(route: &str) -> bool {
    route.contains("{interaction_token}") || route.contains("{webhook_token}")
}
