//! One secret value.

use std::fmt;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::scrub::SHORTEST;

/// The longest value, in bytes: what common servers take as one header.
pub(crate) const LONGEST: usize = 8 << 10;

/// Makes fingerprints useless for guessing and for comparing with those of another run.
static SALT: LazyLock<[u8; 32]> = LazyLock::new(rand::random);

/// A secret's value: one line of text, overwritten when it is dropped. `Debug` and `Display` show nothing of it.
pub struct SecretValue(Zeroizing<String>);

/// Why a value can't be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// Nothing but white space.
    #[error("is empty; put the value there")]
    Empty,
    /// Too short to be found again.
    #[error(
        "is shorter than {SHORTEST} bytes, which can't be told from ordinary text when answers are scrubbed; use a longer one"
    )]
    Short,
    /// Too long.
    #[error("is longer than {LONGEST} bytes; name a place that holds the value alone")]
    Long,
    /// Would break out of a header.
    #[error("has a line break or another control character inside; put the value there alone, on one line")]
    Control,
    /// Not text.
    #[error("is not UTF-8 text; put the value there as text")]
    NotText,
}

impl SecretValue {
    /// The value in these bytes. One trailing line feed is not part of it.
    pub fn new(bytes: &[u8]) -> Result<Self, BadValue> {
        let text = str::from_utf8(bytes).map_err(|_| BadValue::NotText)?;
        let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        match text.trim().len() {
            0 => Err(BadValue::Empty),
            _ if text.len() > LONGEST => Err(BadValue::Long),
            _ if text.chars().any(char::is_control) => Err(BadValue::Control),
            1..SHORTEST => Err(BadValue::Short),
            _ => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }

    /// The value itself, for the one place that puts it into a request.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Eight hex digits that stand for the value in an audit. The same for the same value while this process lives, and
    /// nothing else can be learnt from them.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(*SALT).chain_update(self.0.as_bytes()).finalize();
        digest[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(..)")
    }
}

impl fmt::Display for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
