//! Who may come in.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use claudetools_support::anthropic::{FakeAnthropic, Script, Step};
use insta::assert_snapshot;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{HOST, POLICY, TOKEN, World, chat, cookie, settings, text};
use crate::ConsoleError;

fn silent() -> Script {
    Script::steps(Vec::<Step>::new())
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn without_the_cookie_nothing_is_served() {
    let world = World::new(silent()).await;
    for path in ["/", "/t/x", "/plugins", "/events", "/api/hello", "/api/threads", "/assets/console.js", "/nowhere"] {
        assert_eq!(world.ask(get(path)).await.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(world.get("/api/threads").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_token_becomes_a_cookie_and_leaves_the_address() {
    let world = World::new(silent()).await;
    let response = world.ask(get(&format!("/plugins?token={TOKEN}"))).await;
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/plugins".parse().unwrap())
    );
    assert_eq!(response.headers()[header::SET_COOKIE], format!("{}; HttpOnly; SameSite=Strict; Path=/", cookie()));
}

#[tokio::test]
async fn a_wrong_token_or_cookie_is_told_the_way_in() {
    let world = World::new(silent()).await;
    let wrong = TOKEN.replace('0', "1");
    for request in [
        get(&format!("/?token={wrong}")),
        get("/?token="),
        Request::get("/").header(header::COOKIE, format!("claudetools-8765={wrong}")).body(Body::empty()).unwrap(),
        Request::get("/").header(header::COOKIE, format!("claudetools-1={TOKEN}")).body(Body::empty()).unwrap(),
    ] {
        let response = world.ask(request).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(text(response).await.contains("Open the address that claudetools printed"));
    }
    assert_snapshot!(text(world.ask(get("/api/threads")).await).await, @r#"{"error":"not signed in: open the address that claudetools printed when it started, it ends with ?token=…"}"#);
}

#[tokio::test]
async fn a_foreign_host_is_refused_even_with_the_cookie() {
    let world = World::new(silent()).await;
    for host in ["evil.tld", "evil.tld:8765", "127.0.0.1.evil.tld", ""] {
        let request = Request::get("/api/threads").header(header::HOST, host).header(header::COOKIE, cookie());
        let response = world.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{host}");
    }
}

#[tokio::test]
async fn a_change_from_another_origin_is_refused() {
    let world = World::new(silent()).await;
    let post = |origin: Option<&str>| {
        let request = Request::post("/api/threads").header(header::COOKIE, cookie());
        let request = origin.into_iter().fold(request, |request, origin| request.header(header::ORIGIN, origin));
        request.body(Body::empty()).unwrap()
    };
    for origin in
        [None, Some("null"), Some("http://evil.tld"), Some("http://127.0.0.1:9999"), Some("https://127.0.0.1:8765")]
    {
        assert_eq!(world.ask(post(origin)).await.status(), StatusCode::FORBIDDEN, "{origin:?}");
    }
    assert_eq!(world.ask(post(Some(&format!("http://{HOST}")))).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn every_answer_tells_the_browser_to_load_nothing_else() {
    let world = World::new(silent()).await;
    for response in [world.get("/").await, world.get("/nowhere").await, world.ask(get("/")).await] {
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}

#[tokio::test]
async fn the_page_asks_for_nothing_but_its_own_assets() {
    let world = World::new(silent()).await;
    for path in ["/", "/t/0193aaaa-0000-7000-8000-000000000000", "/plugins"] {
        let html = text(world.get(path).await).await;
        assert!(!html.contains("style=") && !html.contains("onclick"), "{path} has something inline");
        let links = html.split(['"', '\'']).filter(|part| part.starts_with("/assets/")).collect::<Vec<_>>();
        assert!(links.len() > 2, "{links:?}");
        for link in links {
            assert_eq!(world.get(link).await.status(), StatusCode::OK, "{link}");
        }
    }
}

#[tokio::test]
async fn an_address_that_others_may_reach_is_refused() {
    let model = FakeAnthropic::start(silent()).await;
    for bind in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let dir = TempDir::new().unwrap();
        let settings = crate::Settings { bind: bind.parse().unwrap(), ..settings() };
        let chat = chat(&dir, &model, POLICY).await;
        let refused = crate::start(settings, chat, CancellationToken::new()).await;
        assert!(matches!(refused, Err(ConsoleError::NotLoopback(_))), "{bind}: {refused:?}");
    }
}

#[tokio::test]
async fn a_started_console_opens_with_its_url_and_ends_with_the_shutdown() {
    let dir = TempDir::new().unwrap();
    let model = FakeAnthropic::start(silent()).await;
    let shutdown = CancellationToken::new();
    let running = crate::start(settings(), chat(&dir, &model, POLICY).await, shutdown.clone()).await.unwrap();
    let (host, path) = running.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = TcpStream::connect(running.address).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 303 See Other\r\n"), "{answer}");
    shutdown.cancel();
    running.task.await.unwrap().unwrap();
}
