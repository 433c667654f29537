//! A thread as evidence: what was said, done, confirmed and given, with its part of the audit, in one archive that
//! anybody can check without this program.
//!
//! [`evidence`] makes an archive, [`verify()`] checks one. The archive's own `README.txt` says how to do it by hand.

mod archive;
mod gathered;
mod segment;
#[cfg(test)]
mod tests;
mod verify;

use claudetools_agent::ThreadId;
use claudetools_ledger::{Ledger, LedgerError};

use crate::render::Guard;
pub use verify::{Flaw, Sound, verify};

/// The digests of all other files, one a line, as `sha256sum` writes and checks them.
const SUMS: &str = "SHA256SUMS";
/// The rows of the audit, one JSON object a line.
const AUDIT: &str = "audit.jsonl";
/// What this archive is of: [`gathered::Manifest`].
const MANIFEST: &str = "MANIFEST.json";

/// An archive of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// ZIP.
    pub archive: Vec<u8>,
    /// The SHA-256 (hex) of its `SHA256SUMS`: whoever keeps this elsewhere knows that no file of it was changed.
    pub digest: String,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It could not be put together.
    #[error("the archive cannot be made: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// It could not be put together.
    #[error("the archive cannot be made: {0}")]
    Write(#[from] std::io::Error),
}

/// Gathers everything that the ledger has of a thread. Known secrets are taken out of texts; files are as they were given.
pub async fn evidence(ledger: &Ledger, guard: &Guard, thread: &ThreadId) -> Result<Evidence, EvidenceError> {
    let files = gathered::files(ledger, guard, thread).await?;
    archive::pack(&files)
}
