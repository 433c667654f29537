//! The plugin `scripts`: each `script` grant of its table is a tool, and this runs it.
//!
//! Which script, which arguments and which jail is the grant's: the host makes the command line out of a call's input and
//! decides on it. What the script says is passed on line by line as it comes, and the files that it leaves in `/scratch`
//! are handed to the thread.
//!
//! - `said`: what a script said, and how much of it the model reads.
//! - `left`: the files it left.

#![forbid(unsafe_code)]

use claudetools_kit::process::{Child, Command, Event};
use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output, artifact, progress};

mod left;
mod said;

use said::Said;

/// The command line that the host made of a call's input.
#[derive(serde::Deserialize)]
struct Start {
    args: Vec<String>,
    directory: String,
}

struct Scripts;

impl Guest for Scripts {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        let Start { args, directory } = kit::input(&invocation)?;
        let program = invocation.tool;
        let child = Child::start(&Command { program: program.clone(), args, directory, input: Vec::new() })?;
        let (said, how) = follow(&child);
        drop(child);
        let not_taken = left::offer();
        Ok(answer(&program, &said, how, not_taken))
    }
}

/// Shows what a script says as it says it; answers all of it, and how it ended where that is worth a word.
fn follow(child: &Child) -> (Said, Option<String>) {
    let mut said = Said::default();
    let how = loop {
        match child.next() {
            Event::Stdout(bytes) | Event::Stderr(bytes) => {
                let text = said.push(&bytes);
                progress::append(&text);
                if let Some(line) = said::last_line(&text) {
                    progress::status(line);
                }
            }
            Event::Exited(0) => break None,
            Event::Exited(status) => break Some(format!("Exit code {status}")),
            Event::Stopped(refusal) => break Some(format!("{}: {}", refusal.code, refusal.message)),
        }
    };
    progress::append(&said.finish());
    (said, how)
}

fn answer(name: &str, said: &Said, how: Option<String>, not_taken: Vec<String>) -> Output {
    let (text, is_cut) = said.shown();
    let whole = is_cut.then(|| {
        let (file, bytes) = (format!("{name}.txt"), said.text().as_bytes());
        match artifact::offer(&file, "text/plain", bytes) {
            Ok(()) => format!("[the middle is left out here; the file {file} in the thread has all of it]"),
            Err(refusal) => format!("[the middle is left out: {}]", refusal.message),
        }
    });
    let summary = how.clone().unwrap_or_else(|| format!("{} lines", said.text().lines().count()));
    let parts = [how, Some(text).filter(|text| !text.is_empty()), whole].into_iter().flatten().chain(not_taken);
    let text = parts.collect::<Vec<_>>().join("\n");
    let output = Output::text(if text.is_empty() { "(no output)".to_owned() } else { text }).summary(summary);
    if is_cut { output.truncated() } else { output }
}

kit::manifest!("manifest.toml");
kit::export!(Scripts);
