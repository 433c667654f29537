//! A connection that is alive and says nothing: its heartbeats are acknowledged, and messages come that it does not tell
//! of. Only a sweep can notice.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Sweeps that find messages, while no event tells of any, before the connection is left: one may have met events on their
/// way.
const FINDINGS: u32 = 2;
/// Between two connections that are left for this: where a new session does not help, more of them don't either.
const SELDOM: Duration = Duration::from_secs(3600);

/// What sweeps without a reason found.
#[derive(Default)]
pub(crate) struct Silence(Mutex<Found>);

#[derive(Default)]
struct Found {
    /// Since an event told of a message.
    findings: u32,
    left: Option<Instant>,
}

/// What follows from a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The connection tells what it should.
    Tells,
    /// It may not: look again soon.
    Doubtful,
    /// It does not: leave it.
    Silent,
}

impl Silence {
    /// An event told of a message: the answers of the bot are messages, too.
    pub(crate) fn told(&self) {
        self.found().findings = 0;
    }

    /// A sweep without a reason found so many messages that no event had told of.
    pub(crate) fn judge(&self, messages: usize, now: Instant) -> Verdict {
        let mut found = self.found();
        found.findings += u32::from(messages > 0);
        let lately = found.left.is_some_and(|left| now.duration_since(left) < SELDOM);
        match found.findings {
            0 => Verdict::Tells,
            few if few < FINDINGS || lately => Verdict::Doubtful,
            _ => {
                *found = Found { findings: 0, left: Some(now) };
                Verdict::Silent
            }
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_left_after_two_findings_without_an_event_and_seldom() {
        let (silence, begin) = (Silence::default(), Instant::now());
        let judge = |minute: u64, messages| silence.judge(messages, begin + Duration::from_secs(minute * 60));
        assert_eq!([judge(0, 0), judge(5, 1)], [Verdict::Tells, Verdict::Doubtful]);
        silence.told();
        assert_eq!([judge(6, 0), judge(11, 2), judge(12, 0)], [Verdict::Tells, Verdict::Doubtful, Verdict::Doubtful]);
        assert_eq!(judge(13, 1), Verdict::Silent);
        let again: Vec<_> = (14..60).map(|minute| judge(minute, 1)).collect();
        assert!(again.iter().all(|verdict| *verdict == Verdict::Doubtful), "a new session did not help: {again:?}");
        assert_eq!(judge(80, 1), Verdict::Silent);
    }
}
