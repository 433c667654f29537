//! Why a file is not opened.

/// Why a file of the vault is not opened. No message holds a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// It can't be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It has no `sops` part.
    #[error("is not encrypted; run `sops encrypt -i` on it")]
    NotEncrypted,
    /// The `sops` part lacks something.
    #[error("has no `{0}` in its `sops` part; encrypt it again with the sops program")]
    Incomplete(&'static str),
    /// Its key is not encrypted for `age`.
    #[error("is encrypted for {0} only; add an age recipient with `sops rotate -i --add-age age1…`")]
    NoAge(String),
    /// Its key is in parts.
    #[error("splits its key among key groups; keep the secrets for claudetools in a file with one group")]
    Groups,
    /// What is encrypted is chosen in a way that is not known here.
    #[error("does not say in a known way what is encrypted: {0}; have it choose by one regex or one suffix of keys")]
    Rule(&'static str),
    /// None of the identities opens its key.
    #[error(
        "is encrypted for {recipients}, and no identity here is theirs{passed_over}; put one of theirs into the file that \
         SOPS_AGE_KEY_FILE names"
    )]
    NoIdentity {
        /// For whom it is encrypted.
        recipients: String,
        /// What can't be used here, in brackets; may be empty.
        passed_over: String,
    },
    /// The data key is damaged.
    #[error("has a damaged key; restore the file or encrypt it again with the sops program")]
    Key,
    /// A value was changed or moved.
    #[error("has a value at `{0}` that was changed or moved since it was encrypted; restore the file")]
    Value(String),
    /// A value that has to be encrypted is not.
    #[error("has a value at `{0}` that is not encrypted; edit the file with the sops program only")]
    Clear(String),
    /// The MAC does not fit.
    #[error(
        "was changed since it was encrypted (its MAC does not fit); restore it, and edit it with the sops program only"
    )]
    Mac,
}

/// What about a file can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has {what} in line {line}; write the file with the sops program")]
pub struct Malformed {
    /// 1-based.
    pub line: usize,
    /// What is there.
    pub what: &'static str,
}

impl Malformed {
    /// In the line with this index (0-based).
    pub(super) fn at(index: usize, what: &'static str) -> Self {
        Self { line: index + 1, what }
    }
}
