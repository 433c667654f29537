//! The proxy of a jail: the only way from a native program to the network.
//!
//! It speaks as much HTTP as clients say to a proxy: `CONNECT host:port`, and `GET http://host/…` for what has no TLS.
//! What passes after that is not looked at, so that a service is a host and a port and nothing finer: whoever is granted
//! a name that many share, such as one of a content network, is granted all that answers there.

mod head;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use claudetools_policy::{Jail, Refusal, Target, decide_service};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::connect::any_of;
use crate::note::{Note, Overseer, Subject};
use crate::resolve::addresses;
use crate::{Egress, Failure, Trouble};
use head::Head;

/// Connections at once: what a parallel download wants, and too few to use up the bot's descriptors.
const MOST: usize = 32;
/// The most bytes of what a client says before it may pass.
const MAX_HEAD: usize = 16 << 10;
/// The longest wait for that, for the addresses of a name, and for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// The wait after a connection that could not be taken, for want of descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// A proxy that is served. Dropping it closes it with every connection through it.
#[derive(Debug)]
pub struct Proxy(JoinHandle<()>);

impl Drop for Proxy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// For whom a proxy connects.
struct Served {
    egress: Arc<Egress>,
    jail: Jail,
    grant: String,
    overseer: Arc<dyn Overseer>,
}

impl Egress {
    /// Serves the proxy of a jail on this listener, for a program that this grant started. To be called within a tokio
    /// runtime.
    ///
    /// Each connection is decided on by its host and port, then by every address of the host; what is connected to is
    /// one of those addresses. The overseer hears of each, refusals have their code there and in the answer.
    pub fn serve(
        self: &Arc<Self>,
        listener: std::net::TcpListener,
        jail: Jail,
        grant: &str,
        overseer: Arc<dyn Overseer>,
    ) -> io::Result<Proxy> {
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let served = Served { egress: Arc::clone(self), jail, grant: grant.to_owned(), overseer };
        Ok(Proxy(tokio::spawn(accept(listener, Arc::new(served)))))
    }
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if open.len() < MOST => match accepted {
                Ok((client, _)) => drop(open.spawn(Arc::clone(&served).connection(client))),
                Err(_) => tokio::time::sleep(BREATH).await,
            },
            Some(_) = open.join_next() => {}
        }
    }
}

impl Served {
    async fn connection(self: Arc<Self>, mut client: TcpStream) {
        // Who says nothing whole is told nothing.
        let Ok(Ok(said)) = timeout(PATIENCE, said(&mut client)).await else { return };
        match self.through(&said).await {
            Ok((mut service, head)) => {
                let begun = match head.is_tunnel {
                    true => client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await,
                    false => Ok(()),
                };
                if begun.is_ok() && service.write_all(&head.first).await.is_ok() {
                    // Either side may end it in any way.
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
                }
            }
            Err(failure) => {
                // A client that is gone wants no answer.
                let _ = client.write_all(answer(&failure).as_bytes()).await;
            }
        }
    }

    /// The connection that a client asks for, and what it says there first.
    async fn through(&self, said: &[u8]) -> Result<(TcpStream, Head), Failure> {
        let head = Head::parse(said).map_err(|refusal| self.refused(Subject::Unreadable("proxy".into()), refusal))?;
        let subject = || Subject::Service(head.service.chars().take(256).collect());
        let refused = |refusal| self.refused(subject(), refusal);
        let (host, port) = Target::parse_service(&head.service).map_err(refused)?;
        decide_service(&self.jail, &host, port).map_err(refused)?;
        let asked = timeout(PATIENCE, addresses(&*self.egress.resolve, &host, &self.jail.reach)).await;
        let addresses = match asked.unwrap_or(Err(Trouble::Resolve.into())) {
            Err(Failure::Refused(refusal)) => return Err(refused(refusal)),
            resolved => {
                self.overseer.hear(Note { subject: subject(), decision: Ok(self.grant.clone()) });
                resolved?
            }
        };
        let service = timeout(PATIENCE, any_of(&addresses, port)).await.map_err(|_| Trouble::Connect)??;
        Ok((service, head))
    }

    fn refused(&self, subject: Subject, refusal: Refusal) -> Failure {
        self.overseer.hear(Note { subject, decision: Err(refusal.clone()) });
        refusal.into()
    }
}

/// What a client says until its head is whole, and what came with it.
async fn said(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    while !said.windows(4).any(|end| end == b"\r\n\r\n") {
        if said.len() > MAX_HEAD || client.read_buf(&mut said).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(said)
}

fn answer(failure: &Failure) -> String {
    let status = match failure {
        Failure::Refused(_) => "403 Forbidden",
        Failure::Trouble(_) => "502 Bad Gateway",
    };
    let text = format!("{failure}\n");
    let length = text.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}
