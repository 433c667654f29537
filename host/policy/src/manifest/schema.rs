//! Input schemas: TOML to JSON, what is refused, and the canonical text that digests are made of.

use serde_json::{Map, Value};

use super::check::visible;

/// The deepest schema: far below what a JSON parser's stack takes.
const MAX_DEPTH: usize = 32;
/// The largest schema in bytes of JSON: it is part of every request to the model.
const MAX_BYTES: usize = 64 << 10;
/// Keywords that lead elsewhere: into a loop, or to a server.
const REFERENCES: &[&str] = &["$ref", "$dynamicRef", "$recursiveRef"];

/// The schema as JSON, its keys in the order in which they were written. An error goes on after
/// "the input schema of the tool `x`".
pub(super) fn checked(table: toml::Table) -> Result<Value, String> {
    let schema = json(toml::Value::Table(table), 0)?;
    if schema.get("type") != Some(&Value::from("object")) {
        return Err("is not that of an object; expected `type = \"object\"`".to_owned());
    }
    if !schema.get("properties").is_some_and(Value::is_object) {
        return Err("has no `properties`; expected a table of them, which may be empty".to_owned());
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err("accepts anything; expected `additionalProperties = false`".to_owned());
    }
    if canonical(&schema).len() > MAX_BYTES {
        return Err(format!("is larger than {MAX_BYTES} bytes"));
    }
    Ok(schema)
}

fn json(value: toml::Value, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(format!("is nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(match value {
        toml::Value::String(text) => Value::String(seen(text)?),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) if number.is_finite() => Value::from(number),
        toml::Value::Float(_) => return Err("has a number that JSON does not have".to_owned()),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(_) => {
            return Err("has a date, which JSON does not have; quote it".to_owned());
        }
        toml::Value::Array(items) => items.into_iter().map(|item| json(item, depth + 1)).collect::<Result<_, _>>()?,
        toml::Value::Table(table) => Value::Object(object(table, depth)?),
    })
}

fn object(table: toml::Table, depth: usize) -> Result<Map<String, Value>, String> {
    let entry = |(key, value): (String, toml::Value)| {
        if REFERENCES.contains(&key.as_str()) {
            return Err(format!("has a `{key}`; write out what it refers to"));
        }
        Ok((seen(key)?, json(value, depth + 1)?))
    };
    table.into_iter().map(entry).collect()
}

fn seen(text: String) -> Result<String, String> {
    match visible(&text) {
        Ok(()) => Ok(text),
        Err(c) => Err(format!("has {c} in it, which nobody can see")),
    }
}

/// JSON without white space, the keys of every object sorted: one text for one meaning.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entry = |(key, value): (&String, &Value)| format!("{}:{}", Value::from(key.as_str()), canonical(value));
            format!("{{{}}}", entries.into_iter().map(entry).collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}
