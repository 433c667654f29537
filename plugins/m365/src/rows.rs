//! Rows of an answer, read one by one: one that cannot be read is counted, never passed over in silence.

use claudetools_graph::jiff::Timestamp;
use claudetools_graph::time;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The rows that can be read, and how many can't.
pub struct Rows<T> {
    /// Those that can.
    pub read: Vec<T>,
    /// How many can't.
    pub unread: usize,
}

/// Reads the items of an answer.
pub fn rows<T: DeserializeOwned>(items: &[Value]) -> Rows<T> {
    let read: Vec<T> = items.iter().filter_map(|item| T::deserialize(item).ok()).collect();
    let unread = items.len() - read.len();
    Rows { read, unread }
}

/// A list that may be null.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// What Exchange gives as nothing, one text or several.
pub fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let wrong = |what: &str| serde::de::Error::custom(format!("{what} instead of texts"));
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong("a list of something")))
            .collect(),
        _ => Err(wrong("something")),
    }
}

/// A moment with or without a zone; null or nothing readable is none.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|text| time::parse(&text)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "texts")]
        to: Vec<String>,
        #[serde(default, deserialize_with = "list")]
        n: Vec<u8>,
        #[serde(default, deserialize_with = "moment")]
        at: Option<Timestamp>,
    }

    #[test]
    fn null_is_an_empty_list_and_another_type_is_unread() {
        let rows: Rows<Row> = rows(&[
            json!({"to": null, "n": null}),
            json!({"to": "a", "n": [1], "at": "2026-11-22T18:00:00"}),
            json!({"to": ["a", "b"]}),
            json!({"to": 5}),
            json!({"to": [5]}),
            json!({"n": 5}),
            json!(null),
        ]);
        assert_eq!(rows.unread, 4);
        assert_eq!(rows.read.iter().map(|row| row.to.len()).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(rows.read[1].n, [1]);
        assert!(rows.read[1].at.is_some() && rows.read[0].at.is_none());
    }
}
