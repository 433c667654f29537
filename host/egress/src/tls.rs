//! What a server has to show.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// Why certificates can't be trusted as the operator wrote.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificates in PEM.
    #[error("certificate authority {0} has no certificate in PEM; expected `-----BEGIN CERTIFICATE-----`")]
    NotPem(usize),
    /// Certificates that no server can be checked against.
    #[error("certificate authority {index} can't be used: {source}")]
    NotAnAuthority {
        /// Which of them, from 0.
        index: usize,
        /// What is wrong with it.
        source: rustls::Error,
    },
    /// TLS itself.
    #[error("TLS can't be set up: {0}")]
    Unusable(rustls::Error),
}

/// TLS 1.2 and 1.3 against the roots of Mozilla and these authorities; HTTP/1.1 only; no session is ever resumed, which
/// would let a server tie one plugin's requests to another's.
pub(crate) fn connector(authorities: &[Vec<u8>]) -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for (index, pem) in authorities.iter().enumerate() {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.ok().filter(|list| !list.is_empty()).ok_or(TlsError::NotPem(index))?;
        for certificate in certificates {
            roots.add(certificate).map_err(|source| TlsError::NotAnAuthority { index, source })?;
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config).into())
}
