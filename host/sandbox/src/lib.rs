//! Runs plugins: a fresh instance of a WebAssembly component for every call, which can do nothing that
//! policy did not decide on.
//!
//! Data goes in, events and an outcome come out. This crate knows nothing of chat, of the model or of the
//! ledger, and reads no environment variable.
//!
//! - [`read_component`] and [`inspect()`]: what is in a plugin's file, without running it.
//! - [`Roots`]: the directories of `plugins.toml`, opened.
//! - [`Sandbox`]: [`Sandbox::load`] compiles admitted bytes to a [`Plugin`], [`Sandbox::call`] starts a
//!   [`Call`] of one of its tools.
//! - [`Running`], [`Event`], [`Outcome`]: a call while it runs, and when it has ended.
//! - [`Standing`] and [`Held`]: what people said yes to, and the effect that waits for them.
//!
//! The walls, from the inside out: `confine` (no path leaves a root), `guard` (every file operation is
//! decided on its resolved path), `limits` and `run` (memory, time, calls, output), `compile` (which code
//! is executed at all). `wasi` and `files` are what language runtimes import; `own` is `wit/plugin.wit`; `native` starts
//! programs of the host in jails.
//!
//! Start reading at `run`, then `confine`.

mod bindings;
mod call;
mod compile;
mod confine;
mod contract;
mod ctx;
mod effects;
mod ending;
mod engine;
mod files;
#[cfg(test)]
mod fixture;
mod guard;
mod hidden;
mod input;
mod inspect;
mod limits;
mod native;
mod own;
mod quote;
mod roots;
mod run;
mod sandbox;
mod scratch;
mod standing;
mod wasi;

pub use call::{Artifact, Call, CallUsage, Event, Failure, Level, Outcome, Output, Part, Running};
pub use compile::{Compiler, compile_from_stdin};
pub use effects::{EffectRecord, Effects, Replaced, Subject};
pub use inspect::{inspect, read_component};
pub use roots::{Entry, Roots, RootsError};
pub use sandbox::{Plugin, Sandbox, SandboxError, Settings};
pub use standing::{Asks, Detail, Held, Standing};
