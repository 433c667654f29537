//! From the tree of a file to its values.

use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::SopsError;
use super::cipher::{self, DataKey};
use super::document::Document;
use super::metadata::Metadata;
use super::node::{Kind, Leaf, Node};

/// What a MAC over encrypted values only begins with, so that it never equals one over all of them: SHA-256 of `sops`.
const ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b,
    0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

/// Decrypts every value and compares the MAC over them, of all documents in their order.
pub(super) fn open(mut documents: Vec<Node>, metadata: &Metadata, key: &DataKey) -> Result<Document, SopsError> {
    let mut walk = Walk { metadata, key, mac: Sha512::new() };
    if metadata.mac_only_encrypted {
        walk.mac.update(ONLY_ENCRYPTED);
    }
    for document in &mut documents {
        walk.node(document, &[])?;
    }
    let found: String = walk.mac.finalize().iter().map(|byte| format!("{byte:02X}")).collect();
    let expected = cipher::open(&metadata.mac, key, &metadata.lastmodified).ok_or(SopsError::Mac)?;
    match found.as_bytes().ct_eq(&expected).into() {
        true => Ok(Document(documents)),
        false => Err(SopsError::Mac),
    }
}

struct Walk<'a> {
    metadata: &'a Metadata,
    key: &'a DataKey,
    mac: Sha512,
}

impl Walk<'_> {
    /// `path` are the keys that lead to the node; places in a list are no part of it.
    fn node(&mut self, node: &mut Node, path: &[&str]) -> Result<(), SopsError> {
        match node {
            Node::Null => Ok(()),
            Node::Leaf(leaf) => self.leaf(leaf, path),
            Node::List(items) => items.iter_mut().try_for_each(|item| self.node(item, path)),
            Node::Map(entries) => entries.iter_mut().try_for_each(|(key, value)| {
                let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
                self.node(value, &path)
            }),
        }
    }

    fn leaf(&mut self, leaf: &mut Leaf, path: &[&str]) -> Result<(), SopsError> {
        let encrypted = self.metadata.encrypts(path);
        if encrypted {
            leaf.bytes = self.value(leaf, path)?;
            leaf.kind = Kind::Secret;
        }
        if encrypted || !self.metadata.mac_only_encrypted {
            self.mac.update(&leaf.bytes);
        }
        Ok(())
    }

    /// An empty text stays as it is: there is nothing to encrypt.
    fn value(&self, leaf: &Leaf, path: &[&str]) -> Result<Zeroizing<Vec<u8>>, SopsError> {
        let sealed = str::from_utf8(&leaf.bytes).unwrap_or_default();
        if leaf.kind != Kind::Text || !(sealed.is_empty() || sealed.starts_with("ENC[")) {
            return Err(SopsError::Clear(path.join(".")));
        }
        if sealed.is_empty() {
            return Ok(Zeroizing::default());
        }
        let context = format!("{}:", path.join(":"));
        cipher::open(sealed, self.key, &context).ok_or_else(|| SopsError::Value(path.join(".")))
    }
}
