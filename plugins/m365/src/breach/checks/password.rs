//! BC-10: when the password was changed, and by whom.

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Info};
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::trail::Event;
use crate::rule::Rule;

const CHANGED: Rule =
    Rule::new("R1", Info, "The password was changed in the window", "Good after an incident; ask the owner otherwise.");
const RESET: Rule = Rule::new(
    "R2",
    High,
    "Somebody else reset the password",
    "It was none of the administrators that are configured for the client.",
)
.mitre(&["T1098"]);
const RESET_BY_SUSPECT: Rule = Rule::new(
    "R3",
    High,
    "The password was reset from a suspicious address",
    "The same address signed in suspiciously.",
)
.mitre(&["T1098"]);

pub fn judge(case: &Case, known: &Known) -> Judged {
    let changed = case.user.last_password_change_date_time;
    let mut findings: Vec<Finding> = Vec::new();
    if case.is_new(changed) {
        findings.push(CHANGED.found(json!({})).at(changed));
    }
    findings.extend(known.events.iter().filter_map(|event| of_event(event, case, known)));
    Judged::of(findings)
}

fn of_event(event: &Event, case: &Case, known: &Known) -> Option<Finding> {
    let activity = event.activity();
    let is_change = activity.contains("password") && (activity.contains("reset") || activity.contains("change"));
    if !is_change || !event.is_about(&case.user.id) {
        return None;
    }
    let by_itself = event.is_by(&case.user.id);
    let suspect = event.address().is_some_and(|address| known.suspects_address(address));
    let rule = match (by_itself, suspect) {
        (true, true) => &RESET_BY_SUSPECT,
        (false, _) if activity.contains("reset") && !case.client.is_admin(event.actor()) => &RESET,
        _ => return None,
    };
    let facts = json!({ "activity": event.shown(), "by": event.actor(), "address": event.address() });
    Some(rule.found(facts).at(Some(event.activity_date_time)))
}

/// Whether the password was changed after the last suspicious sign-in, or after the incident. None where nothing was suspicious.
pub fn changed_after(case: &Case, known: &Known) -> Option<bool> {
    let last = known.suspects.iter().map(|(at, _)| *at).max().max(case.span.incident)?;
    Some(case.user.last_password_change_date_time.is_some_and(|changed| changed > last))
}
