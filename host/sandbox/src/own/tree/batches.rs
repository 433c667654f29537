//! Where a walk puts what it finds.

use std::fs::File;

use claudetools_policy::{Access, RelPath, RootName};
use rustix::buffer::spare_capacity;
use tokio::sync::mpsc;

use crate::bindings::claudetools::plugin::tree;
use crate::confine::{Fault, Meta};
use crate::guard::Guard;

/// Entries that are sent at once.
const ENTRIES: usize = 512;

/// The walk is no longer wanted.
pub(super) struct Gone;

/// A file that a walk found, not yet opened.
pub(super) struct Found<'w> {
    pub(super) guard: &'w Guard,
    pub(super) root: &'w RootName,
    pub(super) path: &'w RelPath,
    /// The largest file that is taken.
    pub(super) max_bytes: u64,
}

impl Found<'_> {
    fn entry(&self, meta: &Meta, size: u64) -> tree::Entry {
        let path = format!("/{}/{}", self.root, self.path);
        tree::Entry { path, size, modified_ms: meta.modified_ms() }
    }
}

/// What becomes of the files that a walk finds: two kinds, a list of them or their bytes.
pub(super) trait Sink {
    /// Takes one file. `Ok(false)` when it was left out: not granted, unreadable or too large.
    fn take(&mut self, found: &Found<'_>) -> Result<bool, Gone>;
    /// Whether anybody still waits.
    fn wanted(&self) -> bool;
    /// Sends what is left.
    fn finish(self);
}

/// Files without their bytes.
pub(super) struct Entries {
    sender: mpsc::Sender<Vec<tree::Entry>>,
    entries: Vec<tree::Entry>,
}

impl Entries {
    pub(super) fn new(sender: mpsc::Sender<Vec<tree::Entry>>) -> Self {
        Self { sender, entries: Vec::new() }
    }
}

impl Sink for Entries {
    fn take(&mut self, found: &Found<'_>) -> Result<bool, Gone> {
        let Ok(meta) = found.guard.dir(found.root).map_err(Fault::from).and_then(|dir| dir.meta_at(found.path)) else {
            return Ok(false);
        };
        if !found.guard.sees(found.root, found.path) || meta.size() > found.max_bytes {
            return Ok(false);
        }
        self.entries.push(found.entry(&meta, meta.size()));
        if self.entries.len() >= ENTRIES {
            self.sender.blocking_send(std::mem::take(&mut self.entries)).map_err(|_| Gone)?;
        }
        Ok(true)
    }

    fn wanted(&self) -> bool {
        !self.sender.is_closed()
    }

    fn finish(self) {
        if !self.entries.is_empty() {
            let _ = self.sender.blocking_send(self.entries);
        }
    }
}

/// Files with their bytes.
pub(super) struct Batches {
    sender: mpsc::Sender<tree::Batch>,
    size: usize,
    batch: tree::Batch,
}

/// A batch of nothing: the end.
pub(super) fn empty() -> tree::Batch {
    tree::Batch { files: Vec::new(), data: Vec::new() }
}

impl Batches {
    pub(super) fn new(sender: mpsc::Sender<tree::Batch>, size: usize) -> Self {
        Self { sender, size, batch: empty() }
    }

    fn send(&mut self) -> Result<(), Gone> {
        if self.batch.files.is_empty() {
            return Ok(());
        }
        self.sender.blocking_send(std::mem::replace(&mut self.batch, empty())).map_err(|_| Gone)
    }
}

impl Sink for Batches {
    fn take(&mut self, found: &Found<'_>) -> Result<bool, Gone> {
        let opened = found.guard.dir(found.root).map_err(Fault::from).and_then(|dir| dir.open_found(found.path));
        let Ok((file, meta)) = opened else {
            return Ok(false);
        };
        let size = meta.size();
        if size > found.max_bytes
            || found.guard.allow_seen(found.root, found.path, Access::Read, meta.links(), size).is_err()
        {
            return Ok(false);
        }
        let room = self.size.saturating_sub(self.batch.data.len());
        if size > room as u64 {
            self.send()?;
        }
        if self.batch.data.capacity() == 0 {
            self.batch.data.reserve(self.size);
        }
        let Some(read) = append(&file, size, &mut self.batch.data) else {
            return Ok(false);
        };
        let entry = found.entry(&meta, read);
        self.batch.files.push(entry);
        Ok(true)
    }

    fn wanted(&self) -> bool {
        !self.sender.is_closed()
    }

    fn finish(mut self) {
        let _ = self.send();
    }
}

/// Appends at most `size` bytes of a file and says how many there were; nothing when it cannot be read.
fn append(file: &File, size: u64, data: &mut Vec<u8>) -> Option<u64> {
    let start = data.len();
    let size = usize::try_from(size).ok()?;
    data.reserve(size);
    while data.len() - start < size {
        let left = size - (data.len() - start);
        let before = data.len();
        // The spare room may be larger than the file was: what it grew by is left for another search.
        match rustix::io::read(file, spare_capacity(data)) {
            Ok(0) => break,
            Ok(read) if read > left => data.truncate(before + left),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => {
                data.truncate(start);
                return None;
            }
        }
    }
    Some((data.len() - start) as u64)
}
