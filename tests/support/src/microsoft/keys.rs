//! JSON Web Tokens with the test key: what login issues, and what a client signs its assertion with.
//!
//! The key stands in the repository for everybody to read. It signs nothing but tokens of this fake.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

/// The private key of the test certificate, PKCS#8 PEM.
pub const KEY_PEM: &str = include_str!("keys/test.key.pem");
/// The test certificate, PEM: registered with every application of the fake.
pub const CERTIFICATE_PEM: &str = include_str!("keys/test.cert.pem");

/// A token's three parts, read and not yet believed.
pub(super) struct Parts {
    pub header: Value,
    pub claims: Value,
    signed: String,
    signature: Vec<u8>,
}

/// Signs claims with the test key. Panics where the key in the repository is spoilt.
pub(super) fn sign(header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let padding: &dyn RsaEncoding = if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    let done = key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature);
    assert!(done.is_ok(), "the test key cannot sign");
    format!("{signed}.{}", encode(&signature))
}

/// Takes a token apart; None where it is none.
pub(super) fn parts(token: &str) -> Option<Parts> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some(Parts { header: read(header)?, claims: read(claims)?, signed: signed.to_owned(), signature })
}

impl Parts {
    /// Whether the test key signed it, as its header says.
    pub(super) fn is_signed(&self) -> bool {
        let how: &dyn VerificationAlgorithm = match self.header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let key = UnparsedPublicKey::new(how, key().public_key().as_ref().to_vec());
        key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

/// The certificate's digest as `x5t#S256` has it.
pub(super) fn thumbprint_sha256() -> String {
    encode(digest(&SHA256, &der(CERTIFICATE_PEM)).as_ref())
}

/// The certificate's digest as the legacy `x5t` has it.
pub(super) fn thumbprint_sha1() -> String {
    encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der(CERTIFICATE_PEM)).as_ref())
}

fn key() -> RsaKeyPair {
    match RsaKeyPair::from_pkcs8(&der(KEY_PEM)) {
        Ok(key) => key,
        Err(error) => panic!("keys/test.key.pem is no RSA key: {error}"),
    }
}

fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap_or_default()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
