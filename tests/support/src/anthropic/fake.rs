//! The running fake.

use std::time::Instant;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::request::RequestView;
use super::script::{Script, Step};
use super::server::router;
use super::state::Shared;

/// The API key it takes, unless the script names another.
pub const KEY: &str = "sk-ant-fake";

/// A Messages API on loopback. Dropping it ends it, and panics where a request was not in order.
pub struct FakeAnthropic {
    /// Such as `http://127.0.0.1:40123`, without `/v1`.
    pub base_url: String,
    shared: Shared,
    server: JoinHandle<()>,
}

impl FakeAnthropic {
    /// Starts one. Panics where loopback cannot be listened on.
    pub async fn start(script: impl Into<Script>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.unwrap_or_else(|e| panic!("cannot listen on loopback: {e}"));
        let address = listener.local_addr();
        let address = address.unwrap_or_else(|e| panic!("the listener has no address: {e}"));
        let shared = Shared::new(script.into());
        let app = router(shared.clone());
        let server = tokio::spawn(async move {
            // It ends with the runtime or with the fake, whichever is first.
            let listener = listener.tap_io(|stream| {
                // As a real server: gathered, each event would wait 40 ms for an acknowledgement.
                let _ = stream.set_nodelay(true);
            });
            let _ = axum::serve(listener, app).await;
        });
        Self { base_url: format!("http://{address}"), shared, server }
    }

    /// Adds a step to a script of steps.
    pub fn then(&self, step: impl Into<Step>) {
        self.shared.lock().steps.push_back(step.into());
    }

    /// Every request to `/v1/messages` so far, refused ones included.
    pub fn requests(&self) -> Vec<RequestView> {
        self.shared.lock().requests.clone()
    }

    /// How many there were.
    pub fn count(&self) -> usize {
        self.shared.lock().requests.len()
    }

    /// When each event of the streamed reply to a request left, by the request's number.
    pub fn sent(&self, number: usize) -> Vec<Instant> {
        self.shared.lock().sent.get(&number).cloned().unwrap_or_default()
    }

    /// Answers everything with 529 from now on, or no longer.
    pub fn is_away(&self, away: bool) {
        self.shared.lock().away = away;
    }

    /// The client was killed: it may have kept nothing of what it was told last, so that the next request of a
    /// conversation need not go on from there.
    pub fn client_is_gone(&self) {
        self.shared.lock().history.doubt();
    }

    /// Everything that was wrong so far, expected or not, such as
    /// `request 2: messages.0: is not what request 1 said there`.
    pub fn problems(&self) -> Vec<String> {
        self.shared.lock().problems.clone()
    }

    /// Panics with everything that was wrong and not expected, that was expected and did not come, and with the
    /// number of steps that were not used.
    pub fn assert_clean(&self) {
        let unexpected = self.shared.lock().unexpected();
        assert!(unexpected.is_empty(), "the Messages API complains:\n- {}", unexpected.join("\n- "));
    }
}

impl Drop for FakeAnthropic {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            self.assert_clean();
        }
    }
}
