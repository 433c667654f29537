//! What our shell does: every case through the component in the sandbox.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result};

use super::Outcome;
use super::case::Case;
use crate::guests::{build_all, cargo, root, run as cargo_run};

/// The outcome of each case.
pub type Run = BTreeMap<String, Outcome>;

#[derive(serde::Deserialize)]
struct Line {
    id: String,
    #[serde(flatten)]
    outcome: Outcome,
}

/// Runs all cases, each in a fresh instance with fresh roots.
pub fn run(cases: &[Case]) -> Result<Run> {
    build_all()?;
    // Built with the whole workspace, it shares every dependency with the tests.
    cargo_run(cargo().args(["build", "--workspace", "--example", "shell_cases", "--locked"]))?;
    let mut runner = Command::new(root().join("target/debug/examples/shell_cases"));
    let mut child = runner.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("no runner")?;
    let mut stdin = child.stdin.take().context("the runner has no input")?;
    let lines = cases.iter().map(serde_json::to_string).collect::<serde_json::Result<Vec<_>>>()?;
    let writer = thread::spawn(move || lines.iter().try_for_each(|line| writeln!(stdin, "{line}")));
    let mut run = Run::new();
    for line in BufReader::new(child.stdout.take().context("the runner has no output")?).lines() {
        let line: Line = serde_json::from_str(&line?)?;
        run.insert(line.id, line.outcome);
    }
    let _ = writer.join();
    child.wait()?;
    Ok(run)
}
