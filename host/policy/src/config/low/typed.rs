//! What `typed` of a `confirm` is typed as.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use super::Word;

#[derive(Clone)]
pub(in crate::config) enum Typed {
    Said(bool),
    Part(Part),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Part {
    pub path: Option<Spanned<usize>>,
    pub body: Option<Word>,
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TypedVisitor)
    }
}

struct TypedVisitor;

impl<'de> Visitor<'de> for TypedVisitor {
    type Value = Typed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, or what of the request is typed: { path = 3 } or { body = \"/a/b\" }")
    }

    fn visit_bool<E: Error>(self, said: bool) -> Result<Typed, E> {
        Ok(Typed::Said(said))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Typed, M::Error> {
        Part::deserialize(MapAccessDeserializer::new(map)).map(Typed::Part)
    }
}
