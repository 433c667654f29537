//! How many calls of a plugin may run at once for one person and in one thread, and how often one person may call it.
//!
//! How many may run at once in all is the sandbox's to count.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use claudetools_agent::tools::ToolCall;
use claudetools_policy::{Code, Limits, Refusal};
use tokio::sync::Notify;

/// How long a call waits for others to end. Longer, and a person should know rather than wait.
const IN_LINE: Duration = Duration::from_secs(2);

/// The longest time of a rate: what is older is forgotten.
const LONGEST: Duration = Duration::from_secs(3600);

/// Counts the calls that run. Cheap to clone.
#[derive(Clone, Default)]
pub struct Turnstile(Arc<Shared>);

#[derive(Default)]
struct Shared {
    counts: Mutex<Counts>,
    left: Notify,
}

#[derive(Default)]
struct Counts {
    running: HashMap<Key, u32>,
    /// When a person called a plugin, the oldest first.
    recent: HashMap<Key, VecDeque<Instant>>,
}

/// Whose calls are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Person { plugin: String, member: String },
    Thread { plugin: String, thread: String },
}

/// A call that is counted as running until this is dropped.
#[must_use]
pub struct Pass {
    shared: Arc<Shared>,
    keys: [Key; 2],
}

impl Turnstile {
    /// Lets a call in: `limit.rate` at once where the person called too often, `limit.concurrent` where too many run
    /// and none ends within two seconds.
    pub async fn enter(&self, plugin: &str, limits: &Limits, call: &ToolCall) -> Result<Pass, Refusal> {
        let person = Key::Person { plugin: plugin.to_owned(), member: call.caller.member.0.clone() };
        let thread = Key::Thread { plugin: plugin.to_owned(), thread: call.thread.to_string() };
        let keys = [person, thread];
        let until = Instant::now() + IN_LINE;
        loop {
            let left = self.0.left.notified();
            tokio::pin!(left);
            // Whoever leaves between the look and the wait must be heard.
            left.as_mut().enable();
            let entered = self.counts().enter(&keys, limits, Instant::now());
            match entered {
                Ok(()) => return Ok(Pass { shared: Arc::clone(&self.0), keys }),
                Err(refusal) if refusal.code == Code::LimitRate => return Err(refusal),
                Err(refusal) => tokio::time::timeout_at(until.into(), left).await.map_err(|_| refusal)?,
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn enter(&mut self, keys: &[Key; 2], limits: &Limits, now: Instant) -> Result<(), Refusal> {
        let [person, thread] = keys;
        self.seldom_enough(person, limits, now)?;
        self.few_enough(person, limits.per_user, "for one person")?;
        self.few_enough(thread, limits.per_thread, "in one thread")?;
        for key in keys {
            *self.running.entry(key.clone()).or_default() += 1;
        }
        self.note(person, limits, now);
        Ok(())
    }

    fn seldom_enough(&self, person: &Key, limits: &Limits, now: Instant) -> Result<(), Refusal> {
        let (most, span) = (limits.rate.calls, limits.rate.per);
        let recent = |at: &&Instant| now.duration_since(**at) < span;
        let calls = self.recent.get(person).map_or(0, |times| times.iter().rev().take_while(recent).count());
        if calls < most as usize {
            return Ok(());
        }
        let message =
            format!("One person may call this plugin {most} times in {} s; wait before trying again.", span.as_secs());
        Err(Refusal::new(Code::LimitRate, message))
    }

    fn few_enough(&self, key: &Key, most: u32, whose: &str) -> Result<(), Refusal> {
        if self.running.get(key).is_none_or(|running| *running < most) {
            return Ok(());
        }
        let message = format!("At most {most} calls of this plugin may run at once {whose}; wait until one has ended.");
        Err(Refusal::new(Code::LimitConcurrent, message))
    }

    /// Keeps as many times as the rate has to look back on.
    fn note(&mut self, person: &Key, limits: &Limits, now: Instant) {
        let times = self.recent.entry(person.clone()).or_default();
        times.push_back(now);
        while times.len() > limits.rate.calls as usize {
            times.pop_front();
        }
        self.recent.retain(|_, times| times.back().is_some_and(|at| now.duration_since(*at) < LONGEST));
    }

    fn leave(&mut self, keys: &[Key; 2]) {
        for key in keys {
            if let Some(running) = self.running.get_mut(key) {
                *running -= 1;
            }
        }
        self.running.retain(|_, running| *running > 0);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner).leave(&self.keys);
        self.shared.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use claudetools_agent::{ThreadId, TurnId};
    use claudetools_policy::{Caller, MemberId, Origin, Rate};
    use insta::assert_snapshot;

    use super::*;

    fn keys(member: &str, thread: &str) -> [Key; 2] {
        let plugin = "notes".to_owned();
        let person = Key::Person { plugin: plugin.clone(), member: member.to_owned() };
        [person, Key::Thread { plugin, thread: thread.to_owned() }]
    }

    fn limits(per_user: u32, per_thread: u32, calls: u32) -> Limits {
        Limits { per_user, per_thread, rate: Rate { calls, per: Duration::from_secs(60) }, ..Limits::default() }
    }

    #[test]
    fn one_person_and_one_thread_have_so_many_calls_at_once() {
        let (mut counts, now) = (Counts::default(), Instant::now());
        let limits = limits(2, 3, 100);
        let mut enter = |member, thread| counts.enter(&keys(member, thread), &limits, now).map_err(|no| no.to_string());
        assert_eq!(enter("a", "1"), Ok(()));
        assert_eq!(enter("a", "2"), Ok(()));
        assert_snapshot!(enter("a", "3").unwrap_err(), @"limit.concurrent: At most 2 calls of this plugin may run at once for one person; wait until one has ended.");
        assert_eq!((enter("b", "1"), enter("c", "1")), (Ok(()), Ok(())));
        assert_snapshot!(enter("d", "1").unwrap_err(), @"limit.concurrent: At most 3 calls of this plugin may run at once in one thread; wait until one has ended.");
        counts.leave(&keys("a", "1"));
        assert!(counts.enter(&keys("d", "1"), &limits, now).is_ok());
    }

    #[test]
    fn a_refused_call_is_not_counted() {
        let (mut counts, now) = (Counts::default(), Instant::now());
        assert!(counts.enter(&keys("a", "1"), &limits(9, 1, 9), now).is_ok());
        assert!(counts.enter(&keys("b", "1"), &limits(9, 1, 9), now).is_err());
        counts.leave(&keys("a", "1"));
        assert!(counts.running.is_empty(), "{:?}", counts.running);
        assert_eq!(counts.recent.len(), 1);
    }

    #[test]
    fn a_rate_is_a_window_that_slides() {
        let (mut counts, start) = (Counts::default(), Instant::now());
        let limits = limits(99, 99, 2);
        let mut enter = |seconds, member| {
            let at = start + Duration::from_secs(seconds);
            counts.enter(&keys(member, "1"), &limits, at).map_err(|no| no.to_string())
        };
        assert_eq!((enter(0, "a"), enter(40, "a")), (Ok(()), Ok(())));
        assert_snapshot!(enter(59, "a").unwrap_err(), @"limit.rate: One person may call this plugin 2 times in 60 s; wait before trying again.");
        assert_eq!(enter(59, "b"), Ok(()), "another person");
        assert_eq!(enter(60, "a"), Ok(()));
        assert!(enter(99, "a").is_err());
        assert_eq!(enter(100, "a"), Ok(()));
    }

    #[test]
    fn what_is_long_over_is_forgotten() {
        let (mut counts, start) = (Counts::default(), Instant::now());
        assert!(counts.enter(&keys("a", "1"), &limits(9, 9, 9), start).is_ok());
        assert!(counts.enter(&keys("b", "2"), &limits(9, 9, 9), start + LONGEST).is_ok());
        assert_eq!(counts.recent.keys().collect::<Vec<_>>(), [&keys("b", "2")[0]]);
    }

    #[tokio::test]
    async fn a_call_waits_for_the_one_before_it() {
        let caller = Caller { member: MemberId("m".into()), roles: [].into(), origin: Origin::Model };
        let (turn, thread) = (TurnId("t".into()), ThreadId::new("test", "1"));
        let call =
            ToolCall { id: "1".into(), name: "n".into(), input: "{}".into(), turn, thread, own: [].into(), caller };
        let (turnstile, limits) = (Turnstile::default(), limits(1, 1, 9));
        let pass = turnstile.enter("notes", &limits, &call).await.ok();
        assert!(pass.is_some());
        let (second, ()) = tokio::join!(turnstile.enter("notes", &limits, &call), async {
            tokio::task::yield_now().await;
            drop(pass);
        });
        assert!(second.is_ok());
        assert!(turnstile.enter("other", &limits, &call).await.is_ok(), "another plugin is counted by itself");
    }
}
