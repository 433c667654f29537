//! Passwords that the host makes for one request. Who confirmed it is shown them, and nobody else.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use claudetools_policy::{Code, Refusal};
use rand::TryRngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::Traffic;

/// 64 letters, digits and signs: none that looks like another one, and none that JSON, a shell or a chat takes for more
/// than itself within quotes.
const ALPHABET: &[u8; 64] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#$%+-=?";
/// Above the 20 that directories ask of administrators.
const LENGTH: usize = 24;

/// A password that was made, and what became of the request that carries it. `Debug` shows no value.
#[derive(Clone)]
pub struct Made {
    /// The password.
    pub value: Arc<Zeroizing<String>>,
    /// What has passed of the request.
    pub traffic: Traffic,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("traffic", &self.traffic).finish_non_exhaustive()
    }
}

/// What was made for one call: taken out of whatever comes back to it. Clones share what they know.
#[derive(Clone, Default)]
pub struct MadeFor(Arc<Mutex<Vec<Zeroizing<String>>>>);

impl MadeFor {
    pub(crate) fn add(&self, value: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend([value.to_owned(), value.to_ascii_lowercase()].map(Zeroizing::new));
    }

    /// The values, and as headers would name them.
    pub(crate) fn all(&self) -> Vec<Zeroizing<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A password out of the system's randomness, with a letter of each case, a digit and a sign.
pub(crate) fn password() -> Result<Zeroizing<String>, Refusal> {
    loop {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        OsRng.try_fill_bytes(&mut *bytes).map_err(|_| {
            Refusal::new(Code::SecretUnknown, "The system has no randomness to make a password of; nothing was sent.")
        })?;
        let text: Zeroizing<String> =
            Zeroizing::new(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect());
        if is_mixed(&text) {
            return Ok(text);
        }
    }
}

fn is_mixed(text: &str) -> bool {
    let classes: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation];
    classes.iter().all(|is_of| text.as_bytes().iter().any(is_of))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn passwords_are_long_mixed_and_never_the_same() {
        let made: BTreeSet<String> = (0..1000).map(|_| password().unwrap().to_string()).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|password| password.len() >= 20 && is_mixed(password)));
        let used: BTreeSet<u8> = made.iter().flat_map(|password| password.bytes()).collect();
        assert_eq!(used, ALPHABET.iter().copied().collect(), "every sign is used, and there are 64");
        assert_eq!(used.len(), 64);
    }

    #[test]
    fn what_lacks_a_class_is_not_taken() {
        for text in ["aaaaAAAA2222", "aaaa2222!!!!", "AAAA2222!!!!", "aaaaAAAA!!!!"] {
            assert!(!is_mixed(text), "{text}");
        }
    }
}
