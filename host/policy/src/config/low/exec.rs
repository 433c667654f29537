//! What jails and the grants of native programs are typed as.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

use super::{Reach, Word};
use crate::config::size::{Size, Time};
use crate::{Digest, EffectKind, JailAccess};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Program {
    pub path: Word,
    pub sha256: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Jail {
    #[serde(default)]
    pub net: Vec<Word>,
    pub reach: Option<Spanned<Reach>>,
    #[serde(default)]
    pub fs: Vec<Place>,
    pub system: Option<Vec<Word>>,
    #[serde(default)]
    pub unix: Vec<Word>,
    #[serde(default)]
    pub env: BTreeMap<Word, Word>,
    #[serde(default)]
    pub limit: JailLimit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Place {
    pub root: Word,
    pub access: Spanned<JailAccess>,
    #[serde(default)]
    pub git: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct JailLimit {
    pub wall: Option<Time>,
    pub cpu: Option<Time>,
    pub memory: Option<Size>,
    pub pids: Option<NonZeroU32>,
    pub files: Option<NonZeroU32>,
    pub output: Option<Size>,
}

/// An item of `argv`.
#[derive(Clone)]
pub(in crate::config) enum Argument {
    Literal(String),
    Slot(Box<SlotTable>),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SlotTable {
    pub one_of: Option<Vec<Word>>,
    pub int: Option<Spanned<Range>>,
    #[serde(rename = "match")]
    pub pattern: Option<Word>,
    pub path: Option<InRoot>,
    pub hostname: Option<Spanned<bool>>,
    pub uuid: Option<Spanned<bool>>,
    pub rest: Option<Spanned<Argument>>,
    pub max: Option<NonZeroU32>,
    /// Only for a script: what the model calls it, what it reads of it, and the word where it leaves it out.
    pub name: Option<Word>,
    pub description: Option<Word>,
    pub default: Option<Word>,
}

/// `script` of a `script` grant.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Script {
    pub root: Word,
    pub path: Word,
    pub sha256: Digest,
}

/// `tool` of a `script` grant.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Tool {
    pub name: Word,
    pub description: Word,
    pub effects: BTreeSet<EffectKind>,
}

/// An item of `secrets` of a `script` grant.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct SecretVariable {
    pub name: Word,
    pub env: Word,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Range {
    pub min: i64,
    pub max: i64,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct InRoot {
    pub root: Word,
}

/// An example: a text, or the argument list of a native program.
#[derive(Clone)]
pub(in crate::config) enum Example {
    Text(String),
    Words(Vec<String>),
}

impl<'de> Deserialize<'de> for Argument {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ArgumentVisitor)
    }
}

struct ArgumentVisitor;

impl<'de> Visitor<'de> for ArgumentVisitor {
    type Value = Argument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word such as \"log\", or a table such as { one_of = [\"nginx\"] }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Argument, E> {
        Ok(Argument::Literal(text.to_owned()))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Argument, M::Error> {
        SlotTable::deserialize(MapAccessDeserializer::new(map)).map(Box::new).map(Argument::Slot)
    }
}

impl<'de> Deserialize<'de> for Example {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ExampleVisitor)
    }
}

struct ExampleVisitor;

impl<'de> Visitor<'de> for ExampleVisitor {
    type Value = Example;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a text such as \"read docs/a.md\", or for a program its arguments such as [\"log\", \"--oneline\"]",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Example, E> {
        Ok(Example::Text(text.to_owned()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<Example, S::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Example::Words)
    }
}
