//! Secrets: where they go, and that they never come back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudetools_egress::SecretRef;

use crate::server::{Server, answer, ok};
use crate::world::{SECRET, World, grant, request, rule, said};

/// Grants with the secret, which may go to `api.test` at this port, put there as `place` says.
fn with_secret(port: u16, place: &str, more: &str) -> World {
    World::of(&format!(
        "[secrets.key]\nsource = {{ env = \"KEY\" }}\naudience = [{{ scheme = \"http\", host = \"api.test\", port = {port} }}]\n\
         [plugin.guest]\n{}",
        grant("g", &rule("api.test", port), &format!("secret = {{ name = \"key\", {place} }}\n{more}"))
    ))
}

/// What the server sees of a request with the secret at this place.
async fn sent(place: &str) -> String {
    let server = Server::saying("ok").await;
    let world = with_secret(server.port(), place, "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/?q=a", server.port())).await), "200 ok");
    let asked = world.asked();
    let SecretRef { name, fingerprint } = asked.secret.clone().unwrap();
    assert_eq!((name.as_str(), fingerprint.len()), ("key", 8));
    assert!(!format!("{asked:?}").contains("CANARY"));
    server.seen().remove(0)
}

#[tokio::test]
async fn a_secret_is_put_where_the_grant_says() {
    let basic = STANDARD.encode(format!("me:{SECRET}"));
    assert!(sent("header = \"x-api-key\"").await.contains(&format!("\r\nx-api-key: {SECRET}\r\n")));
    assert!(sent("bearer = true").await.contains(&format!("\r\nauthorization: Bearer {SECRET}\r\n")));
    assert!(sent("basic = \"me\"").await.contains(&format!("\r\nauthorization: Basic {basic}\r\n")));
    assert!(
        sent("query = \"key\"").await.starts_with("GET /?q=a&key=CANARY-SECRET%3A7f3a%2F%2B%22%C3%A9 HTTP/1.1\r\n")
    );
}

#[tokio::test]
async fn a_secret_without_a_value_is_refused_before_anything_is_asked() {
    let server = Server::saying("ok").await;
    let policy = format!(
        "[secrets.gone]\nsource = {{ env = \"GONE\" }}\naudience = [{{ scheme = \"http\", host = \"api.test\", port = {} }}]\n\
         [plugin.guest]\n{}",
        server.port(),
        grant("g", &rule("api.test", server.port()), "secret = { name = \"gone\", bearer = true }")
    );
    let world = World::of(&policy);
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await;
    assert_eq!((said(&reply), world.decisions()), ("secret.unknown".into(), vec!["secret.unknown".to_owned()]));
    assert!(!reply.unwrap_err().to_string().contains("gone"), "the guest is not told its name");
    assert!(world.names.asked().is_empty() && server.seen().is_empty());
}

#[tokio::test]
async fn a_guest_that_was_shown_a_secret_writes_it_into_no_url() {
    let server = Server::saying("ok").await;
    let world = with_secret(server.port(), "bearer = true", "");
    let url = |rest: &str| format!("http://api.test:{}{rest}", server.port());
    for rest in ["/?q=CANARY-SECRET%3A7f3a%2F%2B%22%C3%A9", "/43414e4152592d5345435245543a376633612f2b22c3a9"] {
        assert_eq!(said(&world.get(&url(rest)).await), "net.path", "{rest}");
    }
    assert!(world.names.asked().is_empty() && server.seen().is_empty());
    assert_eq!(said(&world.get(&url("/?q=CANARY")).await), "200 ok");
}

#[tokio::test]
async fn a_secret_does_not_go_to_another_granted_host() {
    let server = Server::saying("ok").await;
    let port = server.port();
    let policy = format!(
        "[secrets.key]\nsource = {{ env = \"KEY\" }}\naudience = [{{ scheme = \"http\", host = \"a.wide.test\", port = {port} }}]\n\
         [plugin.guest]\n{}",
        grant(
            "g",
            &[rule("a.wide.test", port), rule("b.wide.test", port)].join(", "),
            "secret = { name = \"key\", bearer = true }"
        )
    );
    // Such a grant is refused when the file is read; what it would mean is asked of the decision alone.
    let refused = claudetools_policy::Policy::parse(&format!("schema = 1\n{policy}")).unwrap_err().to_string();
    assert!(refused.contains("has no `audience` that fits the rule for `http://b.wide.test"), "{refused}");
    let mut world = with_secret(port, "bearer = true", "");
    let mut plugin = claudetools_policy::Admitted::clone(&world.sender.plugin);
    for grant in &mut plugin.policy.grants {
        if let claudetools_policy::GrantKind::Net(net) = &mut grant.kind {
            net.allow.push(claudetools_policy::NetRule {
                host: claudetools_policy::HostPattern::Any,
                ..net.allow[0].clone()
            });
        }
    }
    world.sender.plugin = plugin.into();
    world.names.set("other.test", &[&["127.0.0.1"]]);
    assert_eq!(said(&world.get(&format!("http://other.test:{port}/")).await), "secret.audience");
    assert!(server.seen().is_empty() && world.names.asked().is_empty());
    assert_eq!(said(&world.get(&format!("http://api.test:{port}/")).await), "200 ok");
}

/// A server that gives back the request's head, once as it is and once in base64, in its body and in headers.
async fn echo() -> Server {
    Server::start(|seen| {
        let value = seen.lines().find_map(|line| line.strip_prefix("x-api-key: ")).unwrap_or("none");
        let coded = STANDARD.encode(format!("key={value};"));
        let headers = format!("X-Echo: you sent {value}!\r\nX-Coded: {coded}\r\nX-Plain: yes\r\n");
        answer("200 OK", &headers, format!("{value} and {coded}, {}", seen.lines().next().unwrap()))
    })
    .await
}

#[tokio::test]
async fn an_echo_comes_back_without_the_secret_in_any_form() {
    let server = echo().await;
    let world = with_secret(server.port(), "header = \"x-api-key\"", "");
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await.unwrap();
    assert!(reply.body.starts_with("[secret removed] and "), "{}", reply.body);
    assert_eq!(reply.headers["x-echo"], "you sent [secret removed]!");
    assert_eq!(reply.headers["x-plain"], "yes");
    assert!(!reply.headers.contains_key("content-length"));
    let all = format!("{:?}{}", reply.headers, reply.body);
    let coded = STANDARD.encode(format!("key={SECRET};"));
    assert!(!all.contains("CANARY") && !all.contains(&coded[8..coded.len() - 8]), "{all}");
    // Once for the headers, once for the body.
    assert_eq!(world.decisions(), ["g", "secret.in-output", "secret.in-output"]);
}

#[tokio::test]
async fn an_echo_of_the_query_comes_back_without_the_secret() {
    let server = echo().await;
    let world = with_secret(server.port(), "query = \"key\"", "");
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await.unwrap();
    assert!(reply.body.ends_with("GET /?key=[secret removed] HTTP/1.1"), "{}", reply.body);
}

#[tokio::test]
async fn a_secret_that_comes_in_pieces_is_found() {
    let server = Server::start(|_| {
        let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for byte in format!("<{SECRET}>").bytes() {
            bytes.extend([b"1\r\n", &[byte][..], b"\r\n"].concat());
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    })
    .await;
    let world = with_secret(server.port(), "bearer = true", "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "200 <[secret removed]>");
    assert_eq!(world.decisions(), ["g", "secret.in-output"]);
}

#[tokio::test]
async fn what_begins_like_a_secret_and_is_none_comes_through_whole() {
    let server = Server::saying("CANARY-SECRET:7f3").await;
    let world = with_secret(server.port(), "bearer = true", "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "200 CANARY-SECRET:7f3");
    assert_eq!(world.decisions(), ["g"]);
}

#[tokio::test]
async fn a_secret_in_the_name_of_a_header_or_in_a_trailer_does_not_come_through() {
    let server = Server::start(|_| {
        let name = "CANARY-SECRET";
        let head = format!("HTTP/1.1 200 OK\r\n{name}: 1\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n");
        format!("{head}2\r\nok\r\n0\r\nx: {SECRET}\r\n\r\n").into_bytes()
    })
    .await;
    let policy = format!(
        "[secrets.key]\nsource = {{ env = \"NAME\" }}\naudience = [{{ scheme = \"http\", host = \"api.test\", port = {} }}]\n[plugin.guest]\n{}",
        server.port(),
        grant("g", &rule("api.test", server.port()), "secret = { name = \"key\", bearer = true }")
    );
    let world = World::of(&policy);
    let reply = world.get(&format!("http://api.test:{}/", server.port())).await.unwrap();
    assert!(reply.headers.is_empty(), "{reply:?}");
    assert_eq!((reply.body.as_str(), world.decisions()), ("ok", vec!["g".to_owned(), "secret.in-output".to_owned()]));
}

#[tokio::test]
async fn a_compressed_answer_to_a_request_with_a_secret_is_refused() {
    let server = Server::start(|_| answer("200 OK", "Content-Encoding: gzip\r\n", "x")).await;
    let world = with_secret(server.port(), "bearer = true", "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "secret.in-output");
    let server = Server::start(|_| answer("200 OK", "Content-Encoding: identity\r\n", "x")).await;
    let world = with_secret(server.port(), "bearer = true", "");
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "200 x");
}

#[tokio::test]
async fn a_guest_cannot_write_over_the_secret() {
    let server = Server::saying("ok").await;
    let world = with_secret(server.port(), "header = \"x-api-key\"", "");
    let url = format!("http://api.test:{}/", server.port());
    for name in ["x-api-key", "X_Api_Key", "Authorization"] {
        assert_eq!(said(&world.send(request("GET", &url, &[(name, "mine")], "")).await), "net.header");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn nothing_that_fails_tells_of_the_secret() {
    for bytes in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "garbage"] {
        let server = Server::start(move |seen| format!("{bytes}{}", &seen[..0]).into_bytes()).await;
        let world = with_secret(server.port(), "bearer = true", "");
        let failure = world.get(&format!("http://api.test:{}/", server.port())).await.unwrap_err();
        assert!(!format!("{failure} {failure:?}").contains("CANARY"), "{failure:?}");
    }
}

#[tokio::test]
async fn renewed_secrets_hold_from_the_next_request_on() {
    let server = Server::start(|seen| ok(seen.contains("authorization").to_string())).await;
    let world = with_secret(server.port(), "bearer = true", "");
    let url = format!("http://api.test:{}/", server.port());
    assert_eq!(said(&world.get(&url).await), "200 true");
    world.egress.renew(std::sync::Arc::default());
    assert_eq!(said(&world.get(&url).await), "secret.unknown");
}
