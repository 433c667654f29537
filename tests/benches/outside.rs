//! What the program costs from outside: a review of many plugins, an MCP client's calls, an update until it is live. Printed, never asserted.
//!
//! `cargo bench --workspace --bench outside`, after `cargo build --release --workspace --bin claudetools`. The plugins are one small
//! component under many names, so that what is measured is ours and not theirs.

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use claudetools_tests::bot::Setup;
use claudetools_tests::built::{guest, program};
use claudetools_tests::company::{Places, approval, signed};
use serde_json::{Value, json};
use wasm_encoder::{CustomSection, Section as _};

/// Plugins besides the built-in ones.
const PLUGINS: usize = 50;

/// Calls over MCP whose percentiles are printed.
const CALLS: usize = 2000;

const POLICY: &str = include_str!("../../plugins.toml");
const MANIFEST: &str = include_str!("../guests/echo/manifest.toml");

fn main() {
    // A cache of its own, which may be emptied.
    let places = Places::new().unwrap();
    let mut policy = POLICY.replace("\"600/min\"", "\"100000/min\"");
    assert_ne!(policy, POLICY, "more calls than a person makes");
    for number in 0..PLUGINS {
        let bytes = plugin(number);
        let name = format!("echo{number}");
        std::fs::write(places.path(&format!("base/plugins/{name}.wasm")), &bytes).unwrap();
        policy.push_str(&format!(
            "\n[plugin.{name}]\ncomponent = \"plugins/{name}.wasm\"\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n{}",
            approval(&bytes)
        ));
    }
    std::fs::write(places.path("base/plugins.toml"), signed(&policy)).unwrap();
    review(&places);
    mcp(&places);
    updates(&places);
}

/// The guest `echo` under another name, with its manifest where `plugin pack` puts one.
fn plugin(number: usize) -> Vec<u8> {
    let section = b"claudetools:manifest";
    let mut bytes = guest("echo");
    let at = bytes.windows(section.len()).position(|window| window == section).unwrap();
    bytes[at] = b'x';
    let manifest = MANIFEST.replace("\"echo\"", &format!("\"echo{number}\""));
    let data = manifest.as_bytes().into();
    CustomSection { name: "claudetools:manifest".into(), data }.append_to(&mut bytes);
    bytes
}

fn review(places: &Places) {
    let taken = (0..6).map(|_| {
        let began = Instant::now();
        let output = Setup::new(places).run(&["plugin", "review", "--format", "json"]).unwrap();
        assert!(String::from_utf8(output.stdout).unwrap().contains("echo49"));
        began.elapsed()
    });
    report(&format!("`plugin review` of {PLUGINS} plugins"), taken.skip(1).collect());
}

fn mcp(places: &Places) {
    drop(Client::start(places));
    let taken = (0..10).map(|_| {
        let began = Instant::now();
        let mut client = Client::start(places);
        assert!(client.ask("tools/list", &json!({})).to_string().contains("echo49"));
        began.elapsed()
    });
    report(&format!("`mcp` to its list of tools, {PLUGINS} plugins, warm cache"), taken.collect());
    let mut client = Client::start(places);
    let taken = (0..CALLS + 50).map(|_| {
        let began = Instant::now();
        assert!(client.works("echo0"));
        began.elapsed()
    });
    report("a no-op tool over `mcp`", taken.skip(50).collect());
}

/// Files that wait because they are not the approved ones, and are replaced by those.
fn updates(places: &Places) {
    let file = |number: usize| places.path(&format!("base/plugins/echo{number}.wasm"));
    for number in 1..=5 {
        std::fs::write(file(number), [plugin(number), vec![0, 2, 1, b'x']].concat()).unwrap();
    }
    for compiled in std::fs::read_dir(places.path("data/compiled")).unwrap() {
        std::fs::remove_file(compiled.unwrap().path()).unwrap();
    }
    let mut client = Client::start(places);
    let taken = (1..=5).map(|number| {
        let name = format!("echo{number}");
        assert!(!client.works(&name));
        std::fs::write(places.path("base/new"), plugin(number)).unwrap();
        std::fs::rename(places.path("base/new"), file(number)).unwrap();
        let began = Instant::now();
        while !client.works(&name) {
            std::thread::sleep(Duration::from_millis(5));
        }
        began.elapsed()
    });
    report("an approved update from its file to its first answer", taken.collect());
}

fn report(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100];
    println!("{what}: p50 {:.2?}, p99 {:.2?}, n={}", at(50), at(99), taken.len());
}

/// An MCP client that writes and reads lines, and nothing else.
struct Client {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    id: u64,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "a benchmark starts the program it measures")]
    fn start(places: &Places) -> Self {
        let mut command = Command::new(program());
        command.args(["mcp", "--as", "tech"]).current_dir(places.path("base")).env_clear();
        command.env("CLAUDETOOLS_ROOT", places.path("repo")).env("VAULT_PATH", places.path("vault"));
        command.env("CLAUDETOOLS_DATA_DIR", places.path("data"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
        let mut client = Self { child, input, output, id: 0 };
        let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } });
        client.ask("initialize", &hello);
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    /// Whether this tool of a plugin answers.
    fn works(&mut self, tool: &str) -> bool {
        let answer = self.ask("tools/call", &json!({ "name": tool, "arguments": { "text": "x" } }));
        answer["result"]["content"][0]["text"] == "x"
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }));
        loop {
            let line: Value = serde_json::from_str(&self.output.next().unwrap().unwrap()).unwrap();
            if line["id"] == self.id {
                return line;
            }
        }
    }

    fn send(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
