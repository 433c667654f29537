//! The bot itself, members, the gateway's address.

use serde_json::json;

use super::actors::Person;
use super::call::Call;
use super::routes::{Answer, Fault};
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
    let starts = json!({"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1});
    Ok((200, json!({"url": state.gateway_url, "shards": 1, "session_start_limit": starts})))
}

pub(super) fn member(state: &mut State, call: &Call) -> Answer {
    let person = state.people.get(&call.id(1)).filter(|_| call.id(0) == GUILD);
    Ok((200, events::member(person.ok_or(Fault(404, 10007, "Unknown Member"))?)))
}
