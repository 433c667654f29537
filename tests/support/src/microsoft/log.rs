//! What came.

use std::time::Instant;

use serde_json::Value;

/// Which of the services a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Discovery and tokens.
    Login,
    /// Graph.
    Graph,
    /// Exchange's InvokeCommand and Admin API.
    Exchange,
    /// DNS over HTTPS.
    Dns,
    /// None of them.
    Nowhere,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Whom it was for.
    pub service: Service,
    /// Its method.
    pub method: String,
    /// Its path, decoded.
    pub path: String,
    /// Its query as it was sent, with the question mark.
    pub query: String,
    /// What Exchange was to do, such as `Get-Mailbox`.
    pub cmdlet: Option<String>,
    /// The tenant of its token.
    pub tenant: Option<String>,
    /// The application of its token.
    pub app: Option<&'static str>,
    /// It stood inside of a `$batch`, and was no request of its own.
    pub batched: bool,
    /// What it changed, where it changed something.
    pub wrote: bool,
    /// Its body; `Null` without one, and for a token, whose body is secret.
    pub body: Value,
    /// Its `client-request-id`; empty without one.
    pub request_id: String,
    /// What it was answered with.
    pub status: u16,
    /// When it came.
    pub at: Instant,
}
