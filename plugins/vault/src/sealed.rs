//! One file of the vault: its names, and what SOPS wrote about it in the clear.

use std::collections::BTreeMap;

use claudetools_kit::path;

use crate::sops::{self, Named, Parts};

/// The largest file that is read, in bytes: far beyond a file of secrets.
pub const MAX_FILE: u64 = 1 << 20;
/// Characters of one fact: the longest recipient is a key of SSH.
const MAX_FACT: usize = 200;

/// What opens a file besides `age`, and the field that says which key it is.
const KEYS: &[(&str, &str)] = &[
    ("age", "recipient"),
    ("pgp", "fp"),
    ("kms", "arn"),
    ("gcp_kms", "resource_id"),
    ("azure_kv", "name"),
    ("hc_vault", "key_name"),
    ("hckms", "key_id"),
];

/// A file that SOPS encrypted. No value of it is kept.
#[derive(Debug, PartialEq)]
pub struct Sealed {
    /// When it was encrypted, as it stands there.
    pub changed: String,
    /// Which SOPS encrypted it; empty where it does not say.
    pub version: String,
    /// For whom: `age age1…`, `pgp 85D7…`.
    pub recipients: Vec<String>,
    /// Each value's name, and whether the value is encrypted, in the order of the file.
    pub names: Vec<Named>,
}

impl Sealed {
    /// Reads a file by how its name ends; `None` where SOPS did not encrypt it. The error is a fragment without any value.
    pub fn read(path: &str, bytes: &[u8]) -> Result<Option<Self>, String> {
        let text = str::from_utf8(bytes).map_err(|_| "has text that is not UTF-8".to_owned())?;
        let Parts { own, names } = sops::read(path, text)?;
        // What SOPS encrypted has a MAC; a field that is only called `sops` has none.
        if !own.contains_key("mac") {
            return Ok(None);
        }
        let fact = |name: &str| own.get(name).map(|fact| shown(fact)).unwrap_or_default();
        Ok(Some(Self { changed: fact("lastmodified"), version: fact("version"), recipients: recipients(&own), names }))
    }
}

fn recipients(own: &BTreeMap<String, String>) -> Vec<String> {
    let of = |(kind, field): &(&str, &str)| {
        let end = format!("__map_{field}");
        let begin = format!("{kind}__list_");
        // Key groups hold the same lists one level deeper.
        let fits = |key: &&String| {
            key.ends_with(&end)
                && (key.starts_with(&begin)
                    || key.starts_with("key_groups__") && key.contains(&format!("__map_{begin}")))
        };
        own.iter().filter(|(key, _)| fits(key)).map(|(_, fact)| format!("{kind} {}", shown(fact))).collect::<Vec<_>>()
    };
    KEYS.iter().flat_map(of).collect()
}

/// A fact as it is shown. Anybody can write a file, so that a fact is no more than a short line.
fn shown(fact: &str) -> String {
    path::escape(&fact.chars().take(MAX_FACT).collect::<String>())
}
