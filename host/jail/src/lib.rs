//! The only code that starts native processes.
//!
//! A program in a [`Jail`] sees a file system made for it, no network but the one it was given, no process
//! but its own, and has no privilege to change any of that. Namespaces, Landlock, a list of allowed system
//! calls and limits stand around it, each for itself. A layer that can't be built refuses the start: nothing
//! is run with less than what this page promises. [`layers`] says which ones this machine has.
//!
//! It decides nothing: which program, which arguments and which places are granted is decided before. It is
//! no wall against a fault of the kernel. On other systems than Linux everything is refused.
//!
//! - [`Jail`]: what a program will see. Start reading here, then `linux/plan.rs` and `linux/init.rs`.
//! - [`Program`]: an executable, pinned by its digest.
//! - [`Running`] and [`Ending`]: its streams, and how it ended.
//! - [`JailError`]: why nothing was run; [`Layer`]: the parts of a jail.
//! - [`Worker`]: our own compiler as a child, confined less.
//! - [`give_back_memory`]: stands here because it is a call that only this crate may make.

mod error;
mod heap;
mod jail;
mod layer;
#[cfg_attr(not(target_os = "linux"), path = "nowhere.rs")]
mod linux;
mod running;
mod worker;

pub use error::{Change, JailError};
pub use heap::give_back_memory;
pub use jail::{Access, Jail, Limits, Net, Place, Program};
pub use layer::{Layer, LayerState, layers};
pub use running::{Ending, Killer, Limit, Running};
pub use worker::{Done, Worker, WorkerError, WorkerLimits};
