//! The world outside, for tests: servers on loopback that refuse and check what the real ones do.
//!
//! - [`discord::FakeDiscord`]: Discord's REST and gateway.
//! - [`anthropic`]: the Messages API.
//!
//! Nothing of the product is in here, and nothing of the product depends on it.

#![forbid(unsafe_code)]

pub mod anthropic;
pub mod discord;
