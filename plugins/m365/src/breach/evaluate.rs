//! From answers to checks.

use std::collections::BTreeMap;

use claudetools_graph::envelope::{Check, Finding, Moment, Severity, Status};
use claudetools_graph::{Class, Gap};

use super::case::Case;
use super::checks::{Judged, ROWS, Row, privileged};
use super::known::Known;
use super::source::{Source, Whom};

/// How long each source took, in milliseconds.
pub type Durations = BTreeMap<Source, u64>;

/// The check that needs the operator's database, too.
const ORIGINS: &str = "BC-16";

/// Every check, over what came.
pub fn checks(case: &Case, known: &Known, whom: &Whom, durations: &Durations) -> Vec<Check> {
    ROWS.iter().map(|row| check(row, case, known, whom, durations)).collect()
}

/// Whether all that a check reads is there, or known not to come.
pub fn is_complete(row: &Row, case: &Case) -> bool {
    let helps = row.helps.iter().filter(|source| source.depth() <= case.depth);
    let origins = row.id != ORIGINS || case.origins.is_some();
    origins && row.depth <= case.depth && row.needs.iter().chain(helps).all(|source| case.answers.contains_key(source))
}

/// One check.
pub fn check(row: &Row, case: &Case, known: &Known, whom: &Whom, durations: &Durations) -> Check {
    let asked = row.needs.iter().chain(row.helps).filter(|source| case.answers.contains_key(source));
    let mut source: Vec<String> =
        asked.clone().flat_map(|source| source.asks(whom)).map(|ask| ask.source().to_owned()).collect();
    source.dedup();
    let base = Check {
        id: row.id.into(),
        title: row.title.into(),
        status: Status::Skipped,
        duration_ms: asked.clone().filter_map(|source| durations.get(source)).max().copied().unwrap_or_default(),
        items_seen: row
            .needs
            .iter()
            .filter_map(|source| case.reply(*source))
            .map(|reply| reply.items.len().max(usize::from(reply.body.is_object())))
            .sum(),
        source,
        note: None,
        findings: Vec::new(),
    };
    if row.depth > case.depth {
        return Check {
            note: Some(format!(
                "runs with `depth` {}",
                if row.depth == super::input::Depth::Deep { "deep" } else { "standard" }
            )),
            ..base
        };
    }
    judged(row, case, (row.judge)(case, known), base)
}

fn judged(row: &Row, case: &Case, judged: Judged, base: Check) -> Check {
    let worse = !privileged(case).is_empty();
    let findings: Vec<Finding> = judged
        .findings
        .into_iter()
        .map(|finding| {
            let raised = worse && finding.severity > Severity::Info;
            finding.raised_if(raised).of(row.id)
        })
        .collect();
    let (status, gap) = status(row, case, judged.gap.as_ref(), judged.unread, &findings);
    let helps = row
        .helps
        .iter()
        .filter_map(|source| case.gap(*source))
        .map(|gap| format!("without a part of it: {}", gap.detail));
    let notes: Vec<String> = gap.into_iter().chain(judged.note).chain(helps).collect();
    Check { status, note: (!notes.is_empty()).then(|| notes.join("; ")), findings, ..base }
}

/// What became of a check, and why it did not run over everything. A gap comes before findings: it is never covered up.
fn status(row: &Row, case: &Case, own: Option<&Gap>, unread: usize, findings: &[Finding]) -> (Status, Option<String>) {
    let missing = Gap::new(Class::Unavailable, "it was not asked");
    let needs = row.needs.iter();
    let gap = needs
        .clone()
        .find_map(|source| case.gap(*source).or_else(|| (!case.answers.contains_key(source)).then_some(&missing)));
    if let Some(gap) = gap.or(own) {
        let status = match gap.class {
            Class::NotPermitted => Status::NotPermitted,
            Class::NotLicensed => Status::NotLicensed,
            Class::NotFound | Class::Unavailable => Status::Unavailable,
            Class::Malformed => Status::Error,
        };
        return (status, Some(gap.detail.clone()));
    }
    if unread > 0 {
        return (Status::Error, Some(format!("{unread} entries could not be read")));
    }
    if needs.clone().filter_map(|source| case.reply(*source)).any(|reply| reply.truncated) {
        return (Status::Truncated, Some("there was more than was read".into()));
    }
    let flagged = findings.iter().any(|finding| finding.severity > Severity::Info);
    (if flagged { Status::Flagged } else { Status::Ok }, None)
}

/// What happened when, oldest first.
pub fn timeline(checks: &[Check]) -> Vec<Moment> {
    let all = checks.iter().flat_map(|check| check.findings.iter().map(move |finding| (check, finding)));
    let moment = |(check, finding): (&Check, &Finding)| {
        Some(Moment { at: finding.occurred_at?, check: check.id.clone(), text: finding.title.clone() })
    };
    let mut moments: Vec<Moment> = all.filter_map(moment).collect();
    moments.sort_by_key(|moment| moment.at);
    moments.dedup();
    moments
}
