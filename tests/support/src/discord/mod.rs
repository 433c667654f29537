//! A Discord on loopback that checks what it is asked.
//!
//! - [`FakeDiscord`]: REST under `/api/v10` and a gateway, each on a port of its own. Start here.
//! - [`Person`] speaks through [`FakeDiscord::says`], clicks and types commands; [`Say`] tells how.
//! - [`State`]: everything that a person could see, and what the bot did; look at it with [`FakeDiscord::see`].
//! - [`Script`]: how a request fails. [`Gap`]: how the gateway is lost.
//!
//! Every request is checked against the limits of Discord's documentation and, where the file is at hand, against
//! Discord's own OpenAPI description. What is wrong becomes a problem: [`FakeDiscord::assert_clean`] panics with them,
//! and so does dropping the fake.

mod actors;
mod call;
mod channels;
mod checks;
mod commands;
mod dump;
mod events;
mod gateway;
mod interactions;
mod limits;
mod messages;
mod permissions;
mod reactions;
mod routes;
mod schema;
mod scripts;
mod server;
mod session;
mod state;
#[cfg(test)]
mod tests;
mod users;

pub use actors::{Person, Say};
pub use permissions::{Overwrite, Permission};
pub use scripts::{Gap, Script};
pub use server::FakeDiscord;
pub use state::{Channel, Interaction, Message, State, Upload};

/// The guild.
pub const GUILD: u64 = 1_100_000_000_000_000_001;
/// Its text channel `#general`.
pub const GENERAL: u64 = 1_100_000_000_000_000_010;
/// Its second text channel, `#random`.
pub const RANDOM: u64 = 1_100_000_000_000_000_011;
/// Its forum, `#helpdesk`.
pub const FORUM: u64 = 1_100_000_000_000_000_012;
/// Where people write to the bot directly; it belongs to no guild.
pub const DIRECT: u64 = 1_100_000_000_000_000_013;
/// The bot's user, and its application.
pub const BOT: u64 = 1_100_000_000_000_000_020;
/// The role of technicians.
pub const ROLE_TECH: u64 = 1_100_000_000_000_000_030;
/// The role of administrators.
pub const ROLE_ADMIN: u64 = 1_100_000_000_000_000_031;
/// The role of those who review plugins.
pub const ROLE_REVIEWER: u64 = 1_100_000_000_000_000_032;
/// The role that Discord made for the bot when it was invited.
pub const ROLE_BOT: u64 = 1_100_000_000_000_000_033;
/// The only token that is good.
pub const TOKEN: &str = "MTEwMDAwMDAwMDAwMDAwMDAyMA.fake.token-of-the-fake-discord";
