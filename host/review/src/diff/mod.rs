//! What differs from the approved version.

mod facts;
#[cfg(test)]
mod tests;

use claudetools_policy::{Grant, Manifest, Policy};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::shown::{line, quoted};
use crate::{Baseline, Input, words};

/// The longest text that is compared line by line; more is said, not shown.
const MOST_LINES: usize = 400;

/// What differs from the approved version, each line in words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Asked for or imported, and was not.
    pub added: Vec<String>,
    /// Allowed by a grant, a limit or to a caller, and was not.
    pub widened: Vec<String>,
    /// No more asked for, imported or allowed.
    pub removed: Vec<String>,
    /// Changed words of tools.
    pub strings: Vec<Rewording>,
}

/// A text that the model reads, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rewording {
    /// Which, such as `the description of `find``.
    pub what: String,
    /// The lines that changed and one around each, with `-`, `+` or a space before; what does not show is escaped.
    pub lines: Vec<String>,
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Compares what is there with what was approved. Empty for what cannot be read.
pub fn diff(baseline: Baseline<'_>, present: &Input<'_>) -> Changes {
    let Some(found) = present.found() else { return Changes::default() };
    let table = |policy: &Policy| policy.plugins.get(present.name).cloned().unwrap_or_default();
    let (old, new) = (table(baseline.policy), table(present.policy));
    let (before, after) = (facts::of_component(baseline.found), facts::of_component(found));
    let (gave, gives) = (facts::of_table(&old), facts::of_table(&new));
    Changes {
        added: after.difference(&before).cloned().collect(),
        widened: widened(baseline.policy, present.policy, present.name),
        removed: before.difference(&after).chain(gave.difference(&gives)).cloned().collect(),
        strings: rewordings(&baseline.found.manifest, &found.manifest),
    }
}

/// In the words of the code that decides whether a changed file takes effect; a grant that is new is written out.
fn widened(before: &Policy, after: &Policy, name: &str) -> Vec<String> {
    let lines = after.widenings(before).remove(name).unwrap_or_default();
    let table = after.plugins.get(name);
    let new = |line: &str| {
        let is_it = |grant: &&Grant| line.starts_with(&format!("grant `{}`: it is new", grant.id));
        table?.grants.iter().find(is_it)
    };
    lines
        .into_iter()
        .map(|line| match new(&line) {
            Some(grant) => format!("grant `{}`: it is new: {}", grant.id, words::given(&grant.kind).join("; ")),
            None => line,
        })
        .collect()
}

/// The texts of tools that are not what they were. Tools that came or went are not among them.
fn rewordings(before: &Manifest, after: &Manifest) -> Vec<Rewording> {
    let texts = after.tools.iter().flat_map(|tool| {
        let old = before.tools.iter().find(|old| old.name == tool.name);
        let name = quoted(&tool.name);
        let schema = |value: &serde_json::Value| serde_json::to_string_pretty(value).unwrap_or_default();
        let old_description = old.map(|old| old.description.clone()).unwrap_or_default();
        let old_schema = old.map(|old| schema(&old.input_schema)).unwrap_or_default();
        [
            (format!("the description of {name}"), old_description, tool.description.clone()),
            (format!("the input of {name}"), old_schema, schema(&tool.input_schema)),
        ]
    });
    texts.filter(|(_, old, new)| old != new).map(|(what, old, new)| reworded(what, &old, &new)).collect()
}

fn reworded(what: String, old: &str, new: &str) -> Rewording {
    let (old, new) = (escaped(old), escaped(new));
    let diff = TextDiff::from_lines(&old, &new);
    let shown = diff.grouped_ops(1).into_iter().flatten();
    let mut lines: Vec<String> = shown
        .flat_map(|op| {
            diff.iter_changes(&op)
                .map(|change| format!("{}{}", sign(change.tag()), change.value().trim_end()))
                .collect::<Vec<_>>()
        })
        .collect();
    if lines.len() > MOST_LINES {
        let more = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(format!("… {more} more lines"));
    }
    Rewording { what, lines }
}

/// Line by line, because a line feed is what separates them.
fn escaped(text: &str) -> String {
    text.lines().map(|part| line(part) + "\n").collect()
}

fn sign(tag: ChangeTag) -> char {
    match tag {
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
        ChangeTag::Equal => ' ',
    }
}
