//! The running fake.

use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::state::{Seen, Shared, Trouble};
use super::{login, rows, server};
use crate::announced::Announced;

/// The user that may log in.
pub const USER: &str = "bot@msp.example";
/// Its password.
pub const PASSWORD: &str = "canary-msp-password";

/// A provider's API on loopback. Dropping it stops it, and panics where a request was not in order.
pub struct FakeMsp {
    /// Such as `http://127.0.0.1:40123`.
    pub base_url: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl FakeMsp {
    /// One with three clients.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Shared::new();
        let router = axum::Router::new().fallback(server::answer).with_state(shared.clone());
        let server = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { base_url, shared, server })
    }

    /// The id of a client: `contoso`, `fabrikam`, `contososervices`.
    pub fn client(&self, short: &str) -> String {
        rows::client(short)
    }

    /// A refresh token that is good, as a vault has one.
    pub fn refresh_token(&self) -> String {
        login::issue(&mut self.shared.lock(), true)
    }

    /// How long an access token is good from the next one on.
    pub fn lifetime(&self, lifetime: Duration) {
        self.shared.lock().lifetime = lifetime;
    }

    /// What its user may do: `msp:read`, `msp:write`.
    pub fn scopes(&self, scopes: &[&str]) {
        self.shared.lock().scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    }

    /// What is the matter with the next request that is no login; called again, with the one after it.
    pub fn trouble(&self, trouble: Trouble) {
        self.shared.lock().trouble.push_back(trouble);
    }

    /// Announces a write, as a person confirmed it: good for once; `"*"` is any text.
    pub fn expect_write(&self, method: &str, path: &str, body: Value) {
        let announced = Announced { place: String::new(), what: format!("{method} {path}"), body };
        self.shared.lock().announced.push(announced);
    }

    /// The rows of a resource.
    pub fn rows(&self, resource: &str) -> Vec<Value> {
        self.shared.lock().rows.get(resource).cloned().unwrap_or_default()
    }

    /// Notes that were added to tickets.
    pub fn notes(&self) -> Vec<Value> {
        self.shared.lock().notes.clone()
    }

    /// How often somebody logged in, and how often somebody refreshed.
    pub fn logins(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.logins, state.refreshes)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Seen> {
        self.shared.lock().log.clone()
    }

    /// The writes that were done.
    pub fn writes(&self) -> Vec<String> {
        let state = self.shared.lock();
        state.log.iter().filter(|seen| seen.wrote).map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }

    /// Everything that may stand nowhere else: the password, tokens, what stands in fields that are secret.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.shared.lock();
        let fields = ["password", "local_admin_password", "agent_token"];
        let rows = state.rows.values().flatten();
        let in_rows = rows.flat_map(|row| fields.iter().filter_map(|field| row[*field].as_str()));
        let all = in_rows.chain(state.tokens.keys().map(String::as_str)).chain([PASSWORD]);
        all.map(str::to_owned).collect()
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
        assert!(problems.is_empty(), "the provider's API complains:\n- {}", problems.join("\n- "));
    }
}

impl Drop for FakeMsp {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            self.assert_clean();
        }
    }
}
