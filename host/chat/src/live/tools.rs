//! Tool lines: what runs, for how long, and what came of it.

use std::time::Duration;

use claudetools_agent::tools::ToolEvent;
use claudetools_policy::Verbosity;
use serde_json::Value;

use super::units;

/// The longest part of a line that comes from outside, in characters: a line of a phone, twice.
const WORDS: usize = 80;
/// The longest input that is shown beside a call, in characters.
const INPUT: usize = 300;
/// Lines of what a tool says that are shown, newest last, and their characters.
const SAID: usize = 6;
const SAID_CHARS: usize = 400;
/// A change with more lines or characters than this is read as a file.
const CHANGE: (usize, usize) = (16, 900);
/// A call that took less shows no time.
const INSTANT: Duration = Duration::from_millis(100);

/// One tool call.
#[derive(Clone, Debug)]
pub(super) struct ToolLine {
    id: String,
    /// Name and what it is about.
    title: String,
    began: Duration,
    /// JSON text of its input.
    input: String,
    /// What it says meanwhile; empty for nothing.
    says: String,
    /// The end of all that it said.
    output: String,
    /// What it changed in files, as a unified diff.
    change: String,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Runs,
    Done { is_error: bool, summary: String, took: Duration },
}

impl ToolLine {
    pub(super) fn new(id: &str, name: &str, input: &str, now: Duration) -> Self {
        let about = about(input).map(|about| format!(" `{about}`")).unwrap_or_default();
        Self {
            id: id.to_owned(),
            title: format!("{}{about}", words(name)),
            began: now,
            input: input.to_owned(),
            says: String::new(),
            output: String::new(),
            change: String::new(),
            state: State::Runs,
        }
    }

    /// Everything that is shown of the call.
    fn shown(&self, detail: Verbosity, now: Duration) -> String {
        let details = if detail == Verbosity::Verbose { self.details() } else { String::new() };
        [self.line(now), details, self.changed()].concat()
    }

    fn line(&self, now: Duration) -> String {
        let title = &self.title;
        match &self.state {
            State::Runs => {
                let says = if self.says.is_empty() { String::new() } else { format!(" — {}", self.says) };
                let time = match now.saturating_sub(self.began).as_secs() {
                    0 => String::new(),
                    seconds => format!(" {seconds} s"),
                };
                format!("⏺ {title}{says} …{time}")
            }
            State::Done { is_error, summary, took } => {
                let sign = if *is_error { "✘" } else { "✔" };
                let summary = if summary.is_empty() { String::new() } else { format!(" — {summary}") };
                format!("{sign} {title}{summary}{}", seconds(*took))
            }
        }
    }

    /// Its input and the end of what it said.
    fn details(&self) -> String {
        let input: String = self.input.chars().take(INPUT).collect();
        let more = if input.len() < self.input.len() { "…" } else { "" };
        block("", &format!("{input}{more}\n{}", tail(&self.output)))
    }

    /// What it changed: short as it is, long as a count, since the file of it is attached.
    fn changed(&self) -> String {
        if self.change.is_empty() {
            return String::new();
        }
        if is_long(&self.change) {
            let count = |sign| self.change.lines().filter(|line| line.starts_with(sign)).count();
            return format!("\n-# +{} −{} lines; the diff is attached", count('+'), count('-'));
        }
        block("diff", &self.change)
    }
}

/// Whether a diff is read as a file, not between the lines of a chat.
pub(crate) fn is_long(diff: &str) -> bool {
    diff.lines().count() > CHANGE.0 || diff.chars().count() > CHANGE.1
}

/// A code block below a line; what it holds ends no fence.
fn block(language: &str, text: &str) -> String {
    format!("\n```{language}\n{}\n```", text.trim_end().replace("```", "'''"))
}

/// The last lines of a text, short.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = lines.get(lines.len().saturating_sub(SAID)..).unwrap_or_default().join("\n");
    let skipped = last.chars().count().saturating_sub(SAID_CHARS);
    last.chars().skip(skipped).collect()
}

/// The tool calls of a live message, oldest first.
#[derive(Clone, Debug)]
pub(super) struct ToolLines {
    lines: Vec<ToolLine>,
    detail: Verbosity,
}

impl ToolLines {
    pub(super) fn new(detail: Verbosity) -> Self {
        Self { lines: Vec::new(), detail }
    }

    pub(super) fn push(&mut self, line: ToolLine) {
        self.lines.push(line);
    }

    fn running(&mut self, id: &str) -> Option<&mut ToolLine> {
        self.lines.iter_mut().rev().find(|line| line.id == id && matches!(line.state, State::Runs))
    }

    pub(super) fn said(&mut self, id: &str, event: &ToolEvent) {
        let Some(line) = self.running(id) else { return };
        line.says = match event {
            ToolEvent::Status(text) => words(text),
            ToolEvent::Steps { done, total: Some(total) } => format!("{done} of {total}"),
            ToolEvent::Steps { done, total: None } => done.to_string(),
            ToolEvent::Append(text) => {
                line.output = tail(&format!("{}{text}", line.output));
                words(text.trim_end().lines().next_back().unwrap_or_default())
            }
            ToolEvent::File { name, .. } => format!("gave {}", words(name)),
            ToolEvent::Todos(_) => return,
            ToolEvent::Changed(diff) => {
                line.change.push_str(diff);
                return;
            }
            ToolEvent::Waits(what) => words(what),
        };
    }

    pub(super) fn ended(&mut self, id: &str, is_error: bool, summary: &str, now: Duration) {
        let Some(line) = self.running(id) else { return };
        let took = now.saturating_sub(line.began);
        line.state = State::Done { is_error, summary: words(summary), took };
    }

    /// Forgets what is done: a new message begins.
    pub(super) fn keep_running(&mut self) {
        self.lines.retain(|line| matches!(line.state, State::Runs));
    }

    /// Whether nothing is shown of any call.
    pub(super) fn is_hidden(&self) -> bool {
        self.lines.is_empty() || self.detail == Verbosity::Quiet
    }

    /// The newest lines, at most so many and so many UTF-16 units, and how many there are above.
    pub(super) fn lines(&self, most: usize, room: usize, now: Duration) -> String {
        if self.is_hidden() {
            return String::new();
        }
        let mut left = room;
        let mut shown: Vec<String> = Vec::new();
        for line in self.lines.iter().rev().take(most) {
            let whole = line.shown(self.detail, now);
            let text = if units(&whole) < left { whole } else { line.line(now) };
            if units(&text) >= left {
                break;
            }
            left -= units(&text) + 1;
            shown.push(text);
        }
        let above = self.lines.len() - shown.len();
        if above > 0 {
            shown.push(format!("-# {above} more above"));
        }
        shown.reverse();
        shown.join("\n")
    }
}

/// What a call is about: the first of the inputs that say it.
fn about(input: &str) -> Option<String> {
    const KEYS: &[&str] =
        &["file_path", "notebook_path", "path", "pattern", "command", "url", "query", "skill", "description", "prompt"];
    let input: Value = serde_json::from_str(input).ok()?;
    // A search is about its pattern, though it has a path, too.
    let keys = std::iter::once(&"pattern").chain(KEYS);
    let text = keys.filter_map(|key| input.get(key)?.as_str()).find(|text| !text.trim().is_empty())?;
    Some(words(text.strip_prefix("/repo/").unwrap_or(text)))
}

/// The first line of a text, without what would be more than words in a line.
fn words(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().replace('`', "'");
    match line.char_indices().nth(WORDS) {
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}

/// ` (0.1 s)`, ` (12 s)`, ` (3 min 20 s)`; nothing for what took no time.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0 if time < INSTANT => String::new(),
        0..10 => format!(" ({:.1} s)", time.as_secs_f64()),
        seconds @ 10..60 => format!(" ({seconds} s)"),
        seconds => format!(" ({} min {} s)", seconds / 60, seconds % 60),
    }
}
