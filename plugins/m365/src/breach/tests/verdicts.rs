//! What findings come to, from both sides of each threshold.

use claudetools_graph::envelope::{Check, Coverage, Status, Verdict};
use serde_json::json;

use super::*;
use crate::breach::verdict::{score, verdict};
use crate::rule::Rule;

/// Checks by id, each with findings of these severities; all others ran and found nothing.
fn checks(found: &[(&str, &[Severity])]) -> Vec<Check> {
    let ids = crate::breach::checks::ROWS.iter().map(|row| row.id);
    let findings = |id: &str| {
        let severities = found.iter().filter(|(known, _)| *known == id).flat_map(|(_, severities)| severities.iter());
        severities.map(|severity| Rule::new("R", *severity, "", "").found(json!({}))).collect()
    };
    ids.map(|id| Check {
        id: id.into(),
        title: String::new(),
        status: Status::Ok,
        duration_ms: 0,
        items_seen: 0,
        source: Vec::new(),
        note: None,
        findings: findings(id),
    })
    .collect()
}

fn judged(checks: &[Check]) -> Verdict {
    verdict(checks, &Coverage::of(checks))
}

fn found(found: &[(&str, &[Severity])]) -> Verdict {
    judged(&checks(found))
}

#[test]
fn one_critical_is_enough() {
    assert_eq!(found(&[("BC-03", &[Severity::Critical])]), Verdict::LikelyCompromised);
}

#[test]
fn high_ones_back_each_other_where_they_are_of_different_kinds() {
    assert_eq!(found(&[("BC-02", &[Severity::High]), ("BC-11", &[Severity::High])]), Verdict::LikelyCompromised);
    assert_eq!(found(&[("BC-02", &[Severity::High]), ("BC-03", &[Severity::High])]), Verdict::Suspicious);
    assert_eq!(found(&[("BC-02", &[Severity::High])]), Verdict::Suspicious);
    for (one, other) in [("BC-01", "BC-09"), ("BC-07", "BC-09"), ("BC-07", "BC-12")] {
        assert_eq!(
            found(&[(one, &[Severity::High]), (other, &[Severity::High])]),
            Verdict::LikelyCompromised,
            "{one} {other}"
        );
    }
}

#[test]
fn two_medium_ones_are_suspicious_and_one_is_not() {
    assert_eq!(found(&[("BC-01", &[Severity::Medium, Severity::Medium])]), Verdict::Suspicious);
    assert_eq!(found(&[("BC-01", &[Severity::Medium, Severity::Low, Severity::Info])]), Verdict::NoFindings);
}

/// So many checks did not run, from the end.
fn without(missing: usize) -> Vec<Check> {
    let mut checks = checks(&[]);
    checks.iter_mut().rev().take(missing).for_each(|check| check.status = Status::Unavailable);
    checks
}

#[test]
fn half_of_the_checks_must_have_run() {
    let all = checks(&[]).len();
    assert_eq!(all % 2, 0);
    assert_ne!(judged(&without(all / 2)), Verdict::Inconclusive);
    assert_eq!(judged(&without(all / 2 + 1)), Verdict::Inconclusive);
    let mut bad = without(all / 2 + 1);
    bad[0].findings.push(Rule::new("R", Severity::Critical, "", "").found(json!({})));
    assert_eq!(judged(&bad), Verdict::LikelyCompromised, "what was found counts");
}

#[test]
fn without_a_decisive_check_there_are_gaps() {
    for check in &checks(&[]) {
        let mut all = checks(&[]);
        all.iter_mut().filter(|known| known.id == check.id).for_each(|check| check.status = Status::NotPermitted);
        let decisive = ["BC-01", "BC-02", "BC-03", "BC-07", "BC-09", "BC-11"].contains(&check.id.as_str());
        assert_eq!(
            judged(&all),
            if decisive { Verdict::NoFindingsWithGaps } else { Verdict::NoFindings },
            "{}",
            check.id
        );
    }
}

#[test]
fn the_score_adds_up_weights() {
    assert_eq!(
        score(&checks(&[
            ("BC-03", &[Severity::Critical, Severity::High]),
            ("BC-06", &[Severity::Low, Severity::Info])
        ])),
        36
    );
}
