//! What is done about a breach in Microsoft 365: one tool for each change.
//!
//! Every tool does the same four things: it reads what is there, asks for one change, reads back, and reports. The change itself
//! is held by the host until a person has said yes to exactly this request; the call then runs anew from its beginning. What was
//! read is named in the request (`client-request-id`), so that a yes to a state that is gone fits nothing any more.
//!
//! - [`actions::of`] finds a tool's [`Action`](plan::Action), which makes a [`Plan`](plan::Plan).
//! - [`run`] carries a plan out, [`report`] says what came of it.

#![forbid(unsafe_code)]

mod actions;
mod call;
mod input;
mod plan;
mod report;
mod run;
#[cfg(test)]
mod tests;

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

struct Plugin;

impl Guest for Plugin {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        call::call(&invocation)
    }
}

kit::manifest!("manifest.toml");
kit::export!(Plugin);
