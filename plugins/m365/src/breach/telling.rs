//! How a check of a user is told: the verdict first, files for those who go on with it.

use std::collections::BTreeMap;

use claudetools_graph::envelope::{Check, Envelope, Severity, Status, Verdict};
use claudetools_graph::{Class, Gap, text, time};
use claudetools_kit::{Failure, Output};
use serde_json::{Value, json};

use super::case::Case;
use super::checks::{changed_after, privileged};
use super::input::Depth;
use super::known::Known;
use crate::client::Client;
use crate::outside::Outside;
use crate::show::steps::{ordered, step};
use crate::show::{Chat, FINDINGS, Report, counts, gaps, offer, tell, word, worst};

/// What is told beside the envelope.
struct Told<'a> {
    client: &'a Client,
    /// What was asked for, for file names.
    user: &'a str,
    /// The user, for people.
    about: String,
    headline: String,
    remarks: Vec<String>,
    steps: Vec<String>,
}

/// One check, for the person who watches.
pub fn progress(check: &Check) -> String {
    let worst = check
        .findings
        .iter()
        .max_by_key(|finding| finding.severity)
        .filter(|finding| finding.severity > Severity::Info);
    let found = worst.map(|finding| format!("{}, {}", finding.severity.word(), finding.title));
    format!("{} {}: {}", check.id, check.title, found.unwrap_or_else(|| word(check.status).to_owned()))
}

/// The answer where the user was found.
pub fn told(envelope: &Envelope, case: &Case, known: &Known, outside: &mut dyn Outside) -> Result<Output, Failure> {
    let upn = &case.user.user_principal_name;
    let about = match case.user.display_name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({})", text::quoted(name), text::shown(upn)),
        None => text::shown(upn),
    };
    let administrates = !privileged(case).is_empty();
    let subject = if administrates { format!("the administrator {about}") } else { about.clone() };
    let told = Told {
        client: &case.client,
        user: upn,
        headline: headline(envelope, &subject),
        about,
        remarks: remarks(envelope, case, known),
        steps: ordered(&first(envelope, case), worst(envelope).into_iter()),
    };
    answered(&told, envelope, outside)
}

/// The answer where there is no such user, or it could not be looked up.
pub fn without(
    envelope: &Envelope,
    client: &Client,
    user: &str,
    gap: &Gap,
    outside: &mut dyn Outside,
) -> Result<Output, Failure> {
    let about = text::quoted(user);
    let why = match gap.class {
        Class::NotFound => format!(
            "there is no user {about} in the tenant of {}; give a sign-in name, a mail address or an object id",
            client.title
        ),
        _ => format!("the user {about} could not be looked up ({})", gap.detail),
    };
    let told =
        Told { client, user, about, headline: format!("Inconclusive: {why}."), remarks: Vec::new(), steps: Vec::new() };
    answered(&told, envelope, outside)
}

fn answered(told: &Told<'_>, envelope: &Envelope, outside: &mut dyn Outside) -> Result<Output, Failure> {
    let zone = &told.client.zone;
    let report = Report { title: "Breach check", about: &told.about, headline: &told.headline, zone, changes: &[] };
    let without_files = offer(&file_name(told, envelope), &report, envelope, envelope, outside);
    let rows: Vec<Value> = worst(envelope)
        .into_iter()
        .take(FINDINGS)
        .map(|finding| {
            let at = finding.occurred_at.map_or_else(String::new, |at| time::shown(at, zone));
            json!({ "severity": finding.severity.word(), "finding": finding.title, "when": at, "rule": finding.id })
        })
        .collect();
    let text = chat(told, envelope) + &without_files;
    let output = Output::text(text).summary(format!("Breach check: {}", short(envelope.verdict)));
    Ok(if rows.is_empty() { output } else { output.and_table(&rows) })
}

/// `breach-check_contoso_ann@contoso.example_2026-11-22`, of characters that are safe in names of files.
fn file_name(told: &Told<'_>, envelope: &Envelope) -> String {
    let fits =
        |character: char| if character.is_ascii_alphanumeric() || ".@-".contains(character) { character } else { '-' };
    let user: String = told.user.chars().map(fits).take(80).collect();
    format!("breach-check_{}_{user}_{}", told.client.name, envelope.window.to.strftime("%Y-%m-%d"))
}

fn chat(told: &Told<'_>, envelope: &Envelope) -> String {
    let mut text = format!("**{}**\n{}.", told.headline, coverage(envelope));
    for remark in &told.remarks {
        text += &format!(" {remark}");
    }
    let chat = Chat { zone: &told.client.zone, changes: &[], gaps: &gaps(&missing(envelope)), steps: &told.steps };
    tell(text, &chat, envelope)
}

/// How much ran, and why the rest did not: `17 of 20 checks ran (2 not licensed, 1 not permitted)`.
fn coverage(envelope: &Envelope) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for check in missing(envelope).checks {
        *reasons.entry(word(check.status)).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    format!("{} of {} checks ran{why}", envelope.coverage.ran, envelope.coverage.of)
}

/// The result with those checks only that were asked for and did not run over everything.
fn missing(envelope: &Envelope) -> Envelope {
    let mut missing = envelope.clone();
    missing.checks.retain(|check| check.status != Status::Skipped && !check.status.ran());
    missing
}

/// The verdict in one sentence. Nothing found is never "clean".
fn headline(envelope: &Envelope, about: &str) -> String {
    let found = counts(envelope);
    let nothing = worst(envelope).is_empty();
    match envelope.verdict {
        Verdict::LikelyCompromised => format!("Likely compromised: {about}, {found}."),
        Verdict::Suspicious => format!("Suspicious: {about}, {found}. Somebody has to look into it."),
        Verdict::Inconclusive => {
            format!("Inconclusive: {about}, too little could be checked to say anything ({found}).")
        }
        Verdict::NoFindingsWithGaps if nothing => {
            format!("No indicators found in what was checked, but something decisive could not be checked: {about}.")
        }
        Verdict::NoFindingsWithGaps => format!(
            "Nothing decisive found in what was checked, and something decisive could not be: {about}, {found}."
        ),
        Verdict::NoFindings if nothing => format!("No indicators found in what was checked: {about}."),
        Verdict::NoFindings => format!("Nothing decisive found in what was checked: {about}, {found}."),
    }
}

fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::LikelyCompromised => "likely compromised",
        Verdict::Suspicious => "suspicious",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NoFindingsWithGaps => "no indicators found, with gaps",
        Verdict::NoFindings => "no indicators found in what was checked",
    }
}

fn remarks(envelope: &Envelope, case: &Case, known: &Known) -> Vec<String> {
    let mut remarks = Vec::new();
    let roles = privileged(case);
    if !roles.is_empty() {
        let roles: Vec<String> = roles.iter().map(|role| text::shown(role)).collect();
        remarks.push(format!(
            "The account administrates ({}): every finding above info is one level worse.",
            roles.join(", ")
        ));
    }
    if case.user.on_premises_sync_enabled == Some(true) {
        remarks
            .push("The account is synchronised: its password and its state are changed in the local directory.".into());
    }
    if envelope.verdict == Verdict::LikelyCompromised && changed_after(case, known) == Some(false) {
        remarks.push("The password was not changed since the last suspicious sign-in.".into());
    }
    if case.depth < Depth::Deep {
        remarks.push("Device codes, relays, shared sessions, phones and the mailbox's audit log are looked at with `depth` deep.".into());
    }
    remarks.push("Logs may lag up to about an hour.".into());
    remarks
}

/// What comes first where an account is likely lost: nobody gets in.
fn first(envelope: &Envelope, case: &Case) -> Vec<String> {
    let tools: &[&str] = match envelope.verdict {
        Verdict::LikelyCompromised => &["disable_user", "reset_password", "revoke_sessions"],
        Verdict::Suspicious => &["revoke_sessions"],
        _ => &[],
    };
    tools.iter().map(|tool| step(tool, &json!({ "user": case.user.id }))).collect()
}
