//! The tool calls for what was asked.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ask::Ask;
use super::conversation::Done;

/// One tool call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub tool: String,
    pub input: Value,
}

/// Every step of one ask, in order. What exists is read before it is changed, as the tools demand.
fn steps(ask: &Ask) -> Vec<Call> {
    let call = |tool: &str, input: Value| Call { tool: tool.to_owned(), input };
    let read = |path: &str| call("Read", json!({ "file_path": path }));
    match ask {
        Ask::Read { path } => vec![read(path)],
        Ask::List { path } => vec![call("LS", json!({ "path": path }))],
        Ask::Glob { pattern } => vec![call("Glob", json!({ "pattern": pattern }))],
        Ask::Grep { pattern, path: None } => {
            vec![call("Grep", json!({ "pattern": pattern, "output_mode": "content" }))]
        }
        Ask::Grep { pattern, path: Some(path) } => {
            vec![call("Grep", json!({ "pattern": pattern, "path": path, "output_mode": "content" }))]
        }
        Ask::Edit { path, old, new } => {
            let input = json!({ "file_path": path, "old_string": old, "new_string": new });
            vec![read(path), call("Edit", input)]
        }
        Ask::Write { path, content } => {
            vec![read(path), call("Write", json!({ "file_path": path, "content": content }))]
        }
        Ask::Skill { name, args } if args.is_empty() => {
            vec![call("Skill", json!({ "skill": name }))]
        }
        Ask::Skill { name, args } => vec![call("Skill", json!({ "skill": name, "args": args }))],
        Ask::Tool { name, input } => vec![call(name, json!(input))],
        Ask::Help => Vec::new(),
    }
}

/// The calls of the next round, all at once; none where everything is done. Each reply so far was one round.
///
/// A file that could not be read is not edited. A file that is to be written may be new, and is not shown.
pub(super) fn round(asks: &[Ask], rounds: usize, done: &[Done]) -> Vec<Call> {
    let failed =
        |call: &Call| done.iter().any(|done| done.failed && done.tool == call.tool && done.input == call.input);
    let next = |ask: &Ask| {
        let steps = steps(ask);
        let stuck = matches!(ask, Ask::Edit { .. }) && steps.first().is_some_and(failed);
        steps.into_iter().nth(rounds).filter(|_| !stuck)
    };
    let mut calls: Vec<Call> = Vec::new();
    for call in asks.iter().filter_map(next) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    calls
}

/// The tools that are needed and not offered, by name.
pub(super) fn missing(asks: &[Ask], offered: &[String]) -> Vec<String> {
    let needed: BTreeSet<String> = asks.iter().flat_map(steps).map(|call| call.tool).collect();
    needed.into_iter().filter(|tool| !offered.contains(tool)).collect()
}

/// Whether a call only prepared another one, so that its success is not worth telling.
pub(super) fn is_preparation(asks: &[Ask], done: &Done) -> bool {
    let is = |call: Option<Call>| call.is_some_and(|c| c.tool == done.tool && c.input == done.input);
    let prepares = asks.iter().any(|ask| match ask {
        Ask::Write { .. } => is(steps(ask).into_iter().next()),
        Ask::Edit { .. } => !done.failed && is(steps(ask).into_iter().next()),
        _ => false,
    });
    prepares && !asks.iter().any(|ask| matches!(ask, Ask::Read { .. }) && is(steps(ask).into_iter().next()))
}
