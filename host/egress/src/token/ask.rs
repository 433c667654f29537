//! The request for a token: over the same guarded connection as a plugin's, and with nothing of a plugin in it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use claudetools_policy::{Code, LoginForm, Reach, Refusal, Target, Tenant, TokenSource, TokenWay};
use claudetools_secrets::{Proof, TokenKey};
use http::header::{self, HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full, Limited};
use percent_encoding::utf8_percent_encode;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::Token;
use super::given::{self, Reply};
use super::refused::{Refused, unavailable};
use crate::connect::connect;
use crate::header::frame;
use crate::resolve::addresses;
use crate::secret::UNRESERVED;
use crate::{Egress, Failure, Trouble};

/// The longest wait for an answer: longer, and whoever waits should know.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most bytes of an answer: a token has a few thousand.
const MOST: usize = 64 << 10;
/// How often it is asked again, and how long after, where a certificate is not known: it was just registered.
const AGAIN: u32 = 3;
const PAUSE: Duration = Duration::from_secs(10);

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A body with its media type.
struct Body(&'static str, String);

/// Asks for a token, with the one before where it can be renewed.
pub(super) async fn token(
    egress: &Egress,
    key: &TokenKey,
    tenant: Option<&Tenant>,
    before: Option<&Token>,
) -> Result<Token, Refusal> {
    let target = key.source.target(tenant)?;
    if let Some(renewed) = renewed(egress, key, before).await {
        return Ok(renewed);
    }
    let mut again = 0;
    loop {
        let reply = post(egress, &target, &key.source.reach, body(key, &target)?).await?;
        match given::token(&reply, &key.source, tenant) {
            Err(Refused { may_pass: true, .. }) if again < AGAIN => again += 1,
            given => return given.map_err(|refused| refused.refusal),
        }
        sleep(PAUSE).await;
    }
}

/// What the token before is renewed to; `None` where it can't be, and one logs in again.
async fn renewed(egress: &Egress, key: &TokenKey, before: Option<&Token>) -> Option<Token> {
    let TokenWay::Login { form, refresh: Some(place), .. } = &key.source.way else { return None };
    let refresh = before?.refresh.as_ref()?.expose();
    let target = Target::from_url("POST", place).ok()?;
    let body = match form {
        LoginForm::Json => Body("application/json", json!({ "refresh_token": refresh }).to_string()),
        LoginForm::Form => written(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]),
    };
    let reply = post(egress, &target, &key.source.reach, body).await.ok()?;
    let mut token = given::token(&reply, &key.source, None).ok()?;
    if token.refresh.is_none() {
        token.refresh = claudetools_secrets::SecretValue::new(refresh.as_bytes()).ok();
    }
    Some(token)
}

fn body(key: &TokenKey, target: &Target) -> Result<Body, Refusal> {
    let TokenSource { way, .. } = &key.source;
    match (way, &key.proof) {
        (TokenWay::Client { id, scope, .. }, Proof::Value(secret)) => Ok(written(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("scope", scope),
            ("client_secret", secret.expose()),
        ])),
        (TokenWay::Client { id, scope, .. }, Proof::Certificate(certificate)) => {
            let audience = format!("{}://{}{}", target.scheme.as_str(), target.authority(), target.path_and_query());
            let assertion = certificate.assertion(id, &audience, now()).ok_or_else(unsigned)?;
            Ok(written(&[
                ("grant_type", "client_credentials"),
                ("client_id", id),
                ("scope", scope),
                ("client_assertion_type", ASSERTION),
                ("client_assertion", &assertion),
            ]))
        }
        (TokenWay::Login { user, form: LoginForm::Json, .. }, Proof::Value(password)) => {
            let body = json!({ "username": user, "password": password.expose() });
            Ok(Body("application/json", body.to_string()))
        }
        (TokenWay::Login { user, form: LoginForm::Form, .. }, Proof::Value(password)) => {
            Ok(written(&[("grant_type", "password"), ("username", user), ("password", password.expose())]))
        }
        (TokenWay::Login { .. }, Proof::Certificate(_)) => Err(unsigned()),
    }
}

fn unsigned() -> Refusal {
    Refusal::new(Code::SecretToken, "The request for a token could not be signed.")
}

/// Seconds of Unix time.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A form.
fn written(pairs: &[(&str, &str)]) -> Body {
    let encoded = |text| utf8_percent_encode(text, UNRESERVED);
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    Body("application/x-www-form-urlencoded", pairs.join("&"))
}

/// Sends it to an address that was decided on, and reads the whole answer. No redirect is followed.
async fn post(egress: &Egress, target: &Target, reach: &Reach, body: Body) -> Result<Reply, Refusal> {
    match timeout(PATIENCE, exchange(egress, target, reach, body)).await {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(Failure::Refused(refusal))) => Err(refusal),
        Ok(Err(Failure::Trouble(trouble))) => Err(unavailable(&trouble.to_string())),
        Err(_) => Err(unavailable("it did not answer in time")),
    }
}

async fn exchange(egress: &Egress, target: &Target, reach: &Reach, body: Body) -> Result<Reply, Failure> {
    let addresses = addresses(&*egress.resolve, &target.host, reach).await?;
    let (mut sender, _driver) = connect(&addresses, target, &egress.tls, None).await?;
    let Body(media_type, text) = body;
    let mut headers = HeaderMap::new();
    frame(&mut headers, target)?;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let request = http::Request::post(target.path_and_query()).body(Full::new(Bytes::from(text)));
    let mut request = request.map_err(|_| Trouble::Protocol)?;
    *request.headers_mut() = headers;
    let response = sender.send_request(request).await.map_err(|_| Trouble::Protocol)?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MOST).collect().await.map_err(|_| Trouble::Protocol)?;
    Ok(Reply { status, body: body.to_bytes() })
}
