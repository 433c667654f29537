//! Parameters: what the model filters by, checked against what the document says.
//!
//! An API that does not know a filter mostly leaves it out and answers with everything. So an unknown one is refused here, with the list
//! of those there are.

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::document::Document;

/// The longest value in characters.
const MAX_TEXT: usize = 500;
/// Characters of the names that a message lists.
const MAX_LISTED: usize = 2_000;
/// Values of one parameter.
const MAX_VALUES: usize = 50;

/// One or more values of one parameter, as they are sent.
pub fn texts(document: &Document, name: &str, value: &Value, schema: &Value) -> Result<Vec<String>, Failure> {
    let values = match value {
        Value::Array(values) if (1..=MAX_VALUES).contains(&values.len()) => values.as_slice(),
        Value::Array(_) => {
            return Err(Failure::Invalid(format!("{} takes 1 to {MAX_VALUES} values", path::escape(name))));
        }
        one => std::slice::from_ref(one),
    };
    let many = document.kind(document.plain(schema)) == "array";
    if values.len() > 1 && !many {
        return Err(Failure::Invalid(format!("{} takes one value", path::escape(name))));
    }
    let schema = document.items(schema).unwrap_or(schema);
    values.iter().map(|value| text(document, name, value, schema)).collect()
}

/// One value, as it is sent.
pub fn text(document: &Document, name: &str, value: &Value, schema: &Value) -> Result<String, Failure> {
    let wrong = |expected: &str| {
        Failure::Invalid(format!("{} = {} does not fit; expected {expected}", path::escape(name), shown(value)))
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(wrong("a text, a number, or true or false")),
    };
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(wrong("at most 500 characters, none of them control characters"));
    }
    let allowed = document.values(schema);
    if !allowed.is_empty() && !allowed.iter().any(|one| plain(one) == text) {
        return Err(wrong(&format!("one of {}", listed(allowed))));
    }
    let schema = document.plain(schema);
    match document.kind(schema) {
        "integer" if text.parse::<i64>().is_err() => Err(wrong("a whole number")),
        "number" if text.parse::<f64>().is_err() => Err(wrong("a number")),
        "boolean" if !matches!(text.as_str(), "true" | "false") => Err(wrong("true or false")),
        "string" if is_dated(schema) && !is_date(&text) => Err(wrong("a date such as 2026-11-29")),
        _ => Ok(text),
    }
}

/// Whether a schema is that of a date, with or without a time.
pub fn is_dated(schema: &Value) -> bool {
    schema.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("date"))
}

/// Whether a text begins with a date: `2026-11-29`, `2026-11-29T10:00:00Z`.
pub fn is_date(text: &str) -> bool {
    let day = text.get(..10).unwrap_or_default().as_bytes();
    let fits = day.len() == 10
        && day.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let in_range = |from: usize, most: u8| {
        text.get(from..from + 2).and_then(|two| two.parse().ok()).is_some_and(|number: u8| (1..=most).contains(&number))
    };
    fits && in_range(5, 12)
        && in_range(8, 31)
        && (text.len() == 10 || text.get(10..11).is_some_and(|c| matches!(c, "T" | " ")))
}

/// The refusal of a name that is not there, with those that are.
pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let name = path::escape(name);
    Failure::Invalid(match known.is_empty() {
        true => format!("there is no {what} {name}, nor any other"),
        false => {
            let listed = path::escape(&known.join(", "));
            let cut: String = listed.chars().take(MAX_LISTED).collect();
            let more = if cut.len() < listed.len() { "…" } else { "" };
            format!("there is no {what} {name}; there are: {cut}{more}")
        }
    })
}

/// A value without its quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Up to 20 values in a row.
pub fn listed(values: &[Value]) -> String {
    let mut all: Vec<String> = values.iter().take(20).map(plain).collect();
    if values.len() > all.len() {
        all.push("…".to_owned());
    }
    path::escape(&all.join(", "))
}

fn shown(value: &Value) -> String {
    path::escape(&value.to_string().chars().take(80).collect::<String>())
}
