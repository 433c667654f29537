//! `tree`: walk a granted root and read many files with few calls.
//!
//! A thread of its own walks and reads ahead while the guest matches, at most a few batches. Every file is
//! opened the confined way and decided on its own path, as a read through `wasi:filesystem` would be.

mod batches;
mod filter;
mod ignores;
#[cfg(test)]
mod tests;
mod walker;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use claudetools_policy::{Access, RelPath, RootName};
use tokio::sync::mpsc;
use wasmtime::component::Resource;

use crate::bindings::claudetools::plugin::{tree, types};
use crate::confine::{Fault, Last};
use crate::ctx::Ctx;
use crate::guard::Guard;
use crate::roots::told;

use batches::{Batches, Entries};
use filter::Filter;
use walker::Walker;

/// Batches that wait for the guest: enough to keep both threads busy, few enough to be forgotten.
const AHEAD: usize = 2;

/// A batch is never smaller or larger than this, whatever the guest asks for. One megabyte measured best.
const BATCH_BYTES: std::ops::RangeInclusive<u32> = (64 << 10)..=(4 << 20);

/// A walk that the guest holds. It starts with the first call, which decides what it gives.
pub struct Walk {
    start: Option<Start>,
    source: Source,
    skipped: Arc<AtomicU32>,
}

/// What is needed to start.
struct Start {
    guard: Arc<Guard>,
    root: RootName,
    base: RelPath,
    filter: Filter,
}

/// What a started walk gives.
enum Source {
    Idle,
    Entries { batches: mpsc::Receiver<Vec<tree::Entry>>, left: std::vec::IntoIter<tree::Entry> },
    Files(mpsc::Receiver<tree::Batch>),
}

impl tree::Host for Ctx {}

impl tree::HostWalk for Ctx {
    fn open(&mut self, filter: tree::Filter) -> wasmtime::Result<Result<Resource<Walk>, types::Refusal>> {
        match self.open_walk(filter) {
            Ok(walk) => Ok(Ok(self.table.push(walk)?)),
            Err(refusal) => Ok(Err(refusal.into())),
        }
    }

    async fn next_entries(&mut self, walk: Resource<Walk>, max: u32) -> wasmtime::Result<Vec<tree::Entry>> {
        let walk = self.table.get_mut(&walk)?;
        walk.start_entries();
        let Source::Entries { batches, left } = &mut walk.source else {
            return Ok(Vec::new());
        };
        if left.len() == 0 {
            *left = batches.recv().await.unwrap_or_default().into_iter();
        }
        Ok(left.take(max as usize).collect())
    }

    async fn next_files(&mut self, walk: Resource<Walk>, max_bytes: u32) -> wasmtime::Result<tree::Batch> {
        let walk = self.table.get_mut(&walk)?;
        walk.start_files(max_bytes);
        let Source::Files(batches) = &mut walk.source else {
            return Ok(batches::empty());
        };
        Ok(batches.recv().await.unwrap_or_else(batches::empty))
    }

    fn skipped(&mut self, walk: Resource<Walk>) -> wasmtime::Result<u32> {
        Ok(self.table.get(&walk)?.skipped.load(Relaxed))
    }

    fn drop(&mut self, walk: Resource<Walk>) -> wasmtime::Result<()> {
        self.table.delete(walk)?;
        Ok(())
    }
}

impl Ctx {
    fn open_walk(&self, filter: tree::Filter) -> Result<Walk, claudetools_policy::Refusal> {
        let (root, rest) = self.guard.split(&filter.base)?;
        let place = self
            .guard
            .resolve(&root, &RelPath::root(), rest, Last::Follow, Access::List)
            .map_err(|fault| told(rest, fault))?;
        if !self.guard.sees_directory(&root, &place.path) {
            self.guard.allow(&root, &place.path, Access::List, 1, None)?;
        }
        if place.meta.is_none() {
            return Err(told(&filter.base, Fault::Os(rustix::io::Errno::NOENT)));
        }
        let filter = Filter::new(filter)?;
        let start = Start { guard: Arc::clone(&self.guard), root, base: place.path, filter };
        Ok(Walk { start: Some(start), source: Source::Idle, skipped: Arc::default() })
    }
}

impl Walk {
    fn start_entries(&mut self) {
        if let Some(start) = self.start.take() {
            let (sender, batches) = mpsc::channel(AHEAD);
            let skipped = Arc::clone(&self.skipped);
            tokio::task::spawn_blocking(move || start.run(Entries::new(sender), &skipped));
            self.source = Source::Entries { batches, left: Vec::new().into_iter() };
        }
    }

    fn start_files(&mut self, max_bytes: u32) {
        if let Some(start) = self.start.take() {
            let (sender, batches) = mpsc::channel(AHEAD);
            let skipped = Arc::clone(&self.skipped);
            let size = max_bytes.clamp(*BATCH_BYTES.start(), *BATCH_BYTES.end()) as usize;
            tokio::task::spawn_blocking(move || start.run(Batches::new(sender, size), &skipped));
            self.source = Source::Files(batches);
        }
    }
}

impl Start {
    fn run(self, sink: impl batches::Sink, skipped: &AtomicU32) {
        let Self { guard, root, base, filter } = self;
        Walker { guard: &guard, root: &root, base: &base, filter: &filter, sink, skipped }.run();
    }
}
