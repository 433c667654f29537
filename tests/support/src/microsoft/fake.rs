//! The running fake.

use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::announced::Announced;

use super::apps::App;
use super::conduct::{Damage, Premium};
use super::log::{Seen, Service};
use super::login::Failure;
use super::rule::Rule;
use super::scenario::Scenario;
use super::server;
use super::state::Shared;
use super::tenant::Tenant;

/// A Microsoft on loopback. Dropping it stops it, and panics where a request was not in order.
pub struct FakeMicrosoft {
    /// The base of login, Graph, Exchange and DNS, such as `http://127.0.0.1:40123`: their paths are apart.
    pub base_url: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl FakeMicrosoft {
    /// One with every scenario's tenant, whose data is as old as it says from now on.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_at(OffsetDateTime::now_utc()).await
    }

    /// One whose data is as old as it says from `now` on.
    pub async fn start_at(now: OffsetDateTime) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Shared::new(base_url.clone(), now);
        let router = axum::Router::new().fallback(server::answer).with_state(shared.clone());
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { base_url, shared, server })
    }

    /// An application by its tier: `m365-read`, `m365-exo-read`, `m365-remediate`, `m365-exo-remediate`. Panics
    /// where there is none.
    pub fn app(&self, name: &str) -> App {
        let state = self.shared.lock();
        state.app(name).unwrap_or_else(|| panic!("no application is called {name}")).clone()
    }

    /// Changes an application: its permissions, its roles, its secret.
    pub fn change_app(&self, name: &str, change: impl FnOnce(&mut App)) {
        let mut state = self.shared.lock();
        let found = state.apps.iter_mut().find(|app| app.name == name);
        change(found.unwrap_or_else(|| panic!("no application is called {name}")));
    }

    /// How long a tenant's Graph and Exchange take for an answer.
    pub fn latency(&self, scenario: Scenario, latency: Duration) {
        self.tenant(scenario, |tenant| tenant.conduct.latency = latency);
    }

    /// Which licences a tenant has. Its list of licences does not change with it.
    pub fn premium(&self, scenario: Scenario, premium: Premium) {
        self.tenant(scenario, |tenant| tenant.conduct.premium = premium);
    }

    /// Takes a permission out of a tenant's consent: what was issued keeps it, the next token lacks it.
    pub fn withhold(&self, scenario: Scenario, permission: &str) {
        self.tenant(scenario, |tenant| tenant.conduct.withheld.push(permission.to_owned()));
    }

    /// Every token for a tenant is refused so; None: no more.
    pub fn fail_token(&self, scenario: Scenario, failure: Option<Failure>) {
        self.tenant(scenario, |tenant| tenant.conduct.token_fails = failure);
    }

    /// Spoils the answers to every path or cmdlet with this part.
    pub fn damage(&self, scenario: Scenario, part: &str, damage: Damage) {
        self.tenant(scenario, |tenant| tenant.conduct.damage.push((part.to_lowercase(), damage)));
    }

    /// Adds an object to a collection of a tenant's Graph, such as `auditLogs/directoryAudits`.
    pub fn put(&self, scenario: Scenario, path: &str, value: Value) {
        self.tenant(scenario, |tenant| tenant.put(path, value));
    }

    /// What stands in a collection of a tenant's Graph.
    pub fn list(&self, scenario: Scenario, path: &str) -> Vec<Value> {
        self.tenant(scenario, |tenant| tenant.list(path).to_vec())
    }

    /// Changes the object of a collection that has this id; false where there is none.
    pub fn alter(&self, scenario: Scenario, path: &str, id: &str, fields: &Value) -> bool {
        self.tenant(scenario, |tenant| match tenant.one(path, id) {
            Some(value) => {
                super::tenant::merge(value, fields);
                true
            }
            None => false,
        })
    }

    /// Adds an object of Exchange by its noun, such as `TransportRule`: a mailbox's, or the organisation's.
    pub fn put_exchange(&self, scenario: Scenario, noun: &str, mailbox: Option<&str>, value: Value) {
        self.tenant(scenario, |tenant| match mailbox {
            Some(mailbox) => tenant.mailbox(noun, mailbox, value),
            None => tenant.organisation(noun, value),
        });
    }

    /// Changes the first object of Exchange with this noun and mailbox.
    pub fn alter_exchange(&self, scenario: Scenario, noun: &str, mailbox: Option<&str>, fields: &Value) {
        self.tenant(scenario, |tenant| tenant.alter(noun, mailbox, fields));
    }

    /// Adds a rule to a mailbox.
    pub fn put_rule(&self, scenario: Scenario, mailbox: &str, rule: Rule) {
        self.tenant(scenario, |tenant| tenant.rules.entry(mailbox.to_owned()).or_default().push(rule));
    }

    /// Makes the records of a name and a type what they are to be: MX is 15, TXT is 16.
    pub fn set_dns(&self, scenario: Scenario, name: &str, kind: u16, data: &[&str]) {
        self.tenant(scenario, |tenant| {
            tenant.dns.retain(|record| record.name != name || record.kind != kind);
            data.iter().for_each(|data| tenant.record(name, kind, data));
        });
    }

    /// Announces a write of Graph, as a person confirmed it: `PATCH` and `/v1.0/users/{id}` with exactly this body,
    /// where `"*"` is any text. It is good for once; without it a write is refused and a problem.
    pub fn expect_write(&self, scenario: Scenario, method: &str, path: &str, body: Value) {
        let what = format!("{method} {path}");
        self.shared.lock().announced.push(Announced { place: scenario.tenant(), what, body });
    }

    /// Announces a cmdlet that changes something, with exactly these parameters.
    pub fn expect_cmdlet(&self, scenario: Scenario, cmdlet: &str, parameters: Value) {
        let announced = Announced { place: scenario.tenant(), what: cmdlet.to_owned(), body: parameters };
        self.shared.lock().announced.push(announced);
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.lock().log.clone()
    }

    /// How many requests a service had; what stood inside of a batch is none of its own.
    pub fn count(&self, service: Service) -> usize {
        self.shared.lock().log.iter().filter(|seen| seen.service == service && !seen.batched).count()
    }

    /// The writes that were done, such as `PATCH /v1.0/users/…` and `Set-Mailbox`.
    pub fn writes(&self) -> Vec<String> {
        let state = self.shared.lock();
        let wrote = state.log.iter().filter(|seen| seen.wrote);
        wrote.map(|seen| seen.cmdlet.clone().unwrap_or_else(|| format!("{} {}", seen.method, seen.path))).collect()
    }

    /// The most requests of Graph and Exchange that a tenant had at once.
    pub fn peak(&self, scenario: Scenario) -> usize {
        self.shared.lock().flying.get(&scenario.tenant()).map_or(0, |(_, most)| *most)
    }

    /// Every secret there was: client secrets, tokens, passwords that were set. None may stand anywhere else.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.lock().secrets().map(str::to_owned).collect()
    }

    /// What was wrong so far, and what was announced and did not come.
    pub fn problems(&self) -> Vec<String> {
        let state = self.shared.lock();
        let missing = state.announced.iter();
        let missing = missing.map(|write| format!("announced and never written: {} {}", write.what, write.body));
        state.problems.iter().cloned().chain(missing).collect()
    }

    /// Forgets what was wrong: for a test that provokes it.
    pub fn forgive(&self) -> Vec<String> {
        let problems = self.problems();
        let mut state = self.shared.lock();
        state.problems.clear();
        state.announced.clear();
        problems
    }

    /// Panics where something was wrong.
    pub fn assert_clean(&self) {
        let problems = self.problems();
        assert!(problems.is_empty(), "Microsoft complains:\n- {}", problems.join("\n- "));
    }

    pub(super) fn tenant<T>(&self, scenario: Scenario, what: impl FnOnce(&mut Tenant) -> T) -> T {
        what(self.shared.lock().open(scenario))
    }
}

impl Drop for FakeMicrosoft {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            self.assert_clean();
        }
    }
}
