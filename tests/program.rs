//! The program as scripts and operators use it: what it prints, and with which code it ends.
//!
//! What is wrong from outside ends with one sentence, the documented code, and nothing lost. Each of these sentences is
//! in the README's table of troubles.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "program/ask.rs"]
mod ask;
#[path = "program/backup.rs"]
mod backup;
#[path = "program/costs.rs"]
mod costs;
#[path = "program/doctor.rs"]
mod doctor;
#[path = "program/evidence.rs"]
mod evidence;
#[path = "program/ledger.rs"]
mod ledger;
#[path = "program/mcp.rs"]
mod mcp;
#[path = "program/model.rs"]
mod model;
#[path = "program/plugins.rs"]
mod plugins;
#[path = "program/plugins_approve.rs"]
mod plugins_approve;
#[path = "program/plugins_author.rs"]
mod plugins_author;
#[path = "program/plugins_review.rs"]
mod plugins_review;
#[path = "program/settings.rs"]
mod settings;

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;

/// How a run ended: what differs from run to run is replaced.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    fn new(places: &Places, output: std::process::Output) -> Self {
        let told = |bytes| redacted(places, &String::from_utf8(bytes).unwrap());
        Self { code: output.status.code(), stdout: told(output.stdout), stderr: told(output.stderr) }
    }

    /// The one sentence that says what is wrong.
    fn sentence(&self) -> &str {
        let mut sentences = self.stderr.lines().filter_map(|line| line.strip_prefix("claudetools: "));
        let first = sentences.next().unwrap_or_else(|| panic!("no sentence in:\n{}", self.stderr));
        assert_eq!(sentences.next(), None, "one sentence is enough");
        first
    }

    /// What is on stderr besides the log.
    fn told(&self) -> String {
        let log = |line: &&str| !line.starts_with("20");
        self.stderr.lines().filter(log).collect::<Vec<_>>().join("\n")
    }
}

/// Runs the program to its end for a person at a terminal, who types this line.
fn typed(places: &Places, setup: &Setup, arguments: &[&str], line: &str) -> Ended {
    Ended::new(places, setup.run_typed(arguments, line).unwrap())
}

/// Runs the program to its end.
fn run(places: &Places, setup: &Setup, arguments: &[&str]) -> Ended {
    Ended::new(places, setup.run(arguments).unwrap())
}

/// The text without the temporary directory, ids and digests.
fn redacted(places: &Places, text: &str) -> String {
    let mut text = text.replace(places.temp.path().to_str().unwrap(), "…");
    let kept = |c: char| c.is_ascii_hexdigit() || c == '-';
    let words: Vec<String> = text.split(|c| !kept(c)).filter(|word| word.len() >= 36).map(str::to_owned).collect();
    for word in words {
        text = text.replace(&word, if word.contains('-') { "[id]" } else { "[digest]" });
    }
    text
}
