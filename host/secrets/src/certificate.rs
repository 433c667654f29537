//! A certificate with its key, which proves that an application asks.

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claudetools_policy::Signature;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use sha2::{Digest, Sha256};

/// How long an assertion is good, in seconds: Microsoft takes at most ten minutes.
const LIFE: u64 = 300;

/// A certificate with its key. `Debug` shows the certificate's thumbprint.
pub struct Certificate {
    key: RsaKeyPair,
    /// SHA-256 of the certificate.
    thumbprint: [u8; 32],
    signature: Signature,
}

/// Why a file can't be used for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// No certificate.
    #[error("has no certificate in PEM; expected `-----BEGIN CERTIFICATE-----` beside the key")]
    NoCertificate,
    /// No key.
    #[error("has no private key in PEM; expected `-----BEGIN PRIVATE KEY-----` beside the certificate")]
    NoKey,
    /// A key that can't sign.
    #[error("has a key that can't be used; expected RSA with 2048 bits or more, not encrypted")]
    Key,
}

impl Certificate {
    /// Reads PEM that holds a certificate and its key; the first of each counts.
    pub(crate) fn read(pem: &[u8], signature: Signature) -> Result<Self, BadCertificate> {
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| BadCertificate::NoCertificate)?;
        let key = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadCertificate::NoKey)? {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(BadCertificate::Key),
        };
        let key = key.map_err(|_| BadCertificate::Key)?;
        Ok(Self { key, thumbprint: Sha256::digest(&certificate).into(), signature })
    }

    /// A client assertion (RFC 7523) of the application `client`, for the token endpoint at `audience`, made at `now`, in
    /// seconds of Unix time. No two are the same.
    ///
    /// `None` where the machine has no randomness.
    pub fn assertion(&self, client: &str, audience: &str, now: u64) -> Option<String> {
        let (name, padding): (_, &dyn ring::signature::RsaEncoding) = match self.signature {
            Signature::Ps256 => ("PS256", &RSA_PSS_SHA256),
            Signature::Rs256 => ("RS256", &RSA_PKCS1_SHA256),
        };
        let head = json!({ "alg": name, "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(self.thumbprint) });
        let id: [u8; 16] = rand::random();
        let claims = json!({
            "aud": audience, "iss": client, "sub": client, "jti": URL_SAFE_NO_PAD.encode(id), "nbf": now, "iat": now,
            "exp": now + LIFE,
        });
        let [head, claims] = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let text = format!("{head}.{claims}");
        let mut signed = vec![0; self.key.public().modulus_len()];
        self.key.sign(padding, &SystemRandom::new(), text.as_bytes(), &mut signed).ok()?;
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signed)))
    }

    /// Eight hex digits of its thumbprint, which is no secret.
    pub(crate) fn fingerprint(&self) -> String {
        self.thumbprint[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.fingerprint()).finish()
    }
}
