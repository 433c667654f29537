//! TS-19, TS-29 and TS-32: what Exchange writes down, whom it blocks, and whom it lets through.

use claudetools_graph::envelope::Severity::{Critical, High, Low};
use claudetools_graph::text;
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::lists::is_public_mail;
use crate::sweep::rows::{AuditConfig, BlockedSender, Bypass, ConnectionFilter, ContentFilter, ExchangeConfig};
use crate::sweep::source::{
    ACCEPTED_DOMAINS, AUDIT_CONFIG, BLOCKED_SENDERS as ALL_BLOCKED, BYPASSES, CONNECTION_FILTERS, CONTENT_FILTERS,
    EXCHANGE_CONFIG, ORGANIZATION,
};

const BLIND: Rule = Rule::new(
    "TS-19.R1",
    Critical,
    "The unified audit log is off",
    "Nothing is written down from then on. Find out who turned it off (Set-AdminAuditLogConfig), and when.",
)
.mitre(&["T1562.008"]);
const NO_MAILBOX_AUDIT: Rule =
    Rule::new("TS-19.R2", High, "Mailbox auditing is off", "Nobody can say later which mail was read.")
        .mitre(&["T1562.008"]);
const BYPASSED: Rule = Rule::new(
    "TS-19.R3",
    High,
    "Account that mailbox auditing passes over",
    "What it reads in any mailbox is not written down.",
)
.mitre(&["T1562.008"]);

pub const AUDIT: Check = Check {
    id: "TS-19",
    title: "Audit log",
    profile: Profile::Security,
    scuba: &["SECURITYSUITE.5.1", "EXO.13.1"],
    plan: Some(Plan::Exchange),
    sources: &[&AUDIT_CONFIG, &EXCHANGE_CONFIG, &BYPASSES],
    rules: &[&BLIND, &NO_MAILBOX_AUDIT, &BYPASSED],
    parts: &[unified, mailboxes, bypasses],
};

fn unified(known: &Known) -> Found {
    let is_on = known.only::<AuditConfig>(&AUDIT_CONFIG)?.unified_audit_log_ingestion_enabled;
    Ok((!is_on).then(|| BLIND.about("tenant", json!({}))).into_iter().collect())
}

fn mailboxes(known: &Known) -> Found {
    let is_off = known.only::<ExchangeConfig>(&EXCHANGE_CONFIG)?.audit_disabled;
    Ok(is_off.then(|| NO_MAILBOX_AUDIT.about("tenant", json!({}))).into_iter().collect())
}

fn bypasses(known: &Known) -> Found {
    let bypassed = known.rows::<Bypass>(&BYPASSES)?.into_iter().filter(|it| it.audit_bypass_enabled);
    Ok(bypassed.map(|it| BYPASSED.about(it.identity, json!({}))).collect())
}

const BLOCKED: Rule = Rule::new(
    "TS-29.R1",
    High,
    "Account that Microsoft does not let send any more",
    "It sent spam: somebody else has used it.",
)
.mitre(&["T1078.004"]);

pub const BLOCKED_SENDERS: Check = Check {
    id: "TS-29",
    title: "Restricted senders",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&ALL_BLOCKED],
    rules: &[&BLOCKED],
    parts: &[blocked],
};

fn blocked(known: &Known) -> Found {
    let blocked = known.rows::<BlockedSender>(&ALL_BLOCKED)?.into_iter();
    let about = |it: BlockedSender| {
        BLOCKED
            .about(&it.sender_address, json!({ "reason": it.reason }))
            .step("unblock_sender", json!({ "address": it.sender_address }))
    };
    Ok(blocked.map(about).collect())
}

const DOMAIN_ALLOWED: Rule = Rule::new(
    "TS-32.R1",
    High,
    "The tenant's own or a public mail domain passes the spam filter",
    "Anybody can write in its name, and it is not checked.",
)
.mitre(&["T1566"]);
const ADDRESSES_ALLOWED: Rule = Rule::new(
    "TS-32.R2",
    Low,
    "Addresses that pass the spam filter",
    "Whoever gets one of them sends without being checked.",
);

pub const ALLOW_LISTS: Check = Check {
    id: "TS-32",
    title: "Spam allow-lists",
    profile: Profile::Both,
    scuba: &["SECURITYSUITE.6.2", "SECURITYSUITE.8.1"],
    plan: Some(Plan::Exchange),
    sources: &[&CONTENT_FILTERS, &CONNECTION_FILTERS, &ORGANIZATION, &ACCEPTED_DOMAINS],
    rules: &[&DOMAIN_ALLOWED, &ADDRESSES_ALLOWED],
    parts: &[allowed_domains, allowed_addresses],
};

fn allowed_domains(known: &Known) -> Found {
    let own = known.domains()?;
    let mut found = Vec::new();
    for policy in known.rows::<ContentFilter>(&CONTENT_FILTERS)? {
        let senders = policy.allowed_senders.iter().filter(|sender| own.contains(&text::domain(sender))).cloned();
        let risky = policy
            .allowed_sender_domains
            .iter()
            .filter(|domain| own.contains(&domain.to_lowercase()) || is_public_mail(domain));
        let listed: Vec<String> = risky.cloned().chain(senders).collect();
        if !listed.is_empty() {
            found.push(DOMAIN_ALLOWED.about(&policy.name, json!({ "allowed": listed })));
        }
    }
    Ok(found)
}

fn allowed_addresses(known: &Known) -> Found {
    let policies = known.rows::<ConnectionFilter>(&CONNECTION_FILTERS)?.into_iter();
    let allowing = policies.filter(|policy| !policy.ip_allow_list.is_empty());
    Ok(allowing
        .map(|policy| ADDRESSES_ALLOWED.about(policy.name, json!({ "addresses": policy.ip_allow_list })))
        .collect())
}
