//! A server on loopback that answers with raw bytes and remembers what it was sent.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

type Answer = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// Ends with the runtime of its test.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what is made of its head and body.
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into(), 0, answer).await
    }

    pub async fn at(ip: IpAddr, port: u16, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, port)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (all, answer): (_, Answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&all), Arc::clone(&answer)));
            }
        });
        Self { address, seen }
    }

    /// Answers everything with 200 and this text.
    pub async fn saying(text: &'static str) -> Self {
        Self::start(move |_| ok(text)).await
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far, as it came; one that was cut off too.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, answer: Answer) {
    let index = {
        let mut seen = seen.lock().unwrap();
        seen.push(String::new());
        seen.len() - 1
    };
    let mut text = String::new();
    let mut buffer = vec![0; 64 << 10];
    while !is_whole(&text) {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
        seen.lock().unwrap()[index].clone_from(&text);
    }
    let bytes = answer(&text);
    let _ = stream.write_all(&bytes).await;
    if bytes.ends_with(TRICKLE) {
        while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let _ = stream.shutdown().await;
}

/// An answer that ends with this goes on without end, a byte at a time.
pub const TRICKLE: &[u8] = b"Transfer-Encoding: chunked\r\n\r\n";

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let head = head.to_ascii_lowercase();
    match head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
        Some(length) => body.len() >= length.parse::<usize>().unwrap(),
        None => !head.contains("transfer-encoding: chunked") || body.ends_with("0\r\n\r\n"),
    }
}

/// An answer of 200.
pub fn ok(text: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", "", text)
}

/// An answer with more header lines, each ending in CRLF.
pub fn answer(status: &str, headers: &str, text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", text.len()).into_bytes();
    bytes.extend(text);
    bytes
}
