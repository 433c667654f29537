//! What tool calls cost end to end: policy, audit, a fresh instance, the guest, the ledger. Printed, never asserted.
//!
//! `cargo bench -p claudetools-tests --bench tools -- --files=21000`. Grep is a ratio to a native one-thread search with the same crates
//! in the same run; the files have about 20 KB each.

use std::path::Path;
use std::time::{Duration, Instant};

use claudetools_tests::built::guest;
use claudetools_tests::company::{Company, Places, approval};
use grep_searcher::{Searcher, Sink, SinkMatch};

const POLICY: &str = include_str!("policy.toml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn std::error::Error>> {
    let places = Places::new()?;
    let echo = guest("echo");
    std::fs::write(places.path("base/plugins/echo.wasm"), &echo)?;
    let files = std::env::args().find_map(|word| word.strip_prefix("--files=")?.parse().ok()).unwrap_or(21_000);
    let bytes = tree(&places.path("repo/tree"), files)?;
    println!("{files} files, {} MB", bytes / 1_000_000);
    let company = Company::open(&places, &format!("{POLICY}{}", approval(&echo))).await?;
    small(&company, "no-op (echo)", "echo", r#"{"text":"x"}"#, 500).await;
    small(&company, "Read, 2 KB", "Read", r#"{"file_path":"/repo/tree/two-kb.txt"}"#, 300).await;
    edits(&company).await;
    small(&company, "Glob, every file", "Glob", r#"{"pattern":"tree/**/*.rs"}"#, 5).await;
    for (what, pattern) in [("rare literal", "needle_in_the_hay"), ("regex, many matches", r"\b(fn|struct|impl)\s+\w+")]
    {
        let native = median(5, || native(&places.path("repo"), pattern))?;
        let input = serde_json::json!({ "pattern": pattern, "output_mode": "count", "head_limit": 0 }).to_string();
        let ours = small(&company, &format!("Grep, {what}"), "Grep", &input, 5).await;
        let ratio = ours.as_secs_f64() / native.as_secs_f64();
        println!("  native, one thread: {native:.1?}; ratio {ratio:.2}");
    }
    Ok(())
}

/// Calls a tool again and again; prints and answers the median.
async fn small(company: &Company, what: &str, tool: &str, input: &str, times: usize) -> Duration {
    let mut taken = Vec::new();
    for _ in 0..times + 2 {
        let started = Instant::now();
        let result = company.call(tool, input, &["tech"]).await;
        taken.push(started.elapsed());
        assert!(!result.is_error, "{tool}: {:?}", result.content);
    }
    report(what, taken.split_off(2))
}

/// Edits a file to and fro.
async fn edits(company: &Company) {
    let path = "/repo/tree/two-kb.txt";
    let mut taken = Vec::new();
    for (old, new) in [("first line", "other line"), ("other line", "first line")].into_iter().cycle().take(100) {
        let input = serde_json::json!({ "file_path": path, "old_string": old, "new_string": new }).to_string();
        let started = Instant::now();
        let result = company.call("Edit", &input, &["tech"]).await;
        taken.push(started.elapsed());
        assert!(!result.is_error, "{:?}", result.content);
    }
    report("Edit, 2 KB", taken);
}

fn report(what: &str, mut taken: Vec<Duration>) -> Duration {
    taken.sort();
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100];
    println!("{what}: p50 {:.2?}, p99 {:.2?}, n={}", at(50), at(99), taken.len());
    at(50)
}

fn median(times: usize, mut run: impl FnMut() -> std::io::Result<u64>) -> std::io::Result<Duration> {
    let mut taken = Vec::new();
    for _ in 0..times {
        let started = Instant::now();
        std::hint::black_box(run()?);
        taken.push(started.elapsed());
    }
    taken.sort();
    Ok(taken[times / 2])
}

/// The same search in one thread of a native program: the number of lines that match.
fn native(root: &Path, pattern: &str) -> std::io::Result<u64> {
    let matcher = grep_regex::RegexMatcher::new_line_matcher(pattern).map_err(std::io::Error::other)?;
    let mut searcher = grep_searcher::SearcherBuilder::new()
        .line_number(false)
        .binary_detection(grep_searcher::BinaryDetection::quit(0))
        .build();
    let mut lines = Lines(0);
    for entry in ignore::WalkBuilder::new(root).hidden(false).build().filter_map(Result::ok) {
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            searcher.search_path(&matcher, entry.path(), &mut lines)?;
        }
    }
    Ok(lines.0)
}

/// Counts lines, and asks for no numbers of theirs.
struct Lines(u64);

impl Sink for Lines {
    type Error = std::io::Error;

    fn matched(&mut self, _: &Searcher, _: &SinkMatch<'_>) -> std::io::Result<bool> {
        self.0 += 1;
        Ok(true)
    }
}

/// Writes a tree of source-like files; answers its size.
fn tree(at: &Path, files: usize) -> std::io::Result<usize> {
    let mut bytes = 0;
    for number in 0..files {
        let directory = at.join(format!("d{}/e{}", number % 50, number / 50 % 20));
        std::fs::create_dir_all(&directory)?;
        let text = source(number);
        bytes += text.len();
        std::fs::write(directory.join(format!("f{number}.rs")), text)?;
    }
    let line = "a line of an ordinary text file, about sixty bytes in length\n";
    std::fs::write(at.join("two-kb.txt"), format!("first line\n{}", line.repeat(32)))?;
    Ok(bytes)
}

/// About 15 KB of text that looks like a program; one file in a thousand has the needle.
fn source(number: usize) -> String {
    let mut text = String::new();
    for part in 0..110 {
        text.push_str(&format!(
            "/// Counts the things of part {part}, as the page on counting says it should be done.\n\
             fn count_{number}_{part}(things: &[u64]) -> u64 {{\n    things.iter().map(|thing| thing * {part}).sum()\n}}\n"
        ));
    }
    if number % 1000 == 7 {
        text.push_str("// needle_in_the_hay\n");
    }
    text
}
