//! One connection, to an address that was decided on.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use claudetools_policy::{Host, Scheme, Target};
use http_body::Body;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::{BodyError, Trouble};

/// The longest wait for a connection, with TLS.
const MAX_CONNECT: Duration = Duration::from_secs(10);
/// The longest wait for one of several addresses: one that is silent must not use up the time of the others.
const MAX_ATTEMPT: Duration = Duration::from_secs(3);
/// The most headers of an answer.
const MAX_HEADERS: usize = 100;
/// Bytes of an answer that are held at once. A head that does not fit is not waited for.
const MAX_HELD: usize = 64 << 10;

/// Bytes both ways.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Moves the bytes of one connection, which is closed when this is dropped.
#[derive(Debug)]
pub(crate) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects to one of these addresses, and to nothing else; who answers there is checked against the target's name.
pub(crate) async fn connect<B>(
    addresses: &[IpAddr],
    target: &Target,
    tls: &TlsConnector,
    patience: Option<Duration>,
) -> Result<(SendRequest<B>, Driver), Trouble>
where
    B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    let longest = patience.map_or(MAX_CONNECT, |patience| patience.min(MAX_CONNECT));
    let stream = timeout(longest, secured(addresses, target, tls)).await.map_err(|_| Trouble::Connect)??;
    let (sender, connection) = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HELD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Trouble::Protocol)?;
    // What it ends with is told to whoever waits for the answer.
    let driver = tokio::spawn(async move { drop(connection.await) });
    Ok((sender, Driver(driver)))
}

async fn secured(addresses: &[IpAddr], target: &Target, tls: &TlsConnector) -> Result<Box<dyn Stream>, Trouble> {
    let stream = any_of(addresses, target.port).await?;
    if target.scheme == Scheme::Http {
        return Ok(Box::new(stream));
    }
    let name = match &target.host {
        Host::Name(name) => ServerName::try_from(name.clone()).map_err(|_| Trouble::Tls)?,
        Host::Address(address) => ServerName::from(*address),
    };
    let stream = tls.connect(name, stream).await.map_err(|_| Trouble::Tls)?;
    Ok(Box::new(stream))
}

/// The first of these addresses that takes a connection.
pub(crate) async fn any_of(addresses: &[IpAddr], port: u16) -> Result<TcpStream, Trouble> {
    for address in addresses {
        if let Ok(Ok(stream)) = timeout(MAX_ATTEMPT, TcpStream::connect((*address, port))).await {
            // A request is one write, and its answer is waited for: holding it back gains nothing.
            let _ = stream.set_nodelay(true);
            return Ok(stream);
        }
    }
    Err(Trouble::Connect)
}
