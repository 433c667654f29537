//! The jail of Linux.
//!
//! [`plan`] turns a description into plain data; [`supervise`] makes the jail's first process, which is
//! [`init`]; that one builds the layers around itself ([`root`], [`wire`], [`landlock`], [`calls`]), starts the
//! program and waits for it. Between `clone` and `exec` nothing allocates and nothing locks, because the
//! first process is a copy of one with many threads.

mod calls;
mod census;
mod disk;
mod filter;
mod init;
mod landlock;
mod launch;
mod numbers;
mod plan;
mod probe;
mod program;
mod report;
mod root;
mod supervise;
mod sys;
mod wire;

pub(crate) use launch::start;
pub(crate) use probe::missing;
