//! Where a connection may go to.

use std::net::{IpAddr, Ipv4Addr};

use crate::server::{Server, ok};
use crate::world::{World, grant, rule, said};

/// With a grant for every host on the Internet.
fn anywhere() -> World {
    let rule = r#"{ scheme = "http", host = "*", method = ["GET"], path = "/**" }"#;
    World::of(&format!("[plugin.guest]\n{}", grant("g", rule, "reach = \"public\"")))
}

#[tokio::test]
async fn no_spelling_of_a_special_address_is_connected_to() {
    let spellings = [
        ("169.254.169.254", "net.private"),
        ("127.0.0.1", "net.private"),
        ("100.64.0.1", "net.private"),
        ("192.0.0.1", "net.private"),
        ("198.18.0.1", "net.private"),
        ("240.0.0.1", "net.private"),
        ("255.255.255.255", "net.private"),
        ("[::1]", "net.private"),
        ("[::ffff:10.0.0.1]", "net.private"),
        ("[64:ff9b::a9fe:a9fe]", "net.private"),
        ("[2002:7f00:1::]", "net.private"),
        ("[fe80::1]", "net.private"),
        ("[fe80::1%eth0]", "net.bad-target"),
        ("127.1", "net.bad-target"),
        ("0", "net.bad-target"),
        ("0x7f000001", "net.bad-target"),
        ("2130706433", "net.bad-target"),
        ("017700000001", "net.bad-target"),
        ("0177.0.0.1", "net.bad-target"),
    ];
    for (host, code) in spellings {
        let world = anywhere();
        assert_eq!(said(&world.get(&format!("http://{host}/")).await), code, "{host}");
        assert!(world.names.asked().is_empty(), "{host} was looked up");
    }
}

#[tokio::test]
async fn an_address_of_the_network_that_is_reached_works() {
    let server = Server::saying("here").await;
    let world = World::of(&format!("[plugin.guest]\n{}", grant("g", &rule("127.0.0.1", server.port()), "")));
    assert_eq!(said(&world.get(&format!("http://127.0.0.1:{}/", server.port())).await), "200 here");
}

#[tokio::test]
async fn a_name_with_a_private_address_is_refused_whatever_else_it_has() {
    for answer in [&["10.0.0.5"][..], &["93.184.216.34", "127.0.0.1"], &["127.0.0.1", "93.184.216.34"], &["::1"]] {
        let world = anywhere();
        world.names.set("api.test", &[answer]);
        let reply = world.get("http://api.test/").await;
        assert_eq!((said(&reply), world.decisions()), ("net.private".to_owned(), vec!["net.private".to_owned()]));
        let told = reply.unwrap_err().to_string();
        assert_eq!(told, "net.private: `api.test` has an address that this plugin may not reach.");
    }
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_decided_on() {
    let granted: IpAddr = Ipv4Addr::new(127, 0, 0, 2).into();
    let server = Server::at(granted, 0, |_| ok("decided")).await;
    let trap = Server::at(Ipv4Addr::LOCALHOST.into(), server.port(), |_| ok("rebound")).await;
    let world = World::granted(server.port(), "reach = [\"127.0.0.2/32\"]");
    world.names.set("api.test", &[&["127.0.0.2"], &["127.0.0.1"]]);
    let url = format!("http://api.test:{}/", server.port());
    assert_eq!(said(&world.get(&url).await), "200 decided");
    assert_eq!(world.names.asked().len(), 1, "it is asked once, so that no second answer can differ");
    // And the next request is decided on anew.
    assert_eq!(said(&world.get(&url).await), "net.private");
    assert!(trap.seen().is_empty());
}

#[tokio::test]
async fn an_address_that_takes_no_connection_is_followed_by_the_next() {
    let server = Server::saying("second").await;
    let world = World::granted(server.port(), "");
    world.names.set("api.test", &[&["127.0.0.9", "127.0.0.1"]]);
    assert_eq!(said(&world.get(&format!("http://api.test:{}/", server.port())).await), "200 second");
}

#[tokio::test]
async fn trouble_is_told_in_a_few_words_and_noted_as_allowed() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world = World::granted(port, "");
    let url = format!("http://api.test:{port}/");
    assert_eq!(said(&world.get(&url).await), "the host took no connection");
    world.names.set("api.test", &[&[]]);
    assert_eq!(said(&world.get(&url).await), "the host's name was not resolved");
    assert_eq!(world.decisions(), ["g", "g"]);
}
