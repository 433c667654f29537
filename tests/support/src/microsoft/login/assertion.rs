//! A client that proves with its certificate who it is.

use serde_json::Value;
use time::OffsetDateTime;

use super::failure::Failure;
use crate::microsoft::apps::App;
use crate::microsoft::keys::{self, Parts};
use crate::microsoft::state::State;

/// The longest that an assertion may be good, in seconds.
const MOST: i64 = 600;

/// Looks at an assertion. One that is well signed and says what none may say is a problem, too.
pub(super) fn check(state: &mut State, app: &App, assertion: &str, endpoints: &[String]) -> Result<(), Failure> {
    let parts = keys::parts(assertion).ok_or(Failure::UnknownCertificate)?;
    if !names_certificate(&parts.header) || !parts.is_signed() {
        return Err(Failure::UnknownCertificate);
    }
    let wrong = wrong(&parts, app, endpoints).or_else(|| {
        let id = parts.claims["jti"].as_str().unwrap_or_default().to_owned();
        (!state.assertions.insert(id)).then(|| "its `jti` was there before".to_owned())
    });
    match wrong {
        Some(wrong) => {
            state.problem(format!("login: a client assertion: {wrong}"));
            Err(Failure::BadAssertion)
        }
        None => Ok(()),
    }
}

fn names_certificate(header: &Value) -> bool {
    header["x5t#S256"] == keys::thumbprint_sha256() || header["x5t"] == keys::thumbprint_sha1()
}

fn wrong(parts: &Parts, app: &App, endpoints: &[String]) -> Option<String> {
    let claims = &parts.claims;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let (from, until) = (claims["nbf"].as_i64().unwrap_or(now), claims["exp"].as_i64().unwrap_or(0));
    let audience = claims["aud"].as_str().unwrap_or_default();
    if parts.header["typ"] != "JWT" {
        return Some("its `typ` is not JWT".to_owned());
    }
    if !endpoints.iter().any(|endpoint| endpoint == audience) {
        return Some(format!("its `aud` is `{audience}`, not {}", endpoints[0]));
    }
    if claims["iss"] != app.client_id || claims["sub"] != app.client_id {
        return Some("its `iss` and `sub` are not the client id".to_owned());
    }
    if claims["jti"].as_str().is_none_or(str::is_empty) {
        return Some("it has no `jti`".to_owned());
    }
    if from > now + 60 || until <= now {
        return Some("it is not good now".to_owned());
    }
    (until - now > MOST || until - from > MOST + 60).then(|| format!("it is good for more than {MOST} s"))
}
