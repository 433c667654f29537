//! Graph.

mod batch;
mod filter;
mod options;
mod page;
mod permissions;
mod read;
mod routes;
mod spoil;
mod views;
mod writes;

use serde_json::Value;
use time::OffsetDateTime;

use super::apps::Audience;
use super::conduct::{Premium, Throttled};
use super::log::Service;
use super::state::{State, Token};
use crate::answer::{Answer, Content};
use crate::call::Call;
use routes::{Kind, Licence, Route};

pub(super) use spoil::spoil;
#[cfg(test)]
pub(super) use {permissions::needed, routes::ROUTES};

/// What is refused: its answer.
type Outcome = Result<Answer, Answer>;

/// A request that is let in.
pub(super) struct Request<'a> {
    pub call: &'a Call,
    /// `v1.0` or `beta`.
    pub version: &'a str,
    pub route: &'static Route,
    /// What stands at the route's places, in order.
    pub ids: Vec<String>,
    pub token: Token,
}

/// Answers one request, be it a batch.
pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    let batch = call.path.split('/').nth(2) == Some("$batch");
    let token = match authenticate(state, call) {
        Ok(token) => token,
        Err(answer) => return answer,
    };
    if batch {
        return batch::answer(state, call);
    }
    one(state, call, token).unwrap_or_else(|refused| refused)
}

/// Answers one request that is no batch, and notes it where it stood inside of one.
fn inner(state: &mut State, call: &Call) -> Answer {
    let at = state.log.len();
    state.note(call, Service::Graph);
    let answer = authenticate(state, call).and_then(|token| one(state, call, token));
    let answer = answer.unwrap_or_else(|refused| refused);
    state.log[at].status = answer.status;
    answer
}

fn one(state: &mut State, call: &Call, token: Token) -> Outcome {
    throttle(state, call, &token.tenant)?;
    let (version, path) = call.path[1..].split_once('/').unwrap_or((&call.path[1..], ""));
    let Some((route, ids)) = routes::find(&call.method, version, path) else {
        state.problem(format!("graph: {} {}: there is no such endpoint in the fake", call.method, call.path));
        return Err(Answer::fault(400, "BadRequest", "Resource not found for the segment."));
    };
    permissions::check(state, route, call, &token)?;
    let request = Request { call, version, route, ids, token };
    licensed(state, &request)?;
    let answer = match route.kind {
        Kind::List(_) | Kind::One(_) | Kind::Single(_) => read::answer(state, &request)?,
        Kind::Query(ask) => ask(state, &request)?,
        Kind::Write(write) => writes::answer(state, &request, write)?,
    };
    let spoilt = state.tenants.get(&request.token.tenant).and_then(|tenant| tenant.conduct.spoils(&call.path));
    Ok(if matches!(answer.body, Content::Json(_)) { spoil(answer, spoilt) } else { answer })
}

/// Whether the token is one, for Graph, and of now.
fn authenticate(state: &mut State, call: &Call) -> Result<Token, Answer> {
    let refuse = |text| Err(Answer::fault(401, "InvalidAuthenticationToken", text));
    let Some(token) = state.tokens.get(call.bearer()).cloned() else {
        return refuse("Access token is empty or is not known.");
    };
    if token.audience != Audience::Graph {
        state.problem(format!("graph: {}: a token for {:?}", call.path, token.audience));
        return refuse("Access token validation failure. Invalid audience.");
    }
    if token.until < OffsetDateTime::now_utc() {
        return refuse("Lifetime validation failed, the token is expired.");
    }
    if token.tenant != token.asked {
        state.problem(format!("graph: {}: a token was used that is for another tenant", call.path));
    }
    Ok(token)
}

fn throttle(state: &mut State, call: &Call, tenant: &str) -> Result<(), Answer> {
    let what = format!("{} {}{}", call.method, call.path, call.raw_query);
    let verdict = state.tenants.get_mut(tenant).map(|tenant| tenant.conduct.throttle(&what));
    let wait = match verdict {
        None | Some(Throttled::Pass) => return Ok(()),
        Some(Throttled::Wait(wait)) => wait,
        Some(Throttled::Impatient(wait)) => {
            state.problem(format!("graph: {what}: sent again before Retry-After was over"));
            Some(wait)
        }
    };
    let answer = Answer::fault(429, "TooManyRequests", "Too many requests");
    Err(match wait {
        Some(seconds) => answer.header("retry-after", seconds.to_string()),
        None => answer,
    })
}

fn licensed(state: &State, request: &Request<'_>) -> Result<(), Answer> {
    let has = state.tenants.get(&request.token.tenant).map_or(Premium::Free, |tenant| tenant.conduct.premium);
    let activity = request.call.raw_query.contains("signInActivity");
    match request.route.licence {
        Licence::P2 if has < Premium::P2 => {
            Err(Answer::fault(403, "Forbidden", "Your tenant is not licensed for this feature."))
        }
        Licence::P1 if has < Premium::P1 => Err(no_premium()),
        _ if activity && has < Premium::P1 => Err(no_premium()),
        _ => Ok(()),
    }
}

fn no_premium() -> Answer {
    let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    Answer::fault(403, code, "Neither tenant is B2C or tenant doesn't have premium license")
}

/// What a client gets who asks for something that is not understood: an error, and a problem.
fn misunderstood(state: &mut State, request: &Request<'_>, why: &str) -> Answer {
    let call = request.call;
    state.problem(format!("graph: {} {}{}: {why}", call.method, call.path, call.raw_query));
    Answer::fault(400, "BadRequest", why)
}

fn not_found(id: &str) -> Answer {
    let text =
        format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
    Answer::fault(404, "Request_ResourceNotFound", &text)
}

/// A collection as Graph wraps it.
fn wrapped(base: &str, version: &str, path: &str, value: Vec<Value>) -> Value {
    serde_json::json!({"@odata.context": format!("{base}/{version}/$metadata#{path}"), "value": value})
}
