//! Plain text for a terminal.

use crate::shown::cut;
use crate::{Changes, Entry, Review};

/// The most lines of each part. Together with the head they are fewer than 60: a page that is read, not scrolled.
const FINDINGS: usize = 16;
const RISK: usize = 6;
const CHANGES: usize = 10;
const COLUMN: usize = 5;
/// The longest line in characters.
const WIDTH: usize = 180;

/// A review as plain text: the verdict, the findings by weight, the columns. At most 60 lines, no colours.
pub fn text(review: &Review) -> String {
    let mut page = format!("{}\n", cut(&super::headline(review), WIDTH));
    part(&mut page, "", about(review), COLUMN);
    part(&mut page, "says", review.description.iter().cloned().collect(), COLUMN);
    part(&mut page, "findings", findings(review), FINDINGS);
    part(&mut page, "risk", review.risk.lines.iter().map(ToString::to_string).collect(), RISK);
    part(&mut page, "changed", review.changes.as_ref().map(changes).unwrap_or_default(), CHANGES);
    part(&mut page, "asked", entries(&review.asked), COLUMN);
    part(&mut page, "granted", entries(&review.granted), COLUMN);
    part(&mut page, "imported", entries(&review.imported), COLUMN);
    part(&mut page, "used", entries(&review.used), COLUMN);
    part(&mut page, "digests", digests(review), COLUMN);
    page
}

/// One part: its name before its first line, the others below it; what does not fit is counted.
fn part(page: &mut String, name: &str, lines: Vec<String>, most: usize) {
    let fits = if lines.len() > most { most - 1 } else { lines.len() };
    let more = (lines.len() > fits).then(|| format!("… {} more lines with --format json", lines.len() - fits));
    for (index, line) in lines.into_iter().take(fits).chain(more).enumerate() {
        let name = if index == 0 { name } else { "" };
        page.push_str(&format!("  {name:<8}  {}\n", cut(&line, WIDTH)));
    }
}

fn about(review: &Review) -> Vec<String> {
    let file = review.file.iter().map(|file| format!("{file}{}", super::place(review.line)));
    file.chain(review.reasons.iter().cloned()).collect()
}

fn findings(review: &Review) -> Vec<String> {
    let with_fix = |finding: &crate::Finding| {
        let fixes = finding.fix.iter().flat_map(|fix| fix.lines()).map(|fix| format!("        → {fix}"));
        std::iter::once(super::finding(finding)).chain(fixes).collect::<Vec<_>>()
    };
    review.findings.iter().flat_map(with_fix).collect()
}

fn changes(changes: &Changes) -> Vec<String> {
    let named =
        |name: &'static str, lines: &[String]| lines.iter().map(|line| format!("{name:<7} {line}")).collect::<Vec<_>>();
    let strings = changes.strings.iter().flat_map(|text| {
        let lines = text.lines.iter().map(|line| format!("        {line}"));
        std::iter::once(format!("words   {}", text.what)).chain(lines)
    });
    [
        named("widened", &changes.widened),
        named("added", &changes.added),
        strings.collect(),
        named("removed", &changes.removed),
    ]
    .concat()
}

fn entries(entries: &[Entry]) -> Vec<String> {
    let entry = |entry: &Entry| {
        let why = entry.why.as_ref().map(|why| format!(" — {why}")).unwrap_or_default();
        format!("{}{}{why}", entry.what, super::place(entry.line))
    };
    entries.iter().map(entry).collect()
}

fn digests(review: &Review) -> Vec<String> {
    let pair = |pair: &crate::Pair| {
        let approved = match &pair.approved {
            None => String::new(),
            Some(approved) if *approved == pair.found => " as approved".to_owned(),
            Some(approved) => format!(", approved {approved}"),
        };
        format!("{:<9} {}{approved}", pair.of, pair.found)
    };
    review.digests.iter().map(pair).collect()
}
