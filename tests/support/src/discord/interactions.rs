//! Answers to clicks and commands.

use std::time::Instant;

use serde_json::Value;

use super::call::Call;
use super::checks::{self, Kind};
use super::events;
use super::routes::{Answer, Fault};
use super::server::ACK_WITHIN;
use super::state::{Interaction, Message, State};

const UNKNOWN: Fault = Fault(404, 10062, "Unknown interaction");
const EPHEMERAL: u64 = 1 << 6;
const MODAL: u64 = 9;

pub(super) fn callback(state: &mut State, call: &Call) -> Answer {
    let kind = call.body["type"].as_u64().unwrap_or(0);
    let interaction =
        state.interactions.get_mut(&call.id(0)).filter(|found| found.token == call.text(1)).ok_or(UNKNOWN)?;
    if interaction.acknowledged.is_some() {
        return Err(Fault(400, 40060, "Interaction has already been acknowledged."));
    }
    let late = interaction.at.elapsed() > ACK_WITHIN;
    interaction.acknowledged = Some((Instant::now(), kind));
    interaction.ephemeral = call.body["data"]["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    if kind == 4 {
        interaction.answer = call.body["data"]["content"].as_str().map(str::to_owned);
        checks::message(state, call, &call.body["data"], Kind::Answer);
    }
    if kind == MODAL {
        let form = call.body["data"].clone();
        checks::form(state, &form);
        if let Some(interaction) = state.interactions.get_mut(&call.id(0)) {
            interaction.form = Some(form);
        }
    }
    if late {
        state.problem(format!("interaction {} was acknowledged after more than 3 s", call.id(0)));
        return Err(UNKNOWN);
    }
    Ok((204, Value::Null))
}

pub(super) fn follow_up(state: &mut State, call: &Call) -> Answer {
    answered(state, call)
}

pub(super) fn edit_original(state: &mut State, call: &Call) -> Answer {
    answered(state, call)
}

fn answered(state: &mut State, call: &Call) -> Answer {
    checks::message(state, call, &call.body, Kind::Answer);
    let text = call.body["content"].as_str().unwrap_or_default().to_owned();
    let interaction = by_token(state, call.text(1)).ok_or(Fault(404, 10015, "Unknown Webhook"))?;
    let unacknowledged = interaction.acknowledged.is_none();
    interaction.answer = Some(text.clone());
    let (id, channel) = (interaction.id, interaction.channel);
    if unacknowledged {
        state.problem(format!("interaction {id} was answered before it was acknowledged"));
    }
    let shown = Message::new(id, channel, super::BOT, &text);
    Ok((200, events::message(state, &shown)))
}

fn by_token<'a>(state: &'a mut State, token: &str) -> Option<&'a mut Interaction> {
    state.interactions.values_mut().find(|interaction| interaction.token == token)
}
