//! The rules, one group a file.

mod approval;
mod asked;
mod disk;
mod grants;
mod host;
pub(crate) mod pairs;
#[cfg(test)]
mod tests;
mod text;
mod used;

pub(crate) use approval::digests;

pub use host::old_wasmtime;

use crate::place::Places;
use crate::shown::{line, lines};
use crate::{Changes, Finding, Input, Level, Rule};

/// What the rules look at.
pub(crate) struct Look<'a, 'i> {
    pub input: &'a Input<'i>,
    pub places: &'a Places<'i>,
    pub changes: Option<&'a Changes>,
}

/// Every hit of every rule, the worst first; of the same level by id, then by line.
pub(crate) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let groups = [
        approval::findings,
        asked::findings,
        grants::findings,
        pairs::findings,
        used::findings,
        disk::findings,
        text::findings,
        host::findings,
    ];
    let mut findings: Vec<Finding> = groups.iter().flat_map(|group| group(look)).collect();
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.level), finding.rule, finding.line));
    findings
}

impl Finding {
    fn new(rule: Rule, level: Level, message: impl Into<String>) -> Self {
        Self { rule, level, message: line(&message.into()), line: None, fix: None }
    }

    fn at(mut self, line: impl Into<Option<usize>>) -> Self {
        self.line = line.into().filter(|line| *line > 0);
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(lines(&fix.into()));
        self
    }
}
