//! What the server of tokens answered.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use claudetools_policy::{Code, Refusal, Tenant, TokenSource, TokenWay};
use claudetools_secrets::SecretValue;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::claims::Claims;
use super::refused::{Refused, refused, unreadable};
use super::{Token, good_for};

/// How long a token is good that does not say so.
const UNSAID: Duration = Duration::from_secs(300);
/// The longest time that is believed: a day.
const LONGEST: u64 = 86_400;

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

#[derive(Deserialize)]
struct Said {
    access_token: String,
    refresh_token: Option<String>,
    /// Seconds, as a number or in digits.
    expires_in: Option<Value>,
}

/// The token in an answer: one that fits into a header, and where it was asked for a tenant, that tenant's.
pub(super) fn token(reply: &Reply, source: &TokenSource, tenant: Option<&Tenant>) -> Result<Token, Refused> {
    if !(200..300).contains(&reply.status) {
        return Err(refused(reply, source));
    }
    let said: Said = serde_json::from_slice(&reply.body).map_err(|_| unreadable())?;
    let value = SecretValue::new(said.access_token.as_bytes()).map_err(|_| unreadable())?;
    let claims = Claims::of(value.expose());
    if let Some(tenant) = tenant {
        check_tenant(&claims, tenant)?;
    }
    let life = life(said.expires_in.as_ref(), &claims);
    Ok(Token {
        until: Instant::now() + good_for(life, &source.way),
        refresh: said.refresh_token.and_then(|token| SecretValue::new(token.as_bytes()).ok()),
        is_login: matches!(source.way, TokenWay::Login { .. }),
        rejected: AtomicBool::new(false),
        roles: claims.roles,
        value,
        life,
    })
}

/// A token for somebody else's tenant is never used, whoever gave it.
fn check_tenant(claims: &Claims, tenant: &Tenant) -> Result<(), Refused> {
    if claims.tid.as_deref().and_then(Tenant::parse).as_ref() == Some(tenant) {
        return Ok(());
    }
    let message = "The token that was given is not for the client's tenant, and is not used.";
    let hint = "compare `tenant` of the client and `token` of the secret in plugins.toml";
    Err(Refusal::new(Code::SecretTenant, message).hinted(hint).into())
}

fn life(said: Option<&Value>, claims: &Claims) -> Duration {
    let digits = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let seconds = said.and_then(digits).or_else(|| claims.exp?.checked_sub(claims.iat?));
    seconds.map_or(UNSAID, |seconds| Duration::from_secs(seconds.min(LONGEST)))
}
