use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

use super::*;

/// The certificate of the Microsoft of the tests, which proves nothing to anybody else.
const PEM: &str = concat!(
    include_str!("../../../../tests/support/src/microsoft/keys/test.key.pem"),
    include_str!("../../../../tests/support/src/microsoft/keys/test.cert.pem")
);

fn parts(signature: Signature) -> (Value, Value, String) {
    let made = Certificate::read(PEM.as_bytes(), signature).unwrap();
    let token = made.assertion("app", "https://login.example/t/token", 1_000).unwrap();
    let part = |index: usize| {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    (part(0), part(1), token)
}

fn is_signed(token: &str, algorithm: &'static dyn VerificationAlgorithm) -> bool {
    let (text, signed) = token.rsplit_once('.').unwrap();
    let made = Certificate::read(PEM.as_bytes(), Signature::Ps256).unwrap();
    let key = UnparsedPublicKey::new(algorithm, made.key.public().as_ref().to_vec());
    key.verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signed).unwrap()).is_ok()
}

#[test]
fn an_assertion_says_who_asks_whom_and_for_how_long() {
    let (head, claims, _) = parts(Signature::Ps256);
    let der = CertificateDer::from_pem_slice(PEM.as_bytes()).unwrap();
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&der));
    assert_eq!(head, json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
    assert_eq!((&claims["aud"], &claims["iss"]), (&json!("https://login.example/t/token"), &claims["sub"]));
    assert_eq!((&claims["sub"], &claims["nbf"], &claims["exp"]), (&json!("app"), &json!(1_000), &json!(1_300)));
    assert_ne!(parts(Signature::Ps256).1["jti"], claims["jti"], "no two are the same");
}

#[test]
fn it_is_signed_as_it_says() {
    let (pss, pkcs1) = (parts(Signature::Ps256).2, parts(Signature::Rs256).2);
    assert!(is_signed(&pss, &RSA_PSS_2048_8192_SHA256) && !is_signed(&pss, &RSA_PKCS1_2048_8192_SHA256));
    assert!(is_signed(&pkcs1, &RSA_PKCS1_2048_8192_SHA256) && !is_signed(&pkcs1, &RSA_PSS_2048_8192_SHA256));
    assert_eq!(parts(Signature::Rs256).0["alg"], "RS256");
}

#[test]
fn what_is_no_certificate_with_its_key_is_refused() {
    let read = |pem: &str| Certificate::read(pem.as_bytes(), Signature::Ps256).map(drop);
    let (key, certificate) = PEM
        .split_once("-----BEGIN CERTIFICATE")
        .map(|(key, rest)| (key, format!("-----BEGIN CERTIFICATE{rest}")))
        .unwrap();
    assert_eq!(read(""), Err(BadCertificate::NoCertificate));
    assert_eq!(read(key), Err(BadCertificate::NoCertificate));
    assert_eq!(read(&certificate), Err(BadCertificate::NoKey));
    let elliptic = rcgen::KeyPair::generate().unwrap().serialize_pem();
    assert_eq!(read(&format!("{elliptic}{certificate}")), Err(BadCertificate::Key));
    let other = PEM.replace("-----BEGIN PRIVATE KEY-----\nMII", "-----BEGIN PRIVATE KEY-----\nMIJ");
    assert_eq!(read(&other), Err(BadCertificate::Key));
}
