//! What `net` grants and secrets are typed as.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::{Login, OAuth, Word};
use crate::Scheme;
use crate::config::size::Size;

/// An item of `allow`: a pattern in an `fs` grant, a rule in a `net` grant.
#[derive(Clone)]
pub(in crate::config) enum Allow {
    Pattern(String),
    Rule(Box<Rule>),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Rule {
    pub scheme: Option<Scheme>,
    pub host: Word,
    pub port: Option<Spanned<u16>>,
    pub method: Spanned<Vec<Word>>,
    pub path: Word,
    #[serde(default)]
    pub query: Vec<Word>,
    #[serde(default)]
    pub json: BTreeMap<Word, Spanned<Vec<Word>>>,
    pub batch: Option<Spanned<bool>>,
    pub reads: Option<Spanned<bool>>,
}

#[derive(Clone)]
pub(in crate::config) enum Reach {
    Public,
    Networks(Vec<Word>),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SecretUse {
    pub name: Word,
    pub header: Option<Word>,
    pub bearer: Option<Spanned<bool>>,
    pub basic: Option<Word>,
    pub query: Option<Word>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Bytes {
    pub up: Option<Size>,
    pub down: Option<Size>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Secret {
    pub source: Option<Spanned<Source>>,
    pub oauth: Option<Spanned<OAuth>>,
    pub login: Option<Spanned<Login>>,
    #[serde(default)]
    pub audience: Vec<Audience>,
    #[serde(default)]
    pub scripts: Vec<Word>,
    pub expose: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Source {
    pub file: Option<Word>,
    pub env: Option<Word>,
    pub vault: Option<Word>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Audience {
    pub scheme: Option<Scheme>,
    pub host: Word,
    pub port: Option<Spanned<u16>>,
}

impl<'de> Deserialize<'de> for Allow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AllowVisitor)
    }
}

struct AllowVisitor;

impl<'de> Visitor<'de> for AllowVisitor {
    type Value = Allow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern such as \"docs/**\", or in a `net` grant a table such as { host = \"…\", method = [\"GET\"], path = \"/…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Allow, E> {
        Ok(Allow::Pattern(text.to_owned()))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Allow, M::Error> {
        Rule::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(Allow::Rule)
    }
}

impl<'de> Deserialize<'de> for Reach {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReachVisitor)
    }
}

struct ReachVisitor;

impl<'de> Visitor<'de> for ReachVisitor {
    type Value = Reach;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"public\", or a list of networks such as [\"10.20.0.0/16\"]")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Reach, E> {
        match text {
            "public" => Ok(Reach::Public),
            other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<Reach, S::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Reach::Networks)
    }
}
