//! Bodies of changes, checked against the document before anybody is asked to confirm them.

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::document::Document;
use crate::parameter::{listed, text, unknown};

/// The longest body in bytes.
const MAX_BODY: usize = 64 << 10;

/// Checks a body: an object with no field that the API does not know, and all that it needs.
pub fn check(document: &Document, schema: &Value, body: &Value) -> Result<(), Failure> {
    let schema = record_schema(document, schema);
    let Some(fields) = body.as_object() else {
        return Err(Failure::Invalid("the body has to be a JSON object with the fields of one record".to_owned()));
    };
    if body.to_string().len() > MAX_BODY {
        return Err(Failure::Invalid(format!("the body has more than {MAX_BODY} bytes")));
    }
    let known = document.properties(schema);
    for (name, value) in fields {
        match known.get(name.as_str()) {
            Some(schema) => check_field(document, name, value, schema)?,
            None if known.is_empty() || is_open(schema) => {}
            None => return Err(unknown("field", name, known.keys().copied())),
        }
    }
    let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let missing: Vec<Value> =
        required.iter().filter(|name| name.as_str().is_some_and(|name| !fields.contains_key(name))).cloned().collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure::Invalid(format!("the body lacks: {}", listed(&missing)))),
    }
}

/// The schema of one record, where the API takes a list of them.
pub fn record_schema<'a>(document: &'a Document, schema: &'a Value) -> &'a Value {
    let schema = document.plain(schema);
    document.items(schema).map_or(schema, |items| document.plain(items))
}

/// Whether a schema says that there may be more fields than it lists.
fn is_open(schema: &Value) -> bool {
    schema.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false))
}

fn check_field(document: &Document, name: &str, value: &Value, schema: &Value) -> Result<(), Failure> {
    let plain = document.plain(schema);
    let kind = document.kind(plain);
    let fits = match value {
        Value::Null => return Ok(()),
        Value::String(_) => matches!(kind, "" | "string"),
        Value::Number(number) => {
            matches!(kind, "" | "number")
                || kind == "integer" && number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        Value::Bool(_) => matches!(kind, "" | "boolean"),
        Value::Array(_) => matches!(kind, "" | "array"),
        Value::Object(_) => matches!(kind, "" | "object"),
    };
    if !fits {
        return Err(Failure::Invalid(format!("the field {} has to be of the type {kind}", path::escape(name))));
    }
    let allowed = document.values(plain);
    let is_long = value.as_str().is_some_and(|value| value.len() > 500);
    match value.is_array() || value.is_object() || is_long || allowed.is_empty() {
        true => Ok(()),
        false => text(document, name, value, schema).map(|_| ()),
    }
}
