//! The whole bot: the real program between a fake Discord and a fake Messages API.
//!
//! - `conversation`: mention, thread, live message, tools, answer; messages that go on or join.
//! - `controls`: the Stop button and commands while a turn runs. `commands`: every command of `/help`.
//! - `restarts`, `crashes`: `kill -9`. `gaps`: a lost gateway.
//! - `files`: what comes and goes with messages. `harmless`: what an answer looks like on the wire. `trouble`: errors of Discord's.
//! - `steering`: messages that join, wait, interrupt or are taken back while a turn runs.
//! - `stops`: Stop, with real processes.
//! - `authority`: what not everybody in a thread may do.
//! - `press`: what stands on cards is pressed.
//! - `questions`: what the model asks, plans, the checklist.
//! - `reviews`: cards about plugins, and approving from chat. `confirmations`: effects that wait for a click.
//! - `long`: conversations that are summarised, by the server and by us, and what stays of them.
//! - `scripts`: one of the repository, from a mention to its result.
//! - `reliability`: what is held through kills, full disks, damaged ledgers, storms; the list is `RELIABILITY.md`.
//! - `thread`: its card, its title, how much it shows of the work; forums, direct messages, quotations.
//! - `channels`: what differs in one. `money`: what turns cost, and where they stop. `people`: who speaks, and whose roles count.
//! - `cache`: what the model's cache is given.
//! - `secrets`: one that a plugin uses turns up nowhere.
//! - `look`: scenes that are drawn as Discord shows them, for people to look at: `cargo xtask look`.
//! - `events`: the rows of `discord/events.toml`. `rendering`: the rows of `discord/attacks.toml`.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "discord/authority.rs"]
mod authority;
#[path = "discord/bodies.rs"]
mod bodies;
#[path = "discord/cache.rs"]
mod cache;
#[path = "discord/channels.rs"]
mod channels;
#[path = "discord/commands.rs"]
mod commands;
#[path = "discord/confirmations.rs"]
mod confirmations;
#[path = "discord/controls.rs"]
mod controls;
#[path = "discord/conversation.rs"]
mod conversation;
#[path = "discord/crashes.rs"]
mod crashes;
#[path = "discord/events.rs"]
mod events;
#[path = "discord/files.rs"]
mod files;
#[path = "discord/gaps.rs"]
mod gaps;
#[path = "discord/harmless.rs"]
mod harmless;
#[path = "discord/incident.rs"]
mod incident;
#[path = "discord/long.rs"]
mod long;
#[path = "discord/look.rs"]
mod look;
#[path = "discord/money.rs"]
mod money;
#[path = "discord/people.rs"]
mod people;
#[path = "discord/press.rs"]
mod press;
#[path = "discord/questions.rs"]
mod questions;
#[path = "discord/reliability.rs"]
mod reliability;
#[path = "discord/rendering.rs"]
mod rendering;
#[path = "discord/restarts.rs"]
mod restarts;
#[path = "discord/reviews.rs"]
mod reviews;
#[path = "discord/scripts.rs"]
mod scripts;
#[path = "discord/secrets.rs"]
mod secrets;
#[path = "discord/steering.rs"]
mod steering;
#[path = "discord/stops.rs"]
mod stops;
#[path = "discord/thread.rs"]
mod thread;
#[path = "discord/trouble.rs"]
mod trouble;
#[path = "discord/world.rs"]
mod world;
