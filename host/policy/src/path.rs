//! Paths below a root.

#[cfg(test)]
mod tests;

use std::fmt;

use crate::{Code, Refusal};

/// The longest path in bytes: Linux's own `PATH_MAX`.
const MAX_PATH: usize = 4096;
/// The longest part in bytes: `NAME_MAX` of every file system in use.
const MAX_PART: usize = 255;

/// A path below a root: relative, `/`-separated, UTF-8, without `.`, `..`, empty parts or NUL, at most
/// 4,096 bytes with parts of at most 255. The empty path is the root itself.
///
/// It is made only by [`RelPath::parse`], from text that is already resolved (no links left in it).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelPath(String);

impl RelPath {
    /// The root itself.
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Parses a resolved path. Refuses with `proto.utf8` (NUL), `fs.not-granted` (too long) or
    /// `fs.outside-root` (absolute, `.`, `..`, an empty part; on Windows also `\` and `:`).
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.contains('\0') {
            return Err(Refusal::new(Code::ProtoUtf8, format!("The path `{}` has a NUL in it.", shown(text))));
        }
        if text.len() > MAX_PATH || text.split('/').any(|part| part.len() > MAX_PART) {
            return Err(too_long(text));
        }
        if !text.is_empty() && text.split('/').any(is_not_plain) {
            return Err(outside(text));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text, without a leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts, first to last.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }
}

/// Whether a part could lead anywhere but to a child of that very name.
fn is_not_plain(part: &str) -> bool {
    let windows_syntax = cfg!(windows) && part.contains(['\\', ':']);
    matches!(part, "" | "." | "..") || windows_syntax
}

fn too_long(text: &str) -> Refusal {
    let message =
        format!("The path `{}` is too long: at most {MAX_PATH} bytes, and {MAX_PART} for each part.", shown(text));
    Refusal::new(Code::FsNotGranted, message)
}

fn outside(text: &str) -> Refusal {
    let message = format!(
        "The path `{}` is not a plain path below a root: it is absolute, or has `.`, `..` or an empty part.",
        shown(text)
    );
    Refusal::new(Code::FsOutsideRoot, message)
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text from outside as it may stand between backticks in a message, cut so that the message stays short.
pub(crate) fn shown(text: &str) -> String {
    harmless(text, 160).replace('`', "\\u{60}")
}

/// At most so many characters of a text, escaped so that no terminal, chat or log acts on it.
pub(crate) fn harmless(text: &str, most: usize) -> String {
    let cut: String = text.chars().take(most).collect();
    let dots = if cut.len() < text.len() { "…" } else { "" };
    cut.chars().map(escaped).collect::<String>() + dots
}

fn escaped(c: char) -> String {
    match c {
        '"' | '\'' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    }
}
