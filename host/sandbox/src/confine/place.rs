//! What a path leads to, and why it may lead nowhere.

use claudetools_policy::{Code, Refusal, RelPath};
use rustix::fd::AsFd;
use rustix::fs::{FileType, Stat};
use rustix::io::Errno;

/// Why a path was not resolved or not opened.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The host says no.
    Refused(Refusal),
    /// The operating system says no.
    Os(Errno),
    /// What is at the path changed between resolving and opening it.
    Changed,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::LOOP => Self::Changed,
            Errno::XDEV => Self::Refused(Refusal::new(
                Code::FsOutsideRoot,
                "The path leads onto another mount, which is outside the root.",
            )),
            errno => Self::Os(errno),
        }
    }
}

/// Whether a link at the very end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// To what it points to.
    Follow,
    /// No: the link itself is meant.
    Keep,
}

/// What kind of thing is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device: never opened.
    Special,
}

impl From<FileType> for Kind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Link,
            _ => Self::Special,
        }
    }
}

/// What is known of a file or directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    /// What it is.
    pub(crate) kind: Kind,
    /// The operating system's record of it.
    pub(crate) stat: Stat,
}

impl Meta {
    /// What an open file or directory is.
    pub(crate) fn of(fd: impl AsFd) -> Result<Self, Errno> {
        let stat = rustix::fs::fstat(fd)?;
        Ok(Self { kind: FileType::from_raw_mode(stat.st_mode).into(), stat })
    }

    /// Bytes.
    pub(crate) fn size(&self) -> u64 {
        self.stat.st_size.unsigned_abs()
    }

    /// Names of a file. Directories have more than one without being shared.
    pub(crate) fn links(&self) -> u64 {
        match self.kind {
            #[expect(clippy::useless_conversion, reason = "the width differs between architectures")]
            Kind::File => u64::from(self.stat.st_nlink),
            _ => 1,
        }
    }

    /// Whether both are the same object.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (self.stat.st_dev, self.stat.st_ino) == (other.stat.st_dev, other.stat.st_ino)
    }

    /// Milliseconds since 1970 of the last change of its bytes; 0 before.
    pub(crate) fn modified_ms(&self) -> u64 {
        let millis = i128::from(self.stat.st_mtime) * 1000 + i128::from(self.stat.st_mtime_nsec) / 1_000_000;
        u64::try_from(millis).unwrap_or(0)
    }
}

/// Where a path leads.
#[derive(Debug)]
pub(crate) struct Place {
    /// The canonical path below the root.
    pub(crate) path: RelPath,
    /// What is there, or nothing.
    pub(crate) meta: Option<Meta>,
    /// How many parts at the end of `path` do not exist; 0 where `meta` is known.
    pub(crate) missing: usize,
}
