//! Bodies that are looked at, shown to a person, or filled in; each refusal first.

use std::sync::{Arc, Mutex};

use claudetools_egress::{Made, Note, Overseer, Wish};
use claudetools_policy::{Ask, NetGrant, Refusal};

use crate::server::{Server, answer, ok};
use crate::world::{Reply, World, grant, request, said};

const ALWAYS: &str = "confirm = { when = \"always\", by = [\"tech\"] }\n";

fn rule(port: u16, path: &str, more: &str) -> String {
    format!("{{ scheme = \"http\", host = \"api.test\", port = {port}, method = [\"POST\"], path = \"{path}\"{more} }}")
}

fn world(rules: &[String], more: &str) -> World {
    World::of(&format!("[roles]\ntech = {{}}\n[plugin.guest]\n{}", grant("g", &rules.join(", "), more)))
}

/// Somebody who says yes to whatever is asked, and remembers it.
#[derive(Default)]
struct Person {
    heard: Mutex<Vec<String>>,
    shown: Mutex<Vec<String>>,
    made: Mutex<Vec<Made>>,
}

impl Overseer for Person {
    fn hear(&self, note: Note) {
        self.heard.lock().unwrap().push(note.decision.unwrap_or_else(|refusal| refusal.code.to_string()));
    }

    fn ask(&self, wish: &Wish<'_>, _id: &str, _ask: &Ask) -> Result<(), Refusal> {
        self.shown.lock().unwrap().push(String::from_utf8_lossy(wish.body.bytes()).into_owned());
        Ok(())
    }

    fn made(&self, made: Made) {
        self.made.lock().unwrap().push(made);
    }
}

fn with_a_person(world: &mut World) -> Arc<Person> {
    let person = Arc::new(Person::default());
    world.sender.overseer = Arc::clone(&person) as _;
    person
}

async fn post(world: &World, server: &Server, path: &str, body: &str) -> Result<Reply, claudetools_egress::Failure> {
    world.send(request("POST", &format!("http://api.test:{}{path}", server.port()), &[], body)).await
}

/// What the server was sent behind the head.
fn bodies(server: &Server) -> Vec<String> {
    server.seen().iter().map(|seen| seen.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn a_body_that_no_rule_gives_is_not_sent_and_one_that_does_goes_as_the_host_writes_it() {
    let server = Server::saying("done").await;
    let world = world(&[rule(server.port(), "/x", ", json = { \"/do\" = [\"Get\"] }")], "bytes = { up = \"1KiB\" }");
    for body in
        ["", "{}", r#"{"do":"Set"}"#, r#"{"do":"get"}"#, r#"{"do":"Get","do":"Set"}"#, r#"{"do":"Get","DO":"Set"}"#]
    {
        assert_eq!(said(&post(&world, &server, "/x", body).await), "net.body", "{body}");
    }
    let long = format!(r#"{{"do":"Get","more":"{}"}}"#, "x".repeat(1024));
    assert_eq!(said(&post(&world, &server, "/x", &long).await), "net.bytes");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let url = format!("http://api.test:{}/x", server.port());
    assert_eq!(said(&world.send(request("POST", &url, &form, r#"{"do":"Get"}"#)).await), "net.header");
    assert!(server.seen().is_empty());
    assert_eq!(said(&post(&world, &server, "/x", " {\"d\\u006f\": \"Get\", \"a\": [1, 2]}").await), "200 done");
    assert_eq!(bodies(&server), [r#"{"do":"Get","a":[1,2]}"#]);
}

#[tokio::test]
async fn what_needs_a_person_is_not_sent_without_one() {
    let server = Server::saying("never").await;
    let world = world(&[rule(server.port(), "/x", "")], ALWAYS);
    assert_eq!(said(&post(&world, &server, "/x", "{}").await), "confirm.needed");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_person_is_shown_exactly_what_is_sent_and_nothing_that_is_too_long() {
    let server = Server::saying("done").await;
    let mut world = world(&[rule(server.port(), "/x", "")], ALWAYS);
    let person = with_a_person(&mut world);
    let long = "x".repeat((256 << 10) + 1);
    assert_eq!(said(&post(&world, &server, "/x", &long).await), "confirm.unshowable");
    assert!(server.seen().is_empty() && person.shown.lock().unwrap().is_empty());
    for body in ["", "a=1", "{ \"a\" : 1 }", r#"{"a":1,"a":2}"#] {
        assert_eq!(said(&post(&world, &server, "/x", body).await), "200 done");
    }
    assert_eq!(bodies(&server), ["", "a=1", "{\"a\":1}", r#"{"a":1,"a":2}"#]);
    assert_eq!(*person.shown.lock().unwrap(), bodies(&server));
}

#[tokio::test]
async fn a_redirect_never_carries_a_confirmed_body_on() {
    for (status, sent, comes) in [("307 Temporary Redirect", 1, "net.redirect"), ("302 Found", 1, "net.redirect")] {
        let server = Server::start(move |_| answer(status, "Location: /y\r\n", "")).await;
        let rules = [rule(server.port(), "/x", ""), rule(server.port(), "/y", "")];
        let mut world = world(&rules, &format!("redirects = 3\n{ALWAYS}"));
        let person = with_a_person(&mut world);
        assert_eq!(said(&post(&world, &server, "/x", "{\"a\":1}").await), comes, "{status}");
        assert_eq!((server.seen().len(), person.shown.lock().unwrap().len()), (sent, 1), "{status}");
    }
}

fn batch(port: u16) -> [String; 3] {
    let get = rule(port, "/v1/users/*", "").replace("POST", "GET");
    [rule(port, "/v1/$batch", ", batch = true"), get, rule(port, "/v1/users/*/revoke", "")]
}

fn inner(requests: &[(&str, &str)]) -> String {
    let one = |(id, (method, url)): (usize, &(&str, &str))| {
        format!(r#"{{ "method":"{method}", "id":"{id}", "url":"{url}" }}"#)
    };
    format!("{{\"requests\": [{}]}}", requests.iter().enumerate().map(one).collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn a_batch_with_anything_that_is_not_given_is_not_sent() {
    let server = Server::saying("done").await;
    let world = world(&batch(server.port()), "");
    for (method, url, code) in [
        ("PATCH", "/users/a", "net.method"),
        ("GET", "http://other.test/users/a", "net.bad-target"),
        ("GET", "//other.test/users/a", "net.path"),
        ("POST", "/$batch", "net.path"),
    ] {
        let body = inner(&[("GET", "/users/a"), (method, url)]);
        assert_eq!(said(&post(&world, &server, "/v1/$batch", &body).await), code, "{method} {url}");
    }
    assert!(server.seen().is_empty());
    let body = inner(&[("GET", "/users/%61"), ("POST", "/users/a/revoke")]);
    assert_eq!(said(&post(&world, &server, "/v1/$batch", &body).await), "200 done");
    let sent = r#"{"requests":[{"id":"0","method":"GET","url":"/users/a"},{"id":"1","method":"POST","url":"/users/a/revoke"}]}"#;
    assert_eq!(bodies(&server), [sent]);
    let decided: Vec<String> = world.decisions().split_off(4);
    assert_eq!(decided, ["g", "g", "g"], "the batch and each request in it");
}

#[tokio::test]
async fn a_change_that_needs_a_person_is_not_sent_in_a_batch() {
    let server = Server::saying("done").await;
    let mut world = world(&batch(server.port()), ALWAYS);
    let person = with_a_person(&mut world);
    let body = inner(&[("GET", "/users/a"), ("POST", "/users/a/revoke")]);
    let refused = post(&world, &server, "/v1/$batch", &body).await.unwrap_err().to_string();
    assert!(refused.starts_with("confirm.needed: ") && refused.contains("send it alone"), "{refused}");
    assert!(server.seen().is_empty() && person.shown.lock().unwrap().is_empty());
    assert_eq!(said(&post(&world, &server, "/v1/$batch", &inner(&[("GET", "/users/a")])).await), "200 done");
    assert_eq!(person.shown.lock().unwrap().len(), 1);
}

const FILL: &str = "fill = { \"/profile/password\" = \"password\" }\n";

fn profile(password: &str) -> String {
    format!(r#"{{"profile":{{"password":"{password}"}}}}"#)
}

#[tokio::test]
async fn a_password_is_the_hosts_to_make_and_comes_back_to_nobody() {
    let says_it_all = |seen: &str| {
        let body = seen.split_once("\r\n\r\n").unwrap().1;
        let password = body.split('"').nth(5).unwrap_or_default();
        answer("200 OK", &format!("X-Said: {password}\r\n"), body)
    };
    let server = Server::start(says_it_all).await;
    let rules = [rule(server.port(), "/x", "")];
    let mut world = world(&rules, &format!("{FILL}{ALWAYS}"));
    let placeholder = profile(NetGrant::MADE);
    assert_eq!(said(&post(&world, &server, "/x", &placeholder).await), "confirm.needed");
    let person = with_a_person(&mut world);
    for password in ["Hunter2!Hunter2!", "", "MADE by claudetools after your yes, shown to you alone"] {
        assert_eq!(said(&post(&world, &server, "/x", &profile(password)).await), "net.body", "{password}");
    }
    assert!(server.seen().is_empty() && person.made.lock().unwrap().is_empty());

    let reply = post(&world, &server, "/x", &placeholder).await.unwrap();
    let made = person.made.lock().unwrap().pop().unwrap();
    assert_eq!(bodies(&server), [profile(&made.value)]);
    assert_eq!(*person.shown.lock().unwrap(), [placeholder.as_str()]);
    assert_eq!(reply.body, profile("[secret removed]"));
    assert_eq!(reply.headers["x-said"], "[secret removed]");
    assert_eq!((made.traffic.status(), made.traffic.up()), (Some(200), profile(&made.value).len() as u64));
    assert!(!format!("{made:?}").contains(made.value.as_str()));
    assert_eq!(
        *person.heard.lock().unwrap(),
        ["net.body", "net.body", "net.body", "g", "secret.in-output", "secret.in-output"]
    );
}

#[tokio::test]
async fn a_password_that_a_later_answer_holds_is_taken_out_too() {
    let all = Arc::new(Mutex::new(String::new()));
    let server = Server::start(move |seen| {
        let mut all = all.lock().unwrap();
        all.push_str(seen.split_once("\r\n\r\n").unwrap().1);
        if seen.starts_with("POST /x") { ok("noted") } else { ok(all.as_str()) }
    })
    .await;
    let rules = [rule(server.port(), "/x", ""), rule(server.port(), "/y", "")];
    let mut world = world(&rules, &format!("{FILL}{ALWAYS}"));
    let _person = with_a_person(&mut world);
    assert_eq!(said(&post(&world, &server, "/x", &profile(NetGrant::MADE)).await), "200 noted");
    let reply = post(&world, &server, "/y", "").await.unwrap();
    assert_eq!(reply.body, profile("[secret removed]"));
}
