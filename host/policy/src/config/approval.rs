//! `[plugin.<name>.approved]`: what a reviewer signed off.

#[cfg(test)]
mod tests;

use minisign_verify::{PublicKey, Signature};

use super::low;
use super::place::Fault;
use crate::Digest;

/// `[plugin.<name>.approved]`, as `claudetools plugin list` prints it for a plugin in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Digest of the component's bytes.
    pub component: Digest,
    /// Digest of the manifest's text.
    pub request: Digest,
    /// Digest of the sorted import names, one a line.
    pub imports: Digest,
    /// [`crate::Manifest::strings_digest`].
    pub strings: Digest,
    /// [`crate::PluginPolicy::grants_digest`] of the plugin's table. `None`: no grants were signed off, and nothing runs.
    pub grants: Option<Digest>,
    /// The version approved.
    pub version: String,
    /// Who.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// A note; may be empty.
    pub note: String,
    /// A minisign signature over [`Approval::signed_text`]: the whole text of the `.minisig` file.
    pub signature: Option<String>,
}

impl Approval {
    /// What is signed: a line `key = value` for each of `component`, `request`, `imports`, `strings`, `grants` (where
    /// it is there), `version`, `by`, `at` and `note`, in this order, text as JSON writes it, which TOML reads.
    pub fn signed_text(&self) -> String {
        let text = |key: &str, value: &str| format!("{key:<9} = {}\n", serde_json::Value::from(value));
        let digest = |key: &str, value: Digest| text(key, &value.to_string());
        [
            digest("component", self.component),
            digest("request", self.request),
            digest("imports", self.imports),
            digest("strings", self.strings),
            self.grants.map(|grants| digest("grants", grants)).unwrap_or_default(),
            text("version", &self.version),
            text("by", &self.by),
            format!("{:<9} = {}\n", "at", self.at),
            text("note", &self.note),
        ]
        .concat()
    }

    /// The table as it stands in `plugins.toml`.
    pub fn to_toml(&self, plugin: &str) -> String {
        let signature =
            self.signature.as_ref().map(|text| format!("signature = {}\n", serde_json::Value::from(text.as_str())));
        format!("[plugin.{plugin}.approved]\n{}{}", self.signed_text(), signature.unwrap_or_default())
    }

    /// Whether one of these minisign keys signed exactly this.
    pub(crate) fn is_signed_by(&self, keys: &[String]) -> bool {
        let signature = self.signature.as_deref().and_then(|text| Signature::decode(text).ok());
        let text = self.signed_text();
        let verifies = |key: &String, signature: &Signature| {
            // Signatures of the old kind are over the whole text, not its hash; nothing writes them any more.
            PublicKey::from_base64(key).is_ok_and(|key| key.verify(text.as_bytes(), signature, false).is_ok())
        };
        signature.is_some_and(|signature| keys.iter().any(|key| verifies(key, &signature)))
    }
}

pub(super) fn approval(typed: low::Approval) -> Result<Approval, Fault> {
    if typed.by.as_ref().trim().is_empty() {
        return Err(Fault::at(&typed.by, "`by` is empty; expected who approved"));
    }
    let at = typed.at.as_ref();
    if at.date.is_none() || at.time.is_none() || at.offset.is_none() {
        let message = "expected date, time and offset, such as 2026-11-22T17:40:00Z";
        return Err(Fault::at(&typed.at, message));
    }
    if let Some(text) = typed.signature.as_ref().filter(|text| Signature::decode(text.as_ref()).is_err()) {
        return Err(Fault::at(
            text,
            "it is not a signature of minisign; expected the whole text of the `.minisig` file",
        ));
    }
    Ok(Approval {
        component: typed.component,
        request: typed.request,
        imports: typed.imports,
        strings: typed.strings,
        grants: typed.grants,
        version: typed.version,
        by: typed.by.into_inner(),
        at: at.to_string(),
        note: typed.note,
        signature: typed.signature.map(toml::Spanned::into_inner),
    })
}
