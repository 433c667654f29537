//! What the tests share: a small company to work in, and the way to the built guests and the built program.
//!
//! - [`company::Company`]: a repository, a vault and a place outside, with plugins, a ledger and tools over them.
//! - [`bot::Bot`]: the real program as a child process.
//! - [`canary`]: what no plugin may learn, in every form.
//! - [`invariants`]: what must hold after everything.
//! - [`script`]: a script of the repository, and its grant.
//! - [`built`]: where `cargo xtask` put the guests and the program.

#![forbid(unsafe_code)]

pub mod bot;
pub mod built;
pub mod canary;
pub mod company;
pub mod invariants;
pub mod microsoft;
pub mod script;
