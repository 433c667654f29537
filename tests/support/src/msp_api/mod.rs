//! A service provider's own API, as FastAPI serves one.
//!
//! [`FakeMsp`] listens on loopback, describes itself in `/openapi.json`, takes a login as JSON or as a form, and has
//! clients with their sessions, tasks, projects, machines and tickets. A query parameter that it does not know it
//! leaves aside, as FastAPI does, and answers with everything: that a client sends one is a *problem*. So are a read
//! of the credentials, a write that nobody announced, and a request that comes before it was told to.
//!
//! Not here: any code of the product.
//!
//! - [`Trouble`]: what can be the matter. [`Seen`]: what came.

mod fake;
mod fault;
mod login;
mod openapi;
mod resources;
mod rows;
mod server;
mod state;

#[cfg(test)]
mod tests;

pub use fake::{FakeMsp, PASSWORD, USER};
pub use state::{Seen, Trouble};
