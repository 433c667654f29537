//! The review.

use crate::place::Places;
use crate::risk::risk;
use crate::rules::{self, Look};
use crate::shown::line;
use crate::{Changes, Entry, Finding, Input, Risk, Subject, column, diff};

/// Everything a reviewer reads of one plugin.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Review {
    /// Its name. May be hostile where nothing could be read; the renderings make it harmless, as every other text here
    /// is already.
    pub name: String,
    /// Its version, where it could be read.
    pub version: Option<String>,
    /// What it says of itself, where it could be read.
    pub description: Option<String>,
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
    let places = Places::read(input.text);
    let changes = input.baseline.map(|baseline| diff(baseline, input));
    let findings = rules::findings(&Look { input, places: &places, changes: changes.as_ref() });
    let found = input.found();
    Review {
        name: input.name.to_owned(),
        version: found.map(|found| line(&found.manifest.version)),
        description: found.map(|found| line(&found.manifest.description)),
        file: input.file.map(str::to_owned),
        built_in: input.built_in,
        state: state(input),
        reasons: reasons(input),
        line: input.table().map(|table| table.line).filter(|line| *line > 0),
        asked: found.map(|found| column::asked(&found.manifest)).unwrap_or_default(),
        granted: column::granted(input, &places),
        imported: found.map(column::imported).unwrap_or_default(),
        used: column::used(input),
        risk: risk(input, &places, &findings),
        findings,
        changes,
        digests: rules::digests(input),
    }
}

fn state(input: &Input<'_>) -> State {
    match input.subject {
        Subject::Unreadable(_) => State::Unreadable,
        Subject::Found(_) if input.reasons.is_empty() => State::Admitted,
        Subject::Found(_) => State::Quarantined,
    }
}

fn reasons(input: &Input<'_>) -> Vec<String> {
    let unread = match input.subject {
        Subject::Unreadable(refusal) => Some(refusal),
        Subject::Found(_) => None,
    };
    let others = input.reasons.iter().filter(|reason| Some(*reason) != unread);
    unread.into_iter().chain(others).map(|reason| line(&reason.to_string())).collect()
}
