//! The rehearsal model: what answers where there is no key for Claude.
//!
//! A server on loopback that speaks the Messages API, so that the client, the turn, the tools and the fronts run
//! exactly as they do with Claude. It understands a handful of plain requests ("read X", "find Y in Z") and answers
//! them through real tool calls. It thinks not at all, and says in every answer what it is.
//!
//! The same conversation always gets the same answer.
//!
//! - [`Rehearsal`]: the running server.
//! - `conversation`: what a request says. `ask`: what the newest words of a person ask for. `plan`: the tool calls
//!   for it. `reply`: the next reply. `words`: what it says. `events`: a reply as a stream. `server`: the routes.
//!
//! Start reading at `reply::next`.

mod ask;
mod conversation;
mod events;
mod plan;
mod reply;
mod server;
mod words;

#[cfg(test)]
mod tests;

pub use server::{PACE, Rehearsal};

/// The model's id, in requests and replies.
pub const MODEL: &str = "rehearsal";
