//! BC-05: automatic replies that an attacker speaks through, and settings that say where they sit.

use claudetools_graph::envelope::Confidence;
use claudetools_graph::envelope::Severity::{High, Info, Low};
use claudetools_graph::jiff::tz::TimeZone;
use claudetools_graph::text;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rule::Rule;

const BAITED: Rule = Rule::new(
    "R1",
    High,
    "Automatic reply to everybody with a link, an address or bank words",
    "Who writes to the mailbox is led to the attacker.",
)
.mitre(&["T1534"])
.sure(Confidence::Medium);
const REPLYING: Rule = Rule::new("R2", Info, "Automatic replies are on", "Ask the owner where that is a surprise.");
const ELSEWHERE: Rule = Rule::new(
    "R3",
    Low,
    "The mailbox's language or time zone is unusual for the client",
    "Outlook on the web sets them where somebody signs in for the first time.",
)
.sure(Confidence::Low);

/// Words about money transfers, in the languages of the house.
const BANK: &[&str] = &[
    "iban",
    "swift",
    "bic",
    "bank",
    "wire transfer",
    "routing number",
    "account number",
    "payment",
    "kontonummer",
    "bankverbindung",
    "überweisung",
    "virement",
    "transferencia",
];
/// The furthest that a time zone may be from the client's, in hours.
const FAR: i32 = 3;

/// What Windows calls the zones that people here meet, by their IANA names.
const ZONES: &[(&str, &str)] = &[
    ("AUS Eastern Standard Time", "Australia/Sydney"),
    ("Central Europe Standard Time", "Europe/Budapest"),
    ("Central European Standard Time", "Europe/Warsaw"),
    ("Central Standard Time", "America/Chicago"),
    ("China Standard Time", "Asia/Shanghai"),
    ("E. Europe Standard Time", "Europe/Chisinau"),
    ("Eastern Standard Time", "America/New_York"),
    ("FLE Standard Time", "Europe/Kiev"),
    ("GMT Standard Time", "Europe/London"),
    ("GTB Standard Time", "Europe/Bucharest"),
    ("Greenwich Standard Time", "Atlantic/Reykjavik"),
    ("India Standard Time", "Asia/Kolkata"),
    ("Mountain Standard Time", "America/Denver"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("Romance Standard Time", "Europe/Paris"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("Singapore Standard Time", "Asia/Singapore"),
    ("South Africa Standard Time", "Africa/Johannesburg"),
    ("Tokyo Standard Time", "Asia/Tokyo"),
    ("Turkey Standard Time", "Europe/Istanbul"),
    ("UTC", "UTC"),
    ("W. Central Africa Standard Time", "Africa/Lagos"),
    ("W. Europe Standard Time", "Europe/Berlin"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    automatic_replies_setting: Option<Replies>,
    time_zone: Option<String>,
    language: Option<Language>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Replies {
    status: String,
    external_audience: Option<String>,
    internal_reply_message: Option<String>,
    external_reply_message: Option<String>,
}

#[derive(Deserialize)]
struct Language {
    locale: Option<String>,
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let Some(reply) = case.reply(Source::MailboxSettings) else { return Judged::default() };
    let Ok(settings) = Settings::deserialize(&reply.body) else { return Judged::default().unread(1) };
    let mut findings = Vec::new();
    if let Some(replies) =
        settings.automatic_replies_setting.filter(|replies| !replies.status.eq_ignore_ascii_case("disabled"))
    {
        let everybody =
            replies.external_audience.as_deref().is_some_and(|audience| audience.eq_ignore_ascii_case("all"));
        let words = format!(
            "{} {}",
            replies.external_reply_message.unwrap_or_default(),
            replies.internal_reply_message.unwrap_or_default()
        );
        let bait = if everybody { bait(&words, case) } else { Vec::new() };
        let rule = if bait.is_empty() { &REPLYING } else { &BAITED };
        // What it says is mail: it is not shown.
        findings.push(
            rule.found(json!({ "audience": replies.external_audience, "has": bait }))
                .step("disable_autoreply", json!({ "user": case.user.id })),
        );
    }
    if let Some(facts) =
        unusual(settings.time_zone.as_deref(), settings.language.and_then(|language| language.locale).as_deref(), case)
    {
        findings.push(ELSEWHERE.found(facts));
    }
    Judged::of(findings)
}

/// What in a reply leads somewhere, by kind.
fn bait(html: &str, case: &Case) -> Vec<String> {
    let lower = html.to_lowercase();
    let spaced = lower.replace(|character: char| !character.is_alphanumeric(), " ");
    let mut bait: Vec<String> = Vec::new();
    if lower.contains("http://") || lower.contains("https://") || lower.contains("www.") {
        bait.push("a link".into());
    }
    if BANK.iter().any(|word| format!(" {spaced} ").contains(&format!(" {word} "))) {
        bait.push("bank words".into());
    }
    let addresses = lower
        .split(|character: char| !(character.is_alphanumeric() || "@.-_+".contains(character)))
        .filter(|word| word.contains('@'));
    let foreign =
        addresses.map(text::domain).find(|domain| domain.contains('.') && !case.homes.has(&format!("x@{domain}")));
    bait.extend(foreign.map(|domain| format!("an address at {domain}")));
    bait
}

fn unusual(zone: Option<&str>, locale: Option<&str>, case: &Case) -> Option<serde_json::Value> {
    let far = zone.and_then(|written| hours_apart(written, case)).is_some_and(|hours| hours > FAR);
    let region = locale.and_then(|locale| locale.split_once('-')).filter(|(language, _)| *language != "en");
    let foreign = region.is_some_and(|(_, region)| {
        !case.home_countries.is_empty() && !case.home_countries.contains(&region.to_uppercase())
    });
    (far || foreign).then(|| json!({ "time_zone": zone, "language": locale }))
}

/// How far a zone is from the client's, now. None where one is not known.
fn hours_apart(written: &str, case: &Case) -> Option<i32> {
    let name = ZONES.iter().find(|(windows, _)| *windows == written).map_or(written, |(_, iana)| iana);
    let zone = TimeZone::get(name).ok()?;
    let seconds = |zone: &TimeZone| zone.to_offset(case.span.to).seconds();
    Some((seconds(&zone) - seconds(&case.client.zone)).abs() / 3600)
}
