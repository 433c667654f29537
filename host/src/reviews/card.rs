//! A plugin and its review as one message: whether it asks for too much first, the rest in the order of its weight.

use claudetools_chat::cards::{Card, Offer, Place};
use claudetools_chat::render::invisible;
use claudetools_policy::{Found, Tool};
use claudetools_review::{Band, Basis, Changes, Entry, Finding, Level, Review, RiskLine, Rule, State, render};

use super::looked::{Looked, hash};
use crate::in_force::InForce;

/// The longest line, and the longest name of a plugin's own, in characters.
const LINE: usize = 140;
const NAME: usize = 60;

/// The most that stands between the head and the digests, in UTF-16 units: Discord's 2,000 less the head, the digests,
/// and what making text harmless adds.
const BUDGET: usize = 900;

/// The card of a plugin that lies in a file.
pub(super) fn plugin(one: &Looked, in_force: &InForce, offer: Option<Offer>, news: bool) -> Card {
    Card {
        key: one.key(in_force),
        about: format!("plugin {}", one.name),
        title: verdict(&one.review),
        state: format!("{} · {}", named(&one.review), state(one, in_force)),
        body: body(&one.review, one.found.as_ref()),
        gone: Some(format!("{} · **gone**: its file is not there any more", named(&one.review))),
        file: Some(render::markdown(&one.review)),
        place: Place::Review,
        ping: None,
        by: None,
        answers: None,
        menus: Vec::new(),
        offers: offer.into_iter().collect(),
        news,
    }
}

/// The card of what `plugins.toml` says and is not in force, plugins' tables aside.
pub(super) fn held(notices: &[String]) -> Option<Card> {
    if notices.is_empty() {
        return None;
    }
    let lines: Vec<String> = notices.iter().map(|notice| format!("- {}", sentence(notice))).collect();
    Some(Card {
        key: hash(&["plugins.toml", &notices.join("\n")]),
        about: "plugins.toml".to_owned(),
        title: "**plugins.toml changed and is not in force as it is written**".to_owned(),
        state: "**Held back**: what was in force before stays".to_owned(),
        body: fit(lines),
        gone: Some("**Settled**: the file was changed again, or is in force".to_owned()),
        file: None,
        place: Place::Review,
        ping: None,
        by: None,
        answers: None,
        menus: Vec::new(),
        offers: Vec::new(),
        news: true,
    })
}

/// The line about a plugin that was called for the first time since its approval.
pub(super) fn first_use(name: &str, at: &str) -> Card {
    Card {
        key: hash(&["first use", name, at]),
        about: format!("first use of {name}"),
        title: format!("{} was called for the first time since its approval of {}.", code(name, NAME), code(at, LINE)),
        state: String::new(),
        body: String::new(),
        gone: None,
        file: None,
        place: Place::Review,
        ping: None,
        by: None,
        answers: None,
        menus: Vec::new(),
        offers: Vec::new(),
        news: true,
    }
}

/// What a reader must see first.
fn verdict(review: &Review) -> String {
    if review.state == State::Unreadable {
        return "**Can't be read**: not a plugin that this program can judge".to_owned();
    }
    let verb = if review.risk.basis == Basis::Asked { "Asks" } else { "May do" };
    let much = match (review.risk.band, review.risk.basis) {
        (Band::Low, Basis::Asked) => "for little",
        (Band::Medium, Basis::Asked) => "for something that can do harm",
        (Band::High, Basis::Asked) => "for a lot",
        (Band::Extreme, Basis::Asked) => "for TOO MUCH",
        (Band::Low, Basis::Granted) => "little",
        (Band::Medium, Basis::Granted) => "some harm",
        (Band::High, Basis::Granted) => "a lot",
        (Band::Extreme, Basis::Granted) => "TOO MUCH",
    };
    let faults =
        review.findings.iter().find(|finding| finding.rule != Rule::NotApproved && finding.level == Level::Error);
    let fault = faults.map(|finding| format!(" · {}", finding.rule.title())).unwrap_or_default();
    format!("**{verb} {much}** · risk {} {}{fault}", review.risk.total, review.risk.band.as_str())
}

fn named(review: &Review) -> String {
    let version = review.version.as_deref().map(|version| format!(" {}", code(version, 20))).unwrap_or_default();
    format!("{}{version}", code(&review.name, NAME))
}

fn state(one: &Looked, in_force: &InForce) -> String {
    let approved = one.approved(in_force);
    if !one.reasons.is_empty() {
        let why = one.reasons.first().map(|reason| sentence(&reason.to_string())).unwrap_or_default();
        return format!("**in quarantine**, nobody can call it\n> {why}");
    }
    if in_force.written.holds_back(&one.name) {
        return "**held back**: it runs under the table that was approved, the new one waits".to_owned();
    }
    match approved {
        Some(approved) => format!("**approved** by {} on {}", code(&approved.by, NAME), code(&approved.at, 30)),
        None => "**admitted**".to_owned(),
    }
}

fn body(review: &Review, found: Option<&Found>) -> String {
    let mut lines: Vec<String> = review.risk.lines.iter().take(4).map(risk).collect();
    lines.extend(some("more lines of risk", review.risk.lines.len(), 4));
    lines.extend(review.changes.iter().flat_map(changes));
    let known = |finding: &&Finding| finding.rule != Rule::NotApproved;
    lines.extend(review.findings.iter().filter(known).take(3).map(finding));
    lines.extend(some("more findings", review.findings.iter().filter(known).count(), 3));
    for (title, entries) in [("Asked", &review.asked), ("Granted", &review.granted), ("Imported", &review.imported)] {
        lines.push(format!("**{title}** {}", column(entries)));
    }
    let tail = found.map(|found| tools(&found.manifest.tools)).into_iter().chain([digests(review)]);
    let says = review.description.iter().map(|says| format!("It says of itself: {}", code(says, LINE)));
    format!("{}\n{}", fit(lines), tail.chain(says).collect::<Vec<_>>().join("\n"))
}

/// As many lines as there is room for.
fn fit(lines: Vec<String>) -> String {
    let mut room = BUDGET;
    let mut kept = Vec::new();
    for line in lines {
        let length = line.encode_utf16().count() + 1;
        if length > room {
            kept.push("… the rest is in the file".to_owned());
            break;
        }
        room -= length;
        kept.push(line);
    }
    kept.join("\n")
}

fn some(what: &str, all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("- … {} {what}", all - shown))
}

fn risk(line: &RiskLine) -> String {
    format!("- +{} {}", line.points, code(&line.what, LINE))
}

fn finding(finding: &Finding) -> String {
    format!("- {} {} {}", finding.level.as_str(), finding.rule.id(), sentence(&finding.message))
}

fn changes(changes: &Changes) -> Vec<String> {
    let named = |name: &str, lines: &[String]| {
        let shown = lines.iter().take(3).map(|line| format!("- **{name}** {}", code(line, LINE)));
        shown.chain(some(&format!("more {name}"), lines.len(), 3)).collect::<Vec<_>>()
    };
    let words: Vec<String> = changes.strings.iter().map(|text| text.what.clone()).collect();
    let all = [
        named("widened", &changes.widened),
        named("added", &changes.added),
        named("reworded", &words),
        named("removed", &changes.removed),
    ];
    all.concat()
}

fn column(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = entries.iter().take(3).map(|entry| code(&entry.what, 80)).collect();
    let more = if entries.len() > 3 { format!(", … {} more", entries.len() - 3) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn tools(tools: &[Tool]) -> String {
    let one = |tool: &Tool| format!("{}{}", code(&tool.name, 30), if tool.read_only() { "" } else { " writes" });
    let shown: Vec<String> = tools.iter().take(6).map(one).collect();
    let more = if tools.len() > 6 { format!(", … {} more", tools.len() - 6) } else { String::new() };
    if shown.is_empty() { "**Tools** none".to_owned() } else { format!("**Tools** {}{more}", shown.join(", ")) }
}

fn digests(review: &Review) -> String {
    let short = |digest: &str| digest.trim_start_matches("sha256:").chars().take(12).collect::<String>();
    let all: Vec<String> =
        review.digests.iter().map(|pair| format!("{} {}", pair.of, code(&short(&pair.found), 12))).collect();
    if all.is_empty() { "No digests".to_owned() } else { format!("Digests: {}", all.join(", ")) }
}

/// Foreign words: one line between backticks, where nothing in them means anything.
fn code(text: &str, most: usize) -> String {
    let shown: String = text.chars().map(visible).take(most).collect();
    let dots = if text.chars().count() > most { "…" } else { "" };
    let shown = shown.replace('`', "'");
    if shown.trim().is_empty() { "`(no name)`".to_owned() } else { format!("`{}{dots}`", shown.trim()) }
}

/// On one line, and nothing that can't be seen: a hidden character would be spelt out later and make the line longer.
fn visible(c: char) -> char {
    match c {
        c if c.is_control() => ' ',
        c if invisible(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// A sentence of ours with foreign words between backticks, cut where it is long; a span that is cut is closed.
fn sentence(text: &str) -> String {
    let one_line: String = text.chars().map(visible).take(LINE).collect();
    let closed = if one_line.matches('`').count() % 2 == 1 { one_line + "…`" } else { one_line };
    if text.chars().count() > LINE && !closed.ends_with('`') { closed + "…" } else { closed }
}

#[cfg(test)]
mod tests;
