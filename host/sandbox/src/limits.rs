//! What a guest may use up: memory, tables and calls into the host, counted as they happen.

use claudetools_policy::{Code, Limits, Refusal};
use wasmtime::ResourceLimiter;

/// The end of a call because a limit was reached. It travels as the trap's error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Reached(pub(crate) Refusal);

/// Counts one call against its limits.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    memory: u64,
    pub(crate) memory_peak: u64,
    pub(crate) hostcalls: u64,
    /// Bytes of live output so far.
    live: u64,
    /// Memory or a table was refused: what fails next failed because of it.
    pub(crate) refused: Option<Refusal>,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), memory: 0, memory_peak: 0, hostcalls: 0, live: 0, refused: None }
    }

    /// Counts one call into the host.
    pub(crate) fn hostcall(&mut self) -> Result<(), Reached> {
        self.hostcalls += 1;
        if self.hostcalls > self.limits.hostcalls {
            let message = format!("The call may ask the host {} times.", self.limits.hostcalls);
            return Err(Reached(Refusal::new(Code::LimitHostcalls, message)));
        }
        Ok(())
    }

    /// The most bytes that the call may give back.
    pub(crate) fn output(&self) -> u64 {
        self.limits.output
    }

    /// Takes from the bytes of live output that are left, and says how many of them there were.
    pub(crate) fn take_live(&mut self, bytes: u64) -> u64 {
        let left = self.limits.output.saturating_sub(self.live);
        self.live = self.live.saturating_add(bytes.min(left));
        left
    }

    fn refuse(&mut self, message: String) -> bool {
        self.refused = Some(Refusal::new(Code::LimitMemory, message));
        false
    }
}

impl ResourceLimiter for Meter {
    /// All memories of the call together stay below the limit.
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        let growth = (desired as u64).saturating_sub(current as u64);
        let total = self.memory.saturating_add(growth);
        if total > self.limits.memory {
            let limit = self.limits.memory;
            return Ok(self.refuse(format!("The call may hold {limit} bytes of memory.")));
        }
        self.memory = total;
        self.memory_peak = self.memory_peak.max(total);
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _max: Option<usize>) -> wasmtime::Result<bool> {
        if desired as u64 > u64::from(self.limits.table) {
            let limit = self.limits.table;
            return Ok(self.refuse(format!("A table of the call may hold {limit} elements.")));
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances as usize
    }

    fn tables(&self) -> usize {
        self.limits.instances as usize
    }

    fn memories(&self) -> usize {
        self.limits.instances as usize
    }
}
