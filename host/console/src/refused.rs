//! How the API says no: a status and one sentence.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use claudetools_chat::ChatError;

/// A request that was not served.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    why: String,
}

impl Refused {
    /// With this status and sentence.
    pub(crate) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    /// A request that makes no sense.
    pub(crate) fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }
}

impl From<ChatError> for Refused {
    /// A coded refusal is the person's to read; what the ledger says goes to the log, too.
    fn from(error: ChatError) -> Self {
        match &error {
            ChatError::Refused(refusal) => Self::new(StatusCode::FORBIDDEN, &refusal.message),
            ChatError::Cannot(why) => Self::new(StatusCode::CONFLICT, why),
            other => {
                tracing::error!(%other, "the console could not serve a request");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, other.to_string())
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "error": self.why }))).into_response()
    }
}
