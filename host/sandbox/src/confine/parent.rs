//! Making, moving and removing one name in a directory.

use std::fs::File;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, Timestamps};
use rustix::io::Errno;

use super::{CONFINED, SAFE};

/// A directory in which one name is made, moved or removed. Names are single parts of a `RelPath`.
#[derive(Debug)]
pub(crate) struct Parent {
    pub(super) fd: OwnedFd,
}

impl Parent {
    /// Makes a directory.
    pub(crate) fn make_directory(&self, name: &str) -> Result<(), Errno> {
        rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o777))
    }

    /// Makes a file with this mode, less the process's mask; it must not be there.
    pub(crate) fn create_file(&self, name: &str, mode: u32) -> Result<File, Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | SAFE;
        rustix::fs::openat2(&self.fd, name, flags, Mode::from_raw_mode(mode), CONFINED).map(File::from)
    }

    /// Removes a file, or a link but not what it points to.
    pub(crate) fn remove_file(&self, name: &str) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())
    }

    /// Removes an empty directory.
    pub(crate) fn remove_directory(&self, name: &str) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)
    }

    /// Sets the times of what has this name; of a link itself, not of what it points to.
    pub(crate) fn set_times(&self, name: &str, times: &Timestamps) -> Result<(), Errno> {
        rustix::fs::utimensat(&self.fd, name, times, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Moves a name of this directory to a name of another; what is there is replaced. Links at either
    /// name are moved or replaced themselves.
    pub(crate) fn rename(&self, name: &str, to: &Self, new_name: &str) -> Result<(), Errno> {
        rustix::fs::renameat(&self.fd, name, &to.fd, new_name)
    }
}
