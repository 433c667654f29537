//! What follows from a failed request.

use std::time::Duration;

use crate::entry::Entry;

use super::{Effect, FailureKind, ModelFailure, Phase, Turn, Update};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server that asks for more is not waited for: the person should know now.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(300);

impl Turn {
    /// Tries again after a while where that can help and was not done too often; otherwise the turn ends.
    pub(super) fn failed(&mut self, failure: ModelFailure) {
        let partial = std::mem::take(&mut self.draft.text);
        self.retract();
        match failure.kind {
            FailureKind::Cut if !partial.trim().is_empty() => self.cut_in_text(&failure, &partial),
            FailureKind::Transient | FailureKind::Cut => self.try_again(&failure),
            FailureKind::TooLong => self.too_long(&failure.message),
            FailureKind::Unfit if !self.second_chances.withheld => self.withhold(&failure.message),
            FailureKind::Unfit | FailureKind::Final => self.give_up(&sentence(&failure.message)),
        }
    }

    /// A reply that was cut off behind some of its text is asked for once more, from where the journal stands. Cut off
    /// again, what came is the answer, and is marked as a part of one.
    fn cut_in_text(&mut self, failure: &ModelFailure, partial: &str) {
        if std::mem::replace(&mut self.cut_in_text, true) {
            self.carried.push_str(partial);
            return self.give_up(&format!("{}, twice; this is a part of the answer.", fragment(&failure.message)));
        }
        self.try_again(failure);
    }

    /// Asks again without what the server did not accept: otherwise no later request of the thread would succeed.
    fn withhold(&mut self, message: &str) {
        self.second_chances.withheld = true;
        self.journal(Entry::Withheld { turn: self.id.clone() });
        self.show(Update::Waiting(format!("{}; asking again without images and documents", fragment(message))));
        self.send();
    }

    /// A reply with calls that could be neither run nor sent back is as good as none.
    pub(super) fn failed_by_nonsense(&mut self) {
        self.retract();
        self.try_again(&ModelFailure {
            kind: FailureKind::Cut,
            message: "The model's reply had a tool call that makes no sense".to_owned(),
            retry_after: None,
            jitter: 0,
        });
    }

    /// Whether [`Turn::try_again`] would not give up.
    pub(super) fn may_try_again(&self, failure: &ModelFailure) -> bool {
        self.failures + 1 < self.limits.attempts && failure.retry_after.unwrap_or_default() <= LONGEST_ASKED_WAIT
    }

    pub(super) fn try_again(&mut self, failure: &ModelFailure) {
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

pub(super) fn fragment(message: &str) -> &str {
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
