//! Reads JSON, in its order.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::error::Malformed;
use super::node::Node;

/// The one object of a file. A key that is there twice is refused: two readers could take different ones.
pub(super) fn read(text: &str) -> Result<Node, Malformed> {
    let fault = |error: serde_json::Error| {
        let what = if error.is_data() { "a key twice" } else { "something that is not JSON" };
        Malformed::at(error.line().saturating_sub(1), what)
    };
    match serde_json::from_str(text).map_err(fault)? {
        node @ Node::Map(_) => Ok(node),
        _ => Err(Malformed::at(0, "no object at the top")),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::truth(value))
    }

    // SOPS reads every number of JSON as a float.
    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node, A::Error> {
        let (mut entries, mut keys) = (Vec::new(), std::collections::BTreeSet::new());
        while let Some((key, value)) = from.next_entry::<String, Node>()? {
            if !keys.insert(key.clone()) {
                return Err(A::Error::custom("a key twice"));
            }
            entries.push((key, value));
        }
        Ok(Node::Map(entries))
    }
}
