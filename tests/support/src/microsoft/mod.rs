//! A Microsoft that refuses what the real one refuses.
//!
//! [`FakeMicrosoft`] listens on loopback and is four services at once, told apart by their paths: login (discovery
//! and tokens), Graph (v1.0 and a part of beta), Exchange (InvokeCommand and the Admin API), DNS over HTTPS. It has
//! a tenant for each [`Scenario`], made when it is asked for first. Permissions are those of Microsoft's own list, licences are asked for where they
//! are needed, a query that is not understood is an error, and a write that nobody announced is not done. Whatever
//! no right client sends is a *problem*: a test that ends with one fails.
//!
//! Not here: any code of the product. What is answered follows the documentation, not our checks.
//!
//! - [`Seen`], [`Service`]: what came. [`App`]: the applications, with their secrets.
//! - [`Failure`], [`Damage`], [`Premium`]: what can be the matter.

mod apps;
mod conduct;
mod csdl;
mod data;
mod dns;
mod exchange;
mod fake;
mod fault;
mod graph;
mod keys;
mod log;
mod login;
mod rule;
mod scenario;
mod server;
mod state;
mod tenant;

#[cfg(test)]
mod tests;

pub use apps::{
    App, Audience, CLOUD_DEVICE_ADMINISTRATOR, ExchangeRole, GLOBAL_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, USER_ADMINISTRATOR,
};
pub use conduct::{Damage, Premium};
pub use fake::FakeMicrosoft;
pub use keys::{CERTIFICATE_PEM, KEY_PEM};
pub use log::{Seen, Service};
pub use login::Failure;
pub use rule::Rule;
pub use scenario::Scenario;
