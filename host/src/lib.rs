//! The binary's parts: wiring, and nothing that another crate could own.
//!
//! - [`config`]: the environment, read once. [`cli`]: the command line. [`exit`]: exit codes.
//! - [`boot`]: from settings to a running desk. Start here.
//! - [`catalog`]: which plugins there are. [`in_force`]: they and the policy, as one value. [`reload`]: makes the next one
//!   when a file changes. [`sources`]: where secrets come from.
//! - [`toolbox`]: the tools that the model sees, over the sandbox. [`turnstile`]: how many calls, and how often.
//! - [`effects`]: what a call did, as the audit keeps it. [`used`]: what plugins did, read out of it.
//! - [`approval`]: approvals in `plugins.toml` and in the audit, and what was approved.
//! - [`confirmations`]: effects that wait for a person. [`unwritable`]: what is refused where nothing can be written down.
//! - `on_disk`: what is there of what grants name, for reviews.
//! - [`reviews`]: cards and the console's page, and what reviewers decide there.
//! - `in_chat`: what commands in Discord ask of all this. `listed`: a plugin in one line.
//! - [`instructions`]: `CLAUDE.md` and the list of skills. [`skills`]: those that people start. [`rehearsal`]: the model
//!   that is none.
//! - [`safe_mode`]: what is left where the ledger can't be opened.
//! - [`doctor`]: what the program stands on, looked at piece by piece.
//! - [`commands`]: `run`, `ask`, `audit`, `backup`, `restore`, `doctor`, `plugin`.

#![forbid(unsafe_code)]

pub mod approval;
pub mod boot;
pub mod builtin;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod confirmations;
pub mod doctor;
pub mod effects;
pub mod exit;
mod in_chat;
pub mod in_force;
pub mod instructions;
mod listed;
mod on_disk;
mod policy_file;
pub mod rehearsal;
pub mod reload;
pub mod reviews;
pub mod safe_mode;
pub mod skills;
pub mod sources;
pub mod toolbox;
pub mod turnstile;
pub mod unwritable;
pub mod used;

pub use commands::main;
