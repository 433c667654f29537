//! The limits of a call.

use std::time::Duration;

use super::low;

/// The limits of one call. [`Limits::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together. Default 64 MiB.
    pub memory: u64,
    /// Table elements. Default 100,000.
    pub table: u32,
    /// Core instances, memories and tables, each. Default 64: one component may hold several modules.
    pub instances: u32,
    /// Time from start to end. Default 30 s.
    pub wall: Duration,
    /// Calls into the host. Default 200,000.
    pub hostcalls: u64,
    /// Bytes that one call into the host may carry. Default 16 MiB.
    pub hostcall_bytes: u64,
    /// Resources held at once. Default 256.
    pub handles: u32,
    /// Bytes of output. Default 10 MiB, for images and documents.
    pub output: u64,
    /// Bytes of log. Default 16 KiB.
    pub log: u64,
    /// Calls of the plugin at once. Default 8.
    pub concurrent: u32,
    /// Calls of the plugin at once for one person. Default 8.
    pub per_user: u32,
    /// Calls of the plugin at once in one thread. Default 8: one reply of the model may call as many.
    pub per_thread: u32,
    /// How often one person may call the plugin. Default 600 times a minute: far above what a turn does, far below
    /// what a loop would.
    pub rate: Rate,
}

/// A number of calls in a time, written `"30/min"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At most so many calls; never 0.
    pub calls: u32,
    /// In any span of this length; never 0.
    pub per: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            table: 100_000,
            instances: 64,
            wall: Duration::from_secs(30),
            hostcalls: 200_000,
            hostcall_bytes: 16 << 20,
            handles: 256,
            output: 10 << 20,
            log: 16 << 10,
            concurrent: 8,
            per_user: 8,
            per_thread: 8,
            rate: Rate { calls: 600, per: Duration::from_secs(60) },
        }
    }
}

impl Limits {
    /// These limits, with what a `limit` table says in their place.
    pub(super) fn with(&self, said: &low::Limit) -> Self {
        Self {
            memory: said.memory.map_or(self.memory, |size| size.0),
            table: said.table.map_or(self.table, Into::into),
            instances: said.instances.map_or(self.instances, Into::into),
            wall: said.wall.map_or(self.wall, |time| time.0),
            hostcalls: said.hostcalls.map_or(self.hostcalls, Into::into),
            hostcall_bytes: said.hostcall_bytes.map_or(self.hostcall_bytes, |size| size.0),
            handles: said.handles.map_or(self.handles, Into::into),
            output: said.output.map_or(self.output, |size| size.0),
            log: said.log.map_or(self.log, |size| size.0),
            concurrent: said.concurrent.map_or(self.concurrent, Into::into),
            per_user: said.per_user.map_or(self.per_user, Into::into),
            per_thread: said.per_thread.map_or(self.per_thread, Into::into),
            rate: said.rate.unwrap_or(self.rate),
        }
    }
}
