//! TS-15 and TS-31: what every single mailbox has, and who may open many of them.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Medium};
use serde_json::{Value, json};

use super::{About, Check, Found, Profile, subject};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::deep::{Access, FoundRule};
use crate::sweep::known::Known;
use crate::sweep::rows::RoleAssignment;
use crate::sweep::source::{IMPERSONATION, INBOX_RULES as ALL_RULES, MAILBOX_ACCESS};

const SHARED_TARGET: Rule = Rule::new(
    "TS-15.R9",
    Critical,
    "Rules of several mailboxes send to the same address outside",
    "One attacker has more than one mailbox.",
)
.mitre(&["T1114.003"]);

pub const INBOX_RULES: Check = Check {
    id: "TS-15",
    title: "Inbox rules of all mailboxes",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&ALL_RULES],
    // R1 to R6 are those of `inbox`, which BC-01 and BC-02 have, too.
    rules: &[&SHARED_TARGET],
    parts: &[inbox_rules],
};

/// Two mailboxes with one target are no coincidence.
pub const SAME_TARGET: usize = 2;

fn inbox_rules(known: &Known) -> Found {
    let mailboxes = known.rows::<FoundRule>(&ALL_RULES)?;
    let mut targets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for mailbox in &mailboxes {
        for target in &mailbox.outside {
            targets.entry(target).or_default().insert(&mailbox.mailbox);
        }
    }
    let shared = targets.into_iter().filter(|(_, mailboxes)| mailboxes.len() >= SAME_TARGET);
    let shared = shared.map(|(target, mailboxes)| SHARED_TARGET.about(target, json!({ "mailboxes": mailboxes })));
    let mut found: Vec<_> = shared.collect();
    for FoundRule { mailbox, findings, .. } in mailboxes {
        found.extend(findings.into_iter().map(|finding| told(finding, &mailbox)));
    }
    found.sort_by(|left, right| subject(left).cmp(subject(right)));
    Ok(found)
}

/// What the rules of inboxes say, as a finding about a mailbox. Only Exchange's own id finds a hidden rule again.
fn told(finding: Finding, mailbox: &str) -> Finding {
    let of = |name: &str| finding.evidence.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (rule, id) = (of("rule"), of("rule_id"));
    let finding = finding.of("TS-15").with("subject", format!("{mailbox}: {rule}")).with("mailbox", mailbox);
    finding.step("disable_inbox_rule", json!({ "user": mailbox, "id": id, "hidden": true }))
}

/// Somebody who may open so many mailboxes is no colleague with a delegation.
pub const MANY_MAILBOXES: usize = 10;

const MANY: Rule =
    Rule::new("TS-31.R1", Medium, "One account may open many mailboxes", "Whoever gets this account reads them all.")
        .mitre(&["T1098.002"]);
const IMPERSONATES: Rule = Rule::new(
    "TS-31.R2",
    High,
    "An account may act as any mailbox",
    "ApplicationImpersonation reads and sends as everybody; Exchange Online retires it.",
)
.mitre(&["T1098.002"]);

pub const ACCESS: Check = Check {
    id: "TS-31",
    title: "Broad mailbox access",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&IMPERSONATION, &MAILBOX_ACCESS],
    rules: &[&MANY, &IMPERSONATES],
    parts: &[impersonation, many],
};

fn many(known: &Known) -> Found {
    let trustees = known.rows::<Access>(&MAILBOX_ACCESS)?.into_iter();
    let many = trustees.filter(|it| it.count >= MANY_MAILBOXES && !known.client.is_admin(&it.trustee));
    Ok(many.map(|it| MANY.about(it.trustee, json!({ "count": it.count, "some": it.mailboxes }))).collect())
}

fn impersonation(known: &Known) -> Found {
    let assignments = known.rows::<RoleAssignment>(&IMPERSONATION)?.into_iter();
    // Whoever may only hand the role on has to take it first, which the audit shows. Every organization has one such.
    let held =
        assignments.filter(|it| it.role_assignment_delegation_type.as_deref().is_none_or(|kind| kind == "Regular"));
    let found = held.map(|it| IMPERSONATES.about(it.name, json!({ "assignee": it.role_assignee_name })));
    Ok(found.collect())
}
