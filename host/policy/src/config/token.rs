//! `oauth` and `login` of `[secrets.<name>]`: secrets that a server gives for another secret, for a while.

#[cfg(test)]
mod tests;

use toml::Spanned;

use super::SecretSource;
use super::low::{self, Word};
use super::net::read_reach;
use super::place::Fault;
use super::secret::source;
use crate::client::Tenant;
use crate::{Code, Host, Reach, Refusal, Scheme, Target};

/// What stands for the tenant of a call's client in a URL or a path.
pub const TENANT: &str = "{tenant}";
/// A tenant that is nobody's, for URLs that are tried when the file is read.
pub(crate) const NOBODYS: &str = "00000000-0000-0000-0000-000000000000";

/// A token that is asked for where it is needed, and kept while it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSource {
    /// Where it is asked for. With `{tenant}` in it, there is one for each client's tenant.
    pub url: String,
    /// Which addresses that may have.
    pub reach: Reach,
    /// How it is asked for.
    pub way: TokenWay,
    /// Where that is kept which proves who asks: a client's secret, a certificate with its key, a password.
    pub kept: SecretSource,
}

/// How a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenWay {
    /// OAuth 2 client credentials.
    Client {
        /// The application's id.
        id: String,
        /// What the token is for.
        scope: String,
        /// What proves that it is the application.
        proof: TokenProof,
    },
    /// A user's name and password, and then the refresh token that came with the answer.
    Login {
        /// The user's name.
        user: String,
        /// How both are written.
        form: LoginForm,
        /// Where a token is renewed; without it, one logs in again.
        refresh: Option<String>,
    },
}

/// What proves that an application asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProof {
    /// Its secret.
    Secret,
    /// An assertion signed with the key of its certificate.
    Certificate(Signature),
}

/// How an assertion is signed, as JWTs name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Signature {
    /// RSA with PSS: what Microsoft recommends.
    #[default]
    #[serde(rename = "PS256")]
    Ps256,
    /// RSA with PKCS #1 v1.5, for servers that know nothing else.
    #[serde(rename = "RS256")]
    Rs256,
}

/// How a name and a password are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginForm {
    /// `{"username": …, "password": …}`.
    #[default]
    Json,
    /// The password form of OAuth 2.
    Form,
}

impl TokenSource {
    /// Whether each client's tenant has its own.
    pub fn is_per_tenant(&self) -> bool {
        self.url.contains(TENANT)
    }

    /// The request for a token, `client.none` where it needs a tenant and there is none.
    pub fn target(&self, tenant: Option<&Tenant>) -> Result<Target, Refusal> {
        let url = match tenant {
            Some(tenant) => self.url.replace(TENANT, tenant.as_str()),
            None if self.is_per_tenant() => return Err(no_tenant()),
            None => self.url.clone(),
        };
        Target::from_url("POST", &url)
    }
}

fn no_tenant() -> Refusal {
    let message = "The request needs a token for a client's tenant, and the call has chosen no client that has one.";
    Refusal::new(Code::ClientNone, message).hinted("write `tenant` into the client's table in plugins.toml")
}

pub(super) fn oauth(typed: &Spanned<low::OAuth>) -> Result<TokenSource, Fault> {
    let low::OAuth { token, client_id, scope, secret, certificate, signature, reach } = typed.as_ref();
    let (proof, kept) = match (secret, certificate, signature) {
        (Some(secret), None, None) => (TokenProof::Secret, secret),
        (None, Some(certificate), signature) => (TokenProof::Certificate(signature.unwrap_or_default()), certificate),
        _ => {
            let message =
                "expected `secret = { … }`, or `certificate = { … }` and perhaps its `signature`: PS256 or RS256";
            return Err(Fault::at(typed, message));
        }
    };
    let reach = checked_reach(reach.as_ref())?;
    let way = TokenWay::Client { id: visible(client_id)?, scope: visible(scope)?, proof };
    Ok(TokenSource { url: url(token, &reach)?, reach, way, kept: source(kept)? })
}

pub(super) fn login(typed: &Spanned<low::Login>) -> Result<TokenSource, Fault> {
    let low::Login { url: place, refresh, form, user, password, reach } = typed.as_ref();
    if let Some(place) =
        [Some(place), refresh.as_ref()].into_iter().flatten().find(|place| place.as_ref().contains(TENANT))
    {
        return Err(Fault::at(place, "a login is not per tenant; take `{tenant}` out"));
    }
    let reach = checked_reach(reach.as_ref())?;
    let refresh = refresh.as_ref().map(|refresh| url(refresh, &reach)).transpose()?;
    let way = TokenWay::Login { user: visible(user)?, form: form.unwrap_or_default(), refresh };
    Ok(TokenSource { url: url(place, &reach)?, reach, way, kept: source(password)? })
}

fn checked_reach(typed: Option<&Spanned<low::Reach>>) -> Result<Reach, Fault> {
    typed.map_or(Ok(Reach::Public), |reach| read_reach(reach.as_ref()))
}

fn visible(word: &Word) -> Result<String, Fault> {
    let text = word.as_ref();
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err(Fault::at(word, "it is empty, or has a control character in it"));
    }
    Ok(text.clone())
}

/// A URL that can be asked: over TLS, or in networks that are named.
fn url(word: &Word, reach: &Reach) -> Result<String, Fault> {
    let text = word.as_ref();
    let parsed = Target::from_url("POST", &text.replace(TENANT, NOBODYS));
    let target =
        parsed.map_err(|refusal| Fault::at(word, format!("it can't be asked for a token: {}", refusal.message)))?;
    if matches!(&target.host, Host::Name(name) if name.contains(NOBODYS)) {
        return Err(Fault::at(word, "`{tenant}` stands in the path or the query, not in the host"));
    }
    if target.scheme == Scheme::Http && *reach == Reach::Public {
        let message = "a secret would go over the Internet for all to read; use https, or name the networks in `reach`";
        return Err(Fault::at(word, message));
    }
    Ok(text.clone())
}
