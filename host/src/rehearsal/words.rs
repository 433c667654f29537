//! What the rehearsal model says. Every text begins with what it is.

use serde_json::Value;

use super::conversation::Done;
use super::plan::Call;

const NAME: &str = "**Rehearsal model**";

/// Lines and characters of a result that are quoted: what a chat message holds beside the rest.
const MOST_LINES: usize = 30;
const MOST_CHARS: usize = 1_500;

/// What it is, and what it understands.
pub(super) fn help(offered: &[String]) -> String {
    let tools = match offered {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    format!(
        "{NAME} — not Claude. I stand in while there is no `ANTHROPIC_API_KEY`, so that everything else can be tried: \
         the tools I call are real. I understand:\n\n\
         - `read README.md`, `show src/main.rs`, `read a.md and b.md`\n\
         - `list src`, `files matching **/*.rs`\n\
         - `find some words in src`, `grep fn \\w+_id`\n\
         - `edit notes.md: replace old words with new ones`\n\
         - `write notes.md: any text`\n\
         - `skill NAME`\n\
         - `/tool NAME {{\"input\": \"as JSON\"}}`\n\n\
         Tools: {tools}."
    )
}

/// That tools are not there.
pub(super) fn missing(tools: &[String]) -> String {
    let names: Vec<String> = tools.iter().map(|tool| code(tool)).collect();
    let (names, are) = (names.join(" and "), if names.len() == 1 { "tool" } else { "tools" });
    format!(
        "{NAME}: for this I need the {are} {names}, which this conversation does not have. A plugin brings a tool; \
         `claudetools plugin list` shows which there are and which of them wait for approval."
    )
}

/// What is called now.
pub(super) fn calling(calls: &[Call]) -> String {
    let calls: Vec<String> = calls.iter().map(|call| named(&call.tool, &call.input)).collect();
    format!("{NAME}: {}.", calls.join(", "))
}

/// What the calls gave.
pub(super) fn results<'a>(done: impl Iterator<Item = &'a Done>) -> String {
    let parts: Vec<String> = done.map(result).collect();
    match parts.as_slice() {
        [] => format!("{NAME}: there is nothing to tell."),
        parts => format!("{NAME}: {}", parts.join("\n\n")),
    }
}

fn result(done: &Done) -> String {
    let call = named(&done.tool, &done.input);
    let went = match (done.failed, done.result.to_lowercase().contains("refused")) {
        (false, _) => "gave",
        (true, true) => "was refused",
        (true, false) => "failed",
    };
    match done.result.trim_end() {
        "" => format!("{call} {went} no text."),
        text => format!("{call} {went}:\n{}", quote(text)),
    }
}

/// A tool and what it is called for, such as `` Read `README.md` ``.
fn named(tool: &str, input: &Value) -> String {
    let said = ["file_path", "path", "skill", "pattern"].iter().find_map(|key| input[key].as_str());
    match (input["pattern"].as_str(), said) {
        (Some(pattern), Some(place)) if pattern != place => {
            format!("{tool} {} in {}", code(pattern), code(place))
        }
        (_, Some(said)) => format!("{tool} {}", code(said)),
        (_, None) => tool.to_owned(),
    }
}

fn code(text: &str) -> String {
    let text: String = text.replace(['`', '\n', '\r'], " ").chars().take(80).collect();
    format!("`{text}`")
}

/// The beginning of a text in a fence that the text cannot close.
fn quote(text: &str) -> String {
    let total = text.lines().count();
    let lines: String = text.lines().take(MOST_LINES).collect::<Vec<_>>().join("\n");
    let shown: String = lines.chars().take(MOST_CHARS).collect();
    let fence = "`".repeat(longest_run(&shown).max(2) + 1);
    let left = total - shown.lines().count();
    let rest = match (left, shown.len() < lines.len()) {
        (0, false) => String::new(),
        (0, true) => "\n… cut here.".to_owned(),
        (left, _) => format!("\n… and {left} more lines."),
    };
    format!("{fence}\n{shown}\n{fence}{rest}")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}
