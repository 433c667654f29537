//! The world outside, for tests: servers on loopback that refuse and check what the real ones do.
//!
//! - [`discord::FakeDiscord`]: Discord's REST and gateway.
//! - [`anthropic`]: the Messages API.
//! - [`microsoft::FakeMicrosoft`]: login, Graph, Exchange and DNS of thirteen tenants.
//! - [`msp_api::FakeMsp`]: an API of a service provider, as FastAPI serves one.
//! - [`look`]: what stands in the fake Discord, as a page that looks as Discord's client shows it.
//!
//! Nothing of the product is in here, and nothing of the product depends on it.

#![forbid(unsafe_code)]

mod announced;
mod answer;
pub mod anthropic;
mod call;
mod clock;
pub mod discord;
pub mod look;
pub mod microsoft;
pub mod msp_api;
