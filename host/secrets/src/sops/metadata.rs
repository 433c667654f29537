//! SOPS's own part of a file.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::SopsError;
use super::node::Node;

/// What may open a file's key besides `age`, as SOPS names it.
const OTHERS: [&str; 6] = ["pgp", "kms", "gcp_kms", "azure_kv", "hc_vault", "hckms"];
/// Ways to choose what is encrypted that need the comments of a file.
const BY_COMMENT: [&str; 2] = ["encrypted_comment_regex", "unencrypted_comment_regex"];

/// What SOPS wrote about a file. Nothing here is trusted before the MAC was checked.
pub(super) struct Metadata {
    /// The data key, encrypted for each recipient.
    pub(super) age: Vec<Wrapped>,
    /// When the file was encrypted, as it stands there: the MAC is bound to it.
    pub(super) lastmodified: String,
    /// The MAC, encrypted.
    pub(super) mac: String,
    /// Whether the MAC is only over what is encrypted.
    pub(super) mac_only_encrypted: bool,
    selector: Selector,
}

/// The data key for one recipient.
pub(super) struct Wrapped {
    pub(super) recipient: String,
    /// An armored `age` file.
    pub(super) enc: String,
}

/// Which values are encrypted: any key on the way to a value decides.
enum Selector {
    Suffix { of: String, encrypted: bool },
    Regex { of: Regex, encrypted: bool },
}

impl Metadata {
    /// From the `sops` part of a file. A missing version is no fault: older files have none.
    pub(super) fn of(node: &Node) -> Result<Self, SopsError> {
        let mut flat = BTreeMap::new();
        node.flatten("", &mut flat);
        flat.retain(|_, value| !value.is_empty());
        if flat.keys().any(|key| key.starts_with("key_groups__") || key.starts_with("shamir_threshold")) {
            return Err(SopsError::Groups);
        }
        let needed = |name: &'static str| flat.get(name).cloned().ok_or(SopsError::Incomplete(name));
        Ok(Self {
            age: age(&flat)?,
            lastmodified: needed("lastmodified")?,
            mac: needed("mac")?,
            mac_only_encrypted: flat.get("mac_only_encrypted").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            selector: Selector::of(&flat)?,
        })
    }

    /// Whether the value that these keys lead to is encrypted.
    pub(super) fn encrypts(&self, path: &[&str]) -> bool {
        let (chosen, encrypted) = match &self.selector {
            Selector::Suffix { of, encrypted } => (path.iter().any(|key| key.ends_with(of)), *encrypted),
            Selector::Regex { of, encrypted } => (path.iter().any(|key| of.is_match(key)), *encrypted),
        };
        chosen == encrypted
    }
}

impl Selector {
    fn of(flat: &BTreeMap<String, String>) -> Result<Self, SopsError> {
        if BY_COMMENT.iter().any(|name| flat.contains_key(*name)) {
            return Err(SopsError::Rule("it chooses by comments, which are not read here"));
        }
        let regex = |name: &str, encrypted| {
            let of = flat.get(name).map(|pattern| Regex::new(pattern));
            of.map(|of| {
                of.map(|of| Self::Regex { of, encrypted }).map_err(|_| SopsError::Rule("its regex can't be read"))
            })
        };
        let suffix = |name: &str, encrypted| flat.get(name).map(|of| Ok(Self::Suffix { of: of.clone(), encrypted }));
        let all = [
            suffix("unencrypted_suffix", false),
            suffix("encrypted_suffix", true),
            regex("unencrypted_regex", false),
            regex("encrypted_regex", true),
        ];
        let mut given = all.into_iter().flatten();
        match (given.next(), given.next()) {
            (None, _) => Ok(Self::Suffix { of: "_unencrypted".to_owned(), encrypted: false }),
            (Some(one), None) => one,
            (Some(_), Some(_)) => Err(SopsError::Rule("it has several rules")),
        }
    }
}

fn age(flat: &BTreeMap<String, String>) -> Result<Vec<Wrapped>, SopsError> {
    let one = |index: usize| {
        let field = |name: &str| flat.get(&format!("age__list_{index}__map_{name}")).cloned();
        Some(Wrapped { recipient: field("recipient")?, enc: field("enc")? })
    };
    let age: Vec<Wrapped> = (0..).map_while(one).collect();
    if !age.is_empty() {
        return Ok(age);
    }
    let has =
        |kind: &&&str| flat.keys().any(|key| key.strip_prefix(**kind).is_some_and(|rest| rest.starts_with("__list_")));
    let others: BTreeSet<&str> = OTHERS.iter().filter(has).copied().collect();
    match others.is_empty() {
        true => Err(SopsError::Incomplete("age")),
        false => Err(SopsError::NoAge(others.into_iter().collect::<Vec<_>>().join(" and "))),
    }
}
