//! The fake itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::state::State;
use super::{TOKEN, gateway, routes};

/// How long an interaction may stay without an answer.
pub(super) const ACK_WITHIN: Duration = Duration::from_secs(3);

/// A Discord on loopback. Dropping it stops it, and panics when the bot did something wrong.
pub struct FakeDiscord {
    /// What `DISCORD_API_BASE` is to be set to: `http://127.0.0.1:PORT/api/v10`.
    pub api_base: String,
    /// The token that is good.
    pub token: String,
    shared: Shared,
    servers: Vec<JoinHandle<()>>,
}

#[derive(Clone)]
pub(super) struct Shared {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl Shared {
    pub(super) fn change<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        let answer = what(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_waiters();
        answer
    }
}

impl FakeDiscord {
    /// Listens on two free ports of loopback.
    pub async fn start() -> std::io::Result<Self> {
        let rest = TcpListener::bind("127.0.0.1:0").await?;
        let gateway = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", rest.local_addr()?);
        let url = format!("ws://{}", gateway.local_addr()?);
        let state = Arc::new(Mutex::new(State::new(base.clone(), url)));
        let shared = Shared { state, changed: Arc::new(Notify::new()) };
        let router = axum::Router::new().fallback(routes::answer).with_state(shared.clone());
        let servers = vec![
            tokio::spawn(async move { drop(axum::serve(rest, router).await) }),
            tokio::spawn(gateway::serve(gateway, shared.clone())),
        ];
        Ok(Self { api_base: format!("{base}/api/v10"), token: TOKEN.to_owned(), shared, servers })
    }

    /// Looks at everything.
    pub fn see<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, what: impl FnOnce(&mut State) -> T) -> T {
        self.shared.change(what)
    }

    /// Waits until `look` finds something; panics with what stands in the channels when it does not in time.
    pub async fn wait_for<T>(&self, what: &str, patience: Duration, look: impl Fn(&State) -> Option<T>) -> T {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = self.see(&look) {
                return found;
            }
            assert!(Instant::now() < deadline, "waited {patience:?} in vain for {what}\n{}", self.scene());
            let nap = Duration::from_millis(20);
            let _woken = tokio::time::timeout(nap, self.shared.changed.notified()).await;
        }
    }

    /// Waits until the bot is connected to the gateway.
    pub async fn wait_until_connected(&self) {
        let patience = Duration::from_secs(20);
        self.wait_for("a gateway session", patience, |state| state.hub.connected().then_some(())).await;
    }

    /// How often the bot identified, and how often it resumed.
    pub fn sessions(&self) -> (usize, usize) {
        self.see(|state| (state.hub.identifies, state.hub.resumes))
    }

    /// Everything that stands in the channels, the last requests and the problems: for a failing test.
    pub fn scene(&self) -> String {
        self.see(|state| {
            let mut scene = String::new();
            for (id, channel) in &state.channels {
                scene.push_str(&format!("#{} ({id})\n{}\n", channel.name, state.transcript(*id)));
            }
            let calls = state.calls.iter().rev().take(20).rev();
            for (route, status) in calls {
                scene.push_str(&format!("{status} {route}\n"));
            }
            scene + &state.problems.join("\n")
        })
    }

    /// What the bot did wrong so far.
    pub fn problems(&self) -> Vec<String> {
        self.see(|state| {
            let late = state.interactions.values().filter(|interaction| {
                interaction.heard && interaction.acknowledged.is_none() && interaction.at.elapsed() > ACK_WITHIN
            });
            let late = late.map(|interaction| format!("interaction {} was never acknowledged", interaction.id));
            state.problems.iter().cloned().chain(late).collect()
        })
    }

    /// Forgets what was wrong: for a test that provokes it.
    pub fn forgive(&self) -> Vec<String> {
        let problems = self.problems();
        self.change(|state| state.problems.clear());
        problems
    }

    /// The program is gone: it can't acknowledge what was pressed while it went.
    pub fn is_gone(&self) {
        let now = Instant::now();
        self.change(|state| {
            for interaction in state.interactions.values_mut() {
                interaction.acknowledged.get_or_insert((now, 0));
            }
        });
    }

    /// Panics when the bot did something wrong.
    pub fn assert_clean(&self) {
        let problems = self.problems();
        assert!(problems.is_empty(), "the bot did what Discord forbids:\n{}", problems.join("\n"));
    }
}

impl Drop for FakeDiscord {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
        if !std::thread::panicking() {
            self.assert_clean();
        }
    }
}
