//! Reads the files that secrets are in.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Nothing there.
    #[error("is not there; create it or correct the path")]
    Missing,
    /// A symbolic link, which somebody else may point elsewhere.
    #[error("is a symbolic link; name the file itself")]
    Link,
    /// The path of a vault's file leads out of the vault.
    #[error("leads out of the vault; name a file below it")]
    Outside,
    /// A directory, a FIFO, a device.
    #[error("is not a regular file; name one")]
    Special,
    /// Others may read it.
    #[error("can be used by others (mode {mode:03o}); run `chmod 600 {path}`")]
    Open {
        /// Its permissions.
        mode: u32,
        /// The file.
        path: String,
    },
    /// Too large.
    #[error("is larger than {most} bytes; name a smaller file")]
    Large {
        /// The limit.
        most: u64,
    },
    /// The system says no.
    #[error("can't be read ({0}); let the user that runs claudetools read it")]
    System(io::Error),
}

/// What holds for a file that only its owner may use.
pub(crate) fn read_private(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let fd = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(|error| match error {
        Errno::LOOP => Unreadable::Link,
        error => system(error),
    })?;
    let file = regular(fd)?;
    let mode = file.metadata().map_err(Unreadable::System)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Unreadable::Open { mode, path: path.display().to_string() });
    }
    read(file, most)
}

/// A file below a directory; links that stay below it are followed.
pub(crate) fn read_below(directory: &Path, path: &str, most: u64) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::DIRECTORY;
    let vault = rustix::fs::openat(CWD, directory, flags, Mode::empty()).map_err(system)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let fd = rustix::fs::openat2(&vault, path, flags, Mode::empty(), resolve).map_err(|error| match error {
        Errno::XDEV | Errno::LOOP => Unreadable::Outside,
        error => system(error),
    })?;
    read(regular(fd)?, most)
}

fn system(error: Errno) -> Unreadable {
    match error {
        Errno::NOENT => Unreadable::Missing,
        error => Unreadable::System(error.into()),
    }
}

fn regular(fd: OwnedFd) -> Result<File, Unreadable> {
    let file = File::from(fd);
    let found = file.metadata().map_err(Unreadable::System)?;
    if found.is_file() { Ok(file) } else { Err(Unreadable::Special) }
}

/// The whole file. Its buffer never grows, so that no half of a secret is left behind in freed memory.
fn read(file: File, most: u64) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let length = file.metadata().map_err(Unreadable::System)?.len().min(most);
    let room = usize::try_from(length).unwrap_or(0) + 32;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(most + 1).read_to_end(&mut bytes).map_err(Unreadable::System)?;
    if bytes.len() as u64 > most { Err(Unreadable::Large { most }) } else { Ok(bytes) }
}
