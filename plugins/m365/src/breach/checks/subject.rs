//! BC-00: who it is.

use claudetools_graph::envelope::Severity::{Info, Medium};
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rule::Rule;

const PRIVILEGED: Rule = Rule::new(
    "R1",
    Info,
    "The account holds an administrator role",
    "Whoever has it can change the tenant: every finding is one level worse.",
)
.mitre(&["T1078.004"]);
const DISABLED: Rule =
    Rule::new("R2", Info, "The account is disabled", "Nobody can sign in; sessions may go on until they are revoked.");
const CREATED: Rule = Rule::new("R3", Medium, "The account is new", "It was created in the window: ask who wanted it.")
    .mitre(&["T1136.003"]);

/// Roles that can only read.
const READERS: &[&str] = &[
    "Directory Readers",
    "Global Reader",
    "Message Center Reader",
    "Reports Reader",
    "Security Reader",
    "Usage Summary Reports Reader",
    "Guest User",
    "User",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    display_name: Option<String>,
}

/// The administrator roles that the user holds.
pub fn privileged(case: &Case) -> Vec<String> {
    let roles = case.rows::<Role>(Source::Roles).read.into_iter().filter_map(|role| role.display_name);
    roles.filter(|role| !READERS.contains(&role.as_str())).collect()
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let roles = privileged(case);
    let mut findings = Vec::new();
    if !roles.is_empty() {
        findings.push(PRIVILEGED.found(json!({ "roles": roles })));
    }
    if case.user.account_enabled == Some(false) {
        findings.push(DISABLED.found(json!({})));
    }
    if case.is_new(case.user.created_date_time) {
        findings.push(CREATED.found(json!({})).at(case.user.created_date_time));
    }
    Judged::of(findings).unread(case.rows::<Role>(Source::Roles).unread)
}
