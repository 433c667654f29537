//! What to do next, in an order that leaves an attacker no way back.

use claudetools_graph::envelope::{Finding, Severity};
use claudetools_kit::path::escape;
use serde_json::Value;

/// Tools of `m365-remediate`, in the order in which they help: first nobody gets in, then nobody stays in.
const ORDER: &[&str] = &[
    "disable_user",
    "reset_password",
    "revoke_sessions",
    "remove_mfa_method",
    "disable_inbox_rule",
    "clear_forwarding",
    "disable_autoreply",
    "remove_delegate",
    "remove_oauth_grant",
    "remove_app_role_assignment",
    "disable_service_principal",
    "disable_device",
    "unblock_sender",
];

/// A step: a tool of `m365-remediate` with its input, `disable_user:{"user":"…"}`.
pub fn step(tool: &str, input: &Value) -> String {
    format!("{tool}:{input}")
}

/// The steps that findings of severity medium and worse suggest, each once, and before them those in `first`.
pub fn ordered<'a>(first: &[String], findings: impl Iterator<Item = &'a Finding>) -> Vec<String> {
    let found = findings.filter(|finding| finding.severity >= Severity::Medium);
    let mut steps: Vec<&String> = first.iter().chain(found.flat_map(|finding| &finding.suggested_actions)).collect();
    steps.sort_by_key(|step| (place(step), step.to_owned()));
    steps.dedup();
    steps.into_iter().cloned().collect()
}

fn place(step: &str) -> usize {
    let tool = step.split(':').next().unwrap_or_default();
    ORDER.iter().position(|known| *known == tool).unwrap_or(ORDER.len())
}

/// A step as people and the model read it: the tool, and its input as a piece of code.
pub fn shown(step: &str) -> String {
    let (tool, input) = step.split_once(':').unwrap_or((step, ""));
    format!("{tool} `{}`", escape(input).replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rule::Rule;

    #[test]
    fn first_nobody_gets_in_then_nobody_stays_in() {
        let medium = Rule::new("R1", Severity::Medium, "", "").found(json!({}));
        let low = Rule::new("R2", Severity::Low, "", "").found(json!({}));
        let findings = [
            medium.clone().step("disable_device", "{}"),
            medium.clone().step("disable_inbox_rule", r#"{"id":"1"}"#),
            medium.step("disable_inbox_rule", r#"{"id":"1"}"#),
            low.step("clear_forwarding", "{}"),
        ];
        let first = ["revoke_sessions", "disable_user"].map(|tool| step(tool, &json!({ "user": "u" })));
        let shown: Vec<String> = ordered(&first, findings.iter()).iter().map(|step| shown(step)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        disable_user `{"user":"u"}`
        revoke_sessions `{"user":"u"}`
        disable_inbox_rule `{"id":"1"}`
        disable_device `{}`
        "#);
    }

    #[test]
    fn a_strangers_id_ends_no_piece_of_code() {
        assert_eq!(shown("x:`a\u{202e}"), "x `'a\\u{202e}`");
    }
}
