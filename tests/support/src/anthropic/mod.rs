//! A Messages API that refuses what the real one refuses.
//!
//! [`FakeAnthropic`] listens on loopback and answers each request with the next [`Step`] of its [`Script`], once it
//! has found the request valid: headers, fields, betas, what the model takes, tools, blocks, the pairing of calls
//! and results, cache markers, and that nothing it was told before has changed. Whatever it finds wrong is answered
//! as the real API answers it, and is a *problem*: a test that ends with a problem it did not expect fails.
//!
//! Not here: any code of the product. What is checked follows the API's documentation, not our client.
//!
//! - [`Script`], [`Step`]: what is answered. [`Reply`], [`Failure`]: the two kinds of answers.
//! - [`RequestView`]: what came. [`Outcome`]: how it went.

mod cache;
mod check;
mod events;
mod failure;
mod fake;
mod history;
mod models;
mod reply;
mod request;
mod script;
mod server;
mod state;
mod wire;

#[cfg(test)]
mod tests;

pub use failure::Failure;
pub use fake::{FakeAnthropic, KEY};
pub use reply::{Chunks, Ending, Noise, Pace, Point, Reply};
pub use request::{Outcome, RequestView, ToolAnswer};
pub use script::{Account, Script, Step};
