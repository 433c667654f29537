//! From a mention to messages: what every front shares.
//!
//! - [`Chat`]: receives mentions, claims threads, drives turns, delivers answers. Start here.
//! - [`Front`]: the port a front stands behind (Discord, the console, the command line).
//! - [`Mention`]: a person's message, as a front hands it in. [`Delivery`]: what must reach the person.
//! - [`render`]: Markdown to what Discord shows, made harmless; [`render::Outbound`] cannot be built any other way.
//! - [`cards`]: what waits for a person (a plugin for its reviewer, an effect for its confirmation), and what they press.
//! - [`export()`]: a thread's transcript as Markdown and JSON; [`evidence()`]: a thread as an archive that can be checked, by [`verify`].
//! - [`Chat::waiting`], [`Chat::queue`], [`Chat::interrupt`], [`Chat::take_back`]: messages that were said while a turn
//!   runs; [`Waits`] keeps a card for each.
//! - [`Chat::troubles`]: whether the model and the ledger do their work.
//! - [`Status`]: what goes on in a thread, and the card that shows it. [`title`]: what a thread is called.
//! - [`live`]: the live message: when to edit, what to show, when to begin a new one.
//!
//! Inside, a thread with work has one lane (`lane`), which opens one turn after the other (`opening`) and drives
//! it (`driver`) with tasks for requests and tool calls (`work`). A turn's end owes an answer (`owed`), which a
//! courier brings (`courier`). `conversation` is what people do to a conversation between two turns, `compact` how it is
//! summarised. Before each request its money is set aside (`money`); `costs` tells what was spent, and `cache` watches that
//! the model's cache serves what it has. Nothing of a thread without work is in memory.
//!
//! Not here: serenity's types, wasmtime, HTTP.

#![forbid(unsafe_code)]

mod activity;
mod audited;
mod brought;
mod cache;
pub mod cards;
mod chat;
mod choices;
mod cleaned;
mod compact;
mod context;
mod conversation;
mod costs;
mod courier;
mod desk;
mod details;
mod driver;
mod evidence;
mod export;
mod front;
mod health;
mod hold;
mod lane;
pub mod live;
mod mention;
mod money;
mod opening;
mod owed;
mod raise;
mod recover;
pub mod render;
mod spoke;
mod status;
mod steering;
pub mod title;
mod waits;
mod words;
mod work;

pub use audited::{Audit, AuditOf};
pub use chat::{ChannelOf, Chat, ChatError, RolesOf, Settings};
pub use choices::{Choice, Choices};
pub use claudetools_ledger::{Mode, StatusCard, Totals};
pub use context::ContextUse;
pub use conversation::Rewound;
pub use costs::{ClientCosts, Costs, LimitLeft};
pub use evidence::{Evidence, EvidenceError, Flaw, Sound, evidence, verify};
pub use export::{Export, export};
pub use front::{Delivery, DeliveryError, DeliveryKind, Front};
pub use health::Troubles;
pub use mention::{Attachment, Mention, Quoted, Receipt};
pub use raise::RAISE;
pub use spoke::Spoke;
pub use status::{State, Status};
pub use steering::{ADMIN, Asker, Waiting};
pub use waits::Waits;
