//! How a tenant behaves, whatever stands in it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::login::Failure;
use super::scenario::Scenario;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The JSON ends in its middle.
    Truncated,
    /// `value` is an object, and a text stands where a number would.
    WrongTypes,
    /// Every field is null.
    Nulls,
    /// A page of HTML with status 200.
    Html,
}

/// Which licences the tenant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Premium {
    /// Neither.
    Free,
    /// Entra ID P1.
    P1,
    /// Entra ID P2, which has P1 in it.
    P2,
}

/// How a tenant behaves.
#[derive(Clone)]
pub(super) struct Conduct {
    /// Before every answer of Graph and Exchange.
    pub latency: Duration,
    pub premium: Premium,
    /// Every so many calls are answered with 429; 0: none.
    pub throttle_every: usize,
    /// What `Retry-After` says, in seconds, where it is there.
    pub retry_after: u64,
    pub calls: usize,
    /// Until when a call may not be repeated.
    pub blocked: HashMap<String, Instant>,
    /// Lists come in three pages, and the last of each page stands on the next again.
    pub paged: bool,
    pub exchange_down: bool,
    /// A write is done, and its answer does not come.
    pub lose_answers: bool,
    /// Permissions that its consent does not have.
    pub withheld: Vec<String>,
    /// Whose tenant id stands in its tokens, where it is not its own.
    pub token_of: Option<Scenario>,
    pub token_fails: Option<Failure>,
    /// What answers are spoilt: a part of their path or cmdlet, in lower case.
    pub damage: Vec<(String, Damage)>,
    /// How often a query of the unified audit log is looked at before it is done.
    pub audit_polls: usize,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            premium: Premium::P2,
            throttle_every: 0,
            retry_after: 1,
            calls: 0,
            blocked: HashMap::new(),
            paged: false,
            exchange_down: false,
            lose_answers: false,
            withheld: Vec::new(),
            token_of: None,
            token_fails: None,
            damage: Vec::new(),
            audit_polls: 2,
        }
    }
}

/// What a throttled call is told.
pub(super) enum Throttled {
    Pass,
    /// With the seconds of `Retry-After`, or without.
    Wait(Option<u64>),
    /// It came again before the time it was told.
    Impatient(u64),
}

impl Conduct {
    /// Counts one call, and says whether it is served.
    pub(super) fn throttle(&mut self, call: &str) -> Throttled {
        if self.throttle_every == 0 {
            return Throttled::Pass;
        }
        if self.blocked.get(call).is_some_and(|until| Instant::now() < *until) {
            return Throttled::Impatient(self.retry_after);
        }
        self.calls += 1;
        if !self.calls.is_multiple_of(self.throttle_every) {
            return Throttled::Pass;
        }
        if (self.calls / self.throttle_every).is_multiple_of(2) {
            return Throttled::Wait(None);
        }
        self.blocked.insert(call.to_owned(), Instant::now() + Duration::from_secs(self.retry_after));
        Throttled::Wait(Some(self.retry_after))
    }

    /// How the answer to this path or cmdlet is spoilt.
    pub(super) fn spoils(&self, what: &str) -> Option<Damage> {
        let what = what.to_lowercase();
        self.damage.iter().find(|(part, _)| what.contains(part)).map(|(_, damage)| *damage)
    }
}
