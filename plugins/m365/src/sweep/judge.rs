//! From answers to checks: every rule read, every gap told.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::{self, Coverage, Finding, Severity, Status, Verdict};

use super::checks::{self, Check, Profile};
use super::known::{Known, Missing};
use super::last::key;

/// The least part of a hundred that must have run before a score says anything.
const SHOWN_FROM_PERCENT: usize = 70;
/// The least part of a hundred that must have run before there is a verdict.
const CONCLUSIVE_FROM_PERCENT: usize = 50;
/// So many medium findings are no coincidence.
const SUSPICIOUS_MEDIUM: usize = 2;
/// Checks whose critical findings are open doors, not somebody who came in.
const DOORS: &[&str] = &["TS-01", "TS-03", "TS-05", "TS-19"];

/// The checks of a profile; all of them for `all`.
pub fn wanted(profile: &str) -> Vec<&'static Check> {
    let is_wanted = |check: &&&Check| match check.profile {
        Profile::Both => true,
        Profile::Security => profile != "hygiene",
        Profile::Hygiene => profile != "security",
    };
    checks::ALL.iter().filter(is_wanted).copied().collect()
}

/// Checks with their findings, the worst first within each, and the ids of those that lack nothing.
pub fn judge(known: &Known, wanted: &[&Check], took: &BTreeMap<&str, u64>) -> (Vec<envelope::Check>, BTreeSet<String>) {
    let mut whole = BTreeSet::new();
    let judged = wanted.iter().map(|check| {
        let (findings, gaps) = read(known, check);
        if gaps.is_empty() {
            whole.insert(check.id.to_owned());
        }
        told(known, check, findings, &gaps, took)
    });
    (judged.collect(), whole)
}

fn read(known: &Known, check: &Check) -> (Vec<Finding>, Vec<Missing>) {
    if let Some(plan) = check.plan.filter(|plan| !known.has(*plan)) {
        let why = format!("the tenant has no licence of {}", plan.name());
        return (Vec::new(), vec![Missing::new(Status::NotLicensed, why)]);
    }
    let (mut findings, mut gaps) = (Vec::new(), Vec::new());
    for part in check.parts {
        match part(known) {
            Ok(found) => findings.extend(found),
            Err(gap) => gaps.push(gap),
        }
    }
    // What a part could read in part only.
    let answers = check.sources.iter().filter_map(|source| known.answer(source).ok());
    gaps.extend(answers.filter(|answer| answer.len() > 0).filter_map(|answer| answer.gap().cloned()));
    let mut seen = BTreeSet::new();
    gaps.retain(|gap| seen.insert(gap.why.clone()));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    (once(findings), gaps)
}

/// What several events or sources say of the same is one finding, and weighs once.
fn once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
    let of = |finding: &Finding| {
        let rule_id = finding.evidence.get("rule_id").map(ToString::to_string);
        (key(finding), rule_id.unwrap_or_default())
    };
    findings.iter().for_each(|finding| *times.entry(of(finding)).or_default() += 1);
    let firsts = findings.into_iter().filter_map(|finding| {
        let count = times.remove(&of(&finding))?;
        Some(if count > 1 { finding.with("times", count) } else { finding })
    });
    firsts.collect()
}

fn told(
    known: &Known,
    check: &Check,
    findings: Vec<Finding>,
    gaps: &[Missing],
    took: &BTreeMap<&str, u64>,
) -> envelope::Check {
    let is_flagged = findings.iter().any(|finding| finding.severity > Severity::Info);
    let status = match gaps.first() {
        _ if is_flagged => Status::Flagged,
        Some(gap) => gap.status,
        None => Status::Ok,
    };
    let seen = check.sources.iter().filter_map(|source| known.answer(source).ok()).map(|answer| answer.len());
    let note: Vec<&str> = gaps.iter().map(|gap| gap.why.as_str()).collect();
    envelope::Check {
        id: check.id.into(),
        title: check.title.into(),
        status,
        duration_ms: check.sources.iter().filter_map(|source| took.get(source.name)).max().copied().unwrap_or_default(),
        items_seen: seen.sum(),
        source: check.sources.iter().map(|source| source.asked()).collect(),
        note: (!note.is_empty()).then(|| note.join("; ")),
        findings,
    }
}

/// What all of it comes to.
pub fn verdict(checks: &[envelope::Check], coverage: &Coverage) -> Verdict {
    let worst = |check: &envelope::Check| check.findings.iter().map(|finding| finding.severity).max();
    let has = |wanted: &dyn Fn(&&envelope::Check) -> bool| checks.iter().any(|check| wanted(&check));
    let is_inside =
        |check: &&envelope::Check| worst(check) == Some(Severity::Critical) && !DOORS.contains(&check.id.as_str());
    if has(&is_inside) {
        Verdict::LikelyCompromised
    } else if has(&|check| worst(check) >= Some(Severity::High)) || count(checks, Severity::Medium) >= SUSPICIOUS_MEDIUM
    {
        Verdict::Suspicious
    } else if !coverage.is_at_least(CONCLUSIVE_FROM_PERCENT) {
        Verdict::Inconclusive
    } else if coverage.missing.is_empty() {
        Verdict::NoFindings
    } else {
        Verdict::NoFindingsWithGaps
    }
}

/// How many findings are of this severity.
pub fn count(checks: &[envelope::Check], severity: Severity) -> usize {
    checks.iter().flat_map(|check| &check.findings).filter(|finding| finding.severity == severity).count()
}

/// The weights of all findings.
pub fn weight(checks: &[envelope::Check]) -> u32 {
    checks.iter().flat_map(|check| &check.findings).map(|finding| finding.severity.weight()).sum()
}

/// 100 without the weights of all findings, at least 0. None where too little ran.
pub fn posture(checks: &[envelope::Check], coverage: &Coverage) -> Option<u32> {
    coverage.is_at_least(SHOWN_FROM_PERCENT).then(|| 100_u32.saturating_sub(weight(checks)))
}
