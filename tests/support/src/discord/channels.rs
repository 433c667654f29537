//! Channels and threads over REST.

use std::time::Instant;

use serde_json::{Value, json};

use super::call::Call;
use super::checks;
use super::messages::need;
use super::permissions::Permission;
use super::routes::{Answer, Fault};
use super::state::{Channel, Message, State};
use super::{BOT, GUILD, events};

/// Renames that Discord takes of one channel in ten minutes, longer than any test.
const RENAMES: usize = 2;
const UNKNOWN_GUILD: Fault = Fault(404, 10004, "Unknown Guild");

pub(super) fn of_guild(state: &mut State, call: &Call) -> Answer {
    listed(state, call, |place| place.parent.is_none() && place.kind != 1).map(|found| (200, Value::Array(found)))
}

pub(super) fn active_threads(state: &mut State, call: &Call) -> Answer {
    let threads = listed(state, call, |place| place.parent.is_some() && !place.archived)?;
    Ok((200, json!({"threads": threads, "members": []})))
}

pub(super) fn archived_threads(state: &mut State, call: &Call) -> Answer {
    let parent = call.id(0);
    need(state, parent, Permission::View)?;
    need(state, parent, Permission::History)?;
    let archived = |place: &&Channel| place.parent == Some(parent) && place.archived;
    let threads: Vec<Value> =
        state.channels.values().filter(archived).map(|place| events::channel(state, place)).collect();
    Ok((200, json!({"threads": threads, "members": [], "has_more": false})))
}

fn listed(state: &State, call: &Call, which: impl Fn(&Channel) -> bool) -> Result<Vec<Value>, Fault> {
    if call.id(0) != GUILD {
        return Err(UNKNOWN_GUILD);
    }
    let places = state.channels.values().filter(|place| which(place) && state.may(place.id, Permission::View));
    Ok(places.map(|place| events::channel(state, place)).collect())
}

pub(super) fn get(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::View)?;
    Ok((200, events::channel(state, &state.channels[&call.id(0)])))
}

pub(super) fn edit(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::Send)?;
    if let Some(place) = state.channels.get_mut(&call.id(0)) {
        if let Some(archived) = call.body["archived"].as_bool() {
            if place.locked {
                return Err(Fault(403, 50013, "Missing Permissions"));
            }
            place.archived = archived;
        }
        if let Some(name) = call.body["name"].as_str() {
            place.name = name.to_owned();
            place.renames += 1;
        }
        if !(1..=100).contains(&place.name.chars().count()) || place.renames > RENAMES {
            let what =
                format!("PATCH {}: `{}`, rename {} ({RENAMES} in ten minutes)", call.path, place.name, place.renames);
            state.problem(what);
        }
    }
    events::thread_changed(state, call.id(0));
    Ok((200, events::channel(state, &state.channels[&call.id(0)])))
}

pub(super) fn new_thread(state: &mut State, call: &Call) -> Answer {
    let id = state.new_id();
    if state.channels.get(&call.id(0)).is_none_or(|place| place.kind != 15) {
        return begin(state, call, id);
    }
    let first = call.body["message"].clone();
    if !first.is_object() {
        state.problem(format!("POST {}: a post without a message", call.path));
        return Err(Fault(400, 50035, "Invalid Form Body: message"));
    }
    checks::message(state, call, &first, checks::Kind::Edit);
    let begun = begin(state, call, id)?;
    let text = first["content"].as_str().unwrap_or_default();
    state.messages.insert(id, Message::new(id, id, BOT, text));
    events::message_created(state, id);
    Ok(begun)
}

pub(super) fn thread_from_message(state: &mut State, call: &Call) -> Answer {
    let (channel, message) = (call.id(0), call.id(1));
    if state.channels.contains_key(&message) {
        return Err(Fault(400, 160_004, "A thread has already been created for this message"));
    }
    if !state.standing(channel).any(|found| found.id == message) {
        return Err(Fault(404, 10008, "Unknown Message"));
    }
    begin(state, call, message)
}

fn begin(state: &mut State, call: &Call, id: u64) -> Answer {
    let parent = call.id(0);
    need(state, parent, Permission::CreateThreads)?;
    if state.channels[&parent].parent.is_some() {
        state.problem(format!("POST {}: a thread cannot have threads", call.path));
        return Err(Fault(400, 50024, "Cannot execute action on this channel type"));
    }
    let name = call.body["name"].as_str().unwrap_or_default();
    if !(1..=100).contains(&name.chars().count()) {
        state.problem(format!("POST {}: a thread's name of {} characters (1 to 100)", call.path, name.chars().count()));
        return Err(Fault(400, 50035, "Invalid Form Body: name"));
    }
    let thread = Channel::thread(id, name, parent, BOT);
    state.channels.insert(id, thread);
    events::thread_created(state, id);
    Ok((201, events::channel(state, &state.channels[&id])))
}

pub(super) fn join(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::View)?;
    Ok((204, Value::Null))
}

pub(super) fn typing(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::Send)?;
    state.typing.push((call.id(0), Instant::now()));
    Ok((204, Value::Null))
}
