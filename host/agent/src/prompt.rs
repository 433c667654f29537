//! The head of a request: what stays the same from a thread's first request to its last.

use serde::{Deserialize, Serialize};

use crate::message::RawBlock;
use crate::tools::ToolDef;

/// The fixed head of a thread's requests. It is journalled, so that a restart, a changed `CLAUDE.md` or a
/// new version of this program does not change the bytes that the model's cache has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The system text: fixed words, no clock, no names.
    pub system: String,
    /// The tools, sorted by name.
    pub tools: Vec<ToolDef>,
    /// The first blocks of the first user message: instructions of the repository, skills, environment.
    pub preamble: Vec<RawBlock>,
}

/// What the repository says to the model, as the host read it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instructions {
    /// `(guest path, text)` of `CLAUDE.md` and what it imports, outermost first.
    pub files: Vec<(String, String)>,
    /// `(name, description)` of each skill and command that the model may load.
    pub skills: Vec<(String, String)>,
}

impl Head {
    /// The head for a new thread: the system text, these tools sorted by name, and a preamble made of the
    /// instructions, the list of skills (about 16,000 characters at most, then cut and said so) and where things are.
    pub fn new(_tools: Vec<ToolDef>, _instructions: &Instructions) -> Self {
        todo!()
    }
}
