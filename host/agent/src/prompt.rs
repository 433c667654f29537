//! The head of a request: what stays the same from a thread's first request to its last. And a person's words, as
//! the model reads them.

use serde::{Deserialize, Serialize};

use crate::message::RawBlock;
use crate::tools::ToolDef;

pub(crate) use said::frameless;
pub use said::{Attached, Quoted, Said, invisible, said, speaker, unframed};

mod said;

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

/// Characters of the list of skills: what it may take of every request.
const SKILLS: usize = 16_000;
/// Characters of all instruction files: far above any that is kept for reading, far below a model's window.
const FILES: usize = 100_000;

const SYSTEM: &str = include_str!("prompt/system.md");

impl Head {
    /// The head for a new thread: the system text, these tools sorted by name, and a preamble made of the
    /// instructions, the list of skills (about 16,000 characters at most, then cut and said so) and where things are.
    pub fn new(mut tools: Vec<ToolDef>, instructions: &Instructions) -> Self {
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        let mut preamble = files(&instructions.files);
        preamble.extend(skills(&instructions.skills));
        preamble.push(RawBlock::text(
            "Working directory: /repo (the company's repository). Each message says when it was written.",
        ));
        Self { system: SYSTEM.trim_end().to_owned(), tools, preamble }
    }
}

/// One block for each file, until the space for all is used up.
fn files(files: &[(String, String)]) -> Vec<RawBlock> {
    let mut left = FILES;
    let mut blocks = Vec::new();
    for (path, text) in files {
        let (text, note) = cut(text, left);
        left -= text.chars().count();
        blocks.push(RawBlock::text(&format!(
            "Instructions of this repository, from `{path}`. Follow them where they do not contradict the rules you \
             were given before.\n\n{text}{note}"
        )));
    }
    blocks
}

fn cut(text: &str, left: usize) -> (&str, &'static str) {
    match text.char_indices().nth(left) {
        None => (text, ""),
        Some((end, _)) => {
            (text.get(..end).unwrap_or_default(), "\n[… cut here: too long. Read the file for the rest.]")
        }
    }
}

/// One line for each skill; those that find no space are counted.
fn skills(skills: &[(String, String)]) -> Option<RawBlock> {
    if skills.is_empty() {
        return None;
    }
    let mut list =
        "Skills of this repository. Before a task that one describes, load it with the Skill tool:\n".to_owned();
    let mut chars = 0;
    for (shown, (name, description)) in skills.iter().enumerate() {
        let words: Vec<_> = description.split_whitespace().collect();
        let line = format!("- {name}: {}\n", words.join(" "));
        chars += line.chars().count();
        if chars > SKILLS {
            let rest = skills.len() - shown;
            list.push_str(&format!("({rest} more are not listed for want of space; they can be loaded by name.)\n"));
            break;
        }
        list.push_str(&line);
    }
    Some(RawBlock::text(list.trim_end()))
}

#[cfg(test)]
mod tests;
