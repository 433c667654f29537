//! Who is trusted.

use std::sync::Arc;

use insta::assert_snapshot;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use claudetools_egress::{Egress, System};

use crate::server::ok;
use crate::world::{World, grant, said};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server whose certificate is for this name, until so many days from this one; signed by the authority, or by
/// itself. Its port.
async fn server(name: &str, days: i64, authority: Option<&Authority>) -> u16 {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_after = OffsetDateTime::now_utc() + Duration::days(days);
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, authority).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let (_, session) = stream.get_ref();
            let name = session.server_name().unwrap_or("nobody").to_owned();
            let alpn = String::from_utf8(session.alpn_protocol().unwrap_or_default().to_vec()).unwrap();
            let read = stream.read(&mut [0; 4096]).await.unwrap();
            assert!(read > 0);
            stream.write_all(&ok(format!("{name} {alpn}"))).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    port
}

fn world(port: u16, authority: &Authority) -> World {
    let rule = format!(r#"{{ host = "api.test", port = {port}, method = ["GET"], path = "/**" }}"#);
    World::trusting(&format!("[plugin.guest]\n{}", grant("g", &rule, "")), &[authority.pem().into_bytes()])
}

async fn asked(port: u16, authority: &Authority) -> String {
    said(&world(port, authority).get(&format!("https://api.test:{port}/")).await)
}

#[tokio::test]
async fn a_server_that_shows_the_right_name_is_asked_by_that_name_in_http_1() {
    let authority = authority();
    assert_eq!(asked(server("api.test", 1, Some(&authority)).await, &authority).await, "200 api.test http/1.1");
}

#[tokio::test]
async fn a_certificate_that_is_self_signed_for_another_name_or_expired_is_refused() {
    let authority = authority();
    let refused = "no trusted TLS connection was made";
    assert_eq!(asked(server("api.test", 1, None).await, &authority).await, refused);
    assert_eq!(asked(server("other.test", 1, Some(&authority)).await, &authority).await, refused);
    assert_eq!(asked(server("api.test", -1, Some(&authority)).await, &authority).await, refused);
    let stranger = self::authority();
    assert_eq!(asked(server("api.test", 1, Some(&stranger)).await, &authority).await, refused);
}

#[tokio::test]
async fn a_server_without_tls_is_never_asked_without() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(&ok("plain")).await.unwrap();
        let mut seen = Vec::new();
        let _ = stream.read_to_end(&mut seen).await;
        (seen, tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await.is_ok())
    });
    assert_eq!(asked(port, &authority()).await, "no trusted TLS connection was made");
    let (seen, tried_again) = served.await.unwrap();
    assert!(!tried_again && !seen.windows(3).any(|part| part == b"GET"), "{seen:?}");
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_not_trusted_silently() {
    let error = Egress::new(System, &[b"hello".to_vec()], Arc::default()).unwrap_err();
    assert_snapshot!(error, @"certificate authority 0 has no certificate in PEM; expected `-----BEGIN CERTIFICATE-----`");
}
