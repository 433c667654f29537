//! BC-20 and BC-21: what the mailbox sent, and whether Microsoft stopped it.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Confidence;
use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Medium};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::{SLICES, Source};
use crate::rows::Rows;
use crate::rule::Rule;

const SPAM: &[&str] = &["T1534", "T1496"];
const BURST: Rule =
    Rule::new("R1", High, "Much more mail in an hour than usual", "A stolen mailbox sends to its whole address book.")
        .mitre(SPAM)
        .sure(Confidence::Medium);
const WIDE: Rule = Rule::new(
    "R2",
    High,
    "Mail to very many recipients outside in an hour",
    "A stolen mailbox sends to its whole address book.",
)
.mitre(SPAM)
.sure(Confidence::Medium);
const SAME: Rule =
    Rule::new("R3", High, "One subject to very many recipients", "Phishing goes out as one text to many.")
        .mitre(SPAM)
        .sure(Confidence::Medium);
const BOUNCED: Rule = Rule::new("R4", Medium, "Much mail could not be delivered", "Old address books bounce.")
    .mitre(SPAM)
    .sure(Confidence::Medium);
const BLOCKED: Rule = Rule::new(
    "R1",
    High,
    "Microsoft blocked the address as a sender of spam",
    "It sent so much that Microsoft stopped it.",
)
.mitre(SPAM);

/// More messages than this in an hour …
const HOURLY: usize = 30;
/// … and than this many times the busiest hour of a usual day.
const TIMES: usize = 5;
/// More recipients outside than this in an hour.
const OUTSIDE: usize = 50;
/// More recipients of one subject than this.
const RECIPIENTS: usize = 30;
/// At least this many messages …
const ENOUGH: usize = 20;
/// … of which more than this part of a hundred failed.
const FAILED: usize = 30;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    received_date_time: Timestamp,
    recipient_address: Option<String>,
    subject: Option<String>,
    status: Option<String>,
    message_id: Option<String>,
}

impl Trace {
    fn hour(&self) -> i64 {
        self.received_date_time.as_second() / 3600
    }

    fn message(&self) -> String {
        self.message_id.clone().unwrap_or_else(|| self.received_date_time.to_string())
    }
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let traces: Rows<Trace> = case.rows(Source::Traces);
    let found = [busiest(&traces.read), widest(&traces.read, case), same(&traces.read, case), bounced(&traces.read)];
    let judged = Judged::of(found.into_iter().flatten().collect()).unread(traces.unread);
    let days = case.span.to.duration_since(case.span.from);
    let asked = SignedDuration::from_hours(24 * 10) * i32::try_from(SLICES).unwrap_or(1);
    if days > asked { judged.noted("the last 30 days only") } else { judged }
}

/// The busiest hour, where it is far above the busiest hours of other days.
fn busiest(traces: &[Trace]) -> Option<Finding> {
    let mut hours: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for trace in traces {
        hours.entry(trace.hour()).or_default().insert(trace.message());
    }
    let (hour, sent) = hours.iter().map(|(hour, messages)| (*hour, messages.len())).max_by_key(|(_, sent)| *sent)?;
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    for (other, messages) in hours.iter().filter(|(other, _)| **other / 24 < hour / 24) {
        let busiest = days.entry(other / 24).or_default();
        *busiest = messages.len().max(*busiest);
    }
    let usual = median(days.into_values().collect());
    let facts = json!({ "sent": sent, "usual": usual });
    (sent > HOURLY.max(TIMES * usual)).then(|| BURST.found(facts).at(beginning(hour)))
}

fn widest(traces: &[Trace], case: &Case) -> Option<Finding> {
    let mut hours: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for trace in traces {
        let recipient = trace.recipient_address.as_deref().unwrap_or_default();
        if !recipient.is_empty() && !case.homes.has(recipient) {
            hours.entry(trace.hour()).or_default().insert(recipient.to_lowercase());
        }
    }
    let (hour, recipients) =
        hours.into_iter().map(|(hour, recipients)| (hour, recipients.len())).max_by_key(|(_, count)| *count)?;
    (recipients > OUTSIDE).then(|| WIDE.found(json!({ "recipients": recipients })).at(beginning(hour)))
}

fn same(traces: &[Trace], case: &Case) -> Option<Finding> {
    let mut subjects: BTreeMap<&str, (BTreeSet<&str>, Timestamp)> = BTreeMap::new();
    for trace in traces {
        let (recipients, first) = subjects
            .entry(trace.subject.as_deref().unwrap_or_default())
            .or_insert((BTreeSet::new(), trace.received_date_time));
        recipients.extend(trace.recipient_address.as_deref());
        *first = trace.received_date_time.min(*first);
    }
    let (subject, (recipients, first)) = subjects.into_iter().max_by_key(|(_, (recipients, _))| recipients.len())?;
    let finding = SAME.found(json!({ "recipients": recipients.len() })).at(Some(first));
    let finding = if case.subjects { finding.with("subject", subject) } else { finding };
    (recipients.len() > RECIPIENTS).then_some(finding)
}

fn bounced(traces: &[Trace]) -> Option<Finding> {
    let failed = traces
        .iter()
        .filter(|trace| trace.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("failed")))
        .count();
    let facts = json!({ "failed": failed, "of": traces.len() });
    (traces.len() >= ENOUGH && failed * 100 > traces.len() * FAILED).then(|| BOUNCED.found(facts))
}

fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn beginning(hour: i64) -> Option<Timestamp> {
    Timestamp::from_second(hour * 3600).ok()
}

pub fn blocked(case: &Case, _: &Known) -> Judged {
    let entries = case.items(Source::Blocked);
    let told = entries.first().map(|entry| {
        BLOCKED.found(json!({ "reason": entry.get("Reason"), "since": entry.get("CreatedDatetime") })).step(
            "unblock_sender",
            json!({ "address": case.user.mail.as_ref().unwrap_or(&case.user.user_principal_name) }),
        )
    });
    Judged::of(told.into_iter().collect())
}
