//! The one function that every request passes.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use claudetools_policy::{Code, Refusal, may_use_secret};
use claudetools_secrets::{Scrub, Secrets};
use http::Response;
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;

use crate::journey::Journey;
use crate::secret::Keys;
use crate::upload::{BodyError, Sent};
use crate::{Answer, Failure, Request, Resolve, Sender, TlsError, answer, tls};

/// The way out of every plugin. It shares nothing between two requests: no connection, no cookie, no TLS session.
pub struct Egress {
    pub(crate) resolve: Box<dyn Resolve>,
    pub(crate) tls: TlsConnector,
    pub(crate) keys: RwLock<Arc<Keys>>,
    /// Learns every token before it is used.
    pub(crate) scrub: Scrub,
}

impl Egress {
    /// A way out that asks `resolve` for addresses, trusts these authorities (PEM) beside those that browsers trust,
    /// and knows these secrets.
    pub fn new(
        resolve: impl Resolve + 'static,
        authorities: &[Vec<u8>],
        secrets: Arc<Secrets>,
    ) -> Result<Self, TlsError> {
        let keys = RwLock::new(Arc::new(Keys::new(secrets)));
        Ok(Self { resolve: Box::new(resolve), tls: tls::connector(authorities)?, keys, scrub: Scrub::default() })
    }

    /// With a scrubber of everybody else, which learns every token.
    #[must_use]
    pub fn teaching(self, scrub: Scrub) -> Self {
        Self { scrub, ..self }
    }

    /// From the next request on, these are the secrets.
    pub fn renew(&self, secrets: Arc<Secrets>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Keys::new(secrets));
    }

    /// Sends one request of a plugin.
    ///
    /// In this order: it is parsed once; where its body is looked at, that is read whole; the grant that gives it is found;
    /// each of its headers is decided on; where a person has to say yes to it, it is read whole, and what they said yes to is
    /// what is sent; its name is resolved and every address decided on; one of these addresses is connected to; the host's own headers and
    /// the grant's secret are put in. Then bytes are counted both ways as they pass, and secrets that were sent are
    /// taken out of what comes back. A redirect is followed only where the grant says so, and begins from scratch.
    ///
    /// Refusals and every other outcome are noted by the sender's observer; see [`Failure`] for what a guest may be told.
    /// Answers are handed on without hop-by-hop headers and cookies, undecoded, and end with the sender's time.
    pub async fn send<B>(&self, request: Request<B>, sender: &Sender) -> Result<Response<Answer>, Failure>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let target = sender.target(&request)?;
        let Request { headers, body, length, patience, .. } = request;
        let sent = Sent::Streamed(body.map_err(Into::into).boxed_unsync(), length);
        let (keys, used, tokens) = (self.keys(), BTreeSet::new(), Vec::new());
        let mut journey =
            Journey { egress: self, sender, keys, headers, patience, followed: 0, used, tokens, confirmed: false };
        journey.go(target, sent).await
    }

    /// The application permissions that a secret's token has, for the client that the sender's call is about. The grant's
    /// id comes with them. Refused where no grant of the tool has this secret, and where it is no token.
    pub async fn permissions<'s>(&self, secret: &str, sender: &'s Sender) -> Result<(&'s str, Vec<String>), Refusal> {
        let grant = may_use_secret(&sender.plugin, &sender.tool, secret)?;
        let keys = self.keys();
        let key = keys.token(secret).ok_or_else(|| {
            Refusal::new(Code::SecretUnknown, "What this secret permits is not known: no server gives it.")
        })?;
        let tenant = sender.overseer.tenant();
        let asked = keys.tokens.get(self, secret, key, tenant.as_ref());
        let token = timeout_at(sender.until, asked).await.unwrap_or_else(|_| Err(answer::too_late()))?;
        Ok((grant, token.roles.clone()))
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Egress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Egress(..)")
    }
}
