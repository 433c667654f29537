//! What a conversation is made of, as the page shows it.

use crate::escape::{shortened, text};
use crate::{markdown, tool_html};

/// One thing in a conversation, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Item {
    /// A person's message.
    Said {
        /// The front's id of it.
        message: String,
        /// What was said.
        text: String,
        /// Whether the model has yet to read it.
        read: Read,
    },
    /// Text of the model, in Markdown.
    Answer(String),
    /// What the model says about what it is doing.
    Note(String),
    /// A tool call.
    Tool(Tool),
    /// Why a turn, or a message, came to nothing.
    Failure(String),
    /// Something the person should know.
    Notice(String),
    /// A person stopped the turn.
    Stopped,
    /// What a running turn waits for.
    Waiting(String),
}

/// Whether the model has read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Read {
    /// It is part of the transcript.
    Yes,
    /// It is safe in the inbox, and joins at the next tool call or begins the next turn.
    NotYet,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tool {
    /// The id of its `tool_use` block.
    pub id: String,
    /// The tool.
    pub name: String,
    /// JSON text of an object.
    pub input: String,
    /// What it has put out so far, or what it gave back.
    pub output: String,
    /// How far it is.
    pub phase: Phase,
}

/// How far a tool call is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    /// It runs.
    Runs {
        /// When it began, in milliseconds since 1970.
        since: u64,
        /// What it says of itself; may be empty.
        line: String,
    },
    /// It gave something back.
    Done(Outcome),
    /// It failed or was refused.
    Failed(Outcome),
    /// No result came: the program ended meanwhile.
    Interrupted,
}

/// What is known of a call that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Outcome {
    /// One line; may be empty.
    pub summary: String,
    /// How long it took, in milliseconds, where this process saw it.
    pub took: Option<u64>,
}

impl Item {
    /// Whether it is text of the model, which a new attempt takes back.
    pub(crate) fn is_prose(&self) -> bool {
        matches!(self, Self::Answer(_) | Self::Note(_))
    }

    /// Whether both are the same message or the same call.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Said { message: a, .. }, Self::Said { message: b, .. }) => a == b,
            (Self::Tool(a), Self::Tool(b)) => a.id == b.id,
            _ => false,
        }
    }

    /// It with every text passed through `scrub`, which takes known secrets out.
    pub(crate) fn scrubbed(mut self, scrub: impl Fn(&str) -> String) -> Self {
        let texts = match &mut self {
            Self::Said { text, .. }
            | Self::Answer(text)
            | Self::Note(text)
            | Self::Failure(text)
            | Self::Notice(text)
            | Self::Waiting(text) => vec![text],
            Self::Tool(Tool { input, output, phase, .. }) => match phase {
                Phase::Runs { line, .. } => vec![input, output, line],
                Phase::Done(outcome) | Phase::Failed(outcome) => vec![input, output, &mut outcome.summary],
                Phase::Interrupted => vec![input, output],
            },
            Self::Stopped => vec![],
        };
        for text in texts {
            *text = scrub(text);
        }
        self
    }

    /// It as one HTML element.
    pub(crate) fn html(&self) -> String {
        match self {
            Self::Said { text, read, .. } => said(text, *read),
            Self::Answer(answer) => format!("<div class=\"answer\">{}</div>", markdown::to_html(answer)),
            Self::Note(note) => format!("<div class=\"note\">{}</div>", markdown::to_html(note)),
            Self::Tool(tool) => tool_html::html(tool),
            Self::Failure(why) => line("failure", "alert", &capitalised(why)),
            Self::Notice(notice) => line("notice", "status", notice),
            Self::Stopped => line("notice", "status", "Stopped."),
            Self::Waiting(why) => line("waiting", "status", why),
        }
    }
}

fn said(words: &str, read: Read) -> String {
    let pending = match read {
        Read::Yes => "",
        Read::NotYet => "<p class=\"pending\">Sent. It is read at the next step.</p>",
    };
    format!("<div class=\"said\"><h2 class=\"sr\">You</h2><p class=\"words\">{}</p>{pending}</div>", text(words))
}

fn line(class: &str, role: &str, words: &str) -> String {
    format!("<p class=\"line {class}\" role=\"{role}\">{}</p>", text(&shortened(words, 4_000)))
}

/// Failures are written as lowercase fragments; on a page they stand as sentences.
fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn what_a_person_says_is_shown_as_it_was_typed() {
        let item = Item::Said { message: "1".into(), text: "# <b>\n*a*".into(), read: Read::NotYet };
        assert_snapshot!(item.html(), @r#"
        <div class="said"><h2 class="sr">You</h2><p class="words"># &lt;b&gt;
        *a*</p><p class="pending">Sent. It is read at the next step.</p></div>
        "#);
    }

    #[test]
    fn known_secrets_leave_every_text() {
        let outcome = Outcome { summary: "S3CRET".into(), took: None };
        let [id, name, input, output] = ["c", "Read", r#"{"path":"S3CRET"}"#, "S3CRET"].map(str::to_owned);
        let tool = Item::Tool(Tool { id, name, input, output, phase: Phase::Failed(outcome) });
        for item in [Item::Answer("a S3CRET".into()), Item::Notice("S3CRET".into()), tool] {
            let html = item.scrubbed(|text| text.replace("S3CRET", "***")).html();
            assert!(!html.contains("S3CRET"), "{html}");
        }
    }

    #[test]
    fn a_failure_is_a_sentence() {
        assert_snapshot!(Item::Failure("the model's <server> did not answer".into()).html(), @r#"<p class="line failure" role="alert">The model&#39;s &lt;server&gt; did not answer</p>"#);
    }
}
