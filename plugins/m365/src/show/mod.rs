//! Results for people, whichever tool they are of: lines for chat, and files.
//!
//! - [`line`], [`gaps`]: what chat shows of findings, and of checks that did not run.
//! - [`tell`]: the answer in the thread; [`steps`]: what to do next.
//! - [`csv`], [`markdown`], [`ticket`]: the result as a file; [`offer`]: all of them.
//!
//! Names and texts of a tenant are a stranger's: each is made harmless where it is shown.

mod chat;
mod csv;
mod files;
mod report;
pub mod steps;

use std::collections::BTreeSet;

use claudetools_graph::envelope::{Check, Envelope, Finding, Severity, Status};
use claudetools_graph::jiff::tz::TimeZone;
use claudetools_graph::{text, time};
use serde_json::Value;

pub use chat::{Chat, FINDINGS, tell};
pub use csv::csv;
pub use files::offer;
pub use report::{Report, markdown, ticket};

/// The most items of a list that a line names.
const MOST_NAMED: usize = 5;

/// All findings above `info`, the worst first and the newest of them first. What two checks say of the same inbox rule
/// of the same mailbox is there once.
pub fn worst(envelope: &Envelope) -> Vec<&Finding> {
    distinct(&envelope.checks)
        .into_iter()
        .map(|(_, finding)| finding)
        .filter(|finding| finding.severity > Severity::Info)
        .collect()
}

/// All findings with their checks, in the same order, each once.
pub fn distinct(checks: &[Check]) -> Vec<(&Check, &Finding)> {
    let mut seen = BTreeSet::new();
    let all = checks.iter().flat_map(|check| check.findings.iter().map(move |finding| (check, finding)));
    let mut distinct: Vec<_> = all.filter(|(_, finding)| of_rule(finding).is_none_or(|key| seen.insert(key))).collect();
    distinct.sort_by_key(|(_, finding)| std::cmp::Reverse((finding.severity, finding.occurred_at)));
    distinct
}

/// What a finding of an inbox rule is known by, whichever check saw it.
fn of_rule(finding: &Finding) -> Option<[&str; 3]> {
    let text = |name: &str| finding.evidence.get(name).and_then(Value::as_str).map(str::trim);
    text("rule_id")?;
    Some([finding.id.rsplit('.').next()?, text("rule")?, text("subject").unwrap_or_default()])
}

/// How many findings there are of each severity above `info`: `2 critical, 1 low`; `no findings` where there are none.
pub fn counts(envelope: &Envelope) -> String {
    let worst = worst(envelope);
    let of = |severity: Severity| worst.iter().filter(|finding| finding.severity == severity).count();
    let all =
        [Severity::Critical, Severity::High, Severity::Medium, Severity::Low].map(|severity| (of(severity), severity));
    let told: Vec<String> = all
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {}", severity.word()))
        .collect();
    if told.is_empty() { "no findings".into() } else { told.join(", ") }
}

/// One finding on one line, without Markdown of its own: `high, Rule hides mail (TS-15.R3): ann@contoso.example …`.
pub fn line(finding: &Finding, zone: &TimeZone) -> String {
    let when = finding.occurred_at.map(|at| format!(", {}", time::shown(at, zone))).unwrap_or_default();
    let facts = facts(finding);
    let facts = if facts.is_empty() { String::new() } else { format!(": {facts}") };
    format!("{}, {} ({}){when}{facts}", finding.severity.word(), finding.title, finding.id)
}

/// The facts of a finding: what it is about first.
pub fn facts(finding: &Finding) -> String {
    let subject = finding.evidence.get("subject").map(value);
    let others = finding.evidence.iter().filter(|(name, held)| *name != "subject" && !is_nothing(held));
    let others = others.map(|(name, held)| format!("{} {}", name.replace('_', " "), value(held)));
    subject.into_iter().chain(others).collect::<Vec<_>>().join("; ")
}

fn is_nothing(held: &Value) -> bool {
    held.is_null() || held.as_array().is_some_and(Vec::is_empty) || held.as_str().is_some_and(str::is_empty)
}

fn value(held: &Value) -> String {
    match held {
        Value::String(text) => text::shown(text),
        Value::Array(items) => {
            let named: Vec<String> = items.iter().take(MOST_NAMED).map(value).collect();
            let more = items.len().saturating_sub(MOST_NAMED);
            named.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
        }
        Value::Object(fields) => {
            let told =
                fields.iter().take(MOST_NAMED).map(|(name, held)| format!("{} {}", text::shown(name), value(held)));
            told.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Checks that did not run over everything, each with its reason.
pub fn gaps(envelope: &Envelope) -> Vec<String> {
    let told = |check: &Check| {
        let note = check.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        let word = if check.status.ran() { "in part" } else { word(check.status) };
        format!("{} {}: {word}{note}", check.id, check.title)
    };
    envelope.checks.iter().filter(|check| check.note.is_some() || !check.status.ran()).map(told).collect()
}

/// A status as people read it.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Flagged => "flagged",
        Status::Ok => "nothing found",
        Status::NotPermitted => "not permitted",
        Status::NotLicensed => "not licensed",
        Status::Unavailable => "unavailable",
        Status::Error => "answer not readable",
        Status::Truncated => "cut short",
        Status::Skipped => "not asked for",
    }
}

#[cfg(test)]
mod tests;
