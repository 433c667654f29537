//! Names of threads and turns.

use std::fmt;

/// A thread: its front's name, a colon, and what the front calls it (`discord:1234`, `console:0193…`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ThreadId(String);

impl ThreadId {
    /// The thread that `front` calls `name`.
    pub fn new(front: &str, name: impl fmt::Display) -> Self {
        Self(format!("{front}:{name}"))
    }

    /// The whole text, as the ledger keeps it.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The front's name.
    pub fn front(&self) -> &str {
        self.0.split_once(':').map_or("", |(front, _)| front)
    }

    /// What the front calls it.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A turn: unique, ordered by time (UUID version 7).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct TurnId(pub String);

impl fmt::Display for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
