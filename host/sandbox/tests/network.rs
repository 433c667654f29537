//! Requests, sockets and variables of a real guest, which `cargo xtask build` makes of `tests/guests/evil-net`.

#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "it uses a part of what the other tests do")]
mod guest;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use claudetools_policy::{Admission, Policy, admit};
use claudetools_sandbox::{Call, Compiler, Outcome, Part, Plugin, Sandbox, Subject, inspect};
use guest::said;
use serde_json::{Value, json};

const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests/evil-net.wasm");

/// A server that answers every request with its own first line, once it has all of a body that says its length or ends.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let (mut text, mut buffer) = (String::new(), [0; 4096]);
            while !whole(&text) {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
                }
            }
            let line = text.lines().next().unwrap_or_default();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}", line.len());
        }
    });
    port
}

fn whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    match length.and_then(|length| length.trim().parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None => !head.contains("chunked") || body.ends_with("0\r\n\r\n"),
    }
}

struct House {
    sandbox: Sandbox,
    plugin: Plugin,
    port: u16,
    _dir: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("repo")).unwrap();
        let port = server();
        let policy = format!(
            r#"schema = 1
            [roots.repo]
            [roles.all]
            local = true
            [plugin.evil-net]
            callers = {{ roles = ["all"], origin = ["model"] }}
            [[plugin.evil-net.grant]]
            id = "api"
            why = "for tests"
            kind = "net"
            reach = ["127.0.0.0/8"]
            bytes = {{ up = "8KiB", down = "1KiB" }}
            allow = [{{ scheme = "http", host = "127.0.0.1", port = {port}, method = ["GET", "POST"], path = "/api/**", query = ["q"] }}]
            [[plugin.evil-net.grant]]
            id = "where"
            why = "for tests"
            kind = "env"
            values = {{ REGION = "eu", TIER = "gold" }}"#
        );
        let policy = Policy::parse(&policy).unwrap();
        let sandbox = guest::sandbox(&policy, dir.path(), Compiler::InProcess);
        let bytes = std::fs::read(Path::new(GUEST))
            .unwrap_or_else(|error| panic!("{GUEST}: {error}; run `cargo xtask guests` first"));
        let Admission::Admitted(admitted) = admit(inspect(&bytes).unwrap(), &policy, true) else { panic!("waits") };
        let plugin = sandbox.load(&bytes, admitted).await.unwrap();
        Self { sandbox, plugin, port, _dir: dir }
    }

    /// Calls a tool; `PORT` in a URL is the server's.
    async fn call(&self, tool: &str, mut input: Value) -> Outcome {
        if let Some(url) = input["url"].as_str() {
            input["url"] = json!(url.replace("PORT", &self.port.to_string()));
        }
        let call = Call { id: "call-1".into(), tool: tool.into(), input: input.to_string(), ..Call::default() };
        self.sandbox.call(&self.plugin, call).outcome().await
    }

    /// The code that a tool ends with, which is the only refusal that was noted.
    async fn refused(&self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        let codes: Vec<_> = outcome.effects.rows.iter().filter_map(|row| row.decision.as_ref().err()).collect();
        assert_eq!(codes.len(), 1, "{tool}: {:?} {:?}", outcome.effects, outcome.result);
        let said = said(&outcome);
        assert_eq!(said.split(':').next(), Some(codes[0].code.as_str()), "{said}");
        self.still_works().await;
        codes[0].code.to_string()
    }

    async fn still_works(&self) {
        let outcome = self.call("net-request", json!({ "url": "http://127.0.0.1:PORT/api/v1?q=a" })).await;
        assert!(text(&outcome).ends_with("GET /api/v1?q=a HTTP/1.1"), "{outcome:?}");
    }
}

fn text(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(output) => match &output.parts[0] {
            Part::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        },
        Err(failure) => panic!("{failure}"),
    }
}

#[tokio::test]
async fn a_granted_request_is_made_and_noted_with_what_passed() {
    let house = House::new().await;
    let outcome = house
        .call(
            "net-request",
            json!({ "url": "http://127.0.0.1:PORT/api/v1?q=private", "method": "POST", "body": "hello" }),
        )
        .await;
    assert!(text(&outcome).ends_with("POST /api/v1?q=private HTTP/1.1"), "{outcome:?}");
    let [row] = &outcome.effects.rows[..] else { panic!("{:?}", outcome.effects) };
    let Subject::Request(asked) = &row.subject else { panic!("{row:?}") };
    assert_eq!(row.decision, Ok("api".to_owned()));
    assert_eq!(asked.target.to_string(), format!("POST http://127.0.0.1:{}/api/v1?q=…", house.port));
    assert_eq!((asked.traffic.up(), asked.traffic.down(), asked.traffic.status()), (5, 31, Some(200)));
}

#[tokio::test]
async fn what_no_grant_gives_is_refused_and_noted_once() {
    let house = House::new().await;
    let refused = async |tool, input| house.refused(tool, input).await;
    assert_eq!(refused("net-request", json!({ "url": "http://127.0.0.2:PORT/api/v1" })).await, "net.not-granted");
    assert_eq!(
        refused("net-request", json!({ "url": "http://127.0.0.1:PORT/api/v1", "method": "PUT" })).await,
        "net.method"
    );
    assert_eq!(refused("net-request", json!({ "url": "http://127.0.0.1:PORT/api/../x" })).await, "net.path");
    assert_eq!(refused("net-request", json!({ "url": "http://a@127.0.0.1:PORT/api/v1" })).await, "net.bad-target");
    assert_eq!(refused("net-request", json!({ "url": "gopher://127.0.0.1:PORT/api/v1" })).await, "net.bad-target");
}

#[tokio::test]
async fn what_wasi_http_turns_down_itself_is_noted_with_its_code() {
    let house = House::new().await;
    let with = |key: &str, value: Value| {
        let mut input = json!({ "url": "http://127.0.0.1:PORT/api/v1" });
        input[key] = value;
        input
    };
    assert_eq!(house.refused("net-request", with("method", json!("G\tET"))).await, "net.method");
    for url in ["http+unix://x/", "http://127.0.0.1:PORT\t/", "http://a b/", "http:///api"] {
        assert_eq!(house.refused("net-request", with("url", json!(url))).await, "net.bad-target", "{url}");
    }
    for header in [["ac cept", "x"], ["", "x"], ["accept", "a\r\nhost: evil"], ["content-length", "5"]] {
        assert_eq!(house.refused("net-request", with("headers", json!([header]))).await, "net.header", "{header:?}");
    }
}

#[tokio::test]
async fn a_length_that_is_the_bodys_is_sent() {
    let house = House::new().await;
    let input = json!({
        "url": "http://127.0.0.1:PORT/api/v1", "method": "POST", "body": "hello", "headers": [["Content-Length", "5"]]
    });
    assert!(text(&house.call("net-request", input).await).ends_with("POST /api/v1 HTTP/1.1"));
}

#[tokio::test]
async fn headers_are_decided_on_where_they_are_noted() {
    let house = House::new().await;
    for name in ["Host", "Transfer-Encoding", "Connection", "Authorization", "x-other"] {
        let input = json!({ "url": "http://127.0.0.1:PORT/api/v1", "headers": [[name, "1"]] });
        assert_eq!(house.refused("net-request", input).await, "net.header", "{name}");
    }
    let late = json!({ "url": "http://127.0.0.1:PORT/api/v1", "headers": [["host", "evil"]] });
    assert_eq!(house.refused("net-trailers", late).await, "net.header");
}

#[tokio::test]
async fn a_flood_of_headers_ends_the_call_and_nothing_else() {
    let house = House::new().await;
    for (count, bytes) in [(40_000, 1), (1, 1 << 20), (65, 1)] {
        let input = json!({ "url": "http://127.0.0.1:PORT/api/v1", "count": count, "bytes": bytes });
        assert_eq!(house.refused("net-header-flood", input).await, "net.header", "{count}");
    }
}

#[tokio::test]
async fn an_upload_beyond_the_grant_is_ended_while_it_runs() {
    let house = House::new().await;
    let outcome = house.call("net-upload", json!({ "url": "http://127.0.0.1:PORT/api/v1", "bytes": 1 << 20 })).await;
    assert!(said(&outcome).starts_with("net.bytes: "), "{outcome:?}");
    let outcome = house.call("net-upload", json!({ "url": "http://127.0.0.1:PORT/api/v1", "bytes": 8192 })).await;
    assert_eq!(text(&outcome), "200");
}

#[tokio::test]
async fn sockets_are_refused_whatever_is_granted() {
    let house = House::new().await;
    for tool in ["net-socket", "net-datagram", "net-lookup"] {
        let outcome = house.call(tool, json!({ "authority": format!("127.0.0.1:{}", house.port) })).await;
        assert!(said(&outcome).starts_with("net.not-granted: ") || tool == "net-lookup", "{tool}: {outcome:?}");
    }
    assert_eq!(house.refused("net-lookup", json!({ "authority": "localhost:80" })).await, "net.not-granted");
}

#[tokio::test]
async fn the_environment_is_what_is_asked_for_and_granted() {
    let house = House::new().await;
    assert_eq!(text(&house.call("net-environment", json!({})).await), "REGION=eu");
}
