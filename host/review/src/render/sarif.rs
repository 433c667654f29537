//! SARIF 2.1.0 for code scanning.

use serde_json::{Value, json};

use crate::{Finding, Review, Rule, State};

/// Reviews as SARIF 2.1.0; every place is a line of the policy file that `uri` names, relative to the repository.
///
/// What cannot be read is a notification, because no rule speaks of it.
pub fn sarif(reviews: &[Review], uri: &str) -> Value {
    let results: Vec<Value> =
        reviews.iter().flat_map(|review| review.findings.iter().map(|finding| result(review, finding, uri))).collect();
    let unread: Vec<Value> =
        reviews.iter().filter(|review| review.state == State::Unreadable).map(notification).collect();
    let mut log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "claudetools",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Rule::ALL.iter().map(|rule| of_rule(*rule)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": unread.is_empty(), "toolExecutionNotifications": unread }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    super::json::tidy(&mut log);
    log
}

fn of_rule(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "shortDescription": { "text": format!("A plugin {}.", rule.title()) },
        "fullDescription": { "text": rule.help() },
        "defaultConfiguration": { "level": rule.usual_level().as_str() },
    })
}

fn result(review: &Review, finding: &Finding, uri: &str) -> Value {
    let fix = finding.fix.as_ref().map(|fix| format!("\nTo do: {fix}")).unwrap_or_default();
    let line = finding.line.or(review.line).unwrap_or(1);
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": finding.level.as_str(),
        "message": { "text": plain(&format!("{}: {}{fix}", review.name, finding.message)) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri },
            "region": { "startLine": line },
        } }],
        "properties": { "plugin": review.name },
    })
}

fn notification(review: &Review) -> Value {
    let text = format!("{} cannot be read: {}", review.name, review.reasons.join("; "));
    json!({ "level": "error", "message": { "text": plain(&text) } })
}

/// Text without the links that SARIF takes out of plain messages: `[words](place)`.
fn plain(text: &str) -> String {
    text.replace("](", "] (")
}
