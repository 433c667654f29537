//! What a sweep says in the thread, and its files.

use claudetools_graph::envelope::{Severity, Verdict};
use claudetools_kit::Output;
use serde::Serialize;

use super::judge::count;
use super::last::Difference;
use super::run::Sweep;
use crate::client::Client;
use crate::outside::Outside;
use crate::show::{self, Chat, Report};

/// The most changes of a kind that the answer lists.
const MOST_CHANGES: usize = 5;

/// One row of the sheet of many tenants.
#[derive(Debug, Serialize)]
struct Row {
    client: String,
    /// `63 of 100`, or why there is none.
    posture: String,
    verdict: &'static str,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    coverage: String,
    new: usize,
    resolved: usize,
}

/// One row of the table of checks.
#[derive(Debug, Serialize)]
struct CheckRow {
    check: String,
    title: String,
    status: &'static str,
    worst: &'static str,
    findings: usize,
    scuba: String,
}

/// The answer, with the files offered to the people of the thread.
pub fn output(sweep: &Sweep, client: &Client, outside: &mut dyn Outside) -> Output {
    let (headline, changes, envelope) = (headline(sweep, client), changes(&sweep.difference), &sweep.envelope);
    let report = Report {
        title: "Tenant sweep",
        about: &client.title,
        headline: &headline,
        zone: &client.zone,
        changes: &changes,
    };
    let name = format!("tenant-sweep_{}_{}", client.name, envelope.window.to.strftime("%Y-%m-%d"));
    let without_files = show::offer(&name, &report, envelope, sweep, outside);
    let (gaps, steps) = (show::gaps(envelope), show::steps::ordered(&[], show::worst(envelope).into_iter()));
    let chat = Chat { zone: &client.zone, changes: &changes, gaps: &gaps, steps: &steps };
    let text = show::tell(format!("**{headline}**\n{}", sweep.preflight), &chat, envelope);
    let output =
        Output::text(text + &without_files).and_table(&[row(sweep)]).and_table(&check_rows(sweep)).summary(headline);
    if envelope.checks.iter().any(is_cut) { output.truncated() } else { output }
}

fn is_cut(check: &claudetools_graph::envelope::Check) -> bool {
    check.note.as_ref().is_some_and(|note| note.contains("call again with `deep`"))
}

/// Verdict and score first, then how much was looked at.
pub fn headline(sweep: &Sweep, client: &Client) -> String {
    let envelope = &sweep.envelope;
    let said = match envelope.verdict {
        Verdict::LikelyCompromised => "somebody is likely inside",
        Verdict::Suspicious => "there is something to look into",
        Verdict::Inconclusive => "too little ran to say anything",
        Verdict::NoFindingsWithGaps => "nothing urgent in what was checked, with gaps",
        Verdict::NoFindings => "nothing urgent in what was checked",
    };
    let posture =
        sweep.posture.map_or("posture not shown, too little ran".to_owned(), |score| format!("posture {score} of 100"));
    let coverage = &envelope.coverage;
    let counts = show::counts(envelope);
    format!("{}: {said}; {posture}. {counts}; {} of {} checks ran.", client.title, coverage.ran, coverage.of)
}

fn changes(difference: &Difference) -> Vec<String> {
    let Some(since) = difference.since else { return Vec::new() };
    let mut lines = vec![format!(
        "{} new, {} resolved, {} unchanged since {}",
        difference.new.len(),
        difference.resolved.len(),
        difference.unchanged,
        since.strftime("%Y-%m-%d %H:%M UTC"),
    )];
    let told = |word: &str, all: &[String]| -> Vec<String> {
        all.iter()
            .take(MOST_CHANGES)
            .map(|it| format!("{word}: {}", claudetools_graph::text::shown(&it.replace('|', " "))))
            .collect()
    };
    lines.extend(told("new", &difference.new));
    lines.extend(told("resolved", &difference.resolved));
    lines
}

fn row(sweep: &Sweep) -> Row {
    let of = |severity| count(&sweep.envelope.checks, severity);
    let coverage = &sweep.envelope.coverage;
    Row {
        client: sweep.envelope.tenant.client.clone(),
        posture: sweep.posture.map_or("too little ran".into(), |score| format!("{score} of 100")),
        verdict: word(sweep.envelope.verdict),
        critical: of(Severity::Critical),
        high: of(Severity::High),
        medium: of(Severity::Medium),
        low: of(Severity::Low),
        coverage: format!("{} of {}", coverage.ran, coverage.of),
        new: sweep.difference.new.len(),
        resolved: sweep.difference.resolved.len(),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::LikelyCompromised => "likely compromised",
        Verdict::Suspicious => "suspicious",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NoFindingsWithGaps => "nothing urgent, gaps",
        Verdict::NoFindings => "nothing urgent",
    }
}

fn check_rows(sweep: &Sweep) -> Vec<CheckRow> {
    let checks = sweep.envelope.checks.iter().map(|check| CheckRow {
        check: check.id.clone(),
        title: check.title.clone(),
        status: show::word(check.status),
        worst: check.findings.first().map_or("", |finding| finding.severity.word()),
        findings: check.findings.len(),
        scuba: sweep.basis.get(check.id.as_str()).map(|basis| basis.scuba.join(" ")).unwrap_or_default(),
    });
    checks.collect()
}
