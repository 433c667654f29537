//! Login: discovery and tokens.

mod assertion;
mod failure;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

pub use failure::Failure;

use super::apps::{App, Audience};
use super::keys;
use super::state::{State, Token};
use crate::answer::Answer;
use crate::call::{Call, pairs};

/// How long an access token is good, in seconds.
const LIFETIME: i64 = 3599;
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Answers one request.
pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    let mut parts = call.path.split('/').skip(1);
    let name = parts.next().unwrap_or_default().to_owned();
    let rest: Vec<&str> = parts.collect();
    match (call.method.as_str(), rest.as_slice()) {
        ("GET", ["v2.0", ".well-known", "openid-configuration"]) => discover(state, &name),
        ("POST", ["oauth2", "v2.0", "token"]) => match issue(state, call, &name) {
            Ok(answer) => answer,
            Err(failure) => failure.answer(),
        },
        _ => {
            state.problem(format!("{} {}: login has no such endpoint", call.method, call.path));
            Answer::fault(404, "NotFound", "Not found.")
        }
    }
}

fn discover(state: &mut State, name: &str) -> Answer {
    let Some(id) = state.named(name).map(|tenant| tenant.id.clone()) else {
        return Failure::TenantNotFound.answer();
    };
    let base = &state.base;
    Answer::json(
        200,
        json!({
            "token_endpoint": format!("{base}/{id}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{base}/{id}/discovery/v2.0/keys"), "issuer": format!("{base}/{id}/v2.0"),
            "authorization_endpoint": format!("{base}/{id}/oauth2/v2.0/authorize"), "tenant_region_scope": "EU",
        }),
    )
}

fn issue(state: &mut State, call: &Call, name: &str) -> Result<Answer, Failure> {
    let form = pairs(&call.text);
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if !call.header("content-type").starts_with("application/x-www-form-urlencoded") {
        state.problem("login: a request for a token that is no form");
        return Err(Failure::BadRequest);
    }
    let tenant = state.named(name).ok_or(Failure::TenantNotFound)?;
    let (asked, conduct) = (tenant.id.clone(), tenant.conduct.clone());
    if let Some(failure) = conduct.token_fails {
        return Err(failure);
    }
    let app = state.apps.iter().find(|app| app.client_id == field("client_id")).cloned();
    let app = app.ok_or(Failure::AppNotFound)?;
    if field("grant_type") != "client_credentials" {
        return Err(Failure::BadRequest);
    }
    let audience = audience(field("scope")).ok_or(Failure::UnknownResource)?;
    match field("client_assertion_type") {
        "" if field("client_secret") == app.secret => {}
        "" => return Err(Failure::BadSecret),
        ASSERTION => {
            let endpoints = [name, &asked].map(|tenant| format!("{}/{tenant}/oauth2/v2.0/token", state.base));
            assertion::check(state, &app, field("client_assertion"), &endpoints)?;
        }
        _ => return Err(Failure::BadRequest),
    }
    let tenant = conduct.token_of.map_or_else(|| asked.clone(), |other| state.open(other).id.clone());
    Ok(token(state, &app, audience, (asked, tenant), &conduct.withheld))
}

fn token(state: &mut State, app: &App, audience: Audience, of: (String, String), withheld: &[String]) -> Answer {
    let (asked, tenant) = of;
    let now = OffsetDateTime::now_utc();
    let roles = if audience == Audience::Graph { &app.graph } else { &app.exchange };
    let roles: Vec<String> = roles.iter().filter(|role| !withheld.contains(role)).cloned().collect();
    let number = state.tokens.len();
    let claims = claims(app, audience, &tenant, now, number, &roles);
    let text = keys::sign(&json!({"typ": "JWT", "alg": "RS256", "kid": keys::thumbprint_sha1()}), &claims);
    let until = now + Duration::seconds(LIFETIME);
    state.tokens.insert(text.clone(), Token { audience, tenant, asked, app: app.name, roles, until });
    let body = json!({
        "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME, "access_token": text,
    });
    Answer::json(200, body)
}

fn claims(app: &App, audience: Audience, tenant: &str, now: OffsetDateTime, number: usize, roles: &[String]) -> Value {
    let mut claims = json!({
        "aud": audience.resource(), "iss": format!("https://sts.windows.net/{tenant}/"), "iat": now.unix_timestamp(),
        "nbf": now.unix_timestamp(), "exp": now.unix_timestamp() + LIFETIME, "appid": app.client_id, "appidacr": "1",
        "idtyp": "app", "tid": tenant, "oid": crate::clock::id(&format!("{tenant}/sp {}", app.name)), "ver": "1.0",
        "uti": format!("fake{number}"), "wids": app.directory_roles,
    });
    // A service principal without any permission has no such claim at all.
    if !roles.is_empty() {
        claims["roles"] = json!(roles);
    }
    claims
}

/// Whom a scope is for.
fn audience(scope: &str) -> Option<Audience> {
    [Audience::Graph, Audience::Exchange].into_iter().find(|audience| {
        let known = [audience.resource(), audience.app_id()];
        scope.strip_suffix("/.default").is_some_and(|resource| known.contains(&resource))
    })
}

impl Audience {
    fn resource(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com",
            Self::Exchange => "https://outlook.office365.com",
        }
    }

    fn app_id(self) -> &'static str {
        match self {
            Self::Graph => "00000003-0000-0000-c000-000000000000",
            Self::Exchange => "00000002-0000-0ff1-ce00-000000000000",
        }
    }
}
