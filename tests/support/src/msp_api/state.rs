//! What the fake remembers.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;

use super::rows;
use crate::announced::Announced;

/// What is the matter with the next request.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// It is answered with this status, and with so many seconds of `Retry-After` where there are some.
    Status(u16, Option<u64>),
    /// It is sent to another place.
    Redirect(String),
    /// Its answer ends in the middle.
    Truncated,
    /// It is done, and its answer does not come.
    Lost,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Its path, decoded.
    pub path: String,
    /// Its query, decoded.
    pub query: Vec<(String, String)>,
    /// Its body; `Null` without one and for a login.
    pub body: Value,
    /// What it changed, where it changed something.
    pub wrote: bool,
    /// What it was answered with; 0 where the answer was lost.
    pub status: u16,
}

/// A token that was issued.
pub(super) struct Token {
    pub until: Instant,
    pub refresh: bool,
}

#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

pub(super) struct State {
    pub rows: BTreeMap<&'static str, Vec<Value>>,
    pub notes: Vec<Value>,
    pub tokens: HashMap<String, Token>,
    /// How long an access token is good.
    pub lifetime: Duration,
    pub scopes: Vec<String>,
    pub logins: usize,
    pub refreshes: usize,
    pub log: Vec<Seen>,
    pub problems: Vec<String>,
    pub announced: Vec<Announced>,
    pub trouble: VecDeque<Trouble>,
    /// Until when nobody may come again.
    pub closed_until: Option<Instant>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            rows: rows::all(OffsetDateTime::now_utc()),
            notes: Vec::new(),
            tokens: HashMap::new(),
            lifetime: Duration::from_secs(3600),
            scopes: vec!["msp:read".to_owned(), "msp:write".to_owned()],
            logins: 0,
            refreshes: 0,
            log: Vec::new(),
            problems: Vec::new(),
            announced: Vec::new(),
            trouble: VecDeque::new(),
            closed_until: None,
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(what.into());
    }
}
