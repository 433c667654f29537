//! Reading from the API: patience with a busy one, a sentence for each way in which it says no.

use std::cell::Cell;

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::connection::Connection;
use crate::request::{Answer, Lost, Request, World};

/// Tries at one read, the first included.
const TRIES: u32 = 4;
/// Requests of one call: the largest search at the smallest page is not more.
const MAX_REQUESTS: u32 = 200;
/// Characters of the API's own words in a message.
const MAX_WORDS: usize = 300;

/// An API, asked within the time of one call.
pub struct Api<'a> {
    /// Which.
    pub connection: &'a Connection,
    /// Through whom.
    pub world: &'a dyn World,
    /// Milliseconds that may be waited for a busy API.
    patience: Cell<u64>,
    requests: Cell<u32>,
}

impl<'a> Api<'a> {
    /// An API for a call that has `budget_ms` milliseconds: half of them may pass with waiting.
    pub fn new(connection: &'a Connection, world: &'a dyn World, budget_ms: u32) -> Self {
        Self { connection, world, patience: Cell::new(u64::from(budget_ms) / 2), requests: Cell::new(0) }
    }

    /// Reads JSON. Only for what changes nothing: a busy API is asked again, no earlier than it says.
    pub fn read(&self, request: &Request) -> Result<(Value, Answer), Failure> {
        let mut tried = 1;
        loop {
            let answer = self.sent(request).map_err(|lost| match lost {
                Lost::Unsent(failure) => failure,
                Lost::Unknown(what) => Failure::Unavailable(format!("the API gave no answer: {what}")),
            })?;
            if !matches!(answer.status, 429 | 503 | 504) || tried == TRIES || !self.waited(&answer, tried) {
                let value = checked(&answer)?;
                return Ok((value, answer));
            }
            tried += 1;
        }
    }

    /// Sends a request once.
    pub fn sent(&self, request: &Request) -> Result<Answer, Lost> {
        let count = self.requests.replace(self.requests.get() + 1);
        if count == MAX_REQUESTS {
            return Err(Lost::Unsent(Failure::Unavailable(format!(
                "this call has made {MAX_REQUESTS} requests, which is the most; ask for less at once"
            ))));
        }
        if count > 0 && self.connection.pause_ms > 0 {
            self.world.wait(self.connection.pause_ms);
        }
        self.world.send(&self.connection.origin, request)
    }

    /// Waits as long as a busy API asks for, or longer with every try; false where the call has not that much time.
    fn waited(&self, answer: &Answer, tried: u32) -> bool {
        let milliseconds = retry_after(answer).map_or(500 << tried, |seconds| seconds.saturating_mul(1_000));
        let left = self.patience.get();
        if milliseconds > left {
            return false;
        }
        self.patience.set(left - milliseconds);
        self.world.wait(milliseconds);
        true
    }
}

/// The seconds of `Retry-After`. A date is not read: it counts as a minute.
pub fn retry_after(answer: &Answer) -> Option<u64> {
    Some(answer.header("retry-after")?.trim().parse().unwrap_or(60))
}

/// The JSON of a good answer, or what a bad one means.
pub fn checked(answer: &Answer) -> Result<Value, Failure> {
    if !(200..300).contains(&answer.status) {
        return Err(refused(answer));
    }
    if answer.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answer.body).map_err(|error| {
        Failure::Unavailable(format!("the API answered with something that is not JSON, or was cut off: {error}"))
    })
}

/// What a status that is not good means, and what to do next.
pub fn refused(answer: &Answer) -> Failure {
    let words = words(answer);
    match answer.status {
        300..=399 => Failure::Unavailable(
            "the API answered with a redirect, which is not followed; BASE_URL has to be the address that it leads to"
                .to_owned(),
        ),
        400 | 409 | 422 => Failure::Invalid(format!("the API does not take this{words}")),
        401 => Failure::Unavailable(format!(
            "the API does not know who asks (401): the secret of the grant is missing, wrong or over{words}"
        )),
        403 => Failure::Unavailable(format!("the API does not let this login do that (403){words}")),
        404 => Failure::Invalid(format!("the API has no such record (404){words}")),
        429 | 503 | 504 => {
            let when =
                retry_after(answer).map_or_else(|| "in a minute".to_owned(), |seconds| format!("in {seconds} seconds"));
            Failure::Unavailable(format!("the API is busy or down ({}); try again {when}{words}", answer.status))
        }
        status => Failure::Unavailable(format!("the API failed ({status}){words}")),
    }
}

/// What the API itself says about it, as a fragment; empty where it says nothing that can be read.
fn words(answer: &Answer) -> String {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = ["detail", "message", "error", "errors", "title"].iter().find_map(|key| value.get(key));
    let said = match said {
        None | Some(Value::Null) => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!(". It says: {}", path::escape(&said.chars().take(MAX_WORDS).collect::<String>()))
}
