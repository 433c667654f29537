//! What a call did, as the audit keeps it.

use claudetools_agent::tools::ToolCall;
use claudetools_sandbox::{EffectRecord, Effects, Failure, Outcome, Subject};
use serde_json::{Value, json};

/// The detail of a `tool.outcome` row: how it ended, every effect with the grant that allowed it or the
/// code that refused it, and what it cost.
pub fn outcome(call: &ToolCall, plugin: &str, outcome: &Outcome) -> Value {
    json!({
        "call": call.id,
        "tool": call.name,
        "plugin": plugin,
        "end": end(outcome),
        "code": code(outcome),
        "effects": outcome.effects.rows.iter().map(effect).collect::<Vec<_>>(),
        "allowed": outcome.effects.allowed,
        "refused": outcome.effects.refused,
        "ms": u64::try_from(outcome.usage.wall.as_millis()).unwrap_or(u64::MAX),
        "memory_peak": outcome.usage.memory_peak,
        "hostcalls": outcome.usage.hostcalls,
        "output_bytes": outcome.usage.output_bytes,
    })
}

/// Effects of a call that was cut off that are told one by one.
const TOLD: usize = 5;

/// What became of a call that was cut off: what it had begun may be done, whole or in part.
pub fn cut_off(effects: &Effects) -> String {
    if !effects.changed {
        return "The call was stopped before it had changed anything.".to_owned();
    }
    let begun = effects.rows.iter().filter(|row| row.decision.is_ok() && row.subject.changes());
    let begun: Vec<String> = begun.map(|row| shown(&row.subject)).collect();
    let more = begun.len().saturating_sub(TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let list = begun.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
    format!(
        "The call was stopped. What it had begun may have happened, whole or in part, so check before it is tried again: \
         {list}{more}."
    )
}

fn shown(subject: &Subject) -> String {
    match subject {
        Subject::File { root, path, access } => format!("{} /{root}/{path}", access.as_str()),
        Subject::Request(asked) => asked.target.to_string(),
        Subject::Program(line) => line.clone(),
        Subject::Network(target) => target.clone(),
        Subject::State(key) => format!("state {key}"),
        Subject::Client(name) => name.clone(),
        Subject::Limit => "a limit".to_owned(),
    }
}

fn end(outcome: &Outcome) -> &'static str {
    match &outcome.result {
        Ok(_) => "ok",
        Err(Failure::Invalid(_)) => "invalid",
        Err(Failure::Refused(_)) => "refused",
        Err(Failure::Unavailable(_)) => "unavailable",
        Err(Failure::Internal(_)) => "internal",
    }
}

fn code(outcome: &Outcome) -> Option<&'static str> {
    match &outcome.result {
        Err(Failure::Refused(refusal)) => Some(refusal.code.as_str()),
        _ => None,
    }
}

fn effect(record: &EffectRecord) -> Value {
    let (grant, code) = match &record.decision {
        Ok(grant) => (Some(grant.as_str()), None),
        Err(refusal) => (None, Some(refusal.code.as_str())),
    };
    let mut value = json!({ "grant": grant, "code": code, "times": record.times });
    match &record.subject {
        Subject::File { root, path, access } => {
            value["root"] = json!(root);
            value["path"] = json!(path);
            value["access"] = json!(access);
        }
        Subject::Network(target) => value["network"] = json!(target),
        Subject::Request(asked) => {
            value["network"] = json!(asked.target.to_string());
            value["status"] = json!(asked.traffic.status());
            value["bytes"] = json!({ "up": asked.traffic.up(), "down": asked.traffic.down() });
            value["secret"] = json!(asked.secret.as_ref().map(|secret| (&secret.name, &secret.fingerprint)));
        }
        Subject::Program(line) => value["program"] = json!(line),
        Subject::State(key) => value["state"] = json!(key),
        Subject::Client(name) => value["client"] = json!(name),
        Subject::Limit => value["limit"] = json!(true),
    }
    value
}
