//! What a token is asked for with.

use claudetools_policy::TokenSource;

use crate::{Certificate, SecretValue};

/// A secret that a server gives: where, and for what.
#[derive(Debug)]
pub struct TokenKey {
    /// Where and how it is asked for.
    pub source: TokenSource,
    /// What proves who asks. It goes to that server, and into no request of a plugin.
    pub proof: Proof,
}

/// What proves who asks.
#[derive(Debug)]
pub enum Proof {
    /// A client's secret, or a password.
    Value(SecretValue),
    /// A certificate that signs.
    Certificate(Box<Certificate>),
}

impl TokenKey {
    /// Eight hex digits that stand for the proof in an audit, as [`SecretValue::fingerprint`].
    pub fn fingerprint(&self) -> String {
        match &self.proof {
            Proof::Value(value) => value.fingerprint(),
            Proof::Certificate(certificate) => certificate.fingerprint(),
        }
    }

    /// What has to be kept out of every text.
    pub(crate) fn value(&self) -> Option<&SecretValue> {
        match &self.proof {
            Proof::Value(value) => Some(value),
            Proof::Certificate(_) => None,
        }
    }
}
