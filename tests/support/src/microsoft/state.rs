//! What the fake remembers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use time::OffsetDateTime;

use crate::announced::{self, Announced};

use super::apps::{self, App, Audience};
use super::data;
use super::log::Seen;
use super::scenario::Scenario;
use super::tenant::Tenant;

/// The state behind its lock.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

pub(super) struct State {
    /// Such as `http://127.0.0.1:40123`.
    pub base: String,
    /// Those that somebody asked for: each is made when it is needed first.
    pub tenants: BTreeMap<String, Tenant>,
    /// What their data is as old as it says before.
    now: OffsetDateTime,
    pub apps: Vec<App>,
    /// What was issued.
    pub tokens: HashMap<String, Token>,
    pub assertions: HashSet<String>,
    pub log: Vec<Seen>,
    pub problems: Vec<String>,
    pub announced: Vec<Announced>,
    /// Pages that were promised: what a next link asks, by its token.
    pub pages: HashMap<String, Page>,
    /// Requests that are under way, and the most there were, by tenant.
    pub flying: HashMap<String, (usize, usize)>,
    /// Passwords that were set, to be looked for elsewhere.
    pub passwords: Vec<String>,
}

/// An access token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub audience: Audience,
    /// Whose data it opens.
    pub tenant: String,
    /// Whom it was asked for.
    pub asked: String,
    pub app: &'static str,
    pub roles: Vec<String>,
    pub until: OffsetDateTime,
}

/// A further page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The request without the token.
    pub request: String,
    pub from: usize,
}

impl Shared {
    pub(super) fn new(base: String, now: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(State {
            base,
            tenants: BTreeMap::new(),
            now,
            apps: apps::all(),
            tokens: HashMap::new(),
            assertions: HashSet::new(),
            log: Vec::new(),
            problems: Vec::new(),
            announced: Vec::new(),
            pages: HashMap::new(),
            flying: HashMap::new(),
            passwords: Vec::new(),
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

    pub(super) fn app(&self, name: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.name == name)
    }

    /// The tenant with this id, this domain or this first domain.
    pub(super) fn named(&mut self, name: &str) -> Option<&Tenant> {
        let name = name.to_lowercase();
        let is = |scenario: &Scenario| [scenario.tenant(), scenario.domain(), scenario.initial()].contains(&name);
        Scenario::every().find(is).map(|scenario| &*self.open(scenario))
    }

    /// The tenant of a scenario.
    pub(super) fn open(&mut self, scenario: Scenario) -> &mut Tenant {
        let now = self.now;
        self.tenants.entry(scenario.tenant()).or_insert_with(|| data::tenant(scenario, now))
    }

    /// Keeps a page for the link that asks for it.
    pub(super) fn promise(&mut self, request: String, from: usize) -> String {
        let token = crate::clock::id(&format!("{request} from {from}")).replace('-', "");
        self.pages.insert(token.clone(), Page { request, from });
        token
    }

    /// Takes the announcement of a write; false where nobody announced it.
    pub(super) fn confirmed(&mut self, tenant: &str, what: &str, body: &Value) -> bool {
        announced::take(&mut self.announced, tenant, what, body)
    }

    /// Everything that must not stand in a URL.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secrets = self.apps.iter().map(|app| app.secret.as_str());
        secrets.chain(self.tokens.keys().map(String::as_str)).chain(self.passwords.iter().map(String::as_str))
    }
}
