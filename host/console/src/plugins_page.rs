//! The page that lists the plugins: HTML. Its script only asks for it anew, and sends what a reviewer typed.

use std::cmp::Reverse;

use claudetools_chat::cards::{Deed, Field, Form, Offer};
use claudetools_review::Band;

use crate::Plugins;
use crate::escape::{attribute, text};
use crate::plugin_row::{CapabilityRow, PluginRow, PluginState, ToolEffect, ToolRow};
use crate::review_card;

/// How much of a digest is shown; the whole of it is in the tooltip.
const SHOWN_DIGEST: usize = "sha256:0123456789ab".len();

/// The page.
pub(crate) fn html(Plugins { rows, notices }: &Plugins) -> String {
    let page = include_str!("page/plugins.html").replace("{{summary}}", &text(&summary(rows)));
    let mut sorted: Vec<&PluginRow> = rows.iter().collect();
    sorted.sort_by_key(|row| (!matches!(row.state, PluginState::Quarantined { .. }), Reverse(risk(row))));
    let cards: String = sorted.into_iter().map(card).collect();
    page.replace("{{cards}}", &format!("{}{cards}", not_in_force(notices)))
}

/// What an operator wrote and is not in force.
fn not_in_force(notices: &[String]) -> String {
    if notices.is_empty() {
        return String::new();
    }
    let notices: String = notices.iter().map(|notice| format!("<li>{}</li>", text(notice))).collect();
    format!("<ul class=\"notices\" role=\"alert\">{notices}</ul>")
}

/// What waits is read from the most dangerous on.
fn risk(row: &PluginRow) -> u32 {
    row.review.as_ref().map_or(0, |review| review.risk.total)
}

/// The first thing a reviewer wants to know.
fn summary(rows: &[PluginRow]) -> String {
    let (waiting, admitted): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| matches!(row.state, PluginState::Quarantined { .. }));
    let tools: usize = admitted.iter().map(|row| row.tools.len()).sum();
    let admitted = format!("{}, {}.", counted(admitted.len(), "plugin"), counted(tools, "tool"));
    match waiting.len() {
        0 => format!("{admitted} None in quarantine."),
        some => format!("{admitted} {some} in quarantine: nobody can call what is there.{}", greedy(&waiting)),
    }
}

/// Who asks for too much, by name: nobody has to scroll for it.
fn greedy(waiting: &[&PluginRow]) -> String {
    let extreme = |row: &&&PluginRow| row.review.as_ref().is_some_and(|review| review.risk.band >= Band::Extreme);
    let names: Vec<&str> = waiting.iter().filter(extreme).map(|row| row.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(" Too much power: {}.", names.join(", ")) }
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn card(row: &PluginRow) -> String {
    let (class, word) = match &row.state {
        PluginState::BuiltIn => ("built-in", "built in".to_owned()),
        PluginState::Approved { by, at } => ("approved", format!("approved by {by}, {}", at.get(..10).unwrap_or(at))),
        PluginState::Quarantined { .. } => ("quarantined", "quarantine".to_owned()),
    };
    format!(
        "<article class=\"plugin {class}\"><header><h2>{name}</h2><span class=\"version\">{version}</span>\
         <span class=\"state\">{state}</span>{digest}</header>{description}{body}{form}</article>",
        name = text(&row.name),
        version = text(row.version.as_deref().unwrap_or("")),
        state = text(&word),
        digest = row.digest.as_deref().map(digest).unwrap_or_default(),
        description = paragraph(&row.description),
        body = body(row),
        form = row.offer.as_ref().map(|(offer, form)| decide(*offer, form)).unwrap_or_default(),
    )
}

/// What a reviewer fills in. It says nothing of who may: the host decides that when it is sent.
fn decide(Offer { deed, token }: Offer, form: &Form) -> String {
    let (label, note) = match deed {
        Deed::Revoke => ("Revoke", "Running calls of it end."),
        _ => ("Approve", "Approves exactly these digests."),
    };
    let field = |Field { name, label, .. }: &Field| {
        format!("<label>{}<input name=\"{name}\" autocomplete=\"off\" required></label>", text(label))
    };
    format!(
        "<form class=\"decide\" data-deed=\"{word}\" data-token=\"{token}\">{fields}<button>{label}</button>\
         <output>{note}</output></form>",
        word = deed.as_str(),
        fields = form.fields.iter().map(field).collect::<String>(),
    )
}

fn body(row: &PluginRow) -> String {
    if let Some(review) = &row.review {
        return review_card::html(review);
    }
    if let PluginState::Quarantined { reasons } = &row.state {
        let reasons: String = reasons.iter().map(|reason| format!("<li>{}</li>", text(reason))).collect();
        return format!("<ul class=\"reasons\">{reasons}</ul>");
    }
    format!(
        "<ul class=\"tools\">{}</ul>\
         <div class=\"table\" tabindex=\"0\"><table><thead><tr><th scope=\"col\"></th><th scope=\"col\">Asked</th>\
         <th scope=\"col\">Granted</th><th scope=\"col\">Imported</th></tr></thead><tbody>{}</tbody></table></div>\
         <dl class=\"facts\"><dt>Callers</dt><dd>{}</dd><dt>Limits of a call</dt><dd>{}</dd></dl>",
        row.tools.iter().map(tool).collect::<String>(),
        row.capabilities.iter().map(capability).collect::<String>(),
        text(&row.callers),
        text(&row.limits.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(" · ")),
    )
}

fn digest(digest: &str) -> String {
    let short = digest.get(..SHOWN_DIGEST).unwrap_or(digest);
    format!("<code class=\"digest\" title=\"{}\">{}…</code>", attribute(digest), text(short))
}

fn paragraph(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("<p>{}</p>", text(words)) }
}

fn tool(tool: &ToolRow) -> String {
    let (class, word) = match tool.effect {
        ToolEffect::Reads => ("reads", "reads"),
        ToolEffect::Writes => ("writes", "writes"),
    };
    format!("<li class=\"{class}\"><b>{}</b> {word}</li>", text(&tool.name))
}

fn capability(row: &CapabilityRow) -> String {
    let cells: String = [&row.asked, &row.granted, &row.imported].map(|words| cell(words)).concat();
    format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", text(&row.what))
}

fn cell(words: &str) -> String {
    if words.is_empty() {
        return "<td class=\"nothing\">nothing</td>".into();
    }
    format!("<td><ul>{}</ul></td>", words.lines().map(line).collect::<String>())
}

/// What, and on a line of its own why.
fn line(words: &str) -> String {
    match words.split_once(": ") {
        Some((what, why)) => format!("<li>{}<span class=\"why\">{}</span></li>", text(what), text(why)),
        None => format!("<li>{}</li>", text(words)),
    }
}

#[cfg(test)]
mod tests {
    use claudetools_review::{Review, Risk, State};
    use insta::assert_snapshot;

    use super::*;

    fn row(state: PluginState) -> PluginRow {
        PluginRow {
            name: "<files>".into(),
            version: Some("1.0.0".into()),
            description: "Reads & writes.".into(),
            state,
            digest: Some("sha256:0123456789abcdef".into()),
            tools: vec![ToolRow { name: "Read".into(), effect: ToolEffect::Reads }],
            capabilities: vec![CapabilityRow {
                what: "network".into(),
                imported: "wasi:sockets/tcp".into(),
                ..CapabilityRow::default()
            }],
            callers: "tech, through model".into(),
            limits: vec![("time".into(), "30 s".into())],
            review: None,
            offer: None,
        }
    }

    #[test]
    fn a_plugin_shows_asked_granted_and_imported() {
        assert_snapshot!(card(&row(PluginState::BuiltIn)), @r#"<article class="plugin built-in"><header><h2>&lt;files&gt;</h2><span class="version">1.0.0</span><span class="state">built in</span><code class="digest" title="sha256:0123456789abcdef">sha256:0123456789ab…</code></header><p>Reads &amp; writes.</p><ul class="tools"><li class="reads"><b>Read</b> reads</li></ul><div class="table" tabindex="0"><table><thead><tr><th scope="col"></th><th scope="col">Asked</th><th scope="col">Granted</th><th scope="col">Imported</th></tr></thead><tbody><tr><th scope="row">network</th><td class="nothing">nothing</td><td class="nothing">nothing</td><td><ul><li>wasi:sockets/tcp</li></ul></td></tr></tbody></table></div><dl class="facts"><dt>Callers</dt><dd>tech, through model</dd><dt>Limits of a call</dt><dd>time 30 s</dd></dl></article>"#);
    }

    #[test]
    fn quarantine_shows_reasons_and_no_tools() {
        let reasons = vec!["supply.digest: the bytes are not the approved ones".to_owned()];
        assert_snapshot!(card(&row(PluginState::Quarantined { reasons })), @r#"<article class="plugin quarantined"><header><h2>&lt;files&gt;</h2><span class="version">1.0.0</span><span class="state">quarantine</span><code class="digest" title="sha256:0123456789abcdef">sha256:0123456789ab…</code></header><p>Reads &amp; writes.</p><ul class="reasons"><li>supply.digest: the bytes are not the approved ones</li></ul></article>"#);
    }

    #[test]
    fn what_is_not_in_force_stands_above_the_plugins() {
        let notices = vec!["plugins.toml:4:10: unknown key `<b>`; what was in force before stays".to_owned()];
        assert_snapshot!(not_in_force(&notices), @r#"<ul class="notices" role="alert"><li>plugins.toml:4:10: unknown key `&lt;b&gt;`; what was in force before stays</li></ul>"#);
        let page = html(&Plugins { rows: vec![row(PluginState::BuiltIn)], notices });
        assert!(page.find("class=\"notices\"") < page.find("<article"), "{page}");
        assert!(!html(&Plugins::default()).contains("notices"));
    }

    #[test]
    fn the_summary_counts() {
        let quarantined = row(PluginState::Quarantined { reasons: vec![] });
        let approved = row(PluginState::Approved { by: "j".into(), at: "2026-01-02T00:00:00Z".into() });
        assert_snapshot!(summary(&[approved, quarantined]), @"1 plugin, 1 tool. 1 in quarantine: nobody can call what is there.");
    }

    /// A plugin in quarantine whose review counts so much.
    fn waiting(name: &str, total: u32, band: Band) -> PluginRow {
        let review = Review {
            name: name.to_owned(),
            version: None,
            description: None,
            file: None,
            built_in: false,
            state: State::Quarantined,
            reasons: Vec::new(),
            line: None,
            asked: Vec::new(),
            granted: Vec::new(),
            imported: Vec::new(),
            used: Vec::new(),
            findings: Vec::new(),
            risk: Risk { total, band, ..Risk::default() },
            changes: None,
            digests: Vec::new(),
        };
        PluginRow {
            name: name.to_owned(),
            review: Some(Box::new(review)),
            ..row(PluginState::Quarantined { reasons: Vec::new() })
        }
    }

    #[test]
    fn who_asks_for_too_much_is_named_first_and_stands_first() {
        let rows = vec![waiting("echo", 10, Band::Low), waiting("evil", 105, Band::Extreme), row(PluginState::BuiltIn)];
        assert_snapshot!(summary(&rows), @"1 plugin, 1 tool. 2 in quarantine: nobody can call what is there. Too much power: evil.");
        let page = html(&Plugins { rows, notices: Vec::new() });
        assert!(page.find("<h2>evil") < page.find("<h2>echo"), "{page}");
    }
}
