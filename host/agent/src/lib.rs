//! The turn: what is said to the model, what it answers, and what follows from it.
//!
//! Not here: processes, files, the ledger, Discord. [`turn`], [`window`] and [`message`] do no I/O at all;
//! only [`client`] talks to the network.
//!
//! - [`message`]: blocks and messages, kept as the raw JSON that came.
//! - [`entry`]: what a thread's journal is made of; the transcript is nothing but these, in order.
//! - [`window`]: journal → the next request's `messages`, and the repair of a journal that was cut off.
//! - [`turn`]: the pure machine, [`turn::step`]`(state, event) -> effects`.
//! - [`client`]: the Messages API, streamed. [`models`]: what each model accepts and costs.
//! - [`prompt`]: the fixed head of every request. [`tools`]: the port that tools stand behind.
//!
//! Start reading at [`turn::step`].

#![forbid(unsafe_code)]

pub mod bound;
pub mod client;
pub mod entry;
pub mod message;
pub mod models;
pub mod prefix;
pub mod prompt;
pub mod tools;
pub mod turn;
pub mod window;

mod ids;

pub use ids::{ThreadId, TurnId};
