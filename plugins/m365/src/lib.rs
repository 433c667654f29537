//! The plugin `m365`: looks for signs of an attack in a client's Microsoft 365. It reads only.
//!
//! - `client`: whose tenant it is, and what is harmless there.
//! - `inbox`, `signin`: what rules of mailboxes and sign-ins say; pure, for both tools.
//! - `rogue`: apps that are known from break-ins.
//! - `show`: results for people, in chat and as files.
//! - `rule`, `rows`, `network`: what findings are made of, rows of answers, networks.

#![forbid(unsafe_code)]

pub mod client;
pub mod inbox;
pub mod network;
pub mod rogue;
pub mod rows;
pub mod rule;
pub mod show;
pub mod signin;
