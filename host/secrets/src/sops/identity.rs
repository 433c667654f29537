//! `age` identities: the private keys that open files.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use age::armor::ArmoredReader;
use age::{DecryptError, Decryptor, Identity};
use zeroize::Zeroizing;

use super::SopsError;
use super::cipher::DataKey;
use super::metadata::{Metadata, Wrapped};
use crate::source::{self, Unreadable};

/// The largest file of identities, in bytes.
const MOST_KEYS: u64 = 64 << 10;

/// Kinds of identity that are passed over, by what their line begins with.
const PASSED_OVER: [(&str, &str); 4] = [
    ("AGE-SECRET-KEY-PQ-", "a post-quantum identity"),
    ("AGE-PLUGIN-", "an identity of an age plugin"),
    ("-----BEGIN AGE ENCRYPTED", "an encrypted identity"),
    ("-----BEGIN", "an SSH key"),
];

/// Identities that may open files. `Debug` shows none.
#[derive(Default)]
pub struct Identities {
    keys: Vec<age::x25519::Identity>,
    /// What is there and can't be used here.
    passed_over: BTreeSet<&'static str>,
}

/// Why there are no identities.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No place names any.
    #[error("it is in the vault, and there is no age identity; set SOPS_AGE_KEY_FILE to a file made by `age-keygen`")]
    None,
    /// Their file can't be used.
    #[error("the age identities in {file} can't be used: the file {why}")]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: Unreadable,
    },
    /// A line that is none. Never quoted: it may be a damaged key.
    #[error("line {line} of the age identities in {place} is none; expected a line that begins with AGE-SECRET-KEY-1")]
    Line {
        /// The file or variable.
        place: String,
        /// 1-based.
        line: usize,
    },
}

impl Identities {
    /// Looks where the sops program looks: `SOPS_AGE_KEY`, the file that `SOPS_AGE_KEY_FILE` names, and where neither is
    /// set `sops/age/keys.txt` in the user's directory for settings. Only their owner may be able to read the files.
    pub fn lookup(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, IdentityError> {
        let mut found = Self::default();
        let inline = env("SOPS_AGE_KEY").map(Zeroizing::new);
        if let Some(text) = &inline {
            found.parse(text, "SOPS_AGE_KEY")?;
        }
        if let Some(file) = env("SOPS_AGE_KEY_FILE") {
            found.read(Path::new(&file))?;
        } else if let (None, Some(file)) = (inline, default_file(env)) {
            match found.read(&file) {
                Err(IdentityError::File { why: Unreadable::Missing, .. }) => {}
                other => other?,
            }
        }
        let nothing = found.keys.is_empty() && found.passed_over.is_empty();
        if nothing { Err(IdentityError::None) } else { Ok(found) }
    }

    fn read(&mut self, file: &Path) -> Result<(), IdentityError> {
        let unreadable = |why| IdentityError::File { file: file.to_owned(), why };
        let bytes = source::read_private(file, MOST_KEYS).map_err(unreadable)?;
        let place = file.display().to_string();
        let text = str::from_utf8(&bytes).map_err(|_| IdentityError::Line { place: place.clone(), line: 1 })?;
        self.parse(text, &place)
    }

    /// Adds the identities of a text as `age-keygen` writes it: one a line, `#` begins a comment.
    fn parse(&mut self, text: &str, place: &str) -> Result<(), IdentityError> {
        for (line, number) in text.lines().map(str::trim).zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((prefix, kind)) = PASSED_OVER.into_iter().find(|(prefix, _)| line.starts_with(prefix)) {
                self.passed_over.insert(kind);
                match prefix.starts_with('-') {
                    true => return Ok(()),
                    false => continue,
                }
            }
            let key = line.parse().map_err(|_| IdentityError::Line { place: place.to_owned(), line: number })?;
            self.keys.push(key);
        }
        Ok(())
    }

    /// The key of a file's values: the first that one of these identities opens.
    pub(super) fn open(&self, metadata: &Metadata) -> Result<DataKey, SopsError> {
        for wrapped in &metadata.age {
            match self.unwrap(wrapped) {
                Ok(key) => return Ok(key),
                Err(DecryptError::NoMatchingKeys) => {}
                Err(_) => return Err(SopsError::Key),
            }
        }
        let recipients: Vec<&str> = metadata.age.iter().map(|wrapped| wrapped.recipient.as_str()).collect();
        let kinds: Vec<&str> = self.passed_over.iter().copied().collect();
        let passed_over = match kinds.is_empty() {
            true => String::new(),
            false => format!(" (only AGE-SECRET-KEY-1… can be used here, passed over: {})", kinds.join(", ")),
        };
        Err(SopsError::NoIdentity { recipients: recipients.join(" and "), passed_over })
    }

    fn unwrap(&self, wrapped: &Wrapped) -> Result<DataKey, DecryptError> {
        let decryptor = Decryptor::new_buffered(ArmoredReader::new(wrapped.enc.trim().as_bytes()))?;
        let mut plain = decryptor.decrypt(self.keys.iter().map(|key| key as &dyn Identity))?;
        let mut key = DataKey::default();
        plain.read_exact(key.as_mut())?;
        match plain.read(&mut [0])? {
            0 => Ok(key),
            _ => Err(DecryptError::InvalidHeader),
        }
    }
}

/// `keys.txt` where the sops program has it by default.
fn default_file(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let settings = env("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(Path::new(&env("HOME")?).join(".config")));
    Some(settings?.join("sops/age/keys.txt"))
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identities(..)")
    }
}
