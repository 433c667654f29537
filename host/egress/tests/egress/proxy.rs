//! The proxy of a jail, beside the nearest connection that works.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use claudetools_egress::{Egress, Note, Proxy, Subject};
use claudetools_policy::{Jail, Policy};
use insta::assert_snapshot;

use crate::server::Server;
use crate::world::Names;

struct World {
    at: SocketAddr,
    names: Names,
    notes: Arc<Mutex<Vec<Note>>>,
    proxy: Proxy,
}

impl World {
    /// For a jail with these services that reaches this machine, unless `reach` says what else.
    fn of(net: &[String], reach: &str) -> Self {
        let policy = Policy::parse(&format!("schema = 1\n[jails.j]\nnet = {net:?}\nreach = {reach}")).unwrap();
        let jail: Jail = policy.jails["j"].clone();
        let names = Names::default();
        names.set("api.test", &[&["127.0.0.1"]]);
        let egress = Arc::new(Egress::new(names.clone(), &[], Arc::default()).unwrap());
        let notes: Arc<Mutex<Vec<Note>>> = Arc::default();
        let heard = Arc::clone(&notes);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let proxy =
            egress.serve(listener, jail, "g", Arc::new(move |note: Note| heard.lock().unwrap().push(note))).unwrap();
        Self { at, names, notes, proxy }
    }

    fn at(port: u16) -> Self {
        Self::of(&[format!("api.test:{port}")], "[\"127.0.0.0/8\"]")
    }

    /// What comes back for these words, to the end of the connection.
    async fn say(&self, words: String) -> String {
        let at = self.at;
        let said = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(at).unwrap();
            stream.write_all(words.as_bytes()).unwrap();
            let mut text = Vec::new();
            // What was cut is as good as an end.
            let _ = stream.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        said.await.unwrap()
    }

    async fn connect(&self, service: &str) -> String {
        let inside = "GET /inside HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        self.say(format!("CONNECT {service} HTTP/1.1\r\n\r\n{inside}")).await
    }

    fn heard(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap();
        let one = |note: &Note| match (&note.subject, &note.decision) {
            (Subject::Service(service), Ok(grant)) => format!("{service} {grant}"),
            (Subject::Service(service), Err(refusal)) => format!("{service} {}", refusal.code),
            (other, decision) => format!("{other:?} {decision:?}"),
        };
        notes.iter().map(one).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_to_a_listed_service_carries_what_is_said() {
    let server = Server::saying("here").await;
    let world = World::at(server.port());
    let service = format!("api.test:{}", server.port());
    let came = world.connect(&service).await;
    assert!(came.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK"), "{came}");
    assert!(came.ends_with("here"), "{came}");
    assert_eq!(world.heard(), [format!("{service} g")]);
    assert_eq!(world.names.asked(), ["api.test"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_tls_goes_through_too() {
    let server = Server::saying("plain").await;
    let world = World::at(server.port());
    let said = format!("GET http://api.test:{}/a HTTP/1.1\r\nHost: evil\r\n\r\n", server.port());
    let came = world.say(said).await;
    assert!(came.starts_with("HTTP/1.1 200") && came.ends_with("plain"), "{came}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_listed_is_refused_with_its_code_and_nobody_is_asked() {
    let server = Server::saying("here").await;
    let world = World::at(server.port());
    let port = server.port();
    let others = [format!("127.0.0.1:{port}"), format!("evil.test:{port}"), "api.test:22".to_owned()];
    for other in &others {
        let came = world.connect(other).await;
        assert!(came.starts_with("HTTP/1.1 403 Forbidden") && came.contains("net.not-granted: "), "{other}: {came}");
    }
    assert_eq!(world.heard(), others.map(|other| format!("{other} net.not-granted")));
    let odd = world.connect(&format!("api.test:{port}@evil.test:{port}")).await;
    assert!(odd.contains("net.bad-target: "), "{odd}");
    assert_snapshot!(world.say("GET /etc/passwd HTTP/1.1\r\n\r\n".into()).await, @"
    HTTP/1.1 403 Forbidden
    Content-Type: text/plain; charset=utf-8
    Content-Length: 64
    Connection: close

    net.bad-target: What the program said to its proxy is not HTTP.
    ");
    assert!(world.names.asked().is_empty() && server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_any_private_address_is_refused() {
    let server = Server::saying("here").await;
    let service = format!("api.test:{}", server.port());
    for answer in [&["127.0.0.1"][..], &["93.184.216.34", "10.0.0.5"], &["::1"], &["169.254.169.254"]] {
        let world = World::of(std::slice::from_ref(&service), "\"public\"");
        world.names.set("api.test", &[answer]);
        let came = world.connect(&service).await;
        assert!(came.contains("net.private: "), "{answer:?}: {came}");
        assert_eq!(world.heard(), [format!("{service} net.private")]);
    }
    assert!(server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_connects_to_the_address_that_was_decided_on_and_asks_once() {
    let server = Server::saying("decided").await;
    let world = World::at(server.port());
    world.names.set("api.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    assert!(world.connect(&format!("api.test:{}", server.port())).await.ends_with("decided"));
    assert_eq!(world.names.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_is_said_to_be_so() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world = World::at(port);
    let service = format!("api.test:{port}");
    assert!(world.connect(&service).await.contains("the host took no connection"));
    world.names.set("api.test", &[&[]]);
    assert!(world.connect(&service).await.contains("the host's name was not resolved"));
    assert_eq!(world.heard(), [format!("{service} g"), format!("{service} g")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_dropped_takes_its_connections_with_it() {
    let World { at, proxy, .. } = World::at(1);
    let mut stream = TcpStream::connect(at).unwrap();
    drop(proxy);
    let ended = tokio::task::spawn_blocking(move || stream.read(&mut [0]));
    assert!(matches!(ended.await.unwrap(), Ok(0) | Err(_)));
}
