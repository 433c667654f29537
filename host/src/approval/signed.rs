//! Approvals that were signed elsewhere: the text that `plugin approve --print` gave, and its signature.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use claudetools_policy::{Approval, Found, PluginPolicy};
use toml_edit::{DocumentMut, Item, TomlError};

/// Why a signed text approves nothing.
#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    /// The text or its signature is not there.
    #[error("{} cannot be read: {source}; expected the signed text, and beside it its signature with `.minisig` at the end of the name", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It is not what is printed to be signed.
    #[error("{} is not a text that `plugin approve --print` gave: {source}", path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// Where it is wrong.
        source: TomlError,
    },
    /// It is for something else.
    #[error("{} was signed for something else: its {differs} is not that of the plugin and its table as they are; print and sign it again", path.display())]
    Other {
        /// Which file.
        path: PathBuf,
        /// The first key that differs.
        differs: String,
    },
}

/// The approval that a text says, with its signature. Whether a trusted key made that is for admission to say.
pub fn read(path: &Path, found: &Found, table: &PluginPolicy) -> Result<Approval, SignedError> {
    let text = file(path)?;
    let said: DocumentMut = text.parse().map_err(|source| SignedError::NotToml { path: path.to_owned(), source })?;
    let word = |key: &str| said.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let mut approval = found.approval(&word("by"), Some(table));
    approval.at = said.get("at").map(|at| at.to_string().trim().to_owned()).unwrap_or_default();
    approval.note = word("note");
    let expected = approval.signed_text();
    if text != expected {
        let differs = expected.lines().zip(text.lines()).find(|(one, other)| one != other);
        let key = differs.and_then(|(line, _)| line.split_whitespace().next()).unwrap_or("text");
        return Err(SignedError::Other { path: path.to_owned(), differs: key.to_owned() });
    }
    let mut signature = OsString::from(path);
    signature.push(".minisig");
    approval.signature = Some(file(Path::new(&signature))?);
    Ok(approval)
}

fn file(path: &Path) -> Result<String, SignedError> {
    std::fs::read_to_string(path).map_err(|source| SignedError::Unreadable { path: path.to_owned(), source })
}
