//! How much, and how long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use claudetools_egress::{Patience, Request};
use http_body::{Body, Frame};
use tokio::time::Instant;

use crate::server::{Server, TRICKLE, answer};
use crate::world::{World, request, said};

const CAPS: &str = "bytes = { up = \"1KiB\", down = \"1KiB\" }";

/// A body that never ends, and counts what was taken of it.
struct Endless(Arc<AtomicU64>);

impl Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.fetch_add(100, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 100])))))
    }
}

/// The same request with another body.
fn with_body<A, B>(request: Request<A>, body: B, length: Option<u64>) -> Request<B> {
    let Request { method, scheme, authority, path_and_query, headers, patience, .. } = request;
    Request { method, scheme, authority, path_and_query, headers, body, length, patience }
}

async fn post(body: &str, length: Option<u64>) -> (String, Vec<String>) {
    let server = Server::saying("ok").await;
    let world = World::granted(server.port(), CAPS);
    let mut request = request("POST", &format!("http://api.test:{}/", server.port()), &[], body);
    request.length = length;
    (said(&world.send(request).await), server.seen())
}

#[tokio::test]
async fn a_body_is_sent_with_the_length_that_the_guest_said() {
    let (reply, seen) = post("hello", Some(5)).await;
    assert_eq!(reply, "200 ok");
    assert!(seen[0].contains("\r\ncontent-length: 5\r\n") && seen[0].ends_with("\r\n\r\nhello"), "{seen:?}");
    assert_eq!(post(&"x".repeat(1024), None).await.0, "200 ok");
}

#[tokio::test]
async fn a_body_that_is_said_to_be_too_long_is_not_sent() {
    assert_eq!(post("", Some(1025)).await, ("net.bytes".to_owned(), vec![]));
}

#[tokio::test]
async fn a_body_that_becomes_too_long_ends_the_connection() {
    let server = Server::saying("never").await;
    let world = World::granted(server.port(), CAPS);
    let taken = Arc::new(AtomicU64::new(0));
    let request = request("POST", &format!("http://api.test:{}/", server.port()), &[], "");
    let reply = world.send(with_body(request, Endless(Arc::clone(&taken)), None)).await;
    assert_eq!((said(&reply), world.decisions()), ("net.bytes".into(), vec!["g".into(), "net.bytes".into()]));
    assert_eq!((taken.load(Ordering::Relaxed), world.asked().traffic.up()), (1100, 1000));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!server.seen()[0].ends_with("0\r\n\r\n"), "the body must not look whole");
}

#[tokio::test]
async fn an_answer_that_says_that_it_is_too_long_is_not_read() {
    let server = Server::start(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\nxxxx".to_vec()).await;
    let world = World::granted(server.port(), CAPS);
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "net.bytes");
    assert_eq!(world.asked().traffic.down(), 0);
}

#[tokio::test]
async fn an_answer_that_becomes_too_long_is_cut() {
    let server = Server::start(|_| [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 5000]].concat()).await;
    let world = World::granted(server.port(), CAPS);
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await;
    assert_eq!((said(&reply), world.decisions()), ("net.bytes".into(), vec!["g".into(), "net.bytes".into()]));
    let short = Server::start(|_| [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1024]].concat()).await;
    let world = World::granted(short.port(), CAPS);
    assert!(world.get(&format!("http://api.test:{}/", short.port())).await.is_ok());
}

#[tokio::test]
async fn an_answer_is_not_decompressed() {
    // Whoever decompressed it would fail on it: it is no gzip.
    let server = Server::start(|_| answer("200 OK", "Content-Encoding: gzip\r\n", "as it came")).await;
    let world = World::granted(server.port(), CAPS);
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await.unwrap();
    assert_eq!((reply.body.as_str(), &reply.headers["content-encoding"]), ("as it came", &"gzip".parse().unwrap()));
    assert_eq!(world.asked().traffic.down(), 10);
}

#[tokio::test]
async fn an_answer_that_never_ends_ends_with_the_call() {
    let server = Server::start(|_| [b"HTTP/1.1 200 OK\r\n", TRICKLE].concat()).await;
    let mut world = World::granted(server.port(), "");
    world.sender.until = Instant::now() + Duration::from_millis(200);
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await;
    assert_eq!((said(&reply), world.decisions()), ("limit.time".into(), vec!["g".into(), "limit.time".into()]));
    assert!(world.asked().traffic.down() > 0);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_with_the_call_or_when_the_guest_says() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut world = World::granted(port, "");
    let mut request = request("GET", &format!("http://api.test:{port}/"), &[], "");
    request.patience = Patience { connect: None, first_byte: Some(Duration::from_millis(50)) };
    assert_eq!(said(&world.send(request.clone()).await), "the host did not answer in time");
    request.patience = Patience::default();
    world.sender.until = Instant::now() + Duration::from_millis(100);
    assert_eq!(said(&world.send(request).await), "limit.time");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_or_no_http_is_told_as_that() {
    for bytes in ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "SSH-2.0-OpenSSH_9.6\r\n", ""] {
        let server = Server::start(move |_| bytes.as_bytes().to_vec()).await;
        let world = World::granted(server.port(), "");
        let reply = world.get(&format!("http://api.test:{}/", server.port())).await;
        assert_eq!(said(&reply), "the answer was not HTTP, or was cut off", "{bytes:?}");
    }
}
