//! I1, I2, I5 and I6: what is in the journals and in the audit.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_agent::entry::Entry;
use claudetools_agent::window::{check, repair, window};
use claudetools_ledger::{Broken, Ledger, LedgerError, Row};
use serde_json::Value;

use super::Rest;

/// What a result says of a call that was cut off.
const INTERRUPTED: &str = "Interrupted:";

/// Threads whose next request would not be accepted.
pub(super) async fn invalid(ledger: &Ledger) -> Result<Vec<String>, LedgerError> {
    let mut broken = Vec::new();
    for row in ledger.threads().await? {
        let mut entries = ledger.load(&row.id).await?;
        let repairs = repair(&entries);
        if !repairs.is_empty() {
            broken.push(format!("I2: {} is cut off: {} entries are missing", row.id, repairs.len()));
        }
        entries.extend(repairs);
        if let Err(why) = check(&window(&entries).messages) {
            broken.push(format!("I2: {}: {why}", row.id));
        }
    }
    Ok(broken)
}

/// What was done and is not in the audit, or more than once; a chain that does not hold.
pub(super) async fn audit(ledger: &Ledger, effects: &[String]) -> Result<Vec<String>, LedgerError> {
    let mut broken = match ledger.verify_audit().await {
        Ok(_) => Vec::new(),
        Err(Broken::Ledger(error)) => return Err(error),
        Err(error) => vec![format!("I5: {error}")],
    };
    let rows = ledger.audit(0, u32::MAX).await?;
    let intents = calls(&rows, "tool.intent");
    let outcomes = calls(&rows, "tool.outcome");
    for (call, times) in &outcomes {
        if intents.get(call).is_none_or(|begun| begun < times) {
            broken.push(format!("I5: {call:?} ended {times} times and began less often"));
        }
    }
    for thread in ledger.threads().await? {
        for (turn, call) in executed(&ledger.load(&thread.id).await?) {
            if !rows.iter().any(|row| row.turn.as_deref() == Some(&turn) && detail(row)["call"] == *call) {
                broken.push(format!("I5: {call} of {turn} has a result and is not in the audit"));
            }
        }
    }
    let marks: BTreeSet<&String> = effects.iter().collect();
    if marks.len() != effects.len() {
        broken.push(format!("I1: an effect happened twice: {effects:?}"));
    }
    if effects.len() > intents.values().sum::<usize>() {
        broken.push(format!("I5: {} effects happened, {} calls are in the audit", effects.len(), intents.len()));
    }
    Ok(broken)
}

fn detail(row: &Row) -> Value {
    serde_json::from_str(&row.detail).unwrap_or_default()
}

/// How often each call has a row of a kind.
fn calls(rows: &[Row], kind: &str) -> BTreeMap<(String, String), usize> {
    let mut calls = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind == kind) {
        let call = detail(row)["call"].as_str().unwrap_or_default().to_owned();
        *calls.entry((row.turn.clone().unwrap_or_default(), call)).or_default() += 1;
    }
    calls
}

/// The calls of a journal that came to their end.
fn executed(entries: &[Entry]) -> Vec<(String, String)> {
    let done = |entry: &Entry| match entry {
        Entry::Result { turn, block } if !block.json().contains(INTERRUPTED) => {
            let block: Value = serde_json::from_str(block.json()).unwrap_or_default();
            Some((turn.0.clone(), block["tool_use_id"].as_str().unwrap_or_default().to_owned()))
        }
        _ => None,
    };
    entries.iter().filter_map(done).collect()
}

/// Words of one thread that stand in another one.
pub(super) async fn mixed(rest: &Rest<'_>, ledger: &Ledger) -> Result<Vec<String>, LedgerError> {
    let mut broken = Vec::new();
    for (thread, mark) in &rest.marks {
        let elsewhere = rest.discord.see(|state| {
            let strange = |channel: u64| {
                channel != *thread && state.channels.get(&channel).is_some_and(|place| place.parent.is_some())
            };
            let mut found = state.messages.values().filter(|message| message.content.contains(mark));
            found.find(|message| strange(message.channel)).map(|message| message.channel)
        });
        broken.extend(elsewhere.map(|channel| format!("I6: `{mark}` of {thread} stands in {channel}")));
        for row in ledger.threads().await?.iter().filter(|row| row.id.name() != thread.to_string()) {
            if format!("{:?}", ledger.load(&row.id).await?).contains(mark) {
                broken.push(format!("I6: `{mark}` of {thread} is in the journal of {}", row.id));
            }
        }
    }
    for request in rest.model.requests() {
        let text = request.messages().iter().map(Value::to_string).collect::<String>();
        let of: Vec<_> = rest.marks.iter().filter(|(_, mark)| text.contains(mark)).collect();
        if of.len() > 1 {
            broken.push(format!("I6: one request holds words of several threads: {of:?}"));
        }
    }
    Ok(broken)
}
