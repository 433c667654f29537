//! Requests over the network, several at once. Needs a `net` grant; the host decides each request and adds the secret.
//!
//! [`Requests`] takes requests and gives back answers in the order in which they come, so that the caller can show what
//! is there and ask for what follows from it. [`send`] is for one request. On a machine itself, where plugins are
//! tested, there is no network: every request is [`Trouble::NoNetwork`].

use std::collections::VecDeque;
use std::time::Duration;

use crate::Failure;
use crate::flight::Flight;

/// One request. The URL is `https://host[:port]/path?query`, already percent-encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// All of the body; empty for none.
    pub body: Vec<u8>,
}

/// What a server answered, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// All of the body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, written in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The host said no; it shows its own record of it.
    Refused,
    /// The host's name was not found, or it took no connection that can be trusted.
    Unreachable,
    /// The answer did not come in time.
    TimedOut,
    /// The answer is longer than this many bytes.
    TooLong(usize),
    /// The answer broke off, or is not HTTP. A request that was to change something may have changed it.
    Broken,
    /// The URL, a header or the method cannot be sent at all.
    Unwritable(&'static str),
    /// This is not the inside of the host.
    NoNetwork,
}

impl Trouble {
    /// One sentence about it, without a full stop.
    pub fn text(&self) -> String {
        match self {
            Self::Refused => "the request was refused".into(),
            Self::Unreachable => "the service could not be reached".into(),
            Self::TimedOut => "the service did not answer in time".into(),
            Self::TooLong(limit) => format!("the answer has more than {limit} bytes"),
            Self::Broken => "the answer broke off".into(),
            Self::Unwritable(what) => format!("the request has a {what} that cannot be sent"),
            Self::NoNetwork => "there is no network outside the host".into(),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused => Self::Refused(trouble.text()),
            Trouble::Unwritable(_) => Self::Internal(trouble.text()),
            _ => Self::Unavailable(trouble.text()),
        }
    }
}

/// Requests under way, and those that wait for their turn.
pub struct Requests {
    at_once: usize,
    longest: usize,
    waiting: VecDeque<(usize, Request)>,
    flying: Vec<(usize, Flight)>,
}

impl Requests {
    /// At most `at_once` requests under way (at least one), each answered with a body of at most `longest` bytes.
    pub fn new(at_once: usize, longest: usize) -> Self {
        Self { at_once: at_once.max(1), longest, waiting: VecDeque::new(), flying: Vec::new() }
    }

    /// Sends a request as soon as there is room; its answer comes from [`next`](Self::next) with this number.
    pub fn start(&mut self, number: usize, request: Request) {
        self.waiting.push_back((number, request));
        self.take_off();
    }

    /// Waits for the next answer, but no longer than `longest`. `None` where the time is over, or, without a time,
    /// where nothing is under way.
    pub fn next(&mut self, longest: Option<Duration>) -> Option<(usize, Result<Answer, Trouble>)> {
        let landed = Flight::first_of(&mut self.flying, longest);
        self.take_off();
        landed
    }

    fn take_off(&mut self) {
        while self.flying.len() < self.at_once
            && let Some((number, request)) = self.waiting.pop_front()
        {
            self.flying.push((number, Flight::begin(&request, self.longest)));
        }
    }
}

/// Sends one request and waits for its answer, of at most `longest` bytes.
pub fn send(request: Request, longest: usize) -> Result<Answer, Trouble> {
    let mut requests = Requests::new(1, longest);
    requests.start(0, request);
    requests.next(None).map_or(Err(Trouble::Broken), |(_, answer)| answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_the_host_there_is_no_network() {
        let request = Request { method: "GET".into(), url: "https://a.example/".into(), ..Request::default() };
        assert_eq!(send(request.clone(), 10), Err(Trouble::NoNetwork));
        let mut requests = Requests::new(1, 10);
        requests.start(7, request.clone());
        requests.start(8, request);
        assert_eq!(requests.next(None), Some((7, Err(Trouble::NoNetwork))));
        assert_eq!(requests.next(None), Some((8, Err(Trouble::NoNetwork))));
        assert_eq!(requests.next(None), None);
    }

    #[test]
    fn what_the_host_refused_is_a_refusal_and_the_rest_is_the_outside_world() {
        insta::assert_snapshot!(format!("{:?}", Failure::from(Trouble::Refused)), @r#"Failure::Refused("the request was refused")"#);
        insta::assert_snapshot!(format!("{:?}", Failure::from(Trouble::TooLong(5))), @r#"Failure::Unavailable("the answer has more than 5 bytes")"#);
    }
}
