//! Directories, entry by entry.

use std::sync::Arc;

use claudetools_policy::{RelPath, RootName};
use wasmtime::component::Resource;

use crate::bindings::wasi::filesystem::types::{self, DirectoryEntry};
use crate::ctx::Ctx;

use super::FsError;

/// A directory that is being listed.
pub struct Listing {
    pub(super) entries: rustix::fs::Dir,
    pub(super) root: RootName,
    pub(super) path: RelPath,
}

impl types::HostDirectoryEntryStream for Ctx {
    /// The next entry that this tool may list. Names that are not UTF-8 cannot be said in WASI.
    fn read_directory_entry(&mut self, stream: Resource<Listing>) -> Result<Option<DirectoryEntry>, FsError> {
        let guard = Arc::clone(&self.guard);
        let listing = self.table.get_mut(&stream)?;
        while let Some(entry) = listing.entries.read() {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let Ok(path) = RelPath::parse(&joined(&listing.path, name)) else {
                continue;
            };
            if !guard.sees(&listing.root, &path) {
                continue;
            }
            let kind = match entry.file_type() {
                rustix::fs::FileType::Unknown => guard.dir(&listing.root)?.meta_at(&path)?.kind,
                kind => kind.into(),
            };
            return Ok(Some(DirectoryEntry { type_: kind.into(), name: name.to_owned() }));
        }
        Ok(None)
    }

    fn drop(&mut self, stream: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}

fn joined(directory: &RelPath, name: &str) -> String {
    match directory.as_str() {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}
