//! `[plugin.<name>.approved]`: what a reviewer signed off.

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
    /// [`crate::PluginPolicy::grants_digest`] of the plugin's table. `None` in an approval that leaves the grants to
    /// whoever writes the file.
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
    /// it is there), `version`, `by`, `at` and `note`, in this order, text in TOML quotes.
    pub fn signed_text(&self) -> String {
        let text = |key: &str, value: &str| format!("{key:<9} = {}\n", toml::Value::from(value));
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
        format!("[plugin.{plugin}.approved]\n{}", self.signed_text())
    }
}
