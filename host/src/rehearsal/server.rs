//! The server on loopback.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt as _;
use futures::{StreamExt, stream};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::conversation::Conversation;
use super::events::{error, frames};
use super::reply;

/// The pause before each event: a few words each, so that one sees an answer stream.
pub const PACE: Duration = Duration::from_millis(15);

/// The largest request, in bytes: what the API takes, too.
const LARGEST: usize = 32 * 1024 * 1024;

/// A running rehearsal model. Dropping it ends it.
pub struct Rehearsal {
    base_url: String,
    end: CancellationToken,
}

struct Service {
    pace: Duration,
    served: AtomicU64,
}

impl Rehearsal {
    /// Starts one at [`PACE`], on a free port of loopback. An error where there is none.
    pub async fn start() -> io::Result<Self> {
        Self::start_at(PACE).await
    }

    /// Starts one that pauses this long before each event.
    pub async fn start_at(pace: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let end = CancellationToken::new();
        let service = Arc::new(Service { pace, served: AtomicU64::new(0) });
        let app = Router::new()
            .route("/v1/messages", post(messages))
            .layer(DefaultBodyLimit::max(LARGEST))
            .fallback(nowhere)
            .with_state(service);
        let serve = axum::serve(listener.tap_io(at_once), app).with_graceful_shutdown(end.clone().cancelled_owned());
        // It ends when `end` is cancelled; nothing waits for it.
        tokio::spawn(async move { serve.await });
        Ok(Self { base_url, end })
    }

    /// Such as `http://127.0.0.1:40123`, without `/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

async fn messages(State(service): State<Arc<Service>>, body: Bytes) -> Response {
    let conversation = match Conversation::read(&body) {
        Ok(conversation) => conversation,
        Err(message) => return failed(StatusCode::BAD_REQUEST, "invalid_request_error", &message),
    };
    let frames = frames(&reply::next(&conversation), &service.id(&body), body.len());
    let pace = service.pace;
    let paced = stream::iter(frames).then(move |frame| async move {
        if !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        Ok::<_, Infallible>(frame)
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(paced)).into_response()
}

impl Service {
    /// Of the request and of how many came before it: no two calls have the same id, in no two threads.
    fn id(&self, body: &[u8]) -> String {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let served = self.served.fetch_add(1, Ordering::Relaxed);
        format!("rehearsal_{:016x}_{served}", hasher.finish())
    }
}

async fn nowhere() -> Response {
    failed(StatusCode::NOT_FOUND, "not_found_error", "the rehearsal model only serves POST /v1/messages")
}

fn failed(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], error(kind, message)).into_response()
}

/// Small events are written at once: gathered, each would wait 40 ms for the other side's acknowledgement.
fn at_once(stream: &mut TcpStream) {
    // A socket that can't be set is slower, no more.
    let _ = stream.set_nodelay(true);
}
