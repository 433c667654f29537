//! The only code that starts native processes.
//!
//! A [`Jailed`] program runs with an empty environment, in a session of its own, with no descriptor but the
//! three standard ones, without ever gaining privileges, and within limits of memory, processor time, wall
//! time and output. When a limit is reached, or the caller goes away, its whole process group is killed.
//!
//! This is not a container: the program sees the host's files as its user does. It is for programs that
//! are trusted and work on what is not, such as our own compiler.
//!
//! - [`Jailed`]: what to run, and its limits. Start reading here.
//! - [`Done`]: what came out.
//! - [`JailError`]: why nothing came out.

mod run;
#[cfg_attr(not(target_os = "linux"), path = "nowhere.rs")]
mod setup;

pub use run::{Done, JailError, Jailed, Limits};
