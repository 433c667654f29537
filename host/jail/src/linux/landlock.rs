//! Landlock: the granted files and ports once more, by a part of the kernel that knows nothing of mounts.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use super::plan::Plan;
use super::sys::{self, Result};

const EXECUTE: u64 = 1 << 0;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
/// Removing and making of everything but devices: directories, files, sockets, pipes, links.
const CHANGE_DIR: u64 = (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 12);
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;

const READ: u64 = READ_FILE | READ_DIR;
/// What can be said of a file that is no directory.
const OF_FILES: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;

const CONNECT_TCP: u64 = 1 << 1;

/// The oldest version that will do: the first, of Linux 5.13, can't allow renaming between directories.
pub(super) const OLDEST: usize = 2;

/// What may be done below a path of the jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    List,
    Read,
    ReadAndExecute,
    Write,
    Devices,
}

impl Right {
    fn bits(self) -> u64 {
        match self {
            Self::List => READ_DIR,
            Self::Read => READ,
            Self::ReadAndExecute => READ | EXECUTE,
            Self::Write => READ | WRITE_FILE | CHANGE_DIR | REFER | TRUNCATE,
            Self::Devices => READ | WRITE_FILE | TRUNCATE,
        }
    }
}

/// What a version handles: files, ports, scopes (signals and abstract sockets out of the jail).
fn handled(version: usize) -> [u64; 3] {
    let files = match version {
        0..=2 => (1 << 14) - 1,
        3..=4 => (1 << 15) - 1,
        _ => (1 << 16) - 1,
    };
    [files, if version >= 4 { 0b11 } else { 0 }, if version >= 6 { 0b11 } else { 0 }]
}

/// Puts this process, and all that come from it, under the plan's rules.
pub(super) fn enter(plan: &Plan) -> Result<()> {
    let version = sys::landlock_version()?;
    if version < OLDEST {
        return Err(Errno::NOSYS);
    }
    let handled = handled(version);
    let [files, ports, _] = handled;
    let rules = sys::landlock(handled)?;
    for (path, right) in &plan.rights {
        let place = match openat(rustix::fs::CWD, path.as_c_str(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::NOENT) => continue,
            place => place?,
        };
        let is_dir = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&place)?.st_mode).is_dir();
        let bits = if is_dir { right.bits() } else { right.bits() & OF_FILES };
        sys::landlock_path(rules.as_fd(), bits & files, place.as_fd())?;
    }
    if let Some(port) = plan.port.filter(|_| ports != 0) {
        sys::landlock_port(rules.as_fd(), CONNECT_TCP, port)?;
    }
    sys::landlock_enter(rules.as_fd())
}
