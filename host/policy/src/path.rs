//! Paths below a root.

use std::fmt;

use crate::Refusal;

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

    /// Parses a resolved path. Refuses with `proto.utf8` (NUL) or `fs.outside-root` (absolute, `..`)
    /// or `fs.not-granted` (too long).
    pub fn parse(_text: &str) -> Result<Self, Refusal> {
        todo!()
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

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
