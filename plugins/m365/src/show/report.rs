//! The report in Markdown, and the note for a ticket.

use claudetools_graph::envelope::Envelope;
use claudetools_graph::jiff::tz::TimeZone;
use claudetools_graph::{text, time};

use super::{counts, gaps, line, word, worst};

/// What a report says beside its envelope.
pub struct Report<'a> {
    /// `Tenant sweep`, `Breach check`.
    pub title: &'a str,
    /// What it is about, for people.
    pub about: &'a str,
    /// The verdict in a sentence.
    pub headline: &'a str,
    /// The tenant's time zone.
    pub zone: &'a TimeZone,
    /// Lines about what changed since the last run; empty where there is nothing to say.
    pub changes: &'a [String],
}

/// The report: what was looked at, what was found, what was not checked.
pub fn markdown(report: &Report, envelope: &Envelope) -> String {
    let mut page = format!("# {}: {}\n\n{}\n\n", report.title, text::shown(report.about), report.headline);
    for (name, said) in scope(report, envelope) {
        page += &format!("- {name}: {said}\n");
    }
    section(
        &mut page,
        "Findings",
        &worst(envelope).iter().map(|finding| line(finding, report.zone)).collect::<Vec<_>>(),
    );
    section(&mut page, "Changes since the last run", report.changes);
    section(&mut page, "What was not checked", &gaps(envelope));
    page += "\n## Checks\n\n| check | title | status | findings |\n|---|---|---|---|\n";
    for check in &envelope.checks {
        page += &format!("| {} | {} | {} | {} |\n", check.id, check.title, word(check.status), check.findings.len());
    }
    let moments: Vec<String> = envelope.timeline.iter().map(|moment| moment_line(moment, report.zone)).collect();
    section(&mut page, "Timeline", &moments);
    page
}

fn moment_line(moment: &claudetools_graph::envelope::Moment, zone: &TimeZone) -> String {
    format!("{}, {}: {}", time::shown(moment.at, zone), moment.check, text::shown(&moment.text))
}

fn scope(report: &Report, envelope: &Envelope) -> [(&'static str, String); 5] {
    let of = |at| time::shown(at, report.zone);
    let requests = &envelope.requests;
    [
        ("Client", format!("{} (tenant {})", envelope.tenant.client, envelope.tenant.id)),
        ("Run", envelope.run_id.clone()),
        ("Window", format!("{} to {}", of(envelope.window.from), of(envelope.window.to))),
        ("Coverage", format!("{} of {} checks ran", envelope.coverage.ran, envelope.coverage.of)),
        (
            "Requests",
            format!(
                "{} to Graph, {} to Exchange, {} to DNS, {} throttled",
                requests.graph, requests.exo, requests.dns, requests.throttled
            ),
        ),
    ]
}

fn section(page: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        *page += &format!("\n## {title}\n\n");
        lines.iter().for_each(|line| *page += &format!("- {line}\n"));
    }
}

/// The most findings that a note lists.
const MOST_NOTED: usize = 15;

/// A note for a ticket, in plain text and without secrets; `digest` is the SHA-256 of the result in JSON.
pub fn ticket(report: &Report, envelope: &Envelope, digest: &str) -> String {
    let (from, to) = (envelope.window.from, envelope.window.to);
    let mut note = format!(
        "{} – {} – {} | run {} | {} to {} UTC\n",
        report.title,
        envelope.tenant.client,
        report.about,
        envelope.run_id,
        from.strftime("%Y-%m-%d %H:%M"),
        to.strftime("%Y-%m-%d %H:%M"),
    );
    note += &format!("\nVerdict: {}\n\nFindings: {}\n", report.headline, counts(envelope));
    let worst = worst(envelope);
    for finding in worst.iter().take(MOST_NOTED) {
        note += &format!("- {}\n", line(finding, &TimeZone::UTC));
    }
    if worst.len() > MOST_NOTED {
        note += &format!("- and {} more in the report\n", worst.len() - MOST_NOTED);
    }
    let gaps = gaps(envelope);
    note += "\nNot checked:\n";
    gaps.iter().for_each(|gap| note += &format!("- {gap}\n"));
    if gaps.is_empty() {
        note += "- nothing was left out\n";
    }
    note += "\nActions taken: none by this check\n\nNext steps:\n";
    let mut steps: Vec<&str> =
        worst.iter().flat_map(|finding| &finding.suggested_actions).map(String::as_str).collect();
    steps.dedup();
    steps.iter().take(MOST_NOTED).for_each(|step| note += &format!("- {}\n", text::shown(step)));
    if steps.is_empty() {
        note += "- look at the findings in the order of their severity\n";
    }
    note + &format!("\nResult (JSON) SHA-256: {digest}\n")
}
