//! Answers to clicks and commands (interactions/receiving-and-responding).

use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::Call;
use super::checks::{self, Kind};
use super::commands::is_choice;
use super::events;
use super::routes::{Answer, Fault};
use super::server::ACK_WITHIN;
use super::state::{Interaction, Message, State};

const UNKNOWN: Fault = Fault(404, 10062, "Unknown interaction");
const INVALID_TOKEN: Fault = Fault(401, 50027, "Invalid Webhook Token");
const TOKEN_LASTS: Duration = Duration::from_secs(15 * 60);
const EPHEMERAL: u64 = 1 << 6;
const COMMAND: u64 = 2;
const CLICK: u64 = 3;
const TYPING: u64 = 4;
const MESSAGE: u64 = 4;
const DEFERRED: u64 = 5;
const SUGGESTIONS: u64 = 8;
const MODAL: u64 = 9;

pub(super) fn callback(state: &mut State, call: &Call) -> Answer {
    let kind = call.body["type"].as_u64().unwrap_or(0);
    let interaction =
        state.interactions.get_mut(&call.id(0)).filter(|found| found.token == call.text(1)).ok_or(UNKNOWN)?;
    if interaction.acknowledged.is_some() {
        state.problem(format!("interaction {} was acknowledged twice", call.id(0)));
        return Err(Fault(400, 40060, "Interaction has already been acknowledged."));
    }
    let (asked, late) = (interaction.kind, interaction.at.elapsed() > ACK_WITHIN);
    interaction.acknowledged = Some((Instant::now(), kind));
    interaction.ephemeral = call.body["data"]["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    if !fits(asked, kind) {
        state.problem(format!("an interaction of kind {asked} was answered with type {kind}"));
    }
    let data = call.body["data"].clone();
    match kind {
        MESSAGE => {
            checks::message(state, call, &data, Kind::Answer);
            change(state, call, |interaction| interaction.answer = data["content"].as_str().map(str::to_owned));
        }
        DEFERRED if data["flags"].as_u64().unwrap_or(0) & !EPHEMERAL != 0 => {
            state.problem("a deferred answer has no flag but EPHEMERAL".to_owned());
        }
        SUGGESTIONS => suggested(state, call, &data["choices"]),
        MODAL => {
            checks::form(state, &data);
            change(state, call, |interaction| interaction.form = Some(data));
        }
        _ => {}
    }
    if late {
        state.problem(format!("interaction {} was acknowledged after more than 3 s", call.id(0)));
        return Err(UNKNOWN);
    }
    Ok((204, Value::Null))
}

fn change(state: &mut State, call: &Call, what: impl FnOnce(&mut Interaction)) {
    if let Some(interaction) = state.interactions.get_mut(&call.id(0)) {
        what(interaction);
    }
}

/// Whether an interaction of this kind takes an answer of this type.
fn fits(asked: u64, kind: u64) -> bool {
    match kind {
        MESSAGE | DEFERRED => asked != TYPING,
        6 | 7 => asked == CLICK,
        SUGGESTIONS => asked == TYPING,
        MODAL => matches!(asked, COMMAND | CLICK),
        _ => false,
    }
}

fn suggested(state: &mut State, call: &Call, choices: &Value) {
    let list = choices.as_array().map_or(&[][..], Vec::as_slice);
    if !choices.is_array() || list.len() > 25 || !list.iter().all(|choice| is_choice(choice, 3)) {
        state.problem(format!("25 suggestions at most, name and value 1 to 100 characters: {choices}"));
    }
    let names = list.iter().filter_map(|choice| choice["name"].as_str().map(str::to_owned)).collect();
    change(state, call, |interaction| interaction.suggested = Some(names));
}

pub(super) fn follow_up(state: &mut State, call: &Call) -> Answer {
    checks::message(state, call, &call.body, Kind::Answer);
    let interaction = by_token(state, call.text(1))?;
    let text = call.body["content"].as_str().unwrap_or_default().to_owned();
    if interaction.taken_back && interaction.answer.is_none() {
        interaction.answer = Some(text.clone());
        interaction.ephemeral = call.body["flags"].as_u64().unwrap_or(0) & EPHEMERAL != 0;
    } else {
        interaction.follow_ups.push(text.clone());
    }
    answered(state, call, &text)
}

pub(super) fn edit_original(state: &mut State, call: &Call) -> Answer {
    checks::message(state, call, &call.body, Kind::Changed);
    let interaction = by_token(state, call.text(1))?;
    let text = call.body["content"].as_str().unwrap_or_default().to_owned();
    interaction.answer = Some(text.clone());
    answered(state, call, &text)
}

pub(super) fn take_back(state: &mut State, call: &Call) -> Answer {
    let interaction = by_token(state, call.text(1))?;
    (interaction.answer, interaction.taken_back) = (None, true);
    Ok((204, Value::Null))
}

fn answered(state: &mut State, call: &Call, text: &str) -> Answer {
    let interaction = by_token(state, call.text(1))?;
    let files = call.files.iter().map(|(_, name, bytes)| (name.clone(), bytes.to_vec()));
    interaction.files.extend(files);
    let (id, channel) = (interaction.id, interaction.channel);
    let wrong = match interaction.acknowledged {
        None => Some("was answered before it was acknowledged"),
        Some((_, SUGGESTIONS | MODAL)) => Some("takes no message"),
        Some(_) => None,
    };
    if let Some(wrong) = wrong {
        state.problem(format!("interaction {id} {wrong}"));
    }
    let shown = Message::new(id, channel, super::BOT, text);
    Ok((200, events::message(state, &shown)))
}

fn by_token<'a>(state: &'a mut State, token: &str) -> Result<&'a mut Interaction, Fault> {
    let mut all = state.interactions.values_mut();
    let found = all.find(|interaction| interaction.token == token).ok_or(Fault(404, 10015, "Unknown Webhook"))?;
    if found.expired || found.at.elapsed() > TOKEN_LASTS {
        return Err(INVALID_TOKEN);
    }
    Ok(found)
}
