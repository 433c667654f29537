//! The plugin `msp`: an API of the company's own, whatever it is, through five tools.
//!
//! The host decides which hosts, methods and paths are reached, adds the secret, and has people confirm changes. What stands here is
//! what makes answers right: filters that the API really knows, rows of the right client only, all pages or a word that there are more.
//!
//! - `call`: one call; `connection`: the variables; `preset`: kinds of API as data.
//! - `document`, `operation`, `resource`: from an OpenAPI document to what can be asked. `load` finds it.
//! - `scope`, `owner`, `lookup`: whose rows a call may see.
//! - `query`: a question as the API takes it, by `parameters` or an `expression`; `parameter`, `names`: what both know.
//! - `pages` with `following` and `envelope`: reading rows; `api`: patience, and what answers mean; `request`: the world outside.
//! - `search` with `found`, `get`, `describe`, `write` with `body` and `outcome`: the tools. `table`, `sums`, `redact`: what is
//!   shown.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod api;
mod body;
mod call;
mod connection;
mod describe;
mod document;
mod envelope;
mod expression;
mod following;
mod found;
mod get;
mod host;
mod load;
mod lookup;
mod names;
mod operation;
mod outcome;
mod owner;
mod pages;
mod parameter;
mod parameters;
mod preset;
mod query;
mod redact;
mod request;
mod resource;
mod scope;
mod search;
mod sums;
mod table;
#[cfg(test)]
mod tests;
mod write;

struct Msp;

impl Guest for Msp {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        call::call(&invocation, &host::Host, host::variable)
    }
}

kit::manifest!("manifest.toml");
kit::export!(Msp);
