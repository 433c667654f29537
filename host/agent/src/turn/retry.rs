//! What follows from a failed request.

use std::time::Duration;

use super::{Effect, FailureKind, ModelFailure, Phase, Turn, Update};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server that asks for more is not waited for: the person should know now.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(300);

impl Turn {
    /// Tries again after a while where that can help and was not done too often; otherwise the turn ends.
    pub(super) fn failed(&mut self, failure: ModelFailure) {
        self.retract();
        match failure.kind {
            FailureKind::Transient | FailureKind::Cut => self.try_again(&failure),
            FailureKind::TooLong => {
                self.give_up(&format!("{}; start a new thread to go on.", fragment(&failure.message)));
            }
            FailureKind::Final => self.give_up(&sentence(&failure.message)),
        }
    }

    /// A reply with calls that could be neither run nor sent back is as good as none.
    pub(super) fn failed_by_nonsense(&mut self) {
        self.failed(ModelFailure {
            kind: FailureKind::Cut,
            message: "The model's reply had a tool call that makes no sense".to_owned(),
            retry_after: None,
            jitter: 0,
        });
    }

    fn try_again(&mut self, failure: &ModelFailure) {
        self.failures += 1;
        let asked = failure.retry_after.unwrap_or_default();
        if asked > LONGEST_ASKED_WAIT {
            let wait = spoken(asked);
            return self.give_up(&format!("{}; it asks to wait {wait}.", fragment(&failure.message)));
        }
        if self.failures >= self.limits.attempts {
            let attempts = self.failures;
            return self.give_up(&format!("{}; I tried {attempts} times.", fragment(&failure.message)));
        }
        let wait = backoff(self.failures - 1, failure.jitter).max(asked);
        let attempt = format!("({} of {})", self.failures + 1, self.limits.attempts);
        let message = fragment(&failure.message);
        self.show(Update::Waiting(format!("{message}; trying again in {} {attempt}", spoken(wait))));
        self.phase = Phase::Waiting;
        self.effects.push(Effect::Wait(wait));
    }
}

/// Half a second, doubled for each failure before, at most thirty, shortened by up to a quarter so that many
/// threads do not come back at once.
fn backoff(failures: u32, jitter: u16) -> Duration {
    let wait = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_WAIT);
    wait - wait * u32::from(jitter.min(1000)) / 4000
}

fn fragment(message: &str) -> &str {
    message.trim_end().trim_end_matches('.')
}

fn sentence(message: &str) -> String {
    format!("{}.", fragment(message))
}

/// `4 s`, `2 min`: rounded up.
fn spoken(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000) {
        seconds if seconds < 100 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}
