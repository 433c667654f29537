//! The binary's parts: wiring, and nothing that another crate could own.
//!
//! - [`config`]: the environment, read once. [`cli`]: the command line. [`exit`]: exit codes.
//! - [`boot`]: from settings to a running desk. Start here.
//! - [`catalog`]: which plugins there are. [`toolbox`]: the tools that the model sees, over the sandbox.
//! - [`effects`]: what a call did, as the audit keeps it.
//! - [`instructions`]: `CLAUDE.md` and the list of skills. [`rehearsal`]: the model that is none.
//! - [`commands`]: `run`, `ask`, `audit`, `plugin`.

#![forbid(unsafe_code)]

pub mod boot;
pub mod builtin;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod effects;
pub mod exit;
pub mod instructions;
pub mod rehearsal;
pub mod toolbox;

pub use commands::main;
