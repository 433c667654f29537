//! BC-03: mail that a mailbox sends on, and whether what happens in it is recorded.

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Medium};
use claudetools_graph::text;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::Rows;
use crate::rule::Rule;

const FORWARDING: &[&str] = &["T1114.003"];
const OUTSIDE: Rule =
    Rule::new("R1", Critical, "Mailbox forwards outside", "Every mail leaves the organization.").mitre(FORWARDING);
const INSIDE: Rule =
    Rule::new("R2", Medium, "Mailbox forwards to a colleague", "Ask whether both know of it.").mitre(FORWARDING);
const UNKNOWN: Rule =
    Rule::new("R3", High, "Mailbox forwards to somebody who could not be looked up", "It may leave the organization.")
        .mitre(FORWARDING);
const UNRECORDED: Rule =
    Rule::new("R4", High, "Mailbox auditing is off", "What happens in the mailbox leaves no trace.")
        .mitre(&["T1562.008"]);
const BYPASSED: Rule =
    Rule::new("R5", High, "The account bypasses mailbox auditing", "What it does in mailboxes leaves no trace.")
        .mitre(&["T1562.008"]);

/// What `Get-Mailbox` says of a mailbox, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mailbox {
    pub forwarding_smtp_address: Option<String>,
    pub forwarding_address: Option<String>,
    deliver_to_mailbox_and_forward: Option<bool>,
    hidden_from_address_lists_enabled: Option<bool>,
    audit_enabled: Option<bool>,
    #[serde(rename = "WhenChangedUTC")]
    when_changed_utc: Option<String>,
    #[serde(default, deserialize_with = "crate::rows::texts")]
    pub grant_send_on_behalf_to: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Bypass {
    audit_bypass_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Recipient {
    recipient_type_details: Option<String>,
    primary_smtp_address: Option<String>,
    external_email_address: Option<String>,
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let mailboxes: Rows<Mailbox> = case.rows(Source::Mailbox);
    let bypasses: Rows<Bypass> = case.rows(Source::AuditBypass);
    let mut findings: Vec<Finding> = mailboxes.read.iter().flat_map(|mailbox| of_mailbox(mailbox, case)).collect();
    if bypasses.read.iter().any(|bypass| bypass.audit_bypass_enabled == Some(true)) {
        findings.push(BYPASSED.found(json!({})));
    }
    Judged::of(findings).unread(mailboxes.unread + bypasses.unread)
}

fn of_mailbox(mailbox: &Mailbox, case: &Case) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(address) = said(&mailbox.forwarding_smtp_address) {
        let address = without_smtp(address);
        let rule = if case.homes.has(address) { &INSIDE } else { &OUTSIDE };
        findings.push(told(rule, address, mailbox, case));
    }
    if let Some(name) = said(&mailbox.forwarding_address) {
        findings.push(told(recipient(case), name, mailbox, case));
    }
    if mailbox.audit_enabled == Some(false) {
        findings.push(UNRECORDED.found(json!({})));
    }
    findings
}

/// Whether a recipient of the directory is one outside: a contact is one by its address, a guest in any case.
fn recipient(case: &Case) -> &'static Rule {
    let known = case.rows::<Recipient>(Source::Recipient).read.into_iter().next();
    let Some(recipient) = known else { return &UNKNOWN };
    let address = said(&recipient.external_email_address).or_else(|| said(&recipient.primary_smtp_address));
    let guest = recipient.recipient_type_details.as_deref().is_some_and(|kind| kind.starts_with("Guest"));
    match address {
        Some(address) if !guest && case.homes.has(without_smtp(address)) => &INSIDE,
        Some(_) => &OUTSIDE,
        None => &UNKNOWN,
    }
}

fn told(rule: &Rule, to: &str, mailbox: &Mailbox, case: &Case) -> Finding {
    let facts = json!({
        "to": to,
        "keeps_a_copy": mailbox.deliver_to_mailbox_and_forward,
        "hidden_from_address_lists": mailbox.hidden_from_address_lists_enabled,
        "mailbox_changed": mailbox.when_changed_utc,
        "domain": text::domain(to),
    });
    rule.found(facts).step("clear_forwarding", json!({ "user": case.user.id }))
}

fn said(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn without_smtp(address: &str) -> &str {
    match address.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("smtp:") => &address[5..],
        _ => address,
    }
}
