//! The interfaces of `wit/plugin.wit`, one file each.

mod artifact;
mod client;
mod log;
mod process;
mod progress;
mod replace;
mod state;
mod tree;

pub(crate) use artifact::Artifacts;
pub(crate) use log::Log;
pub use process::Child;
pub(crate) use state::State;
pub use tree::Walk;

use claudetools_policy::Refusal;

use crate::bindings::claudetools::plugin::types;
use crate::ctx::Ctx;

impl types::Host for Ctx {}

impl From<Refusal> for types::Refusal {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.code.as_str().to_owned(), message: refusal.message }
    }
}

/// At most `max` bytes of a text, cut between characters.
fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
    }
    text
}
