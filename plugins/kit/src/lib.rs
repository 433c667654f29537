//! What a claudetools plugin in Rust is written with.
//!
//! A plugin is a WASI component with a manifest inside. This crate holds the bindings of
//! `wit/plugin.wit` and what every tool needs around them; it decides nothing and opens nothing.
//!
//! - [`manifest!`] puts `manifest.toml` into the component, [`export!`] makes a [`Guest`] its tool.
//! - [`input`] reads a call's input into a `serde` type.
//! - [`Output`] is what a call gives back, [`Failure`] is why it gives back nothing.
//! - [`path`] turns what a model wrote into a guest path, and a guest path into what a person reads.
//! - [`csv::csv`] makes a file for a spreadsheet.
//! - [`http`] sends requests, several at once.
//! - [`tree`], [`mod@replace`], [`state`], [`process`], [`artifact`], [`progress`] and [`log`] are the host's interfaces. A component
//!   imports only those it uses. Single files are read with `std::fs`.
//! - [`client`] says which of the company's clients a call is about.
//!
//! A whole plugin:
//!
//! ```
//! use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};
//!
//! #[derive(serde::Deserialize)]
//! struct Lines {
//!     file_path: String,
//! }
//!
//! struct Plugin;
//!
//! impl Guest for Plugin {
//!     fn call(invocation: Invocation) -> Result<Output, Failure> {
//!         let input: Lines = kit::input(&invocation)?;
//!         let path = kit::path::resolve(&input.file_path)?;
//!         let text = std::fs::read_to_string(&path).map_err(|error| Failure::io(&path, &error))?;
//!         let lines = text.lines().count();
//!         Ok(Output::text(format!("{lines} lines")).summary("Counted lines"))
//!     }
//! }
//!
//! kit::manifest!("../skills/manifest.toml");
//! kit::export!(Plugin);
//! ```

#[doc(hidden)]
pub mod bindings;
pub mod client;
pub mod csv;
mod export;
mod failure;
mod flight;
pub mod http;
mod input;
mod output;
pub mod path;

pub use bindings::claudetools::plugin::types::{Blob, Failure, Invocation, Output, Part, Refusal};
pub use bindings::claudetools::plugin::{artifact, log, process, progress, replace, state, tree};
#[doc(hidden)]
pub use bindings::export_component;
pub use bindings::exports::claudetools::plugin::tool::Guest;
pub use input::input;
