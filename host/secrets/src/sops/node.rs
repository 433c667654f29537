//! What every format is read into.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

/// How deep lists and maps may stand in each other: far beyond what people write, far below what a stack holds.
pub(super) const DEEPEST: usize = 64;

/// A part of a file, in the order of the file.
pub(super) enum Node {
    /// Nothing: neither encrypted nor part of the MAC.
    Null,
    Leaf(Leaf),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A value.
pub(super) struct Leaf {
    pub(super) kind: Kind,
    /// The bytes that SOPS encrypts and takes into the MAC.
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// Whether a leaf can be an encrypted value, and what it is otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text of the file: encrypted or not.
    Text,
    /// A number or a truth value of the file.
    Other,
    /// What was encrypted in the file.
    Secret,
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Leaf(Leaf { kind: Kind::Text, bytes: Zeroizing::new(text.into().into_bytes()) })
    }

    pub(super) fn truth(value: bool) -> Self {
        Self::other(if value { "True" } else { "False" })
    }

    /// Decimal, without an exponent, and as short as can be.
    pub(super) fn number(value: f64) -> Self {
        match value {
            f64::INFINITY => Self::other("+Inf"),
            f64::NEG_INFINITY => Self::other("-Inf"),
            value => Self::other(value.to_string()),
        }
    }

    pub(super) fn other(text: impl Into<String>) -> Self {
        Self::Leaf(Leaf { kind: Kind::Other, bytes: Zeroizing::new(text.into().into_bytes()) })
    }

    /// Takes an entry out of a map.
    pub(super) fn take(&mut self, key: &str) -> Option<Self> {
        let Self::Map(entries) = self else { return None };
        let index = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(index).1)
    }

    /// Every leaf below `name` as text, by the one name that dotenv and INI files give it: `age__list_0__map_enc`.
    pub(super) fn flatten(&self, name: &str, into: &mut BTreeMap<String, String>) {
        let child = |separator: &str, key: &str| {
            if name.is_empty() { key.to_owned() } else { format!("{name}{separator}{key}") }
        };
        match self {
            Self::Null => {}
            Self::Leaf(leaf) => {
                into.insert(name.to_owned(), String::from_utf8_lossy(&leaf.bytes).into_owned());
            }
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.flatten(&child("__list_", &index.to_string()), into);
                }
            }
            Self::Map(entries) => {
                for (key, value) in entries {
                    value.flatten(&child("__map_", key), into);
                }
            }
        }
    }
}
