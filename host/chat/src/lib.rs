//! From a mention to messages: what every front shares.
//!
//! - [`Chat`]: receives mentions, claims threads, drives turns, delivers answers. Start here.
//! - [`Front`]: the port a front stands behind (Discord, the console, the command line).
//! - [`Mention`]: a person's message, as a front hands it in. [`Delivery`]: what must reach the person.
//! - [`render`]: Markdown to what Discord shows, made harmless; [`render::Outbound`] cannot be built any other way.
//! - [`live`]: the live message: when to edit, what to show, when to begin a new one.
//!
//! Not here: serenity's types, wasmtime, HTTP.

#![forbid(unsafe_code)]

mod chat;
mod driver;
mod front;
pub mod live;
mod mention;
pub mod render;

pub use chat::{Chat, ChatError, Settings, Status};
pub use front::{Delivery, DeliveryError, DeliveryKind, Front};
pub use mention::{Attachment, Mention, Receipt};
