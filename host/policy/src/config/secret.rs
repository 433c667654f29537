//! `[secrets.<name>]`: where a secret is, and where it may go.

use std::path::PathBuf;

use crate::Audience;

/// `[secrets.<name>]`: where a secret comes from, and where it may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// Where its value is.
    pub source: SecretSource,
    /// The only services it is ever sent to. No grant can widen this.
    pub audience: Vec<Audience>,
    /// The line of its table (1-based).
    pub line: usize,
}

/// Where the value of a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file, trailing line feed aside; a relative one is below the directory of `plugins.toml`.
    File(PathBuf),
    /// A variable of the host's environment.
    Env(String),
    /// A field of a SOPS file in the vault: `path#dotted.field`.
    Vault {
        /// Below the vault's directory.
        path: String,
        /// Keys joined with dots.
        field: String,
    },
}
