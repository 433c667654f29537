//! What is wrong with an inbox rule.

use claudetools_graph::envelope::Severity::{Critical, High, Low, Medium};
use claudetools_graph::envelope::{Confidence, Finding};
use serde_json::json;

use super::words::{bait, hides, is_stealthy};
use super::{Folder, MailRule};
use crate::client::Homes;
use crate::rule::Rule;

const FORWARDING: &[&str] = &["T1114.003"];
const HIDING: &[&str] = &["T1564.008"];

const OUTSIDE: Rule =
    Rule::new("R1", Critical, "Rule sends mail outside", "Mail leaves the organization without its owner seeing it.")
        .mitre(FORWARDING);
const INSIDE: Rule = Rule::new(
    "R2",
    Medium,
    "Rule sends mail to a colleague",
    "Ask whether both know of it; a mailbox that was broken into is a good target.",
)
.mitre(FORWARDING)
.sure(Confidence::Low);
const HIDES: Rule = Rule::new(
    "R3",
    High,
    "Rule hides mail",
    "What it catches lands, looking read or as the last rule, where nobody looks.",
)
.mitre(HIDING);
const HIDES_SOMEWHERE: Rule = Rule::new(
    "R3",
    Low,
    "Rule moves mail to a folder that could not be named",
    "It may hide mail: look at the folder in the mailbox.",
)
.mitre(HIDING)
.sure(Confidence::Low);
const DELETES_ALL: Rule = Rule::new(
    "R4",
    Critical,
    "Rule deletes all mail, or what the owner should read",
    "Warnings and answers of those who are cheated disappear.",
)
.mitre(HIDING);
const DELETES: Rule = Rule::new("R4", Medium, "Rule deletes mail", "Ask the owner whether it is theirs.")
    .mitre(HIDING)
    .sure(Confidence::Medium);
const STEALTHY: Rule = Rule::new(
    "R6",
    High,
    "Rule with a name made to be overlooked",
    "People name rules after what they do; attackers with a dot.",
)
.mitre(HIDING)
.sure(Confidence::Medium);
const HIDDEN: Rule =
    Rule::new("R7", High, "Rule that Outlook does not show", "Rules are hidden with tools that owners do not have.")
        .mitre(HIDING);
/// Of a sweep: mailboxes whose rules send to the same address outside.
pub const SHARED_TARGET: Rule = Rule::new(
    "R9",
    Critical,
    "Rules of several mailboxes send to the same address outside",
    "One attacker has more than one mailbox.",
)
.mitre(FORWARDING);

/// What is wrong with a rule; `fresh` where the audit knows that it was made or changed in the window.
///
/// Words of bait and a fresh rule are one level worse, a rule that is off is one less bad.
pub fn judge(rule: &MailRule, homes: &Homes, fresh: bool) -> Vec<Finding> {
    let bait = bait(&rule.words);
    let found = [sends(rule, homes), moves(rule), deletes(rule, &bait), stealthy(rule)];
    let found = found.into_iter().flatten().map(|finding| finding.raised_if(!bait.is_empty()));
    found.map(|finding| told(finding, rule, fresh)).collect()
}

/// That a rule is there only for those who ask for hidden ones.
pub fn hidden(rule: &MailRule, fresh: bool) -> Finding {
    told(HIDDEN.found(facts(rule)).raised_if(!bait(&rule.words).is_empty()), rule, fresh)
}

fn told(finding: Finding, rule: &MailRule, fresh: bool) -> Finding {
    let finding = finding.raised_if(fresh).lowered_if(!rule.enabled);
    if fresh { finding.with("changed_in_window", true) } else { finding }
}

fn sends(rule: &MailRule, homes: &Homes) -> Option<Finding> {
    let leaves = |to: &&String| to.contains('@') && !homes.has(to);
    let outside: Vec<&String> = rule.sends_to.iter().filter(leaves).collect();
    match (outside.is_empty(), rule.sends_to.is_empty()) {
        (false, _) => Some(OUTSIDE.found(facts(rule)).with("outside", json!(outside))),
        (true, false) => Some(INSIDE.found(facts(rule))),
        (true, true) => None,
    }
}

fn moves(rule: &MailRule) -> Option<Finding> {
    if !rule.marks_read && !rule.stops {
        return None;
    }
    match &rule.folder {
        Folder::Named(name) if hides(name) => Some(HIDES.found(facts(rule))),
        Folder::Unknown(_) => Some(HIDES_SOMEWHERE.found(facts(rule))),
        _ => None,
    }
}

fn deletes(rule: &MailRule, bait: &[&str]) -> Option<Finding> {
    let worst = !rule.has_condition || !bait.is_empty();
    rule.deletes.then(|| if worst { DELETES_ALL.found(facts(rule)) } else { DELETES.found(facts(rule)) })
}

fn stealthy(rule: &MailRule) -> Option<Finding> {
    is_stealthy(&rule.name).then(|| STEALTHY.found(facts(rule)))
}

/// What a person needs to find the rule and to judge it.
fn facts(rule: &MailRule) -> serde_json::Value {
    let folder = match &rule.folder {
        Folder::None => json!(null),
        Folder::Named(name) => json!(name),
        Folder::Unknown(id) => json!(format!("unknown ({id})")),
    };
    let all = json!({
        "rule": rule.name,
        "rule_id": rule.id,
        "enabled": rule.enabled,
        "sends_to": rule.sends_to,
        "folder": folder,
        "marks_read": rule.marks_read,
        "words": rule.words,
    });
    let said = all.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null() && **value != json!([]));
    said.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}
