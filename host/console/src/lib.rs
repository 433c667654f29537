//! The console: talk to the bot and look at its plugins in a local web page.
//!
//! It listens on loopback only, opens with a token that the program prints, and is one front like any other:
//! a message typed here takes the way of a message in Discord.
//!
//! - [`start`]: serves a desk; [`Settings`] is what it needs, [`Running`] what it gives back. Start here.
//! - [`PluginRow`]: a plugin as the page shows it: asked, granted, imported, and its review.
//! - `guard`: who may come in. `routes`: what can be asked for. `hub`: the [`Front`](claudetools_chat::Front).
//! - `sheet`: a thread as the page shows it, and what changed since the last frame; `events` sends that.
//! - `review`: hands in what a reviewer typed on the page of the plugins.
//! - `markdown`, `escape`: the only ways in which text becomes HTML.
//! - `page/`: HTML, CSS and JavaScript, embedded as they are. They put fragments in place and ask nothing of the
//!   conversation's content.
//!
//! Not here: any decision about a call, Discord, wasmtime, anything loaded from the network.

#![forbid(unsafe_code)]

mod assets;
mod cards;
mod escape;
mod events;
mod files;
mod guard;
mod hub;
mod item;
mod journal;
mod live;
mod markdown;
mod plugin_row;
mod plugins_page;
mod refused;
mod review;
mod review_card;
mod routes;
mod server;
mod settings;
mod sheet;
mod tool_html;

#[cfg(test)]
mod tests;

pub use plugin_row::{CapabilityRow, PluginRow, PluginState, ToolEffect, ToolRow};
pub use server::{ConsoleError, PORTS, Running, start};
pub use settings::{Plugins, Settings, token};
