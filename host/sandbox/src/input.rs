//! A call's input: strict JSON that fits the tool's schema.

use std::fmt;

use claudetools_policy::{Code, Refusal};
use jsonschema::Validator;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::quote::quoted;

/// The most bytes of an input. Large texts are written with `Write`, whose content is well below.
const MAX_BYTES: usize = 1 << 20;

/// How deep an input may nest: deeper ones only try a parser's stack.
const MAX_DEPTH: usize = 64;

/// Checks an input against a tool's schema: `proto.shape` with one sentence that names the field.
pub(crate) fn check(text: &str, schema: &Validator) -> Result<(), Refusal> {
    let value = parse(text)?;
    match schema.iter_errors(&value).next() {
        None => Ok(()),
        Some(error) => {
            let path = error.instance_path().to_string();
            let place = if path.is_empty() { "The input".to_owned() } else { format!("The input's {}", quoted(&path)) };
            Err(shape(format!("{place} does not fit the tool's schema: {}.", bounded(&error.masked().to_string()))))
        }
    }
}

/// Parses an object with no duplicate keys and bounded depth. A parser of the guest might take the first
/// of two equal keys where the host checked the last.
pub(crate) fn parse(text: &str) -> Result<Value, Refusal> {
    if text.len() > MAX_BYTES {
        return Err(shape(format!("The input has {} bytes; {MAX_BYTES} are allowed.", text.len())));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }
        .deserialize(&mut json)
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| shape(format!("The input is not valid JSON: {}.", bounded(&error.to_string()))))?;
    if value.is_object() { Ok(value) } else { Err(shape("The input must be a JSON object.".to_owned())) }
}

fn shape(message: String) -> Refusal {
    Refusal::new(Code::ProtoShape, message)
}

fn bounded(text: &str) -> String {
    text.chars().take(300).collect()
}

/// Builds a [`Value`], refusing what serde_json lets pass.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("it nests deeper than {MAX_DEPTH}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key {} comes twice", quoted(&key))));
            }
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(map.into())
    }
}
