//! The network of a jail: its proxy, and nothing else.

use std::io::{Read, Write};
use std::net::TcpListener;

use claudetools_sandbox::{Outcome, Subject};
use serde_json::json;

use crate::house::{House, text};

/// A jail that is connected to this port of this machine.
const ONLINE: &str = r#"
[jails.online]
net = ["localhost:PORT"]
reach = ["127.0.0.0/8", "::1/128"]
fs = [{ root = "repo", access = "read" }]
env = { PATH = "/usr/bin:/bin", http_proxy = "http://evil.example.com" }
[[plugin.evil-exec.grant]]
id = "online"
why = "for tests"
kind = "shell"
interpreter = { path = "/usr/bin/bash", sha256 = "BASH" }
command = "online"
jail = "online"
"#;

/// A server that says `here` to everybody.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // Whoever asks is answered, whatever becomes of it.
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere");
        }
    });
    port
}

async fn online(script: &str) -> (String, Vec<String>) {
    let port = server();
    let house = House::with("", &ONLINE.replace("PORT", &port.to_string())).await;
    let script = script.replace("PORT", &port.to_string());
    let outcome = house.call("exec-run", json!({ "program": "online", "args": ["-c", script] })).await;
    (text(&outcome), decisions(&outcome).into_iter().map(|line| line.replace(&port.to_string(), "PORT")).collect())
}

/// What was decided on the network.
fn decisions(outcome: &Outcome) -> Vec<String> {
    let rows = outcome.effects.rows.iter().filter_map(|row| match &row.subject {
        Subject::Network(service) => Some((service, &row.decision)),
        _ => None,
    });
    rows.map(|(service, decision)| match decision {
        Ok(grant) => format!("{service} {grant}"),
        Err(refusal) => format!("{service} {}", refusal.code),
    })
    .collect()
}

/// Says something to the proxy and shows what comes back.
const SAY: &str = "say() { exec 3<>/dev/tcp/127.0.0.1/3128; printf \"$1\" >&3; cat <&3; exec 3>&-; }; ";

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_service_is_reached_through_the_proxy_and_noted() {
    let script = format!("{SAY} say 'CONNECT localhost:PORT HTTP/1.1\\r\\n\\r\\nGET / HTTP/1.0\\r\\n\\r\\n'");
    let (said, noted) = online(&script).await;
    assert!(said.contains("200 Connection established") && said.contains("here"), "{said}");
    assert_eq!(noted, ["localhost:PORT online"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_find_the_proxy_in_their_environment_whatever_the_jail_says() {
    let (said, _) = online("echo $http_proxy $https_proxy $HTTP_PROXY $HTTPS_PROXY").await;
    assert_eq!(said, format!("{}\nexit 0", ["http://127.0.0.1:3128"; 4].join(" ")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_listed_is_refused_and_noted() {
    let script = format!(
        "{SAY} say 'CONNECT example.com:443 HTTP/1.1\\r\\n\\r\\n'; say 'CONNECT localhost:1 HTTP/1.1\\r\\n\\r\\n'"
    );
    let (said, noted) = online(&script).await;
    assert_eq!(said.matches("403 Forbidden").count(), 2, "{said}");
    assert_eq!(noted, ["example.com:443 net.not-granted", "localhost:1 net.not-granted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_reached_without_the_proxy() {
    let direct = "for a in localhost/PORT 127.0.0.1/PORT 1.1.1.1/53; do (exec 3<>/dev/tcp/$a) 2>/dev/null && echo REACHED; done; echo done";
    let (said, noted) = online(direct).await;
    assert_eq!((said.as_str(), noted.len()), ("done\nexit 0", 0));
}
