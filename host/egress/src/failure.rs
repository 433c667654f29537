//! Why there is no answer.

use claudetools_policy::Refusal;

/// Why a request has no answer, or an answer no further bytes.
///
/// What a guest may be told: no address, no secret, and nothing that the server or the operating system said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The host refused. The observer has heard of it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The outside world failed.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What went wrong outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The name has no address, or nobody said in time.
    #[error("the host's name was not resolved")]
    Resolve,
    /// No address of the host took the connection.
    #[error("the host took no connection")]
    Connect,
    /// The host is not who it should be, or speaks no TLS. It is never asked without.
    #[error("no trusted TLS connection was made")]
    Tls,
    /// The guest's own time for the connection or the first byte was over.
    #[error("the host did not answer in time")]
    Timeout,
    /// What came is not HTTP, or ended too early.
    #[error("the answer was not HTTP, or was cut off")]
    Protocol,
}
