//! What may be asked for, before anything is sent.

use std::net::TcpListener;

use claudetools_egress::Subject;
use claudetools_policy::Scheme;

use crate::server::Server;
use crate::world::{World, grant, request, said};

/// Asks with a grant for `GET http://api.test:PORT/api/**?q=`; `PORT` in the URL is the port of a server that must not
/// be connected to. The code, and whether a name was asked for.
async fn refused(method: &str, url: &str) -> String {
    let server = Server::saying("never").await;
    let port = server.port();
    let rule = format!(
        r#"{{ scheme = "http", host = "api.test", port = {port}, method = ["GET"], path = "/api/**", query = ["q"] }}"#
    );
    let world = World::of(&format!("[plugin.guest]\n{}", grant("g", &rule, "")));
    for name in ["other.test", "granted"] {
        world.names.set(name, &[&["127.0.0.1"]]);
    }
    let reply = world.send(request(method, &url.replace("PORT", &port.to_string()), &[], "")).await;
    let control = world.get(&format!("http://api.test:{port}/api/v1?q=a")).await;
    assert_eq!(said(&control), "200 never", "the legal request must work");
    assert_eq!((world.names.asked().len(), server.seen().len()), (1, 1), "{url} was asked for");
    let code = said(&reply);
    assert_eq!(world.decisions(), [code.clone(), "g".to_owned()]);
    code
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_even_looked_up() {
    assert_eq!(refused("GET", "http://other.test:PORT/api/v1").await, "net.not-granted");
}

#[tokio::test]
async fn another_port_or_scheme_is_refused() {
    assert_eq!(refused("GET", "http://api.test:8443/api/v1").await, "net.not-granted");
    assert_eq!(refused("GET", "http://api.test/api/v1").await, "net.not-granted");
    assert_eq!(refused("GET", "https://api.test:PORT/api/v1").await, "net.not-granted");
}

#[tokio::test]
async fn another_method_is_refused_in_every_spelling() {
    for method in ["POST", "DELETE", "get", "get ", "G\tET", "TRACE", "CONNECT", ""] {
        assert_eq!(refused(method, "http://api.test:PORT/api/v1").await, "net.method", "{method:?}");
    }
}

#[tokio::test]
async fn a_path_that_leaves_the_granted_one_is_refused() {
    for path in ["/api/../users", "/api/%2e%2e/users", "/api/a%2fb", "/api//users", "/api/v1;x", "/api/a\\b", "/users"]
    {
        assert_eq!(refused("GET", &format!("http://api.test:PORT{path}")).await, "net.path", "{path}");
    }
    assert_eq!(refused("GET", "http://api.test:PORT/api/%zz").await, "net.bad-target");
}

#[tokio::test]
async fn a_query_name_that_is_not_granted_is_refused() {
    assert_eq!(refused("GET", "http://api.test:PORT/api/v1?q=a&key=secret").await, "net.path");
}

#[tokio::test]
async fn a_url_that_could_be_read_in_two_ways_is_refused() {
    for host in [
        "api.test@other.test",
        "other.test\\@api.test",
        "api\t.test",
        "api.test.",
        "ａpi.test",
        "аpi.test",
        "api\n.test",
    ] {
        assert_eq!(refused("GET", &format!("http://{host}:PORT/api/v1")).await, "net.bad-target", "{host:?}");
    }
}

#[tokio::test]
async fn no_scheme_but_http_and_https_is_known() {
    for url in [
        "file:///etc/passwd",
        "ws://api.test:PORT/api/v1",
        "gopher://api.test:PORT/api/v1",
        "unix://run/docker.sock",
        "data:text/plain,x",
    ] {
        assert_eq!(refused("GET", url).await, "net.bad-target", "{url}");
    }
}

#[tokio::test]
async fn an_empty_list_allows_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://api.test:{}/", listener.local_addr().unwrap().port());
    for policy in ["[plugin.guest]", &format!("[plugin.guest]\n{}", grant("g", "", ""))] {
        let world = World::of(policy);
        assert_eq!(said(&world.get(&url).await), "net.not-granted");
        assert!(world.names.asked().is_empty());
    }
}

#[tokio::test]
async fn the_audit_hears_everything_but_the_values_of_the_query() {
    let server = Server::saying("hello").await;
    let world = World::granted(server.port(), "");
    let sent =
        world.send(request("POST", &format!("http://api.test:{}/a%20b?q=private", server.port()), &[], "body")).await;
    assert_eq!(said(&sent), "200 hello");
    let asked = world.asked();
    let target = &asked.target;
    assert_eq!(
        (target.scheme, target.host.to_string(), target.port),
        (Scheme::Http, "api.test".to_owned(), server.port())
    );
    assert_eq!((target.method.as_str(), &target.segments), ("POST", &vec!["a b".to_owned()]));
    assert_eq!(target.query, [("q".to_owned(), String::new())]);
    assert_eq!((asked.traffic.up(), asked.traffic.down(), asked.traffic.status()), (4, 5, Some(200)));
    assert_eq!((asked.secret, world.decisions()), (None, vec!["g".to_owned()]));
}

#[tokio::test]
async fn what_cannot_be_read_is_shown_without_its_path_and_harmless() {
    let world = World::granted(1, "");
    let _ = world.get("http://a\u{202e}b@c\n/private").await;
    let notes = world.notes.lock().unwrap();
    let Subject::Unreadable(shown) = &notes[0].subject else { panic!("{notes:?}") };
    assert_eq!(shown, "GET a\\u{202e}b@c\\n");
}
