//! A file that was opened.

use std::fmt;

use zeroize::Zeroizing;

use super::node::{Kind, Leaf, Node};

/// The values of an opened file, overwritten when they are dropped. `Debug` shows none.
pub struct Document(pub(super) Vec<Node>);

/// Why a field gives no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// No such field.
    #[error("has no field `{0}`; name its keys from the top, joined with dots")]
    Missing(String),
    /// Keys that have dots in them make the name mean two fields.
    #[error("has several fields that `{0}` can mean; rename one of them")]
    Ambiguous(String),
    /// A list, a map or nothing.
    #[error("has no single value at `{0}`; name one of the fields below it")]
    NotValue(String),
    /// It stands in the file for everyone to read.
    #[error("has `{0}` in the clear, so it is no secret; have sops encrypt it")]
    Clear(String),
}

impl Document {
    /// The encrypted value at `field`: keys, and places in lists (from 0), joined with dots.
    pub fn secret(&self, field: &str) -> Result<Zeroizing<Vec<u8>>, FieldError> {
        let mut found = Vec::new();
        self.0.iter().for_each(|document| find(document, field, &mut found));
        match found.as_slice() {
            [] => Err(FieldError::Missing(field.to_owned())),
            [Node::Leaf(Leaf { kind: Kind::Secret, bytes })] => Ok(bytes.clone()),
            [Node::Leaf(_)] => Err(FieldError::Clear(field.to_owned())),
            [_] => Err(FieldError::NotValue(field.to_owned())),
            _ => Err(FieldError::Ambiguous(field.to_owned())),
        }
    }
}

/// Everything that `field` can mean below a node. A key may have dots in itself.
fn find<'n>(node: &'n Node, field: &str, found: &mut Vec<&'n Node>) {
    let mut step = |key: &str, value: &'n Node| match field.strip_prefix(key) {
        Some("") => found.push(value),
        Some(rest) => {
            if let Some(rest) = rest.strip_prefix('.') {
                find(value, rest, found);
            }
        }
        None => {}
    };
    match node {
        Node::Map(entries) => entries.iter().for_each(|(key, value)| step(key, value)),
        Node::List(items) => items.iter().enumerate().for_each(|(index, item)| step(&index.to_string(), item)),
        Node::Leaf(_) | Node::Null => {}
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}
