//! Answers that lead elsewhere.

use crate::server::{Server, answer, ok};
use crate::world::{SECRET, World, grant, request, rule, said};

/// A server whose path `/from` leads to `to` with this status, and which says its path elsewhere.
async fn leading(status: &'static str, to: &str) -> Server {
    let to = to.to_owned();
    Server::start(move |seen| {
        let path = seen.split(' ').nth(1).unwrap();
        if path == "/from" {
            let port = seen.lines().find_map(|line| line.strip_prefix("host: api.test:")).unwrap();
            return answer(status, &format!("Location: {}\r\n", to.replace("PORT", port)), "");
        }
        ok(format!("{} {path}", seen.split(' ').next().unwrap()))
    })
    .await
}

/// Asks for `/from`; what came, and how often anybody was asked.
async fn asked(redirects: u8, status: &'static str, to: &str) -> (String, usize) {
    let server = leading(status, to).await;
    let rule = rule("api.test", server.port()).replace("/**", "/*");
    let more = format!("redirects = {redirects}");
    let world = World::of(&format!("[plugin.guest]\n{}", grant("g", &rule, &more)));
    for name in ["other.test", "private.test"] {
        world.names.set(name, &[&["127.0.0.1"]]);
    }
    let reply = world.get(&format!("http://api.test:{}/from", server.port())).await;
    let said = said(&reply);
    let mut expected = vec!["g".to_owned(); server.seen().len()];
    if said.starts_with("net.") {
        expected.push(said.clone());
    }
    assert_eq!(world.decisions(), expected);
    (said, server.seen().len())
}

#[tokio::test]
async fn without_a_grant_for_it_a_redirect_is_handed_back() {
    let server = leading("302 Found", "/to").await;
    let world = World::granted(server.port(), "");
    let reply = world.get(&format!("http://api.test:{}/from", server.port())).await.unwrap();
    assert_eq!((reply.status, &reply.headers["location"], server.seen().len()), (302, &"/to".parse().unwrap(), 1));
}

#[tokio::test]
async fn a_redirect_within_the_grant_is_followed() {
    assert_eq!(asked(3, "302 Found", "/to").await, ("200 GET /to".to_owned(), 2));
    assert_eq!(asked(1, "308 Permanent Redirect", "http://api.test:PORT/to").await, ("200 GET /to".to_owned(), 2));
}

#[tokio::test]
async fn every_hop_is_decided_on_anew() {
    let places = [
        "http://other.test:PORT/to",
        "https://api.test:PORT/to",
        "http://api.test/to",
        "http://127.0.0.1:PORT/to",
        "http://169.254.169.254/latest/meta-data",
        "/deeper/than/granted",
        "/to?key=x",
        "/../to",
        "file:///etc/passwd",
        "http://api.test@other.test:PORT/to",
    ];
    for to in places {
        assert_eq!(asked(3, "302 Found", to).await, ("net.redirect".to_owned(), 1), "{to}");
    }
}

#[tokio::test]
async fn a_loop_ends_after_as_many_as_are_granted() {
    assert_eq!(asked(1, "302 Found", "/from").await, ("net.redirect".to_owned(), 2));
    assert_eq!(asked(3, "302 Found", "/from").await, ("net.redirect".to_owned(), 4));
}

#[tokio::test]
async fn a_name_that_became_private_meanwhile_is_not_followed() {
    let server = leading("302 Found", "/to").await;
    let world = World::granted(server.port(), "redirects = 1\nreach = [\"127.0.0.1/32\"]");
    world.names.set("api.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let reply = world.get(&format!("http://api.test:{}/from", server.port())).await;
    assert_eq!((said(&reply), world.decisions()), ("net.redirect".into(), vec!["g".into(), "net.redirect".into()]));
    let hint = world.notes.lock().unwrap()[1].decision.clone().unwrap_err().hint.unwrap();
    assert!(hint.starts_with("net.private: "), "{hint}");
}

#[tokio::test]
async fn a_body_is_not_sent_twice_and_a_post_becomes_a_get_without_it() {
    for (status, expected) in
        [("303 See Other", "200 GET /to"), ("302 Found", "200 GET /to"), ("307 Temporary Redirect", "net.redirect")]
    {
        let server = leading(status, "/to").await;
        let world = World::granted(server.port(), "redirects = 1");
        let headers = [("content-type", "text/plain"), ("accept", "text/plain")];
        let reply =
            world.send(request("POST", &format!("http://api.test:{}/from", server.port()), &headers, "body")).await;
        assert_eq!(said(&reply), expected, "{status}");
        let second = server.seen().get(1).cloned().unwrap_or_default();
        assert!(!second.contains("content-") && !second.contains("body"), "{second}");
    }
}

#[tokio::test]
async fn a_secret_goes_with_a_redirect_only_to_its_audience() {
    let second = Server::start(|seen| ok(seen)).await;
    let to = format!("http://second.test:{}/to", second.port());
    let first = Server::start(move |_| answer("302 Found", &format!("Location: {to}\r\n"), "")).await;
    let (one, two) = (first.port(), second.port());
    let secret = |hosts: &str| format!("[secrets.key]\nsource = {{ env = \"KEY\" }}\naudience = [{hosts}]\n");
    let at = |host: &str, port: u16| format!("{{ scheme = \"http\", host = \"{host}\", port = {port} }}");
    let with_key = "redirects = 1\nsecret = { name = \"key\", bearer = true }";
    // The second host has a grant of its own, without the secret.
    let policy = format!(
        "{}[plugin.guest]\n{}{}",
        secret(&at("api.test", one)),
        grant("a", &rule("api.test", one), with_key),
        grant("b", &rule("second.test", two), "")
    );
    let world = World::of(&policy);
    world.names.set("second.test", &[&["127.0.0.1"]]);
    let reply = world.get(&format!("http://api.test:{one}/from")).await.unwrap();
    assert!(first.seen()[0].contains(&format!("authorization: Bearer {SECRET}")));
    assert!(!second.seen()[0].contains("authorization") && !reply.body.contains("CANARY"), "{reply:?}");
    assert_eq!(world.decisions(), ["a", "b"]);
    // And with both in one grant and one audience, it goes to both.
    let policy = format!(
        "{}[plugin.guest]\n{}",
        secret(&[at("api.test", one), at("second.test", two)].join(", ")),
        grant("a", &[rule("api.test", one), rule("second.test", two)].join(", "), with_key)
    );
    let world = World::of(&policy);
    world.names.set("second.test", &[&["127.0.0.1"]]);
    let reply = world.get(&format!("http://api.test:{one}/from")).await.unwrap();
    assert!(second.seen()[1].contains("authorization: Bearer CANARY") && !reply.body.contains("CANARY"), "{reply:?}");
}
