//! The review of one plugin as HTML: what is dangerous first, then what it asks, was granted, imports and did.

use claudetools_review::{Band, Basis, Changes, Entry, Finding, Level, Pair, Review, render};

use crate::escape::text;

/// The review. The line with verdict and risk and the findings stand above everything that has to be read slowly.
pub(crate) fn html(review: &Review) -> String {
    let weight = match review.findings.first().map(|finding| finding.level) {
        Some(Level::Error) => "error",
        Some(Level::Warning) => "warning",
        Some(Level::Note) | None => "note",
    };
    let columns = [
        ("Asked", &review.asked),
        ("Granted", &review.granted),
        ("Imported", &review.imported),
        ("Used", &review.used),
    ];
    format!(
        "<p class=\"verdict {weight}\">{}{}</p>{}{}{}<div class=\"columns\">{}</div>{}",
        too_much(review),
        text(&render::headline(review)),
        list("reasons", review.reasons.iter().map(|reason| prose(reason))),
        list("findings", review.findings.iter().map(finding)),
        review.changes.as_ref().map(changes).unwrap_or_default(),
        columns.map(|(title, entries)| column(title, entries)).concat(),
        list("digests", review.digests.iter().map(digest)),
    )
}

/// What a reader must see first, where it is so.
fn too_much(review: &Review) -> &'static str {
    match (review.risk.band, review.risk.basis) {
        (Band::Extreme, Basis::Asked) => "<strong>Asks for too much.</strong> ",
        (Band::Extreme, Basis::Granted) => "<strong>May do too much.</strong> ",
        (Band::High, Basis::Asked) => "<strong>Asks for a lot.</strong> ",
        (Band::High, Basis::Granted) => "<strong>May do a lot.</strong> ",
        (Band::Low | Band::Medium, _) => "",
    }
}

/// A sentence of ours; what stands between backticks in it is code.
fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(sentence);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => text(part),
        _ => format!("<code>{}</code>", text(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

fn list(class: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("<li>{item}</li>")).collect();
    if items.is_empty() { items } else { format!("<ul class=\"{class}\">{items}</ul>") }
}

fn finding(finding: &Finding) -> String {
    let fix = finding.fix.as_ref().map(|fix| format!("<span class=\"why\">{}</span>", prose(fix))).unwrap_or_default();
    let (level, id) = (finding.level.as_str(), finding.rule.id());
    format!("<b class=\"{level}\">{level}</b> <code>{id}</code> {}{}{fix}", prose(&finding.message), at(finding.line))
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(" (plugins.toml:{line})")).unwrap_or_default()
}

fn column(title: &str, entries: &[Entry]) -> String {
    let entry = |entry: &Entry| {
        let why = entry.why.as_ref().map(|why| format!("<span class=\"why\">{}</span>", text(why))).unwrap_or_default();
        format!("{}{}{why}", text(&entry.what), at(entry.line))
    };
    let entries = match entries {
        [] => "<p class=\"nothing\">nothing</p>".to_owned(),
        entries => list("", entries.iter().map(entry)),
    };
    format!("<section><h3>{title}</h3>{entries}</section>")
}

fn changes(changes: &Changes) -> String {
    let named = |name: &str, lines: &[String]| {
        lines.iter().map(|line| format!("<b>{name}</b> {}", text(line))).collect::<Vec<_>>()
    };
    let strings = changes.strings.iter().map(|rewording| {
        format!("<b>words</b> {}<pre>{}</pre>", text(&rewording.what), text(&rewording.lines.join("\n")))
    });
    let all = [
        named("widened", &changes.widened),
        named("added", &changes.added),
        strings.collect(),
        named("removed", &changes.removed),
    ];
    match list("changes", all.concat().into_iter()) {
        nothing if nothing.is_empty() => nothing,
        list => format!("<h3>Changed since the approval</h3>{list}"),
    }
}

fn digest(pair: &Pair) -> String {
    let approved = match &pair.approved {
        None => String::new(),
        Some(approved) if *approved == pair.found => " as approved".to_owned(),
        Some(approved) => format!(", approved <code>{}</code>", text(approved)),
    };
    format!("{} <code>{}</code>{approved}", pair.of, text(&pair.found))
}

#[cfg(test)]
mod tests {
    use claudetools_review::{Risk, Rule, State};

    use super::*;

    fn hostile() -> Review {
        let bad = "<img src=x>\u{202e}".to_owned();
        Review {
            name: bad.clone(),
            version: Some("1.0.0".into()),
            description: Some(bad.clone()),
            file: None,
            built_in: false,
            state: State::Quarantined,
            reasons: vec![bad.clone()],
            line: None,
            asked: vec![Entry { what: bad.clone(), why: Some(bad.clone()), line: Some(4) }],
            granted: vec![],
            imported: vec![],
            used: vec![],
            findings: vec![Finding {
                rule: Rule::ALL[0],
                level: Level::Error,
                message: bad.clone(),
                line: None,
                fix: None,
            }],
            risk: Risk::default(),
            changes: Some(Changes { widened: vec![bad.clone()], ..Changes::default() }),
            digests: vec![Pair { of: "component", found: "sha256:aa".into(), approved: Some(bad) }],
        }
    }

    #[test]
    fn nothing_that_a_plugin_wrote_becomes_markup_or_stays_unseen() {
        let html = html(&hostile());
        assert!(!html.contains("<img") && !html.contains('\u{202e}'), "{html}");
        assert_eq!(html.matches("&lt;img").count(), 7, "{html}");
    }

    #[test]
    fn verdict_and_findings_stand_before_the_columns() {
        let html = html(&hostile());
        let place = |what: &str| html.find(what).unwrap();
        assert!(place("verdict error") < place("class=\"findings\""));
        assert!(place("class=\"findings\"") < place("widened"));
        assert!(place("widened") < place("<h3>Asked"));
        assert!(place("<h3>Used") < place("class=\"digests\""));
    }
}
