//! The body of a request, where it is looked at before it is sent.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::protect::caseless_name;

/// Whole numbers from here on are not the same to every reader of JSON.
const EXACT: f64 = (1_u64 << 53) as f64;

/// A body that was read whole.
///
/// JSON that everybody reads in the same way is kept as the host writes it, so that what is decided on and shown is what
/// is sent. A key that stands in an object twice is read in two ways, also where it differs only by escapes or, because
/// many servers take no notice of it, by case; so is a number that some round. Such bodies, and whatever is no JSON, are
/// bytes as they came, and nothing is decided on what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    bytes: Vec<u8>,
    json: Option<Value>,
}

impl Body {
    /// Reads the bytes of a guest.
    pub fn read(bytes: Vec<u8>) -> Self {
        match serde_json::from_slice(&bytes) {
            Ok(Strict(json)) => Self::of(json),
            Err(_) => Self { bytes, json: None },
        }
    }

    /// A value, as the host writes it.
    pub(crate) fn of(json: Value) -> Self {
        Self { bytes: json.to_string().into_bytes(), json: Some(json) }
    }

    /// What is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What is decided on and shown; none where it can't be.
    pub fn json(&self) -> Option<&Value> {
        self.json.as_ref()
    }

    /// The text at a pointer (RFC 6901).
    pub(crate) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.json.as_ref()?.pointer(pointer)?.as_str()
    }

    /// Whether it is one JSON object with one of these texts, exactly, at each pointer.
    pub(crate) fn holds(&self, wanted: &BTreeMap<String, BTreeSet<String>>) -> bool {
        let is_there = |(pointer, words): (&String, &BTreeSet<String>)| {
            self.text_at(pointer).is_some_and(|text| words.contains(text))
        };
        self.json.as_ref().is_some_and(Value::is_object) && wanted.iter().all(is_there)
    }

    /// Whether a server that takes no notice of case would find something at a pointer.
    pub(crate) fn may_have(&self, pointer: &str) -> bool {
        let parts = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~"));
        let found = parts.fold(self.json.as_ref(), |value, part| {
            let mut members = value?.as_object()?.iter();
            members.find(|(key, _)| caseless_name(key) == caseless_name(&part)).map(|(_, value)| value)
        });
        found.is_some()
    }

    /// The same with another text at a pointer, where a text is.
    #[must_use]
    pub fn with(&self, pointer: &str, text: &str) -> Self {
        let mut json = self.json.clone().unwrap_or_default();
        if let Some(place) = json.pointer_mut(pointer) {
            *place = Value::from(text);
        }
        Self::of(json)
    }
}

/// Whether a text is a pointer to a member of an object: `/a/b`. Members of lists are not pointed to: others beside them
/// could hold anything.
pub(crate) fn is_pointer(text: &str) -> bool {
    let is_part = |part: &str| {
        let escapes = part.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        !part.is_empty() && escapes && !part.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.strip_prefix('/').is_some_and(|parts| parts.split('/').all(is_part))
}

/// A value without what could be read in two ways.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneReading).map(Self)
    }
}

struct OneReading;

impl<'de> Visitor<'de> for OneReading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON that is read in one way only")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let exact = Number::from_f64(value).filter(|_| value.abs() < EXACT);
        exact.map(Value::from).ok_or_else(|| E::custom("a number that some round"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut members, mut seen) = (Map::new(), BTreeSet::new());
        while let Some((key, Strict(value))) = map.next_entry::<String, Strict>()? {
            if !seen.insert(caseless_name(&key)) {
                return Err(A::Error::custom("a key twice"));
            }
            members.insert(key, value);
        }
        Ok(members.into())
    }
}
