//! The review.

use crate::{Changes, Entry, Finding, Input, Risk};

/// Everything a reviewer reads of one plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its name. May be hostile where nothing could be read; the renderings make it harmless.
    pub name: String,
    /// Its version, where it could be read.
    pub version: Option<String>,
    /// Where its file is; `None` for a part of the program.
    pub file: Option<String>,
    /// Whether its approval is the program itself.
    pub built_in: bool,
    /// Whether it runs.
    pub state: State,
    /// Why it does not run: the host's refusals as they read.
    pub reasons: Vec<String>,
    /// Its line in `plugins.toml` (1-based), where it has a table.
    pub line: Option<usize>,
    /// What its manifest asks for.
    pub asked: Vec<Entry>,
    /// What `plugins.toml` grants, callers and limits with it.
    pub granted: Vec<Entry>,
    /// What its code imports, in words.
    pub imported: Vec<Entry>,
    /// What it did; empty where nobody looked.
    pub used: Vec<Entry>,
    /// The hits, the worst first.
    pub findings: Vec<Finding>,
    /// The score.
    pub risk: Risk,
    /// What differs from what was approved, where that was kept.
    pub changes: Option<Changes>,
    /// What is there and what was approved.
    pub digests: Vec<Pair>,
}

/// Whether a plugin runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs, as far as its grants and callers go.
    Admitted,
    /// It waits for a reviewer or for a repair.
    Quarantined,
    /// It could not even be read.
    Unreadable,
}

/// A digest that is there and the approved one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Pair {
    /// Of what: `component`, `request`, `imports`, `strings`, `grants`.
    pub of: &'static str,
    /// What is there.
    pub found: String,
    /// What was approved.
    pub approved: Option<String>,
}

/// Reviews one plugin.
///
/// Pure and total: the same input gives the same review, and every manifest and policy has one.
pub fn review(input: &Input<'_>) -> Review {
    let _ = input;
    todo_review(input)
}

fn todo_review(input: &Input<'_>) -> Review {
    Review {
        name: input.name.to_owned(),
        version: None,
        file: input.file.map(str::to_owned),
        built_in: input.built_in,
        state: State::Unreadable,
        reasons: Vec::new(),
        line: None,
        asked: Vec::new(),
        granted: Vec::new(),
        imported: Vec::new(),
        used: Vec::new(),
        findings: Vec::new(),
        risk: Risk::default(),
        changes: None,
        digests: Vec::new(),
    }
}
