//! What REST knows, and what every request is checked for before it is done.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State as From};
use axum::response::Response;
use serde_json::{Value, json};

use super::call::Call;
use super::limits::{Passage, Verdict, Wait};
use super::scripts::Script;
use super::server::Shared;
use super::state::State;
use super::{TOKEN, channels, commands, interactions, messages, permissions, reactions, schema, users};

/// What a handler says: a status and a body, or Discord's error.
pub(super) type Answer = Result<(u16, Value), Fault>;
type Handler = fn(&mut State, &Call) -> Answer;

/// An error of Discord's: status, code, message.
pub(super) struct Fault(pub(super) u16, pub(super) u32, pub(super) &'static str);

/// The routes, by OpenAPI's names.
const ROUTES: &[(&str, Handler)] = &[
    ("GET /users/@me", users::me),
    ("GET /gateway", users::gateway),
    ("GET /gateway/bot", users::gateway_bot),
    ("GET /applications/@me", users::application),
    ("GET /users/@me/guilds", permissions::guilds),
    ("GET /guilds/{guild_id}/roles", permissions::of_guild),
    ("GET /guilds/{guild_id}/members/{user_id}", users::member),
    ("GET /guilds/{guild_id}/channels", channels::of_guild),
    ("GET /guilds/{guild_id}/threads/active", channels::active_threads),
    ("GET /channels/{channel_id}/threads/archived/public", channels::archived_threads),
    ("GET /channels/{channel_id}", channels::get),
    ("PATCH /channels/{channel_id}", channels::edit),
    ("POST /channels/{channel_id}/threads", channels::new_thread),
    ("POST /channels/{channel_id}/messages/{message_id}/threads", channels::thread_from_message),
    ("PUT /channels/{channel_id}/thread-members/@me", channels::join),
    ("POST /channels/{channel_id}/typing", channels::typing),
    ("GET /channels/{channel_id}/messages", messages::list),
    ("POST /channels/{channel_id}/messages", messages::create),
    ("GET /channels/{channel_id}/messages/pins", messages::pins),
    ("GET /channels/{channel_id}/messages/{message_id}", messages::get),
    ("PATCH /channels/{channel_id}/messages/{message_id}", messages::edit),
    ("DELETE /channels/{channel_id}/messages/{message_id}", messages::delete),
    ("PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", reactions::add),
    ("DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", reactions::remove),
    ("POST /interactions/{interaction_id}/{interaction_token}/callback", interactions::callback),
    ("POST /webhooks/{webhook_id}/{webhook_token}", interactions::follow_up),
    ("PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original", interactions::edit_original),
    ("DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original", interactions::take_back),
    ("GET /applications/{application_id}/guilds/{guild_id}/commands", commands::list),
    ("PUT /applications/{application_id}/guilds/{guild_id}/commands", commands::set),
];

/// The names of all routes.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|(name, _)| *name)
}

/// Answers one request.
pub(super) async fn answer(From(shared): From<Shared>, request: Request) -> Response {
    let came = Instant::now();
    let mut call = Call::read(request).await;
    if call.path.starts_with("/attachments/") {
        return shared.change(|state| file(state, &call.path));
    }
    shared.change(|state| rest(state, &mut call, came))
}

fn rest(state: &mut State, call: &mut Call, came: Instant) -> Response {
    let path = call.path.strip_prefix("/api/v10").unwrap_or(&call.path).to_owned();
    let found =
        ROUTES.iter().find_map(|(route, handler)| Some((*route, *handler, matched(route, &call.method, &path)?)));
    let Some((route, handler, ids)) = found else {
        state.problem(format!("{} {}: there is no such route", call.method, call.path));
        state.calls.push((format!("{} {}", call.method, call.path), 404));
        return plain(404, &json!({"message": "404: Not Found", "code": 0}));
    };
    call.ids = ids;
    let passage = state.limits.pass(route, call.text(0), came);
    let (status, body, wait) = decide(state, call, route, handler, &passage);
    state.calls.push((format!("{} {path}", call.method), status));
    with_headers(status, &body, &passage, wait)
}

fn decide(
    state: &mut State,
    call: &Call,
    route: &str,
    handler: Handler,
    passage: &Passage,
) -> (u16, Value, Option<Wait>) {
    if let Some(refused) = refuse(state, call, route, passage) {
        return refused;
    }
    let script = state.scripts.take(route);
    match script {
        Some(Script::Status(status)) => {
            return (status, json!({"message": "scripted", "code": 0}), None);
        }
        Some(Script::TooMany(time)) => {
            return told_to_wait(state, route, passage, Wait { time, global: false });
        }
        Some(Script::TooManyGlobal(time)) => {
            return told_to_wait(state, route, passage, Wait { time, global: true });
        }
        Some(Script::Garbled | Script::Lost) | None => {}
    }
    for problem in schema::check(route, &call.body) {
        state.problem(format!("{route}: {problem}"));
    }
    let (status, body) = handler(state, call)
        .unwrap_or_else(|Fault(status, code, message)| (status, json!({"message": message, "code": code})));
    match script {
        Some(Script::Lost) => (502, json!("Bad Gateway"), None),
        Some(_) => (status, json!("<html>"), None),
        None => (status, body, None),
    }
}

fn told_to_wait(state: &mut State, route: &str, passage: &Passage, wait: Wait) -> (u16, Value, Option<Wait>) {
    state.limits.told_to_wait(route, &passage.bucket, wait, Instant::now());
    too_many(wait)
}

/// What is refused before it is looked at: bad credentials, too many requests, bodies that cannot be read.
fn refuse(state: &mut State, call: &Call, route: &str, passage: &Passage) -> Option<(u16, Value, Option<Wait>)> {
    let needs_token = !route.contains("{interaction_token}") && !route.contains("{webhook_token}");
    if needs_token && call.token.as_deref() != Some(&format!("Bot {TOKEN}")) {
        return Some((401, json!({"message": "401: Unauthorized", "code": 0}), None));
    }
    if !call.user_agent.starts_with("DiscordBot (") {
        state.problem(format!("{route}: the user agent is `{}`, not `DiscordBot (URL, VERSION)`", call.user_agent));
    }
    if let Some(why) = &call.malformed {
        state.problem(format!("{route}: the body cannot be read: {why}"));
        return Some((400, json!({"message": "The request body contains invalid JSON.", "code": 50109}), None));
    }
    let (problem, wait) = match passage.verdict {
        Verdict::Pass => return None,
        Verdict::TooMany(wait) => (None, wait),
        Verdict::TooManyInAll(wait) => (Some("more than fifty requests in a second over all routes"), wait),
        Verdict::Impatient(wait) => (Some("sent again before Retry-After was over"), wait),
    };
    if let Some(problem) = problem {
        state.problem(format!("{route}: {problem}"));
    }
    Some(too_many(wait))
}

fn too_many(wait: Wait) -> (u16, Value, Option<Wait>) {
    let body = json!({
        "message": "You are being rate limited.", "retry_after": wait.time.as_secs_f64(), "global": wait.global,
    });
    (429, body, Some(wait))
}

/// The ids in a path, where it is this route.
fn matched(route: &str, method: &str, path: &str) -> Option<Vec<String>> {
    let (route_method, template) = route.split_once(' ')?;
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if route_method != method || wanted.len() != given.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (want, give) in wanted.iter().zip(&given) {
        match want.starts_with('{') {
            true if *give != "@me" => ids.push((*give).to_owned()),
            false if want == give => {}
            _ => return None,
        }
    }
    Some(ids)
}

fn with_headers(status: u16, body: &Value, passage: &Passage, wait: Option<Wait>) -> Response {
    let mut response = plain(status, body);
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    set("x-ratelimit-bucket", passage.bucket.0.clone());
    set("x-ratelimit-limit", passage.limit.to_string());
    set("x-ratelimit-remaining", passage.remaining.to_string());
    set("x-ratelimit-reset-after", format!("{:.3}", passage.reset_after.as_secs_f64()));
    if let Some(wait) = wait {
        set("retry-after", format!("{:.3}", wait.time.as_secs_f64()));
        set("x-ratelimit-scope", if wait.global { "global" } else { "user" }.to_owned());
        if wait.global {
            set("x-ratelimit-global", "true".to_owned());
        }
    }
    response
}

fn plain(status: u16, body: &Value) -> Response {
    let text = match body {
        _ if status == 204 => String::new(),
        // What is no JSON.
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    let builder = Response::builder().status(status).header("content-type", "application/json");
    builder.body(Body::from(text)).unwrap_or_default()
}

fn file(state: &State, path: &str) -> Response {
    let id: Option<u64> = path.split('/').nth(3).and_then(|text| text.parse().ok());
    let uploads = state.messages.values().flat_map(|message| &message.uploads).chain(&state.loose);
    match uploads.into_iter().find(|upload| Some(upload.id) == id) {
        Some(upload) => Response::new(Body::from(upload.data.clone())),
        None => plain(404, &json!({"message": "404: Not Found"})),
    }
}
