//! Approvals: written into `plugins.toml`, remembered together with what was approved, and put into the audit.
//!
//! - [`edit`]: the text of `plugins.toml` with an approval more or less; pure.
//! - [`Rewrite`]: the file itself, replaced whole or not at all.
//! - [`signed`]: an approval that was signed on another machine.
//! - [`Baseline`]: what was approved, kept beside the ledger, so that a later change can be shown.
//! - [`begin`]: what of the file takes effect at start, measured by what was approved.
//! - [`record_changes`]: every approval and revocation in `plugins.toml` has a row in the audit.

mod baseline;
pub mod edit;
mod record;
mod rewrite;
pub mod signed;

pub use baseline::{Baseline, BaselineError, begin};
pub use record::record_changes;
pub use rewrite::{Rewrite, RewriteError};
