//! Messages over REST.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::Call;
use super::checks::{self, Kind};
use super::permissions::Permission;
use super::routes::{Answer, Fault};
use super::state::{Message, State, Upload};
use super::{BOT, events};

/// Discord remembers a nonce for "a few minutes".
const NONCE_MEMORY: Duration = Duration::from_secs(300);
const UNKNOWN_CHANNEL: Fault = Fault(404, 10003, "Unknown Channel");
const UNKNOWN_MESSAGE: Fault = Fault(404, 10008, "Unknown Message");
const ARCHIVED: Fault = Fault(400, 50083, "Thread is archived");
const MISSING_ACCESS: Fault = Fault(403, 50001, "Missing Access");
const MISSING_PERMISSIONS: Fault = Fault(403, 50013, "Missing Permissions");

/// The channel exists and the bot may do this there.
pub(super) fn need(state: &State, channel: u64, permission: Permission) -> Result<(), Fault> {
    if !state.channels.contains_key(&channel) {
        return Err(UNKNOWN_CHANNEL);
    }
    if !state.may(channel, Permission::View) {
        return Err(MISSING_ACCESS);
    }
    if !state.may(channel, permission) {
        return Err(MISSING_PERMISSIONS);
    }
    Ok(())
}

/// Forums have posts, no messages.
fn has_messages(state: &mut State, call: &Call) -> Result<(), Fault> {
    if state.channels.get(&call.id(0)).is_some_and(|place| place.kind == 15) {
        state.problem(format!("{} {}: a forum has no messages of its own", call.method, call.path));
        return Err(Fault(400, 50024, "Cannot execute action on this channel type"));
    }
    Ok(())
}

pub(super) fn list(state: &mut State, call: &Call) -> Answer {
    let channel = call.id(0);
    need(state, channel, Permission::History)?;
    has_messages(state, call)?;
    let limit = usize::try_from(call.number("limit").unwrap_or(50)).unwrap_or(50);
    if !(1..=100).contains(&limit) {
        return Err(Fault(400, 50035, "Invalid Form Body: limit is 1 to 100"));
    }
    let standing = state.standing(channel);
    let mut found: Vec<&Message> = match (call.number("after"), call.number("before")) {
        (Some(after), _) => standing.filter(|message| message.id > after).take(limit).collect(),
        (None, Some(before)) => newest(standing.filter(|message| message.id < before).collect(), limit),
        (None, None) => newest(standing.collect(), limit),
    };
    found.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok((200, found.into_iter().map(|message| events::message(state, message)).collect()))
}

fn newest(mut messages: Vec<&Message>, limit: usize) -> Vec<&Message> {
    messages.drain(..messages.len().saturating_sub(limit));
    messages
}

pub(super) fn get(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::History)?;
    let found = state.standing(call.id(0)).find(|message| message.id == call.id(1)).ok_or(UNKNOWN_MESSAGE)?;
    Ok((200, events::message(state, found)))
}

/// Pinned messages, the newest pin first.
pub(super) fn pins(state: &mut State, call: &Call) -> Answer {
    let channel = call.id(0);
    need(state, channel, Permission::History)?;
    let limit = usize::try_from(call.number("limit").unwrap_or(50)).unwrap_or(0);
    if !(1..=50).contains(&limit) {
        return Err(Fault(400, 50035, "Invalid Form Body: limit is 1 to 50"));
    }
    let pinned = state.pins.iter().rev().filter_map(|id| state.messages.get(id));
    let all: Vec<&Message> = pinned.filter(|message| message.channel == channel && !message.deleted).collect();
    let item = |message: &&Message| serde_json::json!({"pinned_at": "2026-11-22T12:00:00.000000+00:00", "message": events::message(state, message)});
    let items: Vec<Value> = all.iter().take(limit).map(item).collect();
    Ok((200, serde_json::json!({"items": items, "has_more": all.len() > limit})))
}

pub(super) fn create(state: &mut State, call: &Call) -> Answer {
    let channel = call.id(0);
    need(state, channel, Permission::Send)?;
    if !call.files.is_empty() {
        need(state, channel, Permission::Attach)?;
    }
    has_messages(state, call)?;
    wake(state, channel)?;
    checks::message(state, call, &call.body, Kind::Create);
    if let Some(twin) = twin(state, channel, &call.body) {
        return Ok((200, events::message(state, &state.messages[&twin])));
    }
    let id = state.new_id();
    let message = written(state, call, id)?;
    state.messages.insert(id, message);
    events::message_created(state, id);
    let mut shown = events::message(state, &state.messages[&id]);
    shown["nonce"] = call.body["nonce"].clone();
    Ok((200, shown))
}

/// Writing wakes an archived thread, unless it is locked.
fn wake(state: &mut State, channel: u64) -> Result<(), Fault> {
    match state.channels.get_mut(&channel) {
        Some(place) if place.archived && place.locked => Err(ARCHIVED),
        Some(place) => {
            place.archived = false;
            Ok(())
        }
        None => Err(UNKNOWN_CHANNEL),
    }
}

/// The message that was sent with the same enforced nonce.
fn twin(state: &State, channel: u64, body: &Value) -> Option<u64> {
    let nonce = body["nonce"].as_str().filter(|_| body["enforce_nonce"] == true && !state.forgets_nonces)?;
    let same = |message: &&Message| message.nonce.as_deref() == Some(nonce) && message.at.elapsed() < NONCE_MEMORY;
    state.standing(channel).filter(|message| message.author == BOT).find(same).map(|message| message.id)
}

fn written(state: &mut State, call: &Call, id: u64) -> Result<Message, Fault> {
    let text = call.body["content"].as_str().unwrap_or_default();
    let mut message = Message::new(id, call.id(0), BOT, text);
    message.components = call.body.get("components").cloned().unwrap_or(Value::Array(Vec::new()));
    message.embeds = call.body.get("embeds").cloned().unwrap_or(Value::Array(Vec::new()));
    message.flags = call.body["flags"].as_u64().unwrap_or(0);
    message.nonce = call.body["nonce"].as_str().map(str::to_owned);
    let reference = &call.body["message_reference"];
    let answered = reference["message_id"].as_str().and_then(|id| id.parse().ok());
    message.reply_to = answered.filter(|id| state.messages.get(id).is_some_and(|found| found.channel == call.id(0)));
    if answered.is_some() && message.reply_to.is_none() && reference["fail_if_not_exists"] != false {
        state.problem(format!("{} {}: it answers a message that is not in this channel", call.method, call.path));
        return Err(Fault(400, 50035, "Invalid Form Body: unknown message reference"));
    }
    message.pinged = checks::pinged(state, &call.body, text);
    for (_, name, bytes) in &call.files {
        let media_type = "application/octet-stream".to_owned();
        message.uploads.push(Upload { id: state.new_id(), name: name.clone(), media_type, data: bytes.to_vec() });
    }
    Ok(message)
}

pub(super) fn edit(state: &mut State, call: &Call) -> Answer {
    let (channel, id) = (call.id(0), call.id(1));
    need(state, channel, Permission::View)?;
    if state.channels.get(&channel).is_some_and(|place| place.archived) {
        return Err(ARCHIVED);
    }
    checks::message(state, call, &call.body, Kind::Edit);
    let found = state.messages.get_mut(&id).filter(|message| message.channel == channel && !message.deleted);
    let message = found.ok_or(UNKNOWN_MESSAGE)?;
    if message.author != BOT {
        state.problem(format!("PATCH {}: the message is somebody else's", call.path));
        return Err(Fault(403, 50005, "Cannot edit a message authored by another user"));
    }
    if let Some(text) = call.body["content"].as_str() {
        message.content = text.to_owned();
        message.versions.push(text.to_owned());
        message.drawn.push(Instant::now());
    }
    if let Some(components) = call.body.get("components") {
        message.components = components.clone();
    }
    if let Some(embeds) = call.body.get("embeds") {
        message.embeds = embeds.clone();
    }
    events::message_changed(state, id);
    Ok((200, events::message(state, &state.messages[&id])))
}

pub(super) fn delete(state: &mut State, call: &Call) -> Answer {
    let (channel, id) = (call.id(0), call.id(1));
    need(state, channel, Permission::View)?;
    let found = state.messages.get_mut(&id).filter(|message| message.channel == channel && !message.deleted);
    let message = found.ok_or(UNKNOWN_MESSAGE)?;
    if message.author != BOT {
        state.problem(format!("DELETE {}: the message is somebody else's", call.path));
        return Err(MISSING_PERMISSIONS);
    }
    message.deleted = true;
    events::message_deleted(state, channel, id);
    Ok((204, Value::Null))
}
