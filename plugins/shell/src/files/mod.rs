//! The shell's file system: the granted roots through `std::fs`, all else in memory for as long as the call lasts.
//!
//! The host confines and decides every access to a root. What stands here is how the shell's operations become
//! the few that WASI has: `modes` remembers what it has not, `place` says where a path is, `tree` removes and copies.

mod modes;
mod place;
mod tree;
mod write;

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;
use bashkit::{DirEntry, FileSystem, FileSystemExt, FileType, FsLimits, FsUsage, InMemoryFs, Metadata, Result};

use modes::Modes;
pub use place::ROOTS;
use place::{Place, Roots};

/// Bytes that files outside of the roots may have together; they are in the plugin's memory.
const MEMORY_BYTES: u64 = 32 << 20;

/// The file system of one call.
pub struct Files {
    roots: Roots,
    memory: InMemoryFs,
    modes: Modes,
}

impl Files {
    /// The roots that the host gives, below `base` (empty in the sandbox, a directory in tests).
    pub fn new(base: &Path) -> Self {
        let roots = Roots::found(base);
        let memory = InMemoryFs::with_limits(FsLimits::new().max_total_bytes(MEMORY_BYTES).max_file_size(MEMORY_BYTES));
        for root in roots.names() {
            memory.add_dir(root, 0o755);
        }
        memory.add_dir("/tmp", 0o1777);
        Self { roots, memory, modes: Modes::default() }
    }

    /// Where `~` leads: a directory that can be written.
    pub(crate) fn home(&self) -> &'static str {
        self.roots.names().find(|root| *root == "/scratch").unwrap_or("/tmp")
    }

    fn place(&self, path: &Path) -> Place {
        self.roots.place(path)
    }

    fn metadata(&self, path: &Path, real: &Path, found: &fs::Metadata) -> Metadata {
        let kind = found.file_type();
        let file_type = if kind.is_dir() {
            FileType::Directory
        } else if kind.is_symlink() {
            FileType::Symlink
        } else {
            FileType::File
        };
        let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let mode = self.modes.of(path, real, file_type);
        Metadata { file_type, size: found.len(), mode, modified, created: modified }
    }
}

#[async_trait]
impl FileSystemExt for Files {
    fn usage(&self) -> FsUsage {
        self.memory.usage()
    }

    async fn mkfifo(&self, path: &Path, mode: u32) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.mkfifo(path, mode).await,
            Place::Root(_) => Err(refused("a named pipe can be made below /tmp only")),
        }
    }

    fn backend_kind(&self) -> &'static str {
        "claudetools"
    }
}

#[async_trait]
impl FileSystem for Files {
    async fn read_file(&self, path: &Path) -> Result<Vec<u8>> {
        match self.place(path) {
            Place::Memory => self.memory.read_file(path).await,
            Place::Root(real) => {
                if fs::metadata(&real).is_ok_and(|found| found.is_dir()) {
                    return Err(Error::other("is a directory").into());
                }
                Ok(fs::read(&real).map_err(said)?)
            }
        }
    }

    async fn write_file(&self, path: &Path, content: &[u8]) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.write_file(path, content).await,
            Place::Root(real) => Ok(write::whole(path, &real, content)?),
        }
    }

    async fn append_file(&self, path: &Path, content: &[u8]) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.append_file(path, content).await,
            Place::Root(real) => Ok(write::append(path, &real, content)?),
        }
    }

    async fn mkdir(&self, path: &Path, recursive: bool) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.mkdir(path, recursive).await,
            Place::Root(real) if recursive => Ok(fs::create_dir_all(&real).map_err(said)?),
            Place::Root(real) => Ok(fs::create_dir(&real).map_err(said)?),
        }
    }

    async fn remove(&self, path: &Path, recursive: bool) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.remove(path, recursive).await,
            Place::Root(real) => Ok(tree::remove(&real, recursive).map_err(said)?),
        }
    }

    async fn stat(&self, path: &Path) -> Result<Metadata> {
        match self.place(path) {
            Place::Memory => self.memory.stat(path).await,
            Place::Root(real) => {
                let found = fs::symlink_metadata(&real).map_err(said)?;
                Ok(self.metadata(path, &real, &found))
            }
        }
    }

    async fn read_dir(&self, path: &Path) -> Result<Vec<DirEntry>> {
        let Place::Root(real) = self.place(path) else { return self.memory.read_dir(path).await };
        let mut entries = Vec::new();
        for entry in fs::read_dir(&real).map_err(said)? {
            let entry = entry.map_err(said)?;
            // A name that is not UTF-8 cannot be written in a script, nor in what a model reads.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if let Ok(found) = entry.metadata() {
                let metadata = self.metadata(&path.join(&name), &entry.path(), &found);
                entries.push(DirEntry { name, metadata });
            }
        }
        Ok(entries)
    }

    async fn exists(&self, path: &Path) -> Result<bool> {
        match self.place(path) {
            Place::Memory => self.memory.exists(path).await,
            Place::Root(real) => Ok(fs::symlink_metadata(&real).is_ok()),
        }
    }

    async fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        match (self.place(from), self.place(to)) {
            (Place::Memory, Place::Memory) => self.memory.rename(from, to).await,
            (Place::Root(old), Place::Root(new)) if self.roots.same(from, to) => {
                Ok(fs::rename(&old, &new).map_err(said)?)
            }
            _ => {
                self.copy(from, to).await?;
                self.remove(from, true).await
            }
        }
    }

    async fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        match (self.place(from), self.place(to)) {
            (Place::Memory, Place::Memory) => self.memory.copy(from, to).await,
            (Place::Root(old), Place::Root(new)) if write::is_new(&new) => Ok(tree::copy(&old, &new).map_err(said)?),
            _ => {
                let content = self.read_file(from).await?;
                self.write_file(to, &content).await
            }
        }
    }

    async fn symlink(&self, target: &Path, link: &Path) -> Result<()> {
        match self.place(link) {
            Place::Memory => self.memory.symlink(target, link).await,
            Place::Root(_) => Err(refused("the sandbox makes symbolic links below /tmp only")),
        }
    }

    async fn read_link(&self, path: &Path) -> Result<PathBuf> {
        match self.place(path) {
            Place::Memory => self.memory.read_link(path).await,
            Place::Root(real) => Ok(fs::read_link(&real).map_err(said)?),
        }
    }

    async fn chmod(&self, path: &Path, mode: u32) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.chmod(path, mode).await,
            Place::Root(real) => {
                fs::symlink_metadata(&real).map_err(said)?;
                self.modes.set(path, mode)
            }
        }
    }

    async fn set_modified_time(&self, path: &Path, time: SystemTime) -> Result<()> {
        match self.place(path) {
            Place::Memory => self.memory.set_modified_time(path, time).await,
            Place::Root(real) => {
                let file = fs::OpenOptions::new().write(true).open(&real).map_err(said)?;
                Ok(file.set_modified(time).map_err(said)?)
            }
        }
    }
}

/// A "no" of the sandbox, in its words.
fn refused(words: &str) -> bashkit::Error {
    Error::new(ErrorKind::PermissionDenied, words).into()
}

/// The operating system's words for an error, without its number.
fn said(error: Error) -> Error {
    let words = match error.kind() {
        ErrorKind::NotFound => "No such file or directory",
        ErrorKind::PermissionDenied => "access was refused",
        ErrorKind::AlreadyExists => "File exists",
        ErrorKind::DirectoryNotEmpty => "Directory not empty",
        ErrorKind::NotADirectory => "Not a directory",
        ErrorKind::IsADirectory => "Is a directory",
        ErrorKind::StorageFull => "No space left on device",
        ErrorKind::FileTooLarge => "File too large",
        _ => return error,
    };
    Error::new(error.kind(), words)
}
