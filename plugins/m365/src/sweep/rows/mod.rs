//! What the services answer, as far as a rule reads it. A row that does not fit its type makes no check green.
//!
//! A field that a rule cannot do without is no `Option`: where it is missing, null or of another type, the row does not
//! fit. Lists may be null, as both services write an empty one.

mod directory;
mod exchange;
mod policy;
mod security;

use claudetools_graph::jiff::Timestamp;
use claudetools_graph::time;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::rows::list;
pub use directory::*;
pub use exchange::*;
pub use policy::*;
pub use security::*;

/// Names of Exchange: null, one text, or a list of texts and of objects that hold one (`{"Domain": "contoso.example"}`).
fn names<'a, D: Deserializer<'a>>(input: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(input)?;
    let items = match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        one => vec![one],
    };
    items.iter().map(|item| text_of(item).ok_or_else(|| D::Error::custom("not a list of texts"))).collect()
}

fn text_of(item: &Value) -> Option<String> {
    let held = ["Domain", "Sender", "Address", "Name"].iter().find_map(|key| item.get(key));
    let text = item.as_str().or_else(|| held?.as_str()).or_else(|| held?.get("Address")?.as_str())?;
    Some(text.to_owned())
}

/// A moment of Exchange, which has no zone where it is UTC.
fn moment<'a, D: Deserializer<'a>>(input: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(input)? else { return Ok(None) };
    time::parse(&text).map(Some).ok_or_else(|| D::Error::custom("not a moment"))
}

/// A switch of Exchange: true, false, or the same as text.
fn switch<'a, D: Deserializer<'a>>(input: D) -> Result<bool, D::Error> {
    match Value::deserialize(input)? {
        Value::Bool(on) => Ok(on),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(D::Error::custom("neither true nor false")),
    }
}
