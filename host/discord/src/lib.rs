//! The Discord front: mentions become turns, answers become messages.
//!
//! - [`connect()`]: asks Discord who the bot is, attaches the front to the desk. [`Discord::run`]: hears and answers.
//! - [`Settings`]: token, server, guild. [`DiscordError`]: why the front cannot run; each says what to do.
//!
//! Inside, from the outside in:
//! - `gateway` (serenity's shard manager) and `sweep` (REST, for what the gateway did not tell) bring messages;
//! - `hear` decides what a message is to the bot, `intake` puts it into the inbox and makes its thread;
//! - `live` shows a running turn, `status` keeps the card at the head of its thread true, `deliver` posts what must reach the
//!   person, exactly once;
//! - `wish` is what somebody clicked or typed; `interact` and `press` answer clicks, `command` commands (`commands` has the
//!   table); `reply` is what they are told; `cards` keeps the review channel true;
//! - `rest` is the only way to Discord's REST, `body` the only place that builds an outgoing message.
//!
//! Not here: what a turn is, how an answer is rendered and made harmless (both in `chat`), wasmtime.
//! No type of serenity leaves this crate. Start reading at `intake`.

#![forbid(unsafe_code)]

mod ask;
mod attach;
mod base;
mod body;
mod cards;
mod choose;
mod command;
mod commands;
mod connect;
mod conversation;
mod core;
mod cursor;
mod custom_id;
mod deliver;
mod error;
mod gateway;
mod health;
mod hear;
mod inspect;
mod intake;
mod interact;
mod lanes;
mod late;
mod live;
mod outage;
mod permissions;
mod places;
mod press;
mod register;
mod reply;
mod rest;
mod resume;
mod rooms;
mod sessions;
mod settings;
mod silence;
mod skills;
mod status;
mod sweep;
mod tidy;
mod trouble;
mod typing;
mod wire;
mod wish;
mod words;

pub use base::BadBase;
pub use connect::{Discord, Seen, connect, look};
pub use error::{DiscordError, Exit};
pub use outage::Watch;
pub use permissions::Lack;
pub use settings::{Plugin, Program, ReviewChannel, Settings, Skill, StartSkill};
