//! Markdown for GitHub and Discord.

use crate::shown::line;
use crate::{Changes, Entry, Review, RiskLine};

/// A review as Markdown: for a pull request's comment, or a file in Discord.
///
/// Whatever a plugin or an operator wrote stands in code spans, where neither links, mentions nor HTML work.
pub fn markdown(review: &Review) -> String {
    let mut page = format!("### {}\n", plain(&super::headline(review)));
    let about = review.file.iter().map(|file| format!("{}{}", code(file), super::place(review.line)));
    let about = about
        .chain(review.reasons.iter().map(|reason| plain(reason)))
        .chain(review.description.iter().map(|text| format!("It says: {}", code(text))));
    part(&mut page, "", about);
    part(&mut page, "Findings", review.findings.iter().map(finding));
    part(&mut page, "Risk", review.risk.lines.iter().map(risk));
    part(&mut page, "Changed since the approval", review.changes.iter().flat_map(changes));
    part(&mut page, "Asked", review.asked.iter().map(entry));
    part(&mut page, "Granted", review.granted.iter().map(entry));
    part(&mut page, "Imported", review.imported.iter().map(entry));
    part(&mut page, "Used", review.used.iter().map(entry));
    part(&mut page, "Digests", review.digests.iter().map(digest));
    page
}

fn part(page: &mut String, title: &str, items: impl Iterator<Item = String>) {
    let items: String = items.map(|item| format!("- {item}\n")).collect();
    if items.is_empty() {
        return;
    }
    let title = if title.is_empty() { String::new() } else { format!("**{title}**\n\n") };
    page.push_str(&format!("\n{title}{items}"));
}

fn finding(finding: &crate::Finding) -> String {
    let fixes: String =
        finding.fix.iter().flat_map(|fix| fix.lines()).map(|fix| format!("\n  - {}", plain(fix))).collect();
    let (level, id) = (finding.level.as_str(), finding.rule.id());
    format!("**{level}** {id} {}{}{fixes}", plain(&finding.message), super::place(finding.line))
}

fn risk(line: &RiskLine) -> String {
    let save =
        line.save.iter().map(|save| format!(" — {} to save {}", plain(&save.how), save.points)).collect::<String>();
    format!("+{} {}{save}", line.points, plain(&line.what))
}

fn entry(entry: &Entry) -> String {
    let why = entry.why.as_ref().map(|why| format!(": {}", plain(why))).unwrap_or_default();
    format!("{}{}{why}", code(&entry.what), super::place(entry.line))
}

fn changes(changes: &Changes) -> Vec<String> {
    let named =
        |name: &str, lines: &[String]| lines.iter().map(|line| format!("{name}: {}", plain(line))).collect::<Vec<_>>();
    let strings = changes.strings.iter().map(|text| {
        let lines: String = text.lines.iter().map(|line| format!("\n  - {}", code(line))).collect();
        format!("words: {}{lines}", plain(&text.what))
    });
    [
        named("widened", &changes.widened),
        named("added", &changes.added),
        strings.collect(),
        named("removed", &changes.removed),
    ]
    .concat()
}

fn digest(pair: &crate::Pair) -> String {
    let approved = match &pair.approved {
        None => String::new(),
        Some(approved) if *approved == pair.found => " as approved".to_owned(),
        Some(approved) => format!(", approved {}", code(approved)),
    };
    format!("{} {}{approved}", pair.of, code(&pair.found))
}

/// A sentence of ours: what stands between backticks in it is code, the rest is words. What could be markup, a link or
/// a mention outside of backticks becomes code too.
fn plain(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return code(sentence);
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        _ if part.is_empty() => String::new(),
        0 if is_plain(part) => (*part).to_owned(),
        0 => around(part),
        _ => code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Code, with the spaces at its ends outside.
fn around(text: &str) -> String {
    let inner = text.trim_matches(' ');
    let start = text.len() - text.trim_start_matches(' ').len();
    let end = text.len() - text.trim_end_matches(' ').len();
    if inner.is_empty() { text.to_owned() } else { format!("{}{}{}", " ".repeat(start), code(inner), " ".repeat(end)) }
}

/// Letters, digits and marks that mean nothing in Markdown, wherever it is shown.
fn is_plain(text: &str) -> bool {
    let means_nothing = |c: char| c.is_alphanumeric() || " .,;:()'\"!?/-%+=·…–—→×".contains(c);
    text.chars().all(means_nothing) && !text.contains("://") && !text.contains("www.") && line(text) == text
}

/// A code span. A backtick in it would end it.
fn code(text: &str) -> String {
    let shown = line(text).replace('`', "'");
    if shown.trim().is_empty() { String::new() } else { format!("`{}`", shown.trim()) }
}
