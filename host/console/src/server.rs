//! Starting and stopping.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::serve::ListenerExt as _;
use claudetools_chat::Chat;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::guard::{Guard, guard};
use crate::hub::Hub;
use crate::routes::{Console, routes};
use crate::{Settings, token};

/// How many ports are tried, beginning with the one asked for: enough for several consoles at once.
pub const PORTS: u16 = 20;

/// A console that serves.
#[derive(Debug)]
pub struct Running {
    /// Where a person opens it, token included.
    pub url: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Ends after the shutdown, when every request is answered.
    pub task: JoinHandle<io::Result<()>>,
}

/// Why the console did not start.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The address can be reached from other machines.
    #[error(
        "the console can't listen on {0}, which other machines may reach; use a loopback address such as 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    /// No port could be had.
    #[error("the console can't listen on {address} ({source}); choose another port")]
    Bind {
        /// Where it should have listened.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The token is too easy to guess.
    #[error("the console's token has {0} characters; expected at least 32")]
    WeakToken(usize),
}

/// Attaches the console to the desk and serves it until the shutdown. Call it before [`Chat::recover`].
pub async fn start(settings: Settings, chat: Chat, shutdown: CancellationToken) -> Result<Running, ConsoleError> {
    if !settings.bind.ip().is_loopback() {
        return Err(ConsoleError::NotLoopback(settings.bind));
    }
    if settings.token.len() < token().len() / 2 {
        return Err(ConsoleError::WeakToken(settings.token.len()));
    }
    let (listener, address) = listen(settings.bind).await?;
    let url = format!("http://{address}/?token={}", settings.token);
    let app = app(settings, chat, address.port(), shutdown.clone());
    let serve = axum::serve(listener.tap_io(at_once), app).with_graceful_shutdown(shutdown.cancelled_owned());
    Ok(Running { url, address, task: tokio::spawn(serve.into_future()) })
}

/// Small events are written at once: gathered, each would wait 40 ms for the other side's acknowledgement.
fn at_once(stream: &mut TcpStream) {
    // A socket that can't be set is slower, no more.
    let _ = stream.set_nodelay(true);
}

/// The whole console behind its guard.
pub(crate) fn app(settings: Settings, chat: Chat, port: u16, shutdown: CancellationToken) -> Router {
    let hub = Arc::new(Hub::default());
    chat.attach(Arc::clone(&hub) as _);
    let keeper = Guard::new(settings.token.clone(), port);
    let console = Console { chat, hub, settings: Arc::new(settings), shutdown };
    routes(console).layer(middleware::from_fn_with_state(keeper, guard))
}

/// The first free port of those that may be tried.
async fn listen(bind: SocketAddr) -> Result<(TcpListener, SocketAddr), ConsoleError> {
    let failed = |source| ConsoleError::Bind { address: bind, source };
    let last = if bind.port() == 0 { 0 } else { bind.port().saturating_add(PORTS - 1) };
    for port in bind.port()..=last {
        match TcpListener::bind((bind.ip(), port)).await {
            Ok(listener) => {
                let address = listener.local_addr().map_err(failed)?;
                return Ok((listener, address));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && port < last => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(failed(io::ErrorKind::AddrInUse.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_leads_to_the_next_free_one() {
        let (_taken, first) = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (_listener, second) = listen(first).await.unwrap();
        assert_ne!(first.port(), second.port());
    }
}
