//! A wire that gives back recorded answers, for tests.

use std::collections::VecDeque;
use std::time::Duration;

use claudetools_kit::http::{Answer, Request, Trouble};
use jiff::Timestamp;
use serde_json::Value;

use crate::Wire;

type Played = Result<Answer, Trouble>;

/// Answers by what is asked, and what was asked. What is not recorded is answered with 501.
pub struct Recorded {
    now: Timestamp,
    answers: Vec<(String, VecDeque<Played>)>,
    coming: VecDeque<(usize, Played)>,
    under_way: usize,
    /// The most requests that were under way at once.
    pub most_at_once: usize,
    /// Every request, in order.
    pub asked: Vec<Request>,
}

impl Recorded {
    /// Nothing yet, at a moment in RFC 3339.
    pub fn at(now: &str) -> Self {
        let now = now.parse().unwrap_or_default();
        Self { now, answers: Vec::new(), coming: VecDeque::new(), under_way: 0, most_at_once: 0, asked: Vec::new() }
    }

    /// Answers 200 with a body to every request whose line (`GET /v1.0/users/…?…`, decoded) or cmdlet begins with
    /// `what`; the longest such beginning counts.
    #[must_use]
    pub fn with(self, what: &str, body: Value) -> Self {
        self.answering(what, 200, &[], body.to_string())
    }

    /// Answers with `{"value": […]}`.
    #[must_use]
    pub fn with_list(self, what: &str, items: Value) -> Self {
        self.with(what, serde_json::json!({"value": items}))
    }

    /// Answers with a status, headers and a body as it stands. Several for the same beginning are given one after the
    /// other, and the last again and again.
    #[must_use]
    pub fn answering(self, what: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.playing(what, Ok(Answer { status, headers, body: body.into() }))
    }

    /// Gives an answer, or none.
    #[must_use]
    pub fn playing(mut self, what: &str, played: Played) -> Self {
        match self.answers.iter_mut().find(|(known, _)| known == what) {
            Some((_, answers)) => answers.push_back(played),
            None => self.answers.push((what.to_owned(), VecDeque::from([played]))),
        }
        self
    }

    /// Takes what is recorded for a beginning away, to record something else.
    #[must_use]
    pub fn without(mut self, what: &str) -> Self {
        self.answers.retain(|(known, _)| known != what);
        self
    }

    /// How often something was asked whose line or cmdlet begins with `what`.
    pub fn count(&self, what: &str) -> usize {
        self.asked.iter().filter(|request| line(request).starts_with(what)).count()
    }

    fn play(&mut self, request: &Request) -> Played {
        let line = line(request);
        let matching = self.answers.iter_mut().filter(|(known, _)| line.starts_with(known.as_str()));
        match matching.max_by_key(|(known, _)| known.len()) {
            Some((_, answers)) if answers.len() > 1 => answers.pop_front().unwrap_or(Err(Trouble::Broken)),
            Some((_, answers)) => answers.front().cloned().unwrap_or(Err(Trouble::Broken)),
            None => Ok(Answer { status: 501, ..Answer::default() }),
        }
    }
}

impl Wire for Recorded {
    fn start(&mut self, number: usize, request: Request) {
        let played = self.play(&request);
        self.asked.push(request);
        self.coming.push_back((number, played));
        self.under_way += 1;
        self.most_at_once = self.most_at_once.max(self.under_way);
    }

    fn next(&mut self, longest: Option<Duration>) -> Option<(usize, Played)> {
        match self.coming.pop_front() {
            Some(landed) => {
                self.under_way -= 1;
                Some(landed)
            }
            None => {
                self.now = self.now.saturating_add(longest.unwrap_or_default()).unwrap_or(Timestamp::MAX);
                None
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.now
    }
}

/// `GET /v1.0/users?$top=1`, or a cmdlet's name.
fn line(request: &Request) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if let Some(cmdlet) = body.pointer("/CmdletInput/CmdletName").and_then(Value::as_str) {
        return cmdlet.to_owned();
    }
    let rest = request.url.split_once("://").map_or("", |(_, rest)| rest);
    format!("{} {}", request.method, decoded(&rest[rest.find('/').unwrap_or(rest.len())..]))
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
