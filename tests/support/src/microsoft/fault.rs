//! Errors as Graph says them.

use serde_json::json;

use crate::answer::Answer;

impl Answer {
    /// An error as Graph says it.
    pub(super) fn fault(status: u16, code: &str, message: &str) -> Self {
        let inner = json!({"date": "2026-11-22T18:00:00", "request-id": "7f3f2a1c-0000-4000-8000-000000000001"});
        Self::json(status, json!({"error": {"code": code, "message": message, "innerError": inner}}))
    }
}
