//! The network around a row: names that lead to this machine, a server that answers, and doors where nobody may knock.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use claudetools_egress::{Egress, Resolve};
use tokio::net::{TcpListener, UdpSocket};

use crate::run::{Result, text};
use crate::server::{self, Ports};
use crate::tls;

/// The names that resolve. Others have no address.
const NAMES: [(&str, &[[u8; 4]]); 8] = [
    ("api.test", &[HERE]),
    ("other.test", &[HERE]),
    ("good.test", &[HERE]),
    ("self.test", &[HERE]),
    ("wrong.test", &[HERE]),
    ("old.test", &[HERE]),
    ("private.test", &[[10, 0, 0, 5]]),
    ("mixed.test", &[[93, 184, 216, 34], [10, 0, 0, 5]]),
];
const HERE: [u8; 4] = [127, 0, 0, 1];
/// Where `rebind.test` leads when it is asked for again.
const DOOR: [u8; 4] = [127, 0, 0, 2];

/// What came of a row on the network.
#[derive(Clone, Default)]
pub struct Seen {
    asked: Arc<Mutex<Vec<String>>>,
    arrived: Arc<Mutex<Vec<String>>>,
    knocks: Arc<AtomicUsize>,
}

/// Everything that listens. It ends with the runtime that it was made in.
pub struct Net {
    pub seen: Seen,
    ports: [(&'static str, u16); 2],
}

impl Net {
    /// Begins to listen: a server on one address of this machine, and doors on another with the same port.
    pub async fn listen() -> Result<Self> {
        let seen = Seen::default();
        let (plain, door) = (TcpListener::bind((Ipv4Addr::from(HERE), 0)).await, Ipv4Addr::from(DOOR));
        let plain = plain.map_err(text)?;
        let port = plain.local_addr().map_err(text)?.port();
        let encrypted = TcpListener::bind((Ipv4Addr::from(HERE), 0)).await.map_err(text)?;
        let tls = encrypted.local_addr().map_err(text)?.port();
        seen.watch(TcpListener::bind((door, port)).await.map_err(text)?);
        seen.watch_datagrams(UdpSocket::bind((door, port)).await.map_err(text)?);
        tokio::spawn(server::plain(plain, seen.clone(), Ports { own: port, plain: port }));
        let ports = Ports { own: tls, plain: port };
        tokio::spawn(server::encrypted(encrypted, tls::acceptor()?, seen.clone(), ports));
        Ok(Self { seen, ports: [("port", port), ("tls", tls)] })
    }

    /// A way out that knows these names, and trusts the authority of this network.
    pub fn egress(&self) -> Result<Egress> {
        Egress::new(self.seen.clone(), &[tls::authority()?], Arc::default()).map_err(text)
    }

    /// A text in which ports are named.
    pub fn filled(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (name, port)| {
            let port = port.to_string();
            text.replace(&format!("\"{{{name}}}\""), &port).replace(&format!("{{{name}}}"), &port)
        })
    }
}

impl Seen {
    /// Notes a request.
    pub fn arrive(&self, request: String) {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    /// Takes the names that were asked for and the requests that arrived, in order.
    pub fn taken(&self) -> (Vec<String>, Vec<String>) {
        let take =
            |list: &Mutex<Vec<String>>| std::mem::take(&mut *list.lock().unwrap_or_else(PoisonError::into_inner));
        (take(&self.asked), take(&self.arrived))
    }

    /// How often somebody knocked at a door.
    pub fn knocks(&self) -> usize {
        self.knocks.load(Ordering::Relaxed)
    }

    fn watch(&self, door: TcpListener) {
        let knocks = Arc::clone(&self.knocks);
        tokio::spawn(async move {
            while door.accept().await.is_ok() {
                knocks.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    fn watch_datagrams(&self, door: UdpSocket) {
        let knocks = Arc::clone(&self.knocks);
        tokio::spawn(async move {
            while door.recv(&mut [0; 64]).await.is_ok() {
                knocks.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

#[async_trait]
impl Resolve for Seen {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let again = asked.iter().any(|before| before == name);
        asked.push(name.to_owned());
        if name == "rebind.test" {
            return Ok(vec![if again { DOOR } else { HERE }.into()]);
        }
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, addresses)| *addresses);
        let addresses = known.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(addresses.iter().map(|address| IpAddr::from(*address)).collect())
    }
}
