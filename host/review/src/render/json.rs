//! JSON for machines.

use serde_json::{Value, json};

use crate::Review;
use crate::shown::lines;

/// Reviews as JSON: `{"schema": 1, "plugins": […]}`. The number grows when a key goes away or means something else.
///
/// Invisible and control characters in texts are escaped, line feeds aside, so that printing them is safe.
pub fn json(reviews: &[Review]) -> Value {
    let plugins: Vec<Value> = reviews.iter().map(of_one).collect();
    json!({ "schema": 1, "plugins": plugins })
}

fn of_one(review: &Review) -> Value {
    let mut value = serde_json::to_value(review).unwrap_or_default();
    value["headline"] = super::headline(review).into();
    tidy(&mut value);
    value
}

/// Escapes in every string what should not be printed.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::String(text) => *text = lines(text),
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => map.values_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
