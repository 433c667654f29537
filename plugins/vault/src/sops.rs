//! The readers with which the host opens files of the vault, the same files. They refuse aliases, 64 levels and a name that is there
//! twice, and say so without a value.

#[path = "../../../host/secrets/src/sops/error.rs"]
#[expect(dead_code, reason = "what goes wrong with keys is the host's alone")]
mod error;
#[path = "../../../host/secrets/src/sops/json.rs"]
mod json;
#[path = "../../../host/secrets/src/sops/lines.rs"]
mod lines;
#[path = "../../../host/secrets/src/sops/node.rs"]
#[expect(dead_code, reason = "nothing is decrypted here")]
mod node;
#[path = "../../../host/secrets/src/sops/yaml.rs"]
mod yaml;

use std::collections::BTreeMap;

use error::Malformed;
use node::Node;

/// How an encrypted value begins.
const SEALED: &[u8] = b"ENC[AES256_GCM,";

/// A value's name, and whether the value is encrypted.
pub type Named = (String, bool);

/// SOPS's own part of a file, flat, and the names of all values; no part where SOPS did not encrypt the file.
pub struct Parts {
    /// Such as `age__list_0__map_recipient`.
    pub own: BTreeMap<String, String>,
    /// In the order of the file.
    pub names: Vec<Named>,
}

/// Reads a file by how its name ends. The error says what is wrong in which line, never what stands there.
pub fn read(path: &str, text: &str) -> Result<Parts, String> {
    let mut documents = documents(path, text).map_err(|malformed| malformed.to_string())?;
    let own: Vec<Node> = documents.iter_mut().filter_map(|document| document.take("sops")).collect();
    let mut parts = Parts { own: BTreeMap::new(), names: Vec::new() };
    own.first().iter().for_each(|own| own.flatten("", &mut parts.own));
    documents.iter().for_each(|document| names(document, "", &mut parts.names));
    Ok(parts)
}

fn documents(path: &str, text: &str) -> Result<Vec<Node>, Malformed> {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("yaml" | "yml") => yaml::read(text),
        Some("env") => Ok(vec![lines::dotenv(text)?]),
        Some("ini") => Ok(vec![lines::ini(text)?]),
        _ => Ok(vec![json::read(text)?]),
    }
}

/// The names below a node, keys and places in lists joined with dots, as references write them.
fn names(node: &Node, above: &str, found: &mut Vec<Named>) {
    let child = |key: &str| if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
    match node {
        Node::Null => found.push((above.to_owned(), false)),
        Node::Leaf(leaf) => found.push((above.to_owned(), leaf.bytes.starts_with(SEALED))),
        Node::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| names(item, &child(&index.to_string()), found))
        }
        Node::Map(entries) => entries.iter().for_each(|(key, value)| names(value, &child(key), found)),
    }
}
