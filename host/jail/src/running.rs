//! A program that runs, and how it ended.

use std::io::{PipeReader, PipeWriter};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// A program that runs. Dropping it kills every process of the jail, and waits until they are gone.
#[derive(Debug)]
pub struct Running {
    /// Its standard output. Whoever counts what comes calls [`Killer::exceeded`] when it is too much.
    pub stdout: Option<PipeReader>,
    /// Its standard error.
    pub stderr: Option<PipeReader>,
    /// Where its proxy is to be served, with [`Net::Proxy`](crate::Net::Proxy).
    pub proxy: Option<TcpListener>,
    pub(crate) leash: Leash,
}

/// How a program ended. In every case no process of the jail is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal, which it got in the jail.
    Signal(i32),
    /// Killed, because it reached a limit.
    Limit(Limit),
    /// Killed by [`Killer::kill`], or from outside.
    Killed,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Wall time or processor time.
    Time,
    /// Memory.
    Memory,
    /// Processes and threads.
    Processes,
    /// Output.
    Output,
    /// Files.
    Disk,
}

impl Running {
    /// What kills it from another thread, while this one waits.
    pub fn killer(&self) -> Killer {
        self.leash.killer.clone()
    }

    /// Waits for its end. Blocks the thread; somebody must read its output meanwhile.
    pub fn wait(mut self) -> Ending {
        self.leash.end()
    }
}

/// Kills a program, from any thread. Harmless once it has ended.
#[derive(Clone, Debug)]
pub struct Killer {
    /// Closed to have everything killed.
    rope: Arc<Mutex<Option<PipeWriter>>>,
    /// Why it was closed; the first reason stays.
    reason: Arc<OnceLock<Ending>>,
}

impl Killer {
    pub(crate) fn new(rope: PipeWriter, reason: Arc<OnceLock<Ending>>) -> Self {
        Self { rope: Arc::new(Mutex::new(Some(rope))), reason }
    }

    /// Kills every process of the jail. What it wrote until then can still be read.
    pub fn kill(&self) {
        self.pull(Ending::Killed);
    }

    /// Kills every process of the jail because the caller counted more than it allows.
    pub fn exceeded(&self, limit: Limit) {
        self.pull(Ending::Limit(limit));
    }

    fn pull(&self, reason: Ending) {
        // A second reason changes nothing: it is being killed for the first.
        let _ = self.reason.set(reason);
        *self.rope.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What holds the supervising thread, which holds the processes.
#[derive(Debug)]
pub(crate) struct Leash {
    pub(crate) killer: Killer,
    pub(crate) supervisor: Option<JoinHandle<Ending>>,
}

impl Leash {
    /// Waits until the supervisor has seen the last process go.
    pub(crate) fn end(&mut self) -> Ending {
        let ended = self.supervisor.take().map(JoinHandle::join);
        // A supervisor that panicked took its processes with it: they die with the thread that made them.
        ended.and_then(Result::ok).unwrap_or(Ending::Killed)
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if self.supervisor.is_some() {
            self.killer.kill();
            self.end();
        }
    }
}
