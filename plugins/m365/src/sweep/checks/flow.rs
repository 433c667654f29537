//! TS-14, TS-16, TS-17 and TS-18: where mail goes without anybody sending it there.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Severity::{Critical, High, Low, Medium};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::known::{Known, is_external};
use crate::sweep::rows::{Inbound, Mailbox, Outbound, OutboundSpam, Recipient, RemoteDomain, TransportRule};
use crate::sweep::source::{
    ACCEPTED_DOMAINS, FORWARD_TARGETS, FORWARDS, INBOUND, ORGANIZATION, OUTBOUND, OUTBOUND_SPAM, REMOTE_DOMAINS,
    TRANSPORT_RULES as ALL_TRANSPORT_RULES,
};

const OUT: Rule = Rule::new(
    "TS-14.R1",
    Critical,
    "Mailbox forwards to the outside",
    "Everything that comes in goes to somebody else, and nobody in the mailbox sees it.",
)
.mitre(&["T1114.003"]);
const WITHIN: Rule = Rule::new(
    "TS-14.R2",
    Low,
    "Mailbox forwards within the tenant",
    "Somebody else reads it; whoever set it up knows whether that is meant.",
)
.mitre(&["T1114.003"]);
const UNKNOWN: Rule = Rule::new(
    "TS-14.R3",
    Medium,
    "Mailbox forwards to a recipient that could not be found",
    "Whether it leads out cannot be said.",
)
.mitre(&["T1114.003"]);

pub const FORWARDING: Check = Check {
    id: "TS-14",
    title: "Mailbox forwarding",
    profile: Profile::Security,
    scuba: &["EXO.1.1"],
    plan: Some(Plan::Exchange),
    sources: &[&FORWARDS, &FORWARD_TARGETS, &ORGANIZATION, &ACCEPTED_DOMAINS],
    rules: &[&OUT, &WITHIN, &UNKNOWN],
    parts: &[smtp_forwards, recipient_forwards],
};

fn smtp_forwards(known: &Known) -> Found {
    let domains = known.domains()?;
    let found = known.rows::<Mailbox>(&FORWARDS)?.into_iter().filter_map(|mailbox| {
        let target = mailbox.forwarding_smtp_address.filter(|address| !address.is_empty())?;
        let rule = if is_external(&target, &domains) { &OUT } else { &WITHIN };
        let upn = &mailbox.user_principal_name;
        Some(rule.about(upn, json!({ "to": target })).step("clear_forwarding", json!({ "user": upn })))
    });
    Ok(found.collect())
}

fn recipient_forwards(known: &Known) -> Found {
    let mailboxes = known.rows::<Mailbox>(&FORWARDS)?;
    let named = mailboxes.iter().filter_map(|mailbox| Some((mailbox, mailbox.named_target()?)));
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let (domains, targets) = (known.domains()?, known.rows::<Recipient>(&FORWARD_TARGETS)?);
    let targets: BTreeMap<&str, &Recipient> = targets.iter().map(|target| (target.asked.as_str(), target)).collect();
    let found = named.into_iter().map(|(mailbox, name)| {
        let target = targets.get(name);
        let rule = match target.map(|target| target.is_outside(&domains)) {
            None => &UNKNOWN,
            Some(true) => &OUT,
            Some(false) => &WITHIN,
        };
        let address = target.and_then(|target| target.address());
        let upn = &mailbox.user_principal_name;
        let finding = rule.about(upn, json!({ "to": name, "address": address }));
        finding.step("clear_forwarding", json!({ "user": upn }))
    });
    Ok(found.collect())
}

impl Mailbox {
    /// The recipient that it forwards to, as Exchange names it.
    pub fn named_target(&self) -> Option<&str> {
        self.forwarding_address.as_deref().filter(|name| !name.is_empty())
    }
}

impl Recipient {
    fn address(&self) -> Option<&str> {
        self.external_email_address.as_deref().or(self.primary_smtp_address.as_deref())
    }

    /// Mail contacts and mail users stand for somebody elsewhere.
    fn is_outside(&self, domains: &BTreeSet<String>) -> bool {
        self.recipient_type_details == "MailContact"
            || self.recipient_type_details == "GuestMailUser"
            || self.address().is_some_and(|address| is_external(address, domains))
    }
}

const COPIES_OUT: Rule = Rule::new(
    "TS-16.R1",
    Critical,
    "Transport rule copies mail to the outside",
    "It works for the whole tenant, and no user can see it.",
)
.mitre(&["T1114.003"]);
const SKIPS_SPAM: Rule = Rule::new(
    "TS-16.R2",
    High,
    "Transport rule takes all mail past the spam filter",
    "Phishing comes in as if it were checked.",
)
.mitre(&["T1562.001"]);
const CHANGED: Rule = Rule::new(
    "TS-16.R3",
    Medium,
    "Transport rule was changed",
    "Rules for the whole tenant change seldom; somebody should know of it.",
);
const DELETES: Rule = Rule::new(
    "TS-16.R4",
    High,
    "Transport rule deletes mail without a condition",
    "Warnings and answers never arrive.",
)
.mitre(&["T1564.008"]);

pub const TRANSPORT_RULES: Check = Check {
    id: "TS-16",
    title: "Transport rules",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&ALL_TRANSPORT_RULES, &ORGANIZATION, &ACCEPTED_DOMAINS],
    rules: &[&COPIES_OUT, &SKIPS_SPAM, &CHANGED, &DELETES],
    parts: &[transport_rules],
};

fn transport_rules(known: &Known) -> Found {
    let domains = known.domains()?;
    let mut found = Vec::new();
    for rule in known.rows::<TransportRule>(&ALL_TRANSPORT_RULES)? {
        let outside: Vec<&String> = rule.recipients().filter(|address| is_external(address, &domains)).collect();
        let evidence = json!({ "outside": outside, "created_by": rule.created_by, "when_changed": rule.when_changed });
        let broken = [
            (&COPIES_OUT, rule.acts() && !outside.is_empty()),
            (&SKIPS_SPAM, rule.acts() && rule.is_broad() && rule.set_scl.as_ref().is_some_and(|level| level.0 == -1)),
            (&CHANGED, known.in_window(rule.when_changed)),
            (&DELETES, rule.acts() && rule.is_broad() && rule.delete_message == Some(true)),
        ];
        let broken = broken.into_iter().filter(|(_, broken)| *broken);
        found.extend(broken.map(|(it, _)| it.about(&rule.name, evidence.clone()).at(rule.when_changed)));
    }
    Ok(found)
}

impl TransportRule {
    fn acts(&self) -> bool {
        self.state == "Enabled" && self.mode.as_deref().is_none_or(|mode| mode == "Enforce")
    }

    fn recipients(&self) -> impl Iterator<Item = &String> {
        self.blind_copy_to.iter().chain(&self.redirect_message_to).chain(&self.copy_to).chain(&self.add_to_recipients)
    }

    /// Whether nothing says which mail it is for.
    fn is_broad(&self) -> bool {
        let conditions = [
            &self.conditions,
            &self.from,
            &self.sent_to,
            &self.sender_ip_ranges,
            &self.subject_contains_words,
            &self.subject_or_body_contains_words,
            &self.from_address_contains_words,
        ];
        conditions.iter().all(|condition| condition.is_empty())
    }
}

const NEW_CONNECTOR: Rule = Rule::new(
    "TS-17.R1",
    High,
    "New connector",
    "A connector brings mail past the filters, or takes all of it elsewhere.",
)
.mitre(&["T1114", "T1562.001"]);
const ALL_ELSEWHERE: Rule = Rule::new(
    "TS-17.R2",
    High,
    "All outgoing mail goes to an unknown smart host",
    "Its owner reads everything that the tenant sends.",
)
.mitre(&["T1114"]);

pub const CONNECTORS: Check = Check {
    id: "TS-17",
    title: "Connectors",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&INBOUND, &OUTBOUND, &ORGANIZATION, &ACCEPTED_DOMAINS],
    rules: &[&NEW_CONNECTOR, &ALL_ELSEWHERE],
    parts: &[inbound, outbound],
};

fn inbound(known: &Known) -> Found {
    let new = known.rows::<Inbound>(&INBOUND)?.into_iter().filter(|it| known.in_window(it.when_created));
    let about = |it: Inbound| {
        let evidence = json!({ "direction": "inbound", "enabled": it.enabled });
        NEW_CONNECTOR.about(it.name, evidence).at(it.when_created)
    };
    Ok(new.map(about).collect())
}

fn outbound(known: &Known) -> Found {
    let domains = known.domains()?;
    let mut found = Vec::new();
    for it in known.rows::<Outbound>(&OUTBOUND)? {
        let evidence = json!({ "direction": "outbound", "enabled": it.enabled, "smart_hosts": it.smart_hosts });
        if known.in_window(it.when_created) {
            found.push(NEW_CONNECTOR.about(&it.name, evidence.clone()).at(it.when_created));
        }
        let is_known =
            |host: &String| domains.iter().any(|domain| host.to_lowercase().ends_with(&format!(".{domain}")));
        let elsewhere = !it.smart_hosts.is_empty() && !it.smart_hosts.iter().all(is_known);
        if it.enabled && elsewhere && it.recipient_domains.iter().any(|domain| domain == "*") {
            found.push(ALL_ELSEWHERE.about(&it.name, evidence));
        }
    }
    Ok(found)
}

const FORWARDS_ON: Rule = Rule::new(
    "TS-18.R1",
    Medium,
    "Automatic forwarding to the outside is on",
    "Any user, and whoever has a user's password, can send all of a mailbox out.",
)
.mitre(&["T1114.003"]);
const REMOTE_ON: Rule = Rule::new(
    "TS-18.R2",
    Medium,
    "All remote domains take automatic forwards",
    "The outbound spam policy alone stands against it, and it is not set to Off.",
)
.mitre(&["T1114.003"]);

pub const AUTO_FORWARD: Check = Check {
    id: "TS-18",
    title: "Automatic forwarding",
    profile: Profile::Both,
    scuba: &["EXO.1.1"],
    plan: Some(Plan::Exchange),
    sources: &[&OUTBOUND_SPAM, &REMOTE_DOMAINS],
    rules: &[&FORWARDS_ON, &REMOTE_ON],
    parts: &[spam_policy, remote_domains],
};

fn spam_policy(known: &Known) -> Found {
    let policies = known.rows::<OutboundSpam>(&OUTBOUND_SPAM)?.into_iter();
    let on = policies.filter(|policy| policy.auto_forwarding_mode.eq_ignore_ascii_case("On"));
    Ok(on.map(|policy| FORWARDS_ON.about(policy.name, json!({ "mode": policy.auto_forwarding_mode }))).collect())
}

fn remote_domains(known: &Known) -> Found {
    let policies = known.rows::<OutboundSpam>(&OUTBOUND_SPAM)?;
    let is_off = policies.iter().all(|policy| policy.auto_forwarding_mode.eq_ignore_ascii_case("Off"));
    let everybody = known.rows::<RemoteDomain>(&REMOTE_DOMAINS)?.into_iter();
    let on = everybody.filter(|remote| remote.domain_name == "*" && remote.auto_forward_enabled && !is_off);
    Ok(on.map(|remote| REMOTE_ON.about(remote.domain_name, json!({}))).collect())
}
