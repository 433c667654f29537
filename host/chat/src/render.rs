//! Markdown to what Discord shows, made harmless.

use claudetools_policy::MemberId;

/// One message on its way out, as every front that posts to a chat sends it. Made only by this module, which
/// makes every text harmless first: nobody is pinged but the one named, no masked link, no clickable foreign URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    content: String,
    ping: Option<MemberId>,
    files: Vec<File>,
}

/// A file that goes out with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Made safe: letters, digits, `-`, `_`, one extension.
    pub name: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl Outbound {
    /// At most 2,000 UTF-16 units, fences balanced.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The only person it may ping.
    pub fn ping(&self) -> Option<&MemberId> {
        self.ping.as_ref()
    }

    /// Files.
    pub fn files(&self) -> &[File] {
        &self.files
    }
}
