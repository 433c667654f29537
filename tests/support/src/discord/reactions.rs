//! Reactions over REST.

use std::time::Instant;

use serde_json::Value;

use super::call::Call;
use super::messages::need;
use super::permissions::Permission;
use super::routes::{Answer, Fault};
use super::state::State;

pub(super) fn add(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::React)?;
    let message = state.messages.get_mut(&call.id(1)).ok_or(Fault(404, 10008, "Unknown Message"))?;
    message.reactions.push(decoded(call.text(2)));
    message.seen.get_or_insert_with(Instant::now);
    Ok((204, Value::Null))
}

pub(super) fn remove(state: &mut State, call: &Call) -> Answer {
    need(state, call.id(0), Permission::View)?;
    let message = state.messages.get_mut(&call.id(1)).ok_or(Fault(404, 10008, "Unknown Message"))?;
    let emoji = decoded(call.text(2));
    message.reactions.retain(|known| *known != emoji);
    Ok((204, Value::Null))
}

/// Percent-encoding taken away.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut plain, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(plain).unwrap_or_default()
}
