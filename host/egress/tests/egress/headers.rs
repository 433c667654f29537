//! Headers, both ways.

use insta::assert_snapshot;

use crate::server::{Server, answer};
use crate::world::{Reply, World, request, said};

/// Sends these headers with a grant that names `x-client`; the code, or what the server saw.
async fn with(headers: &[(&str, &str)]) -> String {
    let server = Server::saying("ok").await;
    let world = World::granted(server.port(), "headers = [\"x-client\"]");
    let reply = world.send(request("GET", &format!("http://api.test:{}/", server.port()), headers, "")).await;
    match reply {
        Ok(_) => server.seen().remove(0).replace(&server.port().to_string(), "PORT"),
        Err(_) => {
            assert!(server.seen().is_empty() && world.names.asked().is_empty());
            said(&reply)
        }
    }
}

#[tokio::test]
async fn what_is_sent_is_the_decided_headers_and_the_hosts_own() {
    let sent = with(&[("Accept", "text/plain"), ("x-client", "one"), ("x-client", "two")]).await;
    assert_snapshot!(sent.replace('\r', ""), @r"
    GET / HTTP/1.1
    accept: text/plain
    x-client: one
    x-client: two
    host: api.test:PORT
    accept-encoding: identity
    connection: close
    ");
}

#[tokio::test]
async fn a_header_that_is_the_hosts_to_set_is_refused() {
    let never = [
        "Host",
        ":authority",
        "Proxy-Authorization",
        "Authorization",
        "Cookie",
        "Transfer-Encoding",
        "Connection",
        "Expect",
        "Content-Length",
        "X-HTTP-Method-Override",
        "X_Forwarded_Host",
        "Accept-Encoding",
        "x-other",
    ];
    for name in never {
        assert_eq!(with(&[(name, "1")]).await, "net.header", "{name}");
    }
}

#[tokio::test]
async fn a_header_cannot_smuggle_another() {
    for value in ["a\r\nHost: evil", "a\nb", "a\0b", "é"] {
        assert_eq!(with(&[("x-client", value)]).await, "net.header", "{value:?}");
    }
    assert_eq!(with(&[("x-client\r\nhost", "evil")]).await, "net.header");
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    assert_eq!(with(&[("x-client", "1"); 40_000]).await, "net.header");
    assert_eq!(with(&[("x-client", "1"); 65]).await, "net.header");
    assert_eq!(with(&[("x-client", "1".repeat(1 << 20).as_str())]).await, "net.header");
    assert_eq!(with(&[("x-client", "1".repeat(8000).as_str()); 5]).await, "net.header");
    assert!(with(&[("x-client", "1"); 64]).await.starts_with("GET / HTTP/1.1"));
}

async fn answered(headers: &'static str) -> Reply {
    let server = Server::start(move |_| answer("200 OK", headers, "ok")).await;
    let world = World::granted(server.port(), "");
    world.get(&format!("http://api.test:{}/", server.port())).await.unwrap()
}

#[tokio::test]
async fn of_an_answer_a_guest_gets_neither_cookies_nor_what_concerns_the_connection() {
    let reply = answered(
        "Set-Cookie: session=1\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\n\
         Proxy-Authenticate: Basic\r\nX-Kept: 1\r\n",
    )
    .await;
    let mut names: Vec<_> = reply.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "x-kept"]);
}

#[tokio::test]
async fn an_answer_with_too_large_a_head_is_refused() {
    for head in
        ["X: 1\r\n".repeat(101), format!("X: {}\r\n", "1".repeat(40_000)), format!("X: {}\r\n", "1".repeat(1 << 20))]
    {
        let server = Server::start(move |_| answer("200 OK", &head, "ok")).await;
        let world = World::granted(server.port(), "");
        let reply = world.get(&format!("http://api.test:{}/", server.port())).await;
        assert_eq!((said(&reply), world.decisions()), ("net.bytes".into(), vec!["g".into(), "net.bytes".into()]));
    }
    let server = Server::start(|_| answer("200 OK", &"X: 1\r\n".repeat(90), "ok")).await;
    let world = World::granted(server.port(), "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "200 ok");
}
