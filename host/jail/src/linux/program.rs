//! Whether a program is the one that was approved.

use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::{Change, JailError};
use crate::jail::Program;

/// What every native program of Linux begins with.
const ELF: &[u8] = b"\x7fELF";

/// Which file it was, and that nothing was written to it since: every write changes the time of change,
/// which nobody can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Identity {
    fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// Whether an opened file is this one, unchanged. Allocates nothing: the jail's first process asks.
    pub(super) fn is_of(&self, file: impl rustix::fd::AsFd) -> rustix::io::Result<bool> {
        let stat = rustix::fs::fstat(file)?;
        let found = Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size.cast_unsigned(),
            modified: (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or_default()),
            changed: (stat.st_ctime, i64::try_from(stat.st_ctime_nsec).unwrap_or_default()),
        };
        Ok(found == *self)
    }
}

/// A program that was read and is the approved one.
pub(super) struct Verified {
    /// Its real path: no part of it is a link.
    pub(super) path: PathBuf,
    pub(super) identity: Identity,
}

/// Digests of files that were read: a program of 100 MB takes longer to read than to run.
static DIGESTS: Mutex<Option<HashMap<Identity, [u8; 32]>>> = Mutex::new(None);

/// How many digests are remembered before all are forgotten: more programs than anybody grants.
const REMEMBERED: usize = 256;

/// Opens a program, once, and compares what was opened with what was approved.
pub(super) fn verify(program: &Program) -> Result<Verified, JailError> {
    look(program).map_err(|change| JailError::Changed { program: program.path.clone(), change })
}

fn look(program: &Program) -> Result<Verified, Change> {
    let (parent, name) = match (program.path.parent(), program.path.file_name()) {
        (Some(parent), Some(name)) if program.path.is_absolute() => (parent, name),
        _ => return Err(Change::NoFile),
    };
    let path = parent.canonicalize().map_err(Change::Unreadable)?.join(name);
    let file = open(&path)?;
    let meta = file.metadata().map_err(Change::Unreadable)?;
    if !meta.is_file() {
        return Err(Change::NoFile);
    }
    if meta.mode() & 0o6000 != 0 {
        return Err(Change::SetId);
    }
    let identity = Identity::of(&meta);
    let found = digest(file, identity)?;
    if found != program.sha256 {
        return Err(Change::Digest { found: hex(&found), expected: hex(&program.sha256) });
    }
    Ok(Verified { path, identity })
}

/// Without following a link, and without waiting where the path has become a pipe.
fn open(path: &std::path::Path) -> Result<File, Change> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path);
    file.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => Change::Link,
        _ => Change::Unreadable(error),
    })
}

/// The digest of a native program.
fn digest(file: File, identity: Identity) -> Result<[u8; 32], Change> {
    let mut digests = DIGESTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(digest) = digests.as_ref().and_then(|digests| digests.get(&identity)) {
        return Ok(*digest);
    }
    let digest = read(&file)?;
    // Written to while it was read: what was read is then nobody's digest.
    let meta = file.metadata().map_err(Change::Unreadable)?;
    if Identity::of(&meta) != identity {
        return Err(Change::Swapped);
    }
    let digests = digests.get_or_insert_default();
    if digests.len() >= REMEMBERED {
        digests.clear();
    }
    digests.insert(identity, digest);
    Ok(digest)
}

fn read(mut file: &File) -> Result<[u8; 32], Change> {
    let (mut hash, mut buffer, mut start) = (Sha256::new(), vec![0; 128 << 10], true);
    loop {
        let length = file.read(&mut buffer).map_err(Change::Unreadable)?;
        let bytes = &buffer[..length];
        if start && !bytes.starts_with(ELF) {
            return Err(Change::NoProgram);
        }
        if length == 0 {
            return Ok(hash.finalize().into());
        }
        (start, _) = (false, hash.update(bytes));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
