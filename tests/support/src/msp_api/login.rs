//! Logging in and refreshing.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fake::{PASSWORD, USER};
use super::state::{State, Token};
use crate::answer::Answer;
use crate::call::{Call, pairs};

/// How long a refresh token is good: thirty days.
const REFRESH: Duration = Duration::from_secs(30 * 24 * 3600);

/// `POST /api/v1/auth/token`, as JSON or as the form of OAuth's password grant.
pub(super) fn token(state: &mut State, call: &Call) -> Answer {
    let form = pairs(&call.text);
    let field = |name: &str| match call.header("content-type").starts_with("application/x-www-form-urlencoded") {
        true => form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
        false => call.body[name].as_str().map(str::to_owned),
    };
    let (Some(user), Some(password)) = (field("username"), field("password")) else {
        return Answer::invalid("body", "username", "Field required", &Value::Null);
    };
    if (user.as_str(), password.as_str()) != (USER, PASSWORD) {
        return unauthorized("Incorrect username or password");
    }
    state.logins += 1;
    let refresh = issue(state, true);
    answer(state, refresh)
}

/// `POST /api/v1/auth/refresh`.
pub(super) fn refresh(state: &mut State, call: &Call) -> Answer {
    let Some(text) = call.body["refresh_token"].as_str() else {
        return Answer::invalid("body", "refresh_token", "Field required", &call.body);
    };
    let good = state.tokens.get(text).is_some_and(|token| token.refresh && token.until > Instant::now());
    if !good {
        return unauthorized("Invalid refresh token");
    }
    state.refreshes += 1;
    let text = text.to_owned();
    answer(state, text)
}

/// Why a request is not let in; None where it is.
pub(super) fn refused(state: &State, call: &Call) -> Option<Answer> {
    match state.tokens.get(call.bearer()) {
        _ if call.header("authorization").is_empty() => Some(unauthorized("Not authenticated")),
        Some(token) if !token.refresh && token.until > Instant::now() => None,
        Some(token) if !token.refresh => Some(unauthorized("Token has expired")),
        _ => Some(unauthorized("Could not validate credentials")),
    }
}

/// A refresh token that is good.
pub(super) fn issue(state: &mut State, refresh: bool) -> String {
    let lifetime = if refresh { REFRESH } else { state.lifetime };
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let until = now + i64::try_from(lifetime.as_secs()).unwrap_or(0);
    let kind = if refresh { "refresh" } else { "access" };
    let number = state.tokens.len();
    let claims = json!({
        "sub": USER, "scopes": state.scopes, "type": kind, "iat": now, "exp": until, "jti": format!("fake{number}"),
    });
    let encode = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(br#"{"alg":"HS256","typ":"JWT"}"#), encode(claims.to_string().as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"a key of the fake");
    let text = format!("{signed}.{}", encode(hmac::sign(&key, signed.as_bytes()).as_ref()));
    state.tokens.insert(text.clone(), Token { until: Instant::now() + lifetime, refresh });
    text
}

fn answer(state: &mut State, refresh: String) -> Answer {
    let access = issue(state, false);
    let body = json!({
        "access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": state.lifetime.as_secs(),
    });
    Answer::json(200, body)
}

fn unauthorized(why: &str) -> Answer {
    Answer::detail(401, why).header("www-authenticate", "Bearer")
}
