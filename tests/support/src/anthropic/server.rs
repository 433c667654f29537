//! The routes.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::cache;
use super::check::Endpoint;
use super::events::{Rendered, Setting, render};
use super::failure::Failure;
use super::models::{self, MODELS};
use super::reply::{Ending, Point, Reply};
use super::request::Outcome;
use super::script::Step;
use super::state::{Admitted, Shared, card};
use super::wire::{Sent, Wire};

/// The whole service.
pub(super) fn router(shared: Shared) -> Router {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(list))
        .route("/v1/models/{id}", get(one))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

async fn messages(State(shared): State<Shared>, headers: HeaderMap, raw: Bytes) -> Response {
    let number = shared.lock().open(lower(&headers), &raw);
    let admitted = shared.lock().admit(number);
    let answer = admitted.and_then(|admitted| Ok((shared.step(&admitted.view)?, admitted)));
    match answer {
        Ok((Step::Reply(reply), admitted)) => answered(&shared, &reply, admitted),
        Ok((Step::Error(failure), _)) => {
            shared.lock().close(number, Outcome::Failed(failure.status));
            failed(&failure, number)
        }
        Err(failure) => {
            let mut state = shared.lock();
            state.close(number, Outcome::Refused(failure.status));
            state.problem(&format!("request {number}"), &failure.message);
            failed(&failure, number)
        }
    }
}

fn answered(shared: &Shared, reply: &Reply, admitted: Admitted) -> Response {
    let number = admitted.view.number;
    let rendered = prepare(shared, reply, &admitted);
    if admitted.view.body["stream"] != true {
        remember(shared, reply, &admitted, &rendered);
        return json_response(200, number, &rendered.message);
    }
    let (sender, receiver) = mpsc::channel(1);
    let wire = Wire::new(reply, &rendered.events);
    let (shared, owned) = (shared.clone(), reply.clone());
    tokio::spawn(async move {
        let last = || remember(&shared, &owned, &admitted, &rendered);
        let note = || shared.lock().sent.entry(admitted.view.number).or_default().push(Instant::now());
        let sent = wire.send(&sender, note, last).await;
        let mut state = shared.lock();
        match sent {
            Sent::AsScripted => state.close(number, Outcome::Sent),
            Sent::ClosedByClient => {
                state.history.retract(number);
                state.close(number, Outcome::Closed);
            }
        }
    });
    stream_response(reply, number, ReceiverStream::new(receiver))
}

/// Renders the reply; the cache is written as soon as it begins.
fn prepare(shared: &Shared, reply: &Reply, admitted: &Admitted) -> Rendered {
    let mut state = shared.lock();
    let setting = Setting {
        model: admitted.model,
        body: &admitted.view.body,
        counted: state.count(admitted.model, &admitted.view.body),
        number: admitted.view.number,
        dropped: admitted.dropped.clone(),
    };
    let rendered = render(reply, &setting);
    state.history.issue(&admitted.said, admitted.model, &rendered.content);
    rendered
}

/// Remembers what the next request must echo; not what a client is right to throw away.
fn remember(shared: &Shared, reply: &Reply, admitted: &Admitted, rendered: &Rendered) {
    let mut state = shared.lock();
    state.close(admitted.view.number, Outcome::Sent);
    if !matches!(reply.ending, Ending::Whole | Ending::Stall(..)) {
        return;
    }
    match reply.stop_reason() {
        // A summary is no part of the conversation that it is of.
        "refusal" | "max_tokens" | "model_context_window_exceeded" | "compaction" => return,
        "pause_turn" => state.paused.push(json!(rendered.content)),
        _ => {}
    }
    let (said, content) = (admitted.said.clone(), rendered.content.clone());
    state.history.answer(admitted.view.number, said, content);
}

async fn count_tokens(State(shared): State<Shared>, headers: HeaderMap, raw: Bytes) -> Response {
    let mut state = shared.lock();
    let headers = lower(&headers);
    let text = String::from_utf8_lossy(&raw);
    let model = state.sender(&headers).and_then(|betas| state.check(&headers, &text, &betas, Endpoint::CountTokens));
    match model {
        Ok(model) => {
            let body: Value = serde_json::from_str(&text).unwrap_or_default();
            json_response(200, 0, &json!({ "input_tokens": cache::tokens(model, &body) }))
        }
        Err(failure) => refused(&mut state, "count_tokens", &failure),
    }
}

async fn list(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let mut state = shared.lock();
    if let Err(failure) = state.sender(&lower(&headers)) {
        return refused(&mut state, "GET /v1/models", &failure);
    }
    if state.away {
        return failed(&Failure::overloaded(), 0);
    }
    let data: Vec<Value> = MODELS.iter().map(card).collect();
    let (first, last) = (&data[0]["id"], &data[data.len() - 1]["id"]);
    let page = json!({ "data": data, "has_more": false, "first_id": first, "last_id": last });
    json_response(200, 0, &page)
}

async fn one(State(shared): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let mut state = shared.lock();
    let found = state
        .sender(&lower(&headers))
        .and_then(|_| models::find(&id).ok_or_else(|| Failure::not_found(format!("model: {id}"))));
    match found {
        Ok(model) => json_response(200, 0, &card(model)),
        Err(failure) => refused(&mut state, "GET /v1/models", &failure),
    }
}

async fn nowhere(State(shared): State<Shared>, method: Method, uri: Uri) -> Response {
    let place = format!("{method} {uri}");
    refused(&mut shared.lock(), &place, &Failure::not_found("Not found"))
}

async fn wrong_method(State(shared): State<Shared>, method: Method, uri: Uri) -> Response {
    let failure = Failure::new(405, "invalid_request_error", "Method Not Allowed");
    refused(&mut shared.lock(), &format!("{method} {uri}"), &failure)
}

fn refused(state: &mut super::state::State, place: &str, failure: &Failure) -> Response {
    state.problem(place, &failure.message);
    failed(failure, 0)
}

fn lower(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn request_id(number: usize) -> String {
    format!("req_fake{number:04}")
}

fn json_response(status: u16, number: usize, body: &Value) -> Response {
    response(status, number, &[("content-type", "application/json")], Body::from(body.to_string()))
}

fn failed(failure: &Failure, number: usize) -> Response {
    let (media_type, body) = failure.body(&request_id(number));
    let retry = failure.retry_header();
    let mut headers = vec![("content-type", media_type)];
    headers.extend(retry.as_ref().map(|(name, value)| (*name, value.as_str())));
    response(failure.status, number, &headers, Body::from(body))
}

/// The body of a connection that breaks at once errs before the headers leave.
fn stream_response(reply: &Reply, number: usize, chunks: ReceiverStream<super::wire::Chunk>) -> Response {
    let headers = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")];
    let body = match reply.ending {
        Ending::Broken(Point::Start) => {
            let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Body::from_stream(futures::stream::iter([Err::<Bytes, _>(broken)]))
        }
        _ => Body::from_stream(chunks),
    };
    response(200, number, &headers, body)
}

fn response(status: u16, number: usize, headers: &[(&str, &str)], body: Body) -> Response {
    let mut builder = Response::builder()
        .status(status)
        .header("request-id", request_id(number))
        .header("anthropic-organization-id", "00000000-0000-4000-8000-000000000000")
        .header("anthropic-ratelimit-requests-limit", "1000")
        .header("anthropic-ratelimit-requests-remaining", "999")
        .header("anthropic-ratelimit-requests-reset", "2026-11-22T12:00:00Z");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body).unwrap_or_default()
}
