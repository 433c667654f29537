//! Certificates of servers that are to be trusted, and of ones that are not.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

use crate::run::{Result, text};

/// What each name shows: the name in the certificate, how many days it is still good for, and whether the authority
/// signed it.
const SHOWN: [(&str, &str, i64, bool); 4] = [
    ("good.test", "good.test", 1, true),
    ("self.test", "self.test", 1, false),
    ("wrong.test", "bank.test", 1, true),
    ("old.test", "old.test", -1, true),
];

/// Made once: keys take time.
static SHOP: LazyLock<Result<Shop>> = LazyLock::new(Shop::open);

struct Shop {
    authority: Vec<u8>,
    acceptor: TlsAcceptor,
}

/// The authority that signed what is to be trusted, in PEM.
pub fn authority() -> Result<Vec<u8>> {
    SHOP.as_ref().map(|shop| shop.authority.clone()).map_err(Clone::clone)
}

/// What servers show to whoever asks for one of the names.
pub fn acceptor() -> Result<TlsAcceptor> {
    SHOP.as_ref().map(|shop| shop.acceptor.clone()).map_err(Clone::clone)
}

#[derive(Debug)]
struct ByName(BTreeMap<&'static str, Arc<CertifiedKey>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.get(hello.server_name()?).cloned()
    }
}

impl Shop {
    fn open() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(text)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(text)?).map_err(text)?;
        let mut shown = BTreeMap::new();
        for (name, written, days, signed) in SHOWN {
            let mut params = CertificateParams::new(vec![written.to_owned()]).map_err(text)?;
            params.not_after = OffsetDateTime::now_utc() + Duration::days(days);
            let key = KeyPair::generate().map_err(text)?;
            let certificate = if signed { params.signed_by(&key, &authority) } else { params.self_signed(&key) };
            let certificate = certificate.map_err(text)?.der().clone();
            let key =
                ring::sign::any_supported_type(&PrivateKeyDer::Pkcs8(key.serialize_der().into())).map_err(text)?;
            shown.insert(name, Arc::new(CertifiedKey::new(vec![certificate], key)));
        }
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(text)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByName(shown)));
        Ok(Self { authority: authority.pem().into_bytes(), acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}
