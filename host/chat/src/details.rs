//! What the newest turn of a thread did, for whoever asks: its tool calls with inputs, times and results.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;
use claudetools_agent::entry::Entry;
use claudetools_agent::message::{RawBlock, View};
use claudetools_policy::{Code, Refusal, RoleName};
use serde_json::Value;

use crate::chat::{Chat, ChatError};

/// Entries of a journal that are looked at: far more than one turn makes.
const ENTRIES: u32 = 2_000;
/// Characters of an input and of a result that are shown.
const INPUT: usize = 1_000;
const RESULT: usize = 600;

/// One tool call.
#[derive(Debug, Default)]
struct Call {
    id: String,
    name: String,
    input: String,
    /// When it began and ended, RFC 3339; empty where it did not.
    began: String,
    ended: String,
    is_error: bool,
    result: String,
}

impl Chat {
    /// What the newest turn of a thread did, in Markdown. Refused to whoever has not every role that the thread acts with:
    /// what its tools gave may be more than they may read.
    pub async fn details(&self, thread: &ThreadId, roles: &BTreeSet<RoleName>) -> Result<String, ChatError> {
        let desk = self.desk();
        if !desk.authority(thread).await?.is_subset(roles) {
            let why = "This thread acts with a role that you don't have, so what its tools gave is not for you.";
            return Err(Refusal::new(Code::CallerRole, why).into());
        }
        let entries = desk.settings.ledger.newest_entries(thread, ENTRIES).await?;
        Ok(shown(&calls(&entries)))
    }
}

/// The calls of the newest turn, in order.
fn calls(entries: &[(String, Entry)]) -> Vec<Call> {
    let begins = |(_, entry): &(String, Entry)| matches!(entry, Entry::Asked { .. });
    let at = entries.iter().rposition(begins).unwrap_or(0);
    let mut calls: Vec<Call> = Vec::new();
    for (time, entry) in &entries[at..] {
        match entry {
            Entry::Block { block, .. } => {
                if let View::ToolUse { id, name, input } = block.view() {
                    calls.push(Call { id, name, input, ..Call::default() });
                }
            }
            Entry::Intent { tool_use_id, .. } => {
                if let Some(call) = calls.iter_mut().find(|call| call.id == *tool_use_id) {
                    call.began.clone_from(time);
                }
            }
            Entry::Result { block, .. } => note_result(&mut calls, time, block),
            _ => {}
        }
    }
    calls
}

fn note_result(calls: &mut [Call], time: &str, block: &RawBlock) {
    let View::ToolResult { tool_use_id, is_error } = block.view() else { return };
    let Some(call) = calls.iter_mut().find(|call| call.id == tool_use_id) else { return };
    let value: Value = serde_json::from_str(block.json()).unwrap_or_default();
    let part = |part: &Value| match part["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("[{}]", part["type"].as_str().unwrap_or("something")),
    };
    let parts = value["content"].as_array().map(|parts| parts.iter().map(part).collect::<Vec<_>>().join("\n"));
    (call.ended, call.is_error, call.result) = (time.to_owned(), is_error, parts.unwrap_or_default());
}

fn shown(calls: &[Call]) -> String {
    if calls.is_empty() {
        return "The newest turn called no tools.".to_owned();
    }
    calls.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(call: &Call) -> String {
    let sign = match (call.ended.is_empty(), call.is_error) {
        (true, _) => "⏺",
        (false, true) => "✘",
        (false, false) => "✔",
    };
    let name = call.name.replace(['*', '`', '\n'], "");
    let input = block("json", &short(&call.input, INPUT));
    let result = if call.ended.is_empty() { String::new() } else { block("", &short(&call.result, RESULT)) };
    format!("{sign} **{name}**{}\n{input}{result}", times(call))
}

/// ` · 12:03:04 UTC · 1.2 s`
fn times(call: &Call) -> String {
    let Some(clock) = call.began.get(11..19) else { return " · not run".to_owned() };
    let took = millis(&call.ended).zip(millis(&call.began)).map(|(ended, began)| ended.saturating_sub(began));
    let took = took.map(|ms| format!(" · {}.{} s", ms / 1000, ms % 1000 / 100)).unwrap_or_default();
    format!(" · {clock} UTC{took}")
}

/// Milliseconds since 1970 of an RFC 3339 time.
fn millis(time: &str) -> Option<u64> {
    let at = time::OffsetDateTime::parse(time, &time::format_description::well_known::Rfc3339).ok()?;
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}\n[… {} characters in all]", &text[..end], text.chars().count()),
    }
}

/// A code block; what it holds ends no fence.
fn block(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end().replace("```", "'''"))
}

#[cfg(test)]
mod tests {
    use claudetools_agent::TurnId;

    use super::*;

    fn entries() -> Vec<(String, Entry)> {
        let turn = || TurnId("t".to_owned());
        let raw = |json: &str| RawBlock::parse(json.to_owned()).unwrap();
        let call = |id: &str, name: &str, input: &str| Entry::Block {
            turn: turn(),
            block: raw(&format!(r#"{{"type":"tool_use","id":"{id}","name":"{name}","input":{input}}}"#)),
        };
        let intent = |id: &str| Entry::Intent { turn: turn(), tool_use_id: id.to_owned(), name: String::new() };
        let result = |id: &str, text: &str, is_error| Entry::Result {
            turn: turn(),
            block: RawBlock::tool_result(id, &[RawBlock::text(text)], is_error),
        };
        let asked = |message: &str| Entry::Asked {
            turn: turn(),
            message: message.to_owned(),
            member: "m".to_owned(),
            content: Vec::new(),
        };
        let timed = [
            ("00.000", asked("1")),
            ("01.000", call("0", "Old", "{}")),
            ("02.000", asked("2")),
            ("03.000", call("1", "Read", r#"{"file_path":"/repo/a"}"#)),
            ("03.000", call("2", "Bash", r#"{"command":"rm -rf /"}"#)),
            ("03.000", call("3", "LS", "{}")),
            ("04.000", intent("1")),
            ("05.250", result("1", "alpha\n```\nbeta", false)),
            ("06.000", result("2", "[fs.not-granted] No.", true)),
            ("07.000", intent("3")),
        ];
        timed.into_iter().map(|(at, entry)| (format!("2026-11-29T12:00:{at}Z"), entry)).collect()
    }

    #[test]
    fn the_calls_of_the_newest_turn_are_shown_with_inputs_times_and_results() {
        insta::assert_snapshot!(shown(&calls(&entries())), @r#"
        ✔ **Read** · 12:00:04 UTC · 1.2 s
        ```json
        {"file_path":"/repo/a"}
        ```
        ```
        alpha
        '''
        beta
        ```

        ✘ **Bash** · not run
        ```json
        {"command":"rm -rf /"}
        ```
        ```
        [fs.not-granted] No.
        ```

        ⏺ **LS** · 12:00:07 UTC
        ```json
        {}
        ```
        "#);
        insta::assert_snapshot!(shown(&calls(&entries()[..1])), @"The newest turn called no tools.");
    }
}
