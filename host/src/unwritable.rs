//! What is refused because it could not be written down.

use claudetools_policy::{Code, Refusal};

/// The refusal where the ledger can't be written or read: nothing is done that has no row. The log has the reason.
pub fn unwritable(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "the ledger can't be written");
    Refusal::new(
        Code::AuditUnwritable,
        "the audit can't be written, so nothing was done; the operator must look at the ledger",
    )
}
