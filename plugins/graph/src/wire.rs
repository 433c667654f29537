//! The way out, and its clock.

use std::time::Duration;

use claudetools_kit::http::{Answer, Request, Requests, Trouble};
use jiff::Timestamp;

/// How many requests go to one tenant at once: more, and it throttles.
pub const AT_ONCE: usize = 4;
/// The longest answer in bytes: a page of 500 sign-ins has about 2 MiB.
const LONGEST: usize = 8 << 20;

/// Sends requests and tells the time. Waiting with nothing under way is sleeping.
pub trait Wire {
    /// Sends a request; its answer comes with this number.
    fn start(&mut self, number: usize, request: Request);
    /// Waits for the next answer, but no longer than `longest`.
    fn next(&mut self, longest: Option<Duration>) -> Option<(usize, Result<Answer, Trouble>)>;
    /// The moment.
    fn now(&self) -> Timestamp;
}

/// The network, as far as the host grants it.
pub struct Network(Requests);

impl Default for Network {
    fn default() -> Self {
        Self(Requests::new(AT_ONCE, LONGEST))
    }
}

impl Wire for Network {
    fn start(&mut self, number: usize, request: Request) {
        self.0.start(number, request);
    }

    fn next(&mut self, longest: Option<Duration>) -> Option<(usize, Result<Answer, Trouble>)> {
        self.0.next(longest)
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
