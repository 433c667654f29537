//! What commands cost in the shell of the sandbox, beside the machine's own bash over the same files in the same run.
//! Printed, never asserted.
//!
//! `cargo bench -p claudetools-tests --bench shell -- --files=20000`

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::process::Command;
use std::time::{Duration, Instant};

use claudetools_agent::tools::ToolEvent;
use claudetools_tests::company::{Company, Places};
use serde_json::json;

const POLICY: &str = include_str!("../../plugins.toml");

/// Pipelines whose output must be the same in both.
const PIPELINES: [(&str, &str); 4] = [
    ("find, counted", "find . -name '*.rs' | wc -l"),
    ("find and sort", "find . -type f | sort | tail -1"),
    ("grep -r, sorted", "grep -rl needle_in_the_hay . | sort | head -3"),
    ("cat, sort, uniq", "cat d1/*/*.rs | tr -s ' ' '\\n' | sort | uniq -c | sort -rn | head -3"),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let places = Places::in_memory().unwrap();
    let files = std::env::args().find_map(|word| word.strip_prefix("--files=")?.parse().ok()).unwrap_or(20_000);
    tree(&places.path("repo/tree"), files);
    let company = Company::open(&places, POLICY).await.unwrap();
    let times = (0..202).map(|_| "true");
    let mut taken = Vec::new();
    for command in times {
        taken.push(ours(&company, command).await.0);
    }
    report("Bash `true`", taken.split_off(2));
    for (what, pipeline) in PIPELINES {
        let command = format!("cd /repo/tree; {pipeline}");
        let (mut here, mut native) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let (took, said) = ours(&company, &command).await;
            let (natively, wanted) = bash(&places, pipeline);
            assert_eq!(said.trim(), wanted.trim(), "{pipeline}");
            here.push(took);
            native.push(natively);
        }
        let ratio = median(&mut here).as_secs_f64() / median(&mut native).as_secs_f64();
        println!("{what}, {files} files: {:.1?}, native bash {:.1?}; ratio {ratio:.1}", here[1], native[1]);
    }
    lines(&company).await;
}

async fn lines(company: &Company) {
    let input = json!({ "command": "for i in {1..10000}; do echo \"line $i\"; done" }).to_string();
    let began = Instant::now();
    let (_, events) = company.call_in("1", "Bash", &input, &["tech"]).await;
    let took = began.elapsed();
    let text = |event: ToolEvent| if let ToolEvent::Append(text) = event { text } else { String::new() };
    let lines = events.into_iter().map(text).collect::<String>().lines().count();
    println!("10,000 lines of a loop, streamed: {lines} came, in {took:.1?}");
}

/// How long a command takes here, and what whoever watches sees of it.
async fn ours(company: &Company, command: &str) -> (Duration, String) {
    let input = json!({ "command": command }).to_string();
    let began = Instant::now();
    let (result, events) = company.call_in("1", "Bash", &input, &["tech"]).await;
    let took = began.elapsed();
    assert!(!result.is_error, "{:?}", result.content);
    let text = |event: ToolEvent| if let ToolEvent::Append(text) = event { text } else { String::new() };
    (took, events.into_iter().map(text).collect())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark starts what it compares with")]
fn bash(places: &Places, command: &str) -> (Duration, String) {
    let mut bash = Command::new("bash");
    bash.args(["-c", command]).current_dir(places.path("repo/tree")).env("LC_ALL", "C");
    let began = Instant::now();
    let output = bash.output().unwrap();
    (began.elapsed(), String::from_utf8(output.stdout).unwrap())
}

fn report(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100];
    println!("{what}: p50 {:.2?}, p99 {:.2?}, n={}", at(50), at(99), taken.len());
}

fn median(taken: &mut [Duration]) -> Duration {
    taken.sort();
    taken[taken.len() / 2]
}

/// Files of half a kilobyte in a thousand directories.
fn tree(at: &std::path::Path, files: usize) {
    for number in 0..files {
        let directory = at.join(format!("d{}/e{}", number % 50, number / 50 % 20));
        std::fs::create_dir_all(&directory).unwrap();
        let needle = if number % 1000 == 7 { "needle_in_the_hay\n" } else { "" };
        let text = format!("fn count_{number}(things: &[u64]) -> u64 {{ things.iter().sum() }}\n").repeat(8);
        std::fs::write(directory.join(format!("f{number}.rs")), text + needle).unwrap();
    }
}
