//! The bot itself, members, the gateway's address.

use std::time::Instant;

use serde_json::json;

use super::actors::Person;
use super::call::Call;
use super::routes::{Answer, Fault};
use super::session::STARTS;
use super::state::State;
use super::{BOT, GUILD, events};

pub(super) fn me(_state: &mut State, _call: &Call) -> Answer {
    Ok((200, events::user(&Person::bot())))
}

pub(super) fn application(_state: &mut State, _call: &Call) -> Answer {
    Ok((200, json!({"id": BOT.to_string(), "name": "claude", "flags": 1 << 19})))
}

pub(super) fn gateway(state: &mut State, _call: &Call) -> Answer {
    Ok((200, json!({"url": state.gateway_url})))
}

pub(super) fn gateway_bot(state: &mut State, _call: &Call) -> Answer {
    // A bot that has just begun can't know what the one before it was told.
    state.limits.forget_waits();
    let left = state.hub.starts_left();
    let again = state.hub.starts.1.saturating_duration_since(Instant::now());
    let again = u64::try_from(again.as_millis()).unwrap_or(u64::MAX);
    let starts = json!({"total": STARTS, "remaining": left, "reset_after": again, "max_concurrency": 1});
    Ok((200, json!({"url": state.gateway_url, "shards": 1, "session_start_limit": starts})))
}

pub(super) fn member(state: &mut State, call: &Call) -> Answer {
    let person = state.people.get(&call.id(1)).filter(|_| call.id(0) == GUILD);
    Ok((200, events::member(person.ok_or(Fault(404, 10007, "Unknown Member"))?)))
}
