//! Rate limits, with the headers of the real ones.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Buckets, and how much goes into them.
pub(super) struct Limits {
    buckets: HashMap<Key, Bucket>,
    /// The last 429 over all routes.
    global: Option<Told>,
    /// The requests of the last second, over all routes.
    second: VecDeque<Instant>,
    /// When the client began: it can't know what one that was killed had sent.
    began: Instant,
    /// How many messages (sent and edited) a channel takes in `window`.
    pub(super) messages: u32,
    pub(super) window: Duration,
}

/// A bucket's name and the channel or guild it counts for. Discord tells the name only.
pub(super) type Key = (String, String);

struct Bucket {
    used: u32,
    since: Instant,
    /// Its last 429.
    told: Option<Told>,
}

/// A 429.
struct Told {
    at: Instant,
    until: Instant,
    /// Which routes of which channels got it.
    refused: BTreeSet<Key>,
}

/// What a request meets.
pub(super) struct Passage {
    pub(super) bucket: Key,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset_after: Duration,
    pub(super) verdict: Verdict,
}

/// What a 429 asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) time: Duration,
    pub(super) global: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes through.
    Pass,
    /// One too many, or on its way when another one was told to wait.
    TooMany(Wait),
    /// One too many over all routes.
    TooManyInAll(Wait),
    /// One too many, by somebody who was told to wait.
    Impatient(Wait),
}

/// Requests of a bot in any second, over all routes but those of interactions.
const GLOBAL: usize = 50;
const SECOND: Duration = Duration::from_secs(1);
/// Until somebody has read a 429, requests of other routes come that were sent before: Discord refuses them, and that is all.
const ON_ITS_WAY: Duration = Duration::from_millis(250);

impl Default for Limits {
    /// Five messages in five seconds a channel.
    fn default() -> Self {
        let (window, began) = (Duration::from_secs(5), Instant::now());
        Self { buckets: HashMap::new(), global: None, second: VecDeque::new(), began, messages: 5, window }
    }
}

impl Told {
    /// What a request meets that comes meanwhile.
    fn meets(&mut self, request: &Key, now: Instant, global: bool) -> Option<Verdict> {
        let wait = Wait { time: self.until.checked_duration_since(now).filter(|time| !time.is_zero())?, global };
        let on_its_way = now < self.at + ON_ITS_WAY && self.refused.insert(request.clone());
        Some(if on_its_way { Verdict::TooMany(wait) } else { Verdict::Impatient(wait) })
    }
}

impl Limits {
    /// Counts one request that came at this moment.
    pub(super) fn pass(&mut self, route: &str, major: &str, now: Instant) -> Passage {
        let (limit, window, name) = self.rule(route);
        let (key, request) = ((name.to_owned(), major.to_owned()), (route.to_owned(), major.to_owned()));
        let bucket = self.buckets.entry(key.clone()).or_insert(Bucket { used: 0, since: now, told: None });
        if now.duration_since(bucket.since) >= window {
            (bucket.used, bucket.since) = (0, now);
        }
        let reset_after = window.saturating_sub(now.duration_since(bucket.since));
        let bound = !is_of_an_interaction(route);
        self.second.retain(|at| now.duration_since(*at) < SECOND);
        let waiting = self.global.as_mut().filter(|_| bound).and_then(|told| told.meets(&request, now, true));
        let waiting = waiting.or_else(|| bucket.told.as_mut()?.meets(&request, now, false));
        let verdict = match waiting {
            Some(verdict) => verdict,
            None if bucket.used >= limit => Verdict::TooMany(Wait { time: reset_after, global: false }),
            None if bound && self.second.len() >= GLOBAL => {
                let wait = Wait { time: SECOND, global: true };
                let knew = self.second.iter().all(|at| *at >= self.began);
                if knew { Verdict::TooManyInAll(wait) } else { Verdict::TooMany(wait) }
            }
            None => {
                bucket.used += 1;
                self.second.extend(bound.then_some(now));
                Verdict::Pass
            }
        };
        let remaining = limit.saturating_sub(bucket.used);
        if let (None, Verdict::TooMany(wait) | Verdict::TooManyInAll(wait)) = (waiting, verdict) {
            self.told_to_wait(route, &key, wait, now);
        }
        Passage { bucket: key, limit, remaining, reset_after, verdict }
    }

    /// Whoever was told to wait is gone.
    pub(super) fn forget_waits(&mut self) {
        self.buckets.values_mut().for_each(|bucket| bucket.told = None);
        (self.global, self.began) = (None, Instant::now());
    }

    /// A request to a route was answered with 429: who comes before its end is impatient.
    pub(super) fn told_to_wait(&mut self, route: &str, bucket: &Key, wait: Wait, now: Instant) {
        let refused = BTreeSet::from([(route.to_owned(), bucket.1.clone())]);
        let told = Some(Told { at: now, until: now + wait.time, refused });
        if wait.global {
            self.global = told;
        } else if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.told = told;
        }
    }

    /// How many requests in what time, and the name of their bucket.
    fn rule<'a>(&self, route: &'a str) -> (u32, Duration, &'a str) {
        let (_, path) = route.split_once(' ').unwrap_or(("", route));
        match path {
            "/channels/{channel_id}/messages" | "/channels/{channel_id}/messages/{message_id}"
                if !route.starts_with("GET") =>
            {
                (self.messages, self.window, "messages")
            }
            "/channels/{channel_id}/typing" => (5, Duration::from_secs(5), "typing"),
            _ if path.ends_with("/@me") && path.contains("reactions") => (1, Duration::from_millis(250), "reactions"),
            _ => (50, SECOND, route),
        }
    }
}

fn is_of_an_interaction(route: &str) -> bool {
    route.contains("{interaction_token}") || route.contains("{webhook_token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "POST /channels/{channel_id}/messages";
    const PATCH: &str = "PATCH /channels/{channel_id}/messages/{message_id}";

    fn verdict(limits: &mut Limits, route: &str, at: Instant) -> Verdict {
        limits.pass(route, "1", at).verdict
    }

    #[test]
    fn what_was_on_its_way_is_refused_and_what_is_sent_again_is_impatient() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let at = |ms: u64| now + Duration::from_millis(ms);
        let first = limits.pass(POST, "1", now);
        for global in [true, false] {
            let wait = Wait { time: SECOND, global };
            limits.told_to_wait(POST, &first.bucket, wait, now);
            let left = |ms: u64| Wait { time: Duration::from_millis(1000 - ms), global };
            assert_eq!(verdict(&mut limits, PATCH, at(50)), Verdict::TooMany(left(50)), "nobody can have read it");
            assert_eq!(verdict(&mut limits, PATCH, at(60)), Verdict::Impatient(left(60)));
            assert_eq!(verdict(&mut limits, POST, at(60)), Verdict::Impatient(left(60)));
            assert_eq!(
                verdict(&mut limits, "DELETE /channels/{channel_id}/messages/{message_id}", at(900)),
                Verdict::Impatient(left(900))
            );
            assert_eq!(verdict(&mut limits, POST, at(1000)), Verdict::Pass);
            limits.forget_waits();
        }
    }

    #[test]
    fn buckets_are_counted_for_each_channel_and_named_for_all() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let passages: Vec<Passage> = (0..6).map(|_| limits.pass(POST, "1", now)).collect();
        assert_eq!(passages[4].verdict, Verdict::Pass);
        assert_eq!(passages[5].verdict, Verdict::TooMany(Wait { time: limits.window, global: false }));
        let other = limits.pass(PATCH, "2", now);
        assert_eq!((other.verdict, other.bucket.0), (Verdict::Pass, passages[0].bucket.0.clone()));
    }

    #[test]
    fn more_than_fifty_in_a_second_are_too_many_over_all_routes() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let verdicts: Vec<Verdict> =
            (0..51).map(|major: u32| limits.pass(POST, &major.to_string(), now).verdict).collect();
        assert_eq!(verdicts[49], Verdict::Pass);
        let wait = Wait { time: SECOND, global: true };
        assert_eq!(verdicts[50], Verdict::TooManyInAll(wait));
        limits.forget_waits();
        assert_eq!(limits.pass(POST, "1", now).verdict, Verdict::TooMany(wait), "a new client can't know");
        assert_eq!(limits.pass("POST /webhooks/{webhook_id}/{webhook_token}", "1", now).verdict, Verdict::Pass);
    }
}
