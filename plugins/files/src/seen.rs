//! What the thread has seen: the digest of each file as it was last read or written.

use std::borrow::Cow;

use claudetools_kit::replace::Error;
use claudetools_kit::{Failure, log, path, replace, state};
use sha2::{Digest, Sha256};

/// The longest key that the host keeps.
const MAX_KEY: usize = 128;

/// The SHA-256 of bytes, in hex.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The key of a path: the path, or the digest of a long one.
fn key(path: &str) -> Cow<'_, str> {
    match path.len() {
        0..=MAX_KEY => Cow::Borrowed(path),
        _ => Cow::Owned(digest(path.as_bytes())),
    }
}

/// Remembers a file's bytes as seen. Reading works without a `state` grant; a later Write or Edit
/// then asks to read first.
pub fn remember(path: &str, bytes: &[u8]) {
    if let Err(refusal) = state::set(&key(path), digest(bytes).as_bytes()) {
        log::write(log::Level::Warn, &format!("{}: {}", refusal.code, refusal.message));
    }
}

/// The digest of a file as the thread saw it last, or why it cannot be changed yet.
pub fn last(path: &str) -> Result<String, Failure> {
    let digest = state::get(&key(path)).and_then(|bytes| String::from_utf8(bytes).ok());
    digest.ok_or_else(|| {
        let shown = path::shown(path);
        Failure::Invalid(format!("{shown} was not read in this thread. Read it first, then change it."))
    })
}

/// Replaces a file whole, if it still has the digest `expected`, and remembers it.
pub fn replace(path: &str, bytes: &[u8], expected: Option<&str>) -> Result<(), Failure> {
    replace::file(path, bytes, expected).map_err(|error| match error {
        Error::Refused(refusal) => Failure::from(refusal),
        Error::Changed => changed(path),
        Error::Failed(words) => Failure::Unavailable(format!("{} was not written: {words}", path::shown(path))),
    })?;
    remember(path, bytes);
    Ok(())
}

/// The file is not what the thread saw.
pub fn changed(path: &str) -> Failure {
    let shown = path::shown(path);
    Failure::Invalid(format!("{shown} changed since it was read; nothing was written. Read it again."))
}
