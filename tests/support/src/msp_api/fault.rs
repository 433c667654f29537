//! Errors as FastAPI says them.

use serde_json::{Value, json};

use crate::answer::Answer;

impl Answer {
    /// One sentence.
    pub(super) fn detail(status: u16, why: &str) -> Self {
        Self::json(status, json!({"detail": why}))
    }

    /// A parameter or a field that is not what its schema says.
    pub(super) fn invalid(place: &str, name: &str, why: &str, input: &Value) -> Self {
        let error = json!({"type": "value_error", "loc": [place, name], "msg": why, "input": input});
        Self::json(422, json!({"detail": [error]}))
    }
}
