//! What a guest holds open.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use claudetools_policy::{Access, RelPath, RootName};

use crate::bindings::wasi::filesystem::types::ErrorCode;
use crate::confine::Meta;
use crate::guard::Guard;

use super::FsError;

/// The most bytes of one read or write. A guest may ask for 2^64; the host allocates this much.
pub(super) const MAX_CHUNK: usize = 64 << 10;

/// A descriptor of the guest.
#[derive(Debug)]
pub enum Descriptor {
    /// A directory: a place to resolve from, and nothing else. It is opened anew for each operation.
    Directory {
        /// The root.
        root: RootName,
        /// Its canonical path.
        path: RelPath,
    },
    /// A regular file, open.
    File(Arc<OpenFile>),
}

/// An open regular file.
#[derive(Debug)]
pub struct OpenFile {
    pub(crate) guard: Arc<Guard>,
    pub(crate) root: RootName,
    pub(crate) path: RelPath,
    pub(crate) file: File,
    /// As it was when it was opened.
    pub(crate) meta: Meta,
    pub(crate) readable: bool,
    /// With which access its bytes may be changed: `create` for a file that this call made.
    pub(crate) writable: Option<Access>,
}

impl OpenFile {
    /// What the file is at this moment.
    pub(crate) fn now(&self) -> Result<Meta, FsError> {
        Ok(Meta::of(&self.file)?)
    }

    /// Reads at most 64 KiB at an offset; empty at the end.
    pub(crate) fn read_at(&self, length: usize, offset: u64) -> Result<Vec<u8>, FsError> {
        if !self.readable {
            return Err(ErrorCode::NotPermitted.into());
        }
        let mut bytes = vec![0; length.min(MAX_CHUNK)];
        let read = self.file.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Writes all of `bytes` at an offset.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), FsError> {
        self.may_reach(offset.saturating_add(bytes.len() as u64))?;
        Ok(self.file.write_all_at(bytes, offset)?)
    }

    /// Where appended bytes go. Of two processes that append at once one may overwrite the other; a
    /// guest that shares a file with others has `replace`.
    pub(crate) fn end(&self) -> Result<u64, FsError> {
        Ok(self.file.metadata()?.len())
    }

    /// Sets the length.
    pub(crate) fn set_size(&self, size: u64) -> Result<(), FsError> {
        self.may_reach(size)?;
        Ok(self.file.set_len(size)?)
    }

    /// Checks that the file may have this many bytes, before it has them.
    fn may_reach(&self, end: u64) -> Result<(), FsError> {
        let Some(access) = self.writable else {
            let refused = self.guard.allow(&self.root, &self.path, Access::Modify, self.meta.links(), Some(end));
            return Err(refused.err().map_or(ErrorCode::BadDescriptor.into(), FsError::from));
        };
        if self.guard.decide_part(&self.root, &self.path, access, self.meta.links(), Some(end)).is_err() {
            self.guard.allow(&self.root, &self.path, access, self.meta.links(), Some(end))?;
        }
        let growth = end.saturating_sub(self.end()?);
        Ok(self.guard.take_scratch(&self.root, &self.path, growth, 0)?)
    }
}
