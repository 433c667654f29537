//! The routes.

use std::time::{Duration, Instant};

use axum::extract::{Request, State as From};
use axum::response::Response;
use serde_json::{Value, json};

use super::resources::{self, Kind, LIST, MOST, Resource, USUAL};
use super::state::{Seen, Shared, State, Trouble};
use super::{login, openapi};
use crate::announced;
use crate::answer::{Answer, Content};
use crate::call::Call;
use crate::clock;

/// Answers one request.
pub(super) async fn answer(From(shared): From<Shared>, request: Request) -> Response {
    let call = Call::read(request).await;
    let mut state = shared.lock();
    let at = state.log.len();
    let is_login = call.path.starts_with("/api/v1/auth/");
    state.log.push(Seen {
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        body: if is_login { Value::Null } else { call.body.clone() },
        wrote: false,
        status: 0,
    });
    let trouble = if is_login { None } else { state.trouble.pop_front() };
    let answer = troubled(&mut state, &call, trouble).unwrap_or_else(|refused| refused);
    state.log[at].status = if matches!(answer.body, Content::Lost) { 0 } else { answer.status };
    drop(state);
    answer.into_response()
}

fn troubled(state: &mut State, call: &Call, trouble: Option<Trouble>) -> Result<Answer, Answer> {
    if state.closed_until.is_some_and(|until| Instant::now() < until) {
        state.problem(format!("{} {}: sent before Retry-After was over", call.method, call.path));
    }
    match trouble {
        Some(Trouble::Status(status, wait)) => {
            state.closed_until = wait.map(|seconds| Instant::now() + Duration::from_secs(seconds));
            let why = if status == 503 { "Database unavailable" } else { "Rate limit exceeded" };
            let answer = Answer::detail(status, why);
            Err(match wait {
                Some(seconds) => answer.header("retry-after", seconds.to_string()),
                None => answer,
            })
        }
        Some(Trouble::Redirect(place)) => Err(Answer::detail(307, "Moved").header("location", place)),
        Some(Trouble::Truncated) => {
            let Content::Json(body) = serve(state, call)?.body else {
                return Err(Answer::detail(500, "Internal Server Error"));
            };
            let text = body.to_string();
            let cut: String = text.chars().take(text.chars().count() / 2).collect();
            Ok(Answer { status: 200, headers: Vec::new(), body: Content::Raw(cut, "application/json") })
        }
        Some(Trouble::Lost) => Ok(Answer { body: Content::Lost, ..serve(state, call)? }),
        None => serve(state, call),
    }
}

fn serve(state: &mut State, call: &Call) -> Result<Answer, Answer> {
    let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["openapi.json"]) => return Ok(Answer::json(200, openapi::description())),
        ("POST", ["api", "v1", "auth", "token"]) => return Ok(login::token(state, call)),
        ("POST", ["api", "v1", "auth", "refresh"]) => return Ok(login::refresh(state, call)),
        (_, ["api", "v1", ..]) => {}
        _ => return Err(Answer::detail(404, "Not Found")),
    }
    if let Some(refused) = login::refused(state, call) {
        return Err(refused);
    }
    let parts = &parts[2..];
    let Some(resource) = parts.first().and_then(|name| resources::find(name)) else {
        state.problem(format!("{} {}: there is no such path", call.method, call.path));
        return Err(Answer::detail(404, "Not Found"));
    };
    if resource.name == "credentials" {
        state.problem(format!("{} {}: the credentials are not to be read", call.method, call.path));
        return Err(Answer::detail(403, "Not enough permissions"));
    }
    match (call.method.as_str(), &parts[1..]) {
        ("GET", []) => list(state, call, resource),
        ("GET", [id]) => one(state, resource, id),
        ("POST", []) if !resource.new.is_empty() => write(state, call, |state| create(state, call, resource)),
        ("PATCH", [id]) if !resource.change.is_empty() => write(state, call, |state| change(state, call, resource, id)),
        ("POST", [id, "notes"]) if resource.name == "tickets" => write(state, call, |state| note(state, call, id)),
        ("GET", ["sync", "run"]) if resource.name == "machines" => {
            write(state, call, |_| Ok(Answer::json(200, json!({}))))
        }
        _ => {
            state.problem(format!("{} {}: there is no such operation", call.method, call.path));
            Err(Answer::detail(405, "Method Not Allowed"))
        }
    }
}

fn list(state: &mut State, call: &Call, resource: &Resource) -> Result<Answer, Answer> {
    let known = |name: &String| LIST.contains(&name.as_str()) || resource.filters.contains(&name.as_str());
    if let Some((name, _)) = call.query.iter().find(|(name, _)| !known(name)) {
        state.problem(format!("GET {}: `{name}` is no parameter, and would be left aside", call.path));
    }
    let (skip, limit) = (number(call, "skip", 0, 0, usize::MAX)?, number(call, "limit", USUAL, 1, MOST)?);
    let rows = state.rows.get(resource.name).into_iter().flatten();
    let mut found: Vec<Value> = rows.filter(|row| fits(row, call, resource)).cloned().collect();
    if let Some(sort) = call.param("sort") {
        let (name, falls) = sort.strip_prefix('-').map_or((sort, false), |name| (name, true));
        found.sort_by_cached_key(|row| row[name].to_string());
        if falls {
            found.reverse();
        }
    }
    let total = found.len();
    let items: Vec<Value> = found.into_iter().skip(skip).take(limit).collect();
    Ok(Answer::json(
        200,
        match resource.bare {
            true => json!(items),
            false => json!({"total": total, "skip": skip, "limit": limit, "items": items}),
        },
    ))
}

fn number(call: &Call, name: &str, usual: usize, least: usize, most: usize) -> Result<usize, Answer> {
    let Some(text) = call.param(name) else {
        return Ok(usual);
    };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Answer::invalid("query", name, "Input should be a valid integer in its range", &json!(text)))
}

fn fits(row: &Value, call: &Call, resource: &Resource) -> bool {
    let is = |name: &str, wanted: &str| match &row[name] {
        Value::String(text) => text == wanted,
        other => *other.to_string() == *wanted,
    };
    let time = |text: &str| clock::parse(text);
    let at = time(row["created_at"].as_str().unwrap_or_default());
    call.query.iter().all(|(name, wanted)| match name.as_str() {
        "q" => row.to_string().to_lowercase().contains(&wanted.to_lowercase()),
        "created_after" => at >= time(wanted),
        "created_before" => at < time(wanted),
        name if resource.filters.contains(&name) => is(name, wanted),
        _ => true,
    })
}

fn one(state: &State, resource: &Resource, id: &str) -> Result<Answer, Answer> {
    let found = state.rows.get(resource.name).into_iter().flatten().find(|row| row["id"] == id);
    found.map(|row| Answer::json(200, row.clone())).ok_or_else(|| missing(resource))
}

fn missing(resource: &Resource) -> Answer {
    Answer::detail(404, &format!("{} not found", resource.schema))
}

/// Does a write that was announced.
fn write(
    state: &mut State,
    call: &Call,
    does: impl FnOnce(&mut State) -> Result<Answer, Answer>,
) -> Result<Answer, Answer> {
    let what = format!("{} {}", call.method, call.path);
    if !state.scopes.iter().any(|scope| scope == "msp:write") {
        return Err(Answer::detail(403, "Not enough permissions"));
    }
    if !announced::take(&mut state.announced, "", &what, &call.body) {
        state.problem(format!("{what} {}: nobody confirmed this write", call.body));
        return Err(Answer::detail(403, "Not confirmed"));
    }
    let answer = does(state)?;
    if let Some(seen) = state.log.last_mut() {
        seen.wrote = true;
    }
    Ok(answer)
}

/// The body, which has these fields only, each of its kind; all of them where it is a new one.
fn fields(call: &Call, resource: &Resource, names: &[&str], all: bool) -> Result<(), Answer> {
    let body = call
        .body
        .as_object()
        .ok_or_else(|| Answer::invalid("body", "body", "Input should be an object", &call.body))?;
    for name in names {
        match (body.get(*name), resource.field(name)) {
            (None, Some(kind)) if all && kind != Kind::Maybe => {
                return Err(Answer::invalid("body", name, "Field required", &call.body));
            }
            (Some(value), Some(Kind::One(list))) if !list.iter().any(|one| value == one) => {
                return Err(Answer::invalid("body", name, &format!("Input should be {}", list.join(" or ")), value));
            }
            _ => {}
        }
    }
    match body.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) => Err(Answer::invalid("body", key, "Extra inputs are not permitted", &call.body)),
        None => Ok(()),
    }
}

fn create(state: &mut State, call: &Call, resource: &'static Resource) -> Result<Answer, Answer> {
    fields(call, resource, resource.new, true)?;
    let rows = state.rows.entry(resource.name).or_default();
    let mut row = json!({});
    for (name, kind) in resource.fields {
        let usual = match kind {
            Kind::Number => json!(1000 + rows.len()),
            Kind::One(list) => json!(list[0]),
            Kind::Time => json!(clock::text(time::OffsetDateTime::now_utc())),
            _ => Value::Null,
        };
        row[*name] = call.body.get(*name).cloned().unwrap_or(usual);
    }
    row["id"] = json!(clock::id(&format!("new {} {}", resource.name, rows.len())));
    rows.push(row.clone());
    Ok(Answer::json(201, row))
}

fn change(state: &mut State, call: &Call, resource: &'static Resource, id: &str) -> Result<Answer, Answer> {
    fields(call, resource, resource.change, false)?;
    let rows = state.rows.entry(resource.name).or_default();
    let row = rows.iter_mut().find(|row| row["id"] == id).ok_or_else(|| missing(resource))?;
    for (name, value) in call.body.as_object().into_iter().flatten() {
        row[name] = value.clone();
    }
    Ok(Answer::json(200, row.clone()))
}

fn note(state: &mut State, call: &Call, id: &str) -> Result<Answer, Answer> {
    let (text, public) = (&call.body["body"], &call.body["is_public"]);
    if !text.is_string() || !public.is_boolean() {
        return Err(Answer::invalid("body", "body", "Field required", &call.body));
    }
    let tickets = state.rows.get("tickets").into_iter().flatten();
    if !tickets.into_iter().any(|ticket| ticket["id"] == id) {
        return Err(Answer::detail(404, "Ticket not found"));
    }
    let note = json!({
        "id": clock::id(&format!("note {}", state.notes.len())), "ticket_id": id, "body": text, "is_public": public,
    });
    state.notes.push(note.clone());
    Ok(Answer::json(201, note))
}
