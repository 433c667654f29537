//! Findings and gaps as CSV, for a spreadsheet.

use claudetools_graph::envelope::{Check, Envelope, Finding};
use claudetools_kit as kit;

use super::{facts, word};

const HEAD: [&str; 10] =
    ["client", "check", "status", "rule", "severity", "title", "facts", "occurred_at", "mitre", "suggested_actions"];

/// A row for each finding, and one for each check without any. UTF-8 with a byte order mark, RFC 4180.
pub fn csv(envelope: &Envelope) -> Vec<u8> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    for check in &envelope.checks {
        let found = check.findings.iter().map(|finding| row(envelope, check, Some(finding)));
        rows.extend(found);
        if check.findings.is_empty() {
            rows.push(row(envelope, check, None));
        }
    }
    kit::csv::csv(rows)
}

fn row(envelope: &Envelope, check: &Check, finding: Option<&Finding>) -> [String; 10] {
    let of = |tell: &dyn Fn(&Finding) -> String| finding.map(tell).unwrap_or_default();
    [
        envelope.tenant.client.clone(),
        check.id.clone(),
        word(check.status).to_owned(),
        of(&|finding| finding.id.clone()),
        of(&|finding| finding.severity.word().to_owned()),
        finding.map_or_else(|| check.title.clone(), |finding| finding.title.clone()),
        finding.map_or_else(|| check.note.clone().unwrap_or_default(), facts),
        of(&|finding| finding.occurred_at.map(|at| at.to_string()).unwrap_or_default()),
        of(&|finding| finding.mitre.join(" ")),
        of(&|finding| finding.suggested_actions.join(" ")),
    ]
}
