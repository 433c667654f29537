//! Files that SOPS encrypted: YAML, JSON, dotenv and INI, opened with `age` identities.
//!
//! The way of a file: a reader (`yaml`, `json`, `lines`) makes a `Node` tree of it, `metadata` takes SOPS's own part
//! out of that, `identity` opens the data key, `open` decrypts every value and checks the MAC over all of them. Whatever
//! does not fit ends it with a [`SopsError`], and no part of the file is given out.
//!
//! The plugin `vault` reads with the same readers, without any key: a name that it shows is one that is found here.

mod cipher;
mod document;
mod error;
mod identity;
mod json;
mod lines;
mod metadata;
mod node;
mod open;
#[cfg(test)]
mod tests;
mod yaml;

pub use document::{Document, FieldError};
pub use error::{Malformed, SopsError};
pub use identity::{Identities, IdentityError};

use metadata::Metadata;
use node::Node;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.yaml`, `.yml`.
    Yaml,
    /// `.json`, and every name that says nothing: SOPS wraps those files in JSON, as the field `data`.
    Json,
    /// `.env`.
    Dotenv,
    /// `.ini`.
    Ini,
}

impl Format {
    /// How SOPS writes a file of this name.
    pub fn of(path: &str) -> Self {
        match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("yaml" | "yml") => Self::Yaml,
            Some("env") => Self::Dotenv,
            Some("ini") => Self::Ini,
            _ => Self::Json,
        }
    }
}

/// Opens an encrypted file. Nothing is given out unless every value and the MAC over all of them are as they were
/// when the file was encrypted.
pub fn decrypt(format: Format, bytes: &[u8], identities: &Identities) -> Result<Document, SopsError> {
    let (documents, metadata) = read(format, bytes)?;
    let key = identities.open(&metadata)?;
    open::open(documents, &metadata, &key)
}

/// The documents of a file without SOPS's own part, and that part.
fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Node>, Metadata), SopsError> {
    let text = str::from_utf8(bytes).map_err(|_| Malformed::at(0, "text that is not UTF-8"))?;
    let mut documents = match format {
        Format::Yaml => yaml::read(text)?,
        Format::Json => vec![json::read(text)?],
        Format::Dotenv => vec![lines::dotenv(text)?],
        Format::Ini => vec![lines::ini(text)?],
    };
    let own: Vec<_> = documents.iter_mut().filter_map(|document| document.take("sops")).collect();
    let metadata = Metadata::of(own.first().ok_or(SopsError::NotEncrypted)?)?;
    Ok((documents, metadata))
}
