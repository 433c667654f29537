//! BC-19: what the audit trails say.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Info};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::breach::trail::{Event, Record};
use crate::rule::Rule;

const PRIVILEGED: Rule = Rule::new(
    "R1",
    High,
    "The user changed something that gives power",
    "With a stolen account it is how an attacker stays.",
)
.mitre(&["T1098"]);
const NOTABLE: Rule = Rule::new("R2", Info, "Notable event in the directory", "It belongs into the timeline.");

const SHREDDED: Rule =
    Rule::new("R1", High, "Much mail was deleted for good within an hour", "Traces are cleaned up so.")
        .mitre(&["T1070.008"]);
const READ: Rule = Rule::new("R2", Info, "Mail was read", "Which mail was read decides who has to be told.");
const CHANGED: Rule = Rule::new("R3", Info, "The mailbox was changed", "It belongs into the timeline.");

/// What gives power over others or over apps.
const POWERFUL: &[&str] = &[
    "add owner to application",
    "add service principal credentials",
    "update application - certificates and secrets management",
    "add member to role",
    "reset password",
    "reset user password",
    "reset password (by admin)",
    "disable strong authentication",
    "update conditional access policy",
    "update user",
    "restore user",
];
/// What else is worth to be known.
const NOTED: &[&str] = &[
    "consent to application",
    "add app role assignment grant to user",
    "add delegated permission grant",
    "user registered security info",
    "user deleted security info",
    "admin registered security info",
    "register device",
    "add registered owner to device",
];
/// Operations that are many by nature.
const COUNTED: &[&str] =
    &["MailItemsAccessed", "HardDelete", "FileDownloaded", "FileSyncDownloadedFull", "SearchQueryInitiatedExchange"];
/// This many messages gone for good …
const MANY: usize = 20;
/// … within this time.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub fn directory(case: &Case, known: &Known) -> Judged {
    let unread = |source| case.rows::<Event>(source).unread;
    let mut kinds: BTreeMap<(bool, String), Vec<&Event>> = BTreeMap::new();
    for event in &known.events {
        if let Some(powerful) = is_powerful(event, case) {
            kinds.entry((powerful, event.activity())).or_default().push(event);
        }
    }
    let findings = kinds.into_iter().filter_map(|((powerful, _), events)| told(powerful, &events)).collect();
    Judged::of(findings).unread(unread(Source::AuditsAbout) + unread(Source::AuditsBy))
}

/// Whether the user got power by an event; none where it is not worth telling.
fn is_powerful(event: &Event, case: &Case) -> Option<bool> {
    let activity = event.activity();
    let powerful = POWERFUL.contains(&activity.as_str());
    let of_others = activity.contains("policy") || event.is_about_others(&case.user.id);
    let by_user = event.is_by(&case.user.id) && of_others && !case.client.is_admin(event.actor());
    (powerful || NOTED.contains(&activity.as_str())).then_some(powerful && by_user)
}

/// Events of one kind, oldest first.
fn told(powerful: bool, events: &[&Event]) -> Option<Finding> {
    let first = events.first()?;
    let all = |of: fn(&Event) -> Vec<&str>| -> Vec<&str> {
        events.iter().flat_map(|event| of(event)).collect::<BTreeSet<_>>().into_iter().take(10).collect()
    };
    let facts = json!({
        "activity": first.shown(),
        "times": events.len(),
        "by": all(|event| vec![event.actor()]),
        "to": all(Event::targets),
        "addresses": all(|event| event.address().into_iter().collect()),
    });
    let rule = if powerful { &PRIVILEGED } else { &NOTABLE };
    Some(rule.found(facts).at(Some(first.activity_date_time)))
}

pub fn mailbox(case: &Case, known: &Known) -> Judged {
    let records = &known.records;
    let mut findings: Vec<Finding> = shredded(records).into_iter().collect();
    findings.extend(read(records));
    findings.extend(changed(records));
    Judged::of(findings).unread(case.rows::<Record>(Source::MailboxAudit).unread)
}

/// What else was done, by operation.
fn changed(records: &[Record]) -> Vec<Finding> {
    let mut operations: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.is(COUNTED)) {
        operations.entry(&record.operation).or_default().push(record);
    }
    let told = |(operation, of): (&str, Vec<&Record>)| {
        let rules: BTreeSet<&str> = of.iter().filter_map(|record| record.rule()).collect();
        let addresses: BTreeSet<&str> = of.iter().filter_map(|record| record.client_ip.as_deref()).take(10).collect();
        let facts = json!({ "operation": operation, "times": of.len(), "addresses": addresses, "rules": rules });
        CHANGED.found(facts).at(of.iter().map(|record| record.created_date_time).min())
    };
    operations.into_iter().map(told).collect()
}

/// The largest burst of final deletions.
fn shredded(records: &[Record]) -> Option<Finding> {
    let mut times: Vec<Timestamp> =
        records.iter().filter(|record| record.is(&["HardDelete"])).map(|record| record.created_date_time).collect();
    times.sort_unstable();
    let burst = |begin: usize| times[begin..].iter().take_while(|at| at.duration_since(times[begin]) <= HOUR).count();
    let (count, first) = (0..times.len()).map(|begin| (burst(begin), times[begin])).max_by_key(|(count, _)| *count)?;
    (count >= MANY).then(|| SHREDDED.found(json!({ "messages": count })).at(Some(first)))
}

/// Who read mail, by address.
fn read(records: &[Record]) -> Vec<Finding> {
    let mut addresses: BTreeMap<&str, (usize, Timestamp)> = BTreeMap::new();
    for record in records.iter().filter(|record| record.is(&["MailItemsAccessed"])) {
        let seen =
            addresses.entry(record.client_ip.as_deref().unwrap_or("unknown")).or_insert((0, record.created_date_time));
        *seen = (seen.0 + 1, seen.1.min(record.created_date_time));
    }
    let told = |(address, (count, first)): (&str, (usize, Timestamp))| {
        READ.found(json!({ "address": address, "records": count })).at(Some(first))
    };
    addresses.into_iter().map(told).collect()
}
