//! The live message: what a person sees while a turn runs.
//!
//! [`Live`] is fed with updates and asked for frames; it keeps no clock and does no I/O. A frame comes at most once per
//! [`PACE`] and only when the text changed. A message that is full or old is left as it is and a new one begun
//! ([`Frame::message`] counts them); when the turn is over, what stays is a short record of the tools. How much is shown
//! of them is the thread's [`Verbosity`].

mod todos;
mod tools;

use std::time::Duration;

use claudetools_agent::entry::End;
use claudetools_agent::tools::{Todo, ToolEvent};
use claudetools_agent::turn::Update;
use claudetools_policy::Verbosity;

pub(crate) use tools::is_long;
use tools::{ToolLine, ToolLines};

pub use todos::checklist;

/// Time between two edits: chats let through about five edits in five seconds for everything in a channel.
pub const PACE: Duration = Duration::from_millis(1200);
/// A message of this many UTF-16 units is full: what makes a text harmless may lengthen it, up to 2,000.
const FULL: usize = 1800;
/// A message is left after this time: edits of messages older than an hour are limited further.
const OLD: Duration = Duration::from_secs(45 * 60);
/// Lines of the checklist shown while the turn runs.
const TODOS: usize = 8;
/// Tool lines shown while the turn runs, newest last, and the UTF-16 units for them: the text needs the rest.
const SHOWN: usize = 8;
const TOOLS: usize = 1200;

/// What a live message is to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Which message: 0 for the first; a number not seen before means a new message, below the ones before.
    pub message: usize,
    /// Markdown, not yet made harmless: [`crate::render::live`] does that.
    pub text: String,
    /// What the person can press.
    pub button: Button,
}

/// What a live message lets a person press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Stop.
    Stop,
    /// Nothing: the turn is over, or goes on in another message.
    None,
}

/// The live messages of one turn. Times are measured from any fixed moment, such as the turn's beginning.
#[derive(Clone, Debug)]
pub struct Live {
    /// The answer so far, as far as it stands in this message.
    text: String,
    /// Where in `text` the newest tool call or the beginning is: what a retraction takes back.
    since_tools: usize,
    tools: ToolLines,
    note: String,
    waiting: Option<String>,
    steered: usize,
    /// The checklist, where it was written in this turn.
    todos: Vec<Todo>,
    message: usize,
    begun: Option<Duration>,
    sent: Option<(Duration, Frame)>,
    /// The last frame of the message before, to be sent first.
    closing: Option<Frame>,
    over: Option<End>,
}

impl Live {
    /// A turn that has just begun, in a thread that shows so much of the work.
    pub fn new(detail: Verbosity) -> Self {
        Self {
            text: String::new(),
            since_tools: 0,
            tools: ToolLines::new(detail),
            note: String::new(),
            waiting: None,
            steered: 0,
            todos: Vec::new(),
            message: 0,
            begun: None,
            sent: None,
            closing: None,
            over: None,
        }
    }

    /// Takes one update.
    pub fn update(&mut self, update: &Update, now: Duration) {
        match update {
            Update::Began { .. } => {}
            Update::Text(text) => self.said(text),
            Update::Note(note) => self.note.push_str(note),
            Update::Retract => self.retract(),
            Update::ToolBegan { id, name, input } => self.tool(ToolLine::new(id, name, input, now)),
            Update::ToolSaid { event: ToolEvent::Todos(todos), .. } => self.todos = todos.clone(),
            Update::ToolSaid { id, event } => self.tools.said(id, event),
            Update::ToolEnded { id, is_error, summary } => self.tools.ended(id, *is_error, summary, now),
            Update::Waiting(why) => self.waiting = Some(why.clone()),
            Update::Steered { .. } => self.steered += 1,
            Update::Ended(end) => self.over = Some(end.clone()),
        }
    }

    fn said(&mut self, text: &str) {
        // What is said behind a tool call is a paragraph of its own.
        if self.since_tools > 0 && self.text.len() == self.since_tools {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self.note.clear();
        self.waiting = None;
    }

    fn retract(&mut self) {
        self.text.truncate(self.since_tools);
        self.note.clear();
    }

    fn tool(&mut self, line: ToolLine) {
        self.tools.push(line);
        self.note.clear();
        self.waiting = None;
        self.since_tools = self.text.len();
    }

    /// What to show next, if anything: not before [`PACE`] after the last frame, and only what differs from it. The end of
    /// a turn is shown at once.
    pub fn frame(&mut self, now: Duration) -> Option<Frame> {
        let begun = *self.begun.get_or_insert(now);
        let early = self.sent.as_ref().is_some_and(|(at, _)| now < *at + PACE);
        if early && self.over.is_none() {
            return None;
        }
        if self.closing.is_none() && self.over.is_none() && (self.is_full(now) || now >= begun + OLD) {
            self.rotate(now);
        }
        let frame = self.closing.take().unwrap_or_else(|| self.compose(now));
        if self.sent.as_ref().is_some_and(|(_, sent)| *sent == frame) {
            return None;
        }
        self.sent = Some((now, frame.clone()));
        Some(frame)
    }

    /// When [`Live::frame`] is worth asking again; `None`: after the next update.
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        let (at, _) = self.sent.as_ref()?;
        if self.over.is_some() && self.closing.is_none() {
            return None;
        }
        // Timers of running tools are redrawn without an update.
        Some((*at + PACE).max(now))
    }

    fn is_full(&self, now: Duration) -> bool {
        units(&self.compose(now).text) > FULL
    }

    /// Closes the message with as much text as fits, and begins a new one with the rest.
    fn rotate(&mut self, now: Duration) {
        let tools = self.tools.lines(SHOWN, TOOLS, now);
        let end = cut(&self.text, FULL.saturating_sub(units(&tools) + 2));
        let (kept, rest) = self.text.split_at(end);
        let text = joined([tools, kept.trim_end().to_owned()]);
        let (message, begun) = (self.message, now);
        let nothing = text.is_empty();
        self.text = rest.trim_start_matches('\n').to_owned();
        self.since_tools = self.since_tools.saturating_sub(end).min(self.text.len());
        self.tools.keep_running();
        self.message += 1;
        self.begun = Some(begun);
        self.closing = (!nothing).then_some(Frame { message, text, button: Button::None });
    }

    fn compose(&self, now: Duration) -> Frame {
        let (text, button) = match &self.over {
            Some(end) => (self.record(end, now), Button::None),
            None => (self.current(now), Button::Stop),
        };
        Frame { message: self.message, text, button }
    }

    fn current(&self, now: Duration) -> String {
        let steered = match self.steered {
            0 => String::new(),
            1 => "-# 1 message joined".to_owned(),
            more => format!("-# {more} messages joined"),
        };
        let waiting = self.waiting.as_ref().map(|why| format!("⏳ {why}")).unwrap_or_default();
        let note = last_line(&self.note);
        let todos = checklist(&self.todos, TODOS);
        let text = joined([
            todos,
            self.tools.lines(SHOWN, TOOLS, now),
            self.text.trim_end().to_owned(),
            note,
            waiting,
            steered,
        ]);
        if text.is_empty() { "⏳ Thinking …".to_owned() } else { text }
    }

    /// What stays when the turn is over: the answer itself comes as a message of its own.
    fn record(&self, end: &End, now: Duration) -> String {
        let verdict = match end {
            End::Answered { .. } => "",
            End::Failed { .. } => "✘ failed",
            End::Stopped { .. } => "◼ stopped",
        };
        let text = joined([self.tools.lines(usize::MAX, FULL, now), verdict.to_owned()]);
        if text.is_empty() { "✔ answered below".to_owned() } else { text }
    }

    /// Whether the turn is over and what stays of it says nothing beside its answer.
    pub fn is_plain(&self) -> bool {
        self.tools.is_hidden() && matches!(self.over, Some(End::Answered { .. }))
    }
}

/// The newest line of a note, quiet.
fn last_line(note: &str) -> String {
    let line = note.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().take(200).collect();
    if line.is_empty() { line } else { format!("-# {line}") }
}

fn joined<const N: usize>(parts: [String; N]) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    parts.join("\n")
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Where to cut a text so that at most so many units are before: behind a paragraph, a line or a word outside of a
/// fence, if there is one in the second half; never in the middle of a character.
fn cut(text: &str, most: usize) -> usize {
    let mut used = 0;
    let over = text.char_indices().find(|(_, c)| {
        used += c.len_utf16();
        used > most
    });
    let Some((end, _)) = over else { return text.len() };
    let outside = |at: &usize| *at > end / 2 && !in_fence(&text[..*at]);
    let last = |pattern: &str| text[..end].rmatch_indices(pattern).map(|(at, _)| at).find(outside);
    last("\n\n").or_else(|| last("\n")).or_else(|| last(" ")).unwrap_or(end)
}

fn in_fence(text: &str) -> bool {
    text.lines().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1
}
