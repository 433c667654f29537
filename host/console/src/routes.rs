//! The paths of the console and what each does.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use claudetools_agent::ThreadId;
use claudetools_chat::{Chat, Choice, Mention, Receipt};
use claudetools_policy::MemberId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::hub::{self, Hub};
use crate::refused::Refused;
use crate::{Settings, assets, events, files, plugins_page, review};

/// Longest message, in bytes: far above what anybody types, far below what fits a model.
const MESSAGE: usize = 100 * 1024;

/// Longest body: the longest message with every character escaped in JSON.
const BODY: usize = 6 * MESSAGE + 1024;

/// What every path needs.
#[derive(Clone)]
pub(crate) struct Console {
    pub chat: Chat,
    pub hub: Arc<Hub>,
    pub settings: Arc<Settings>,
    pub shutdown: CancellationToken,
}

/// The paths, without their guard.
pub(crate) fn routes(console: Console) -> Router {
    Router::new()
        .route("/", get(async || Html(assets::INDEX)))
        .route("/t/{thread}", get(async || Html(assets::INDEX)))
        .route("/plugins", get(plugins))
        .route("/assets/{name}", get(assets::asset))
        .route("/events", get(events::events))
        .route("/api/hello", get(hello))
        .route("/api/threads", get(threads).post(new_thread))
        .route("/api/threads/{thread}/messages", post(say))
        .route("/api/threads/{thread}/stop", post(stop))
        .route("/api/reviews", post(review::decide))
        .route("/api/threads/{thread}/confirm", post(review::confirm))
        .route("/api/threads/{thread}/files", get(files::list))
        .route("/api/threads/{thread}/files/{id}", get(files::download))
        .route("/api/threads/{thread}/transcript/{format}", get(files::transcript))
        .route("/api/threads/{thread}/model", post(choose_model))
        .fallback(async || Refused::new(StatusCode::NOT_FOUND, "there is no such page"))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(console)
}

/// A thread of the console, from the id that the page knows it by.
pub(crate) fn thread(name: &str) -> Result<ThreadId, Refused> {
    uuid(name).map(|name| ThreadId::new(hub::NAME, name)).ok_or_else(|| Refused::bad("that is not the id of a thread"))
}

async fn plugins(State(console): State<Console>) -> Html<String> {
    Html(plugins_page::html(&(console.settings.plugins)().await))
}

#[derive(Serialize)]
struct Hello<'a> {
    label: &'a str,
    models: &'a [String],
    /// The model of a thread that has not chosen one.
    model: String,
}

async fn hello(State(console): State<Console>) -> Result<Response, Refused> {
    let Settings { label, models, .. } = &*console.settings;
    let fresh = console.chat.new_thread(hub::NAME);
    let model = console.chat.status(&fresh).await?.model;
    Ok(Json(Hello { label, models, model }).into_response())
}

#[derive(Serialize)]
struct Listed {
    id: String,
    title: String,
    at: String,
}

async fn threads(State(console): State<Console>) -> Result<Json<Vec<Listed>>, Refused> {
    let threads = console.chat.threads().await?;
    let own = threads.into_iter().filter(|row| row.id.front() == hub::NAME);
    let listed = |row: claudetools_ledger::ThreadRow| Listed {
        id: row.id.name().to_owned(),
        title: row.title,
        at: row.last_activity,
    };
    Ok(Json(own.map(listed).collect()))
}

async fn new_thread(State(console): State<Console>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "id": console.chat.new_thread(hub::NAME).name() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    /// A UUID that the page makes once for each message, so that a message sent again is known.
    message: String,
    text: String,
}

async fn say(State(console): State<Console>, Path(name): Path<String>, body: Bytes) -> Result<Response, Refused> {
    let thread = thread(&name)?;
    let Say { message, text } = parse(&body)?;
    let Some(message) = uuid(&message) else { return Err(Refused::bad("the message's id must be a UUID")) };
    if text.trim().is_empty() {
        return Err(Refused::bad("the message is empty"));
    }
    if text.len() > MESSAGE {
        let why = format!("the message has {} bytes; at most {MESSAGE} are possible, put more into a file", text.len());
        return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, why));
    }
    let receipt = receive(&console, &thread, message, text).await?;
    let word = match receipt {
        Receipt::Began => "began",
        Receipt::Joins => "joins",
        Receipt::Duplicate => "duplicate",
        Receipt::Refused(refusal) => return Err(Refused::new(StatusCode::FORBIDDEN, refusal.message)),
    };
    Ok(Json(serde_json::json!({ "receipt": word })).into_response())
}

/// Hands a message in. It is shown as pending before it is received, because its turn may begin at once, and no
/// longer when it was not received now.
async fn receive(console: &Console, thread: &ThreadId, message: String, text: String) -> Result<Receipt, Refused> {
    let room = console.hub.room(thread);
    let known = room.live().pending.iter().any(|(id, _)| *id == message);
    if !known {
        room.change(|live| live.pending.push((message.clone(), text.clone())));
    }
    let receipt = console.chat.receive(mention(thread, message.clone(), text)).await;
    if !known && !matches!(receipt, Ok(Receipt::Began | Receipt::Joins)) {
        room.change(|live| live.pending.retain(|(id, _)| *id != message));
    }
    console.hub.list_changed();
    Ok(receipt?)
}

fn mention(thread: &ThreadId, message: String, text: String) -> Mention {
    Mention {
        message,
        thread: thread.clone(),
        channel: None,
        member: member(),
        member_name: "You".into(),
        role_ids: role_ids(),
        text,
        quoted: None,
        attachments: Vec::new(),
        at: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
    }
}

/// Whoever holds the console's cookie.
pub(crate) fn member() -> MemberId {
    MemberId("console:local".into())
}

/// What `local = true` in a role means.
pub(crate) fn role_ids() -> BTreeSet<String> {
    BTreeSet::from(["local".to_owned()])
}

async fn stop(State(console): State<Console>, Path(name): Path<String>) -> Result<Response, Refused> {
    let stopped = console.chat.stop(&thread(&name)?).await;
    Ok(Json(serde_json::json!({ "stopped": stopped })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    model: String,
}

async fn choose_model(
    State(console): State<Console>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let thread = thread(&name)?;
    let Chosen { model } = parse(&body)?;
    console.chat.choose(&thread, Choice::Model, Some(&model)).await?;
    console.hub.room(&thread).change(|live| live.steps += 1);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{}").into_response())
}

pub(crate) fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| Refused::bad(format!("the request is not as expected: {error}")))
}

/// A UUID in its usual form, as it is kept.
fn uuid(text: &str) -> Option<String> {
    let uuid = Uuid::try_parse(text).ok()?.hyphenated().to_string();
    (uuid == text).then_some(uuid)
}
