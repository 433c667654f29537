//! What the findings come to.

use std::collections::BTreeSet;

use claudetools_graph::envelope::{Check, Coverage, Severity, Verdict};

use super::checks::{Family, ROWS};
use crate::show::distinct;

/// This many findings of severity medium are suspicious together.
const MEDIUMS: usize = 2;
/// This many kinds of traces with a finding of severity high back each other.
const KINDS: usize = 2;
/// Below this part of a hundred nothing can be said.
const ENOUGH: usize = 50;

/// The verdict over the checks. A high sign-in and a high trace of persistence are of two kinds, whenever they were.
pub fn verdict(checks: &[Check], coverage: &Coverage) -> Verdict {
    let of = |severity| distinct(checks).into_iter().filter(move |(_, finding)| finding.severity == severity);
    let kinds: BTreeSet<Option<Family>> = of(Severity::High).map(|(check, _)| family(&check.id)).collect();
    let decisive = |check: &Check| ROWS.iter().any(|row| row.decisive && row.id == check.id);
    if of(Severity::Critical).count() > 0 || kinds.len() >= KINDS {
        Verdict::LikelyCompromised
    } else if !kinds.is_empty() || of(Severity::Medium).count() >= MEDIUMS {
        Verdict::Suspicious
    } else if !coverage.is_at_least(ENOUGH) {
        Verdict::Inconclusive
    } else if checks.iter().any(|check| decisive(check) && !check.status.ran()) {
        Verdict::NoFindingsWithGaps
    } else {
        Verdict::NoFindings
    }
}

/// The weights of all findings.
pub fn score(checks: &[Check]) -> u32 {
    distinct(checks).iter().map(|(_, finding)| finding.severity.weight()).sum()
}

fn family(id: &str) -> Option<Family> {
    ROWS.iter().find(|row| row.id == id).map(|row| row.family)
}
