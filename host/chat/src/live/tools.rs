//! Tool lines: what runs, for how long, and what came of it.

use std::time::Duration;

use claudetools_agent::tools::ToolEvent;
use serde_json::Value;

/// The longest part of a line that comes from outside, in characters: a line of a phone, twice.
const WORDS: usize = 80;

/// One tool call.
#[derive(Clone, Debug)]
pub(super) struct ToolLine {
    id: String,
    /// Name and what it is about.
    title: String,
    began: Duration,
    /// What it says meanwhile; empty for nothing.
    says: String,
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
        let title = format!("{}{about}", words(name));
        Self { id: id.to_owned(), title, began: now, says: String::new(), state: State::Runs }
    }

    fn line(&self, now: Duration) -> String {
        let title = &self.title;
        match &self.state {
            State::Runs => {
                let says = if self.says.is_empty() { "…".to_owned() } else { format!("— {} …", self.says) };
                format!("⏺ {title} {says} {} s", now.saturating_sub(self.began).as_secs())
            }
            State::Done { is_error, summary, took } => {
                let sign = if *is_error { "✘" } else { "✔" };
                let summary = if summary.is_empty() { String::new() } else { format!(" — {summary}") };
                format!("{sign} {title}{summary} ({})", seconds(*took))
            }
        }
    }
}

/// The tool calls of a live message, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct ToolLines(Vec<ToolLine>);

impl ToolLines {
    pub(super) fn push(&mut self, line: ToolLine) {
        self.0.push(line);
    }

    fn running(&mut self, id: &str) -> Option<&mut ToolLine> {
        self.0.iter_mut().rev().find(|line| line.id == id && matches!(line.state, State::Runs))
    }

    pub(super) fn said(&mut self, id: &str, event: &ToolEvent) {
        let Some(line) = self.running(id) else { return };
        line.says = match event {
            ToolEvent::Status(text) => words(text),
            ToolEvent::Steps { done, total: Some(total) } => format!("{done} of {total}"),
            ToolEvent::Steps { done, total: None } => done.to_string(),
            ToolEvent::Append(text) => words(text.trim_end().lines().next_back().unwrap_or_default()),
            ToolEvent::File { name, .. } => format!("gave {}", words(name)),
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
        self.0.retain(|line| matches!(line.state, State::Runs));
    }

    /// The newest lines, and how many there are above.
    pub(super) fn lines(&self, most: usize, now: Duration) -> String {
        let above = self.0.len().saturating_sub(most);
        let mut lines: Vec<String> = self.0[above..].iter().map(|line| line.line(now)).collect();
        if above > 0 {
            lines.insert(0, format!("-# {above} more above"));
        }
        lines.join("\n")
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

/// `0.1 s`, `12 s`, `3 min 20 s`.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
