//! What a jailed program will see, as data.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::JailError;
use crate::running::Running;

/// What a program will see: everything it does not name is not there.
///
/// # File system
/// A new root with `system` (read-only, links kept as links), a few files of `/etc`, `/dev` with `null`,
/// `zero`, `full`, `random` and `urandom`, a `/proc` of its own processes, an empty `/tmp` in memory, and the
/// [places](Place). Nothing but `/tmp` and places with [`Access::Write`] can be written, nothing but `system`
/// and the program executed. The user is called `jail` and stands for the bot's own.
///
/// # Layers
/// User, process, mount, network, IPC, UTS and cgroup namespaces; no capabilities; `NO_NEW_PRIVS`; Landlock, from its
/// second version (Linux 5.19) on, with everything a newer one has; a list of allowed system calls; limits of
/// the kernel, and a thread of ours that counts processes and memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jail {
    /// Directories of the host, by the paths at which the program sees them. Default: none.
    pub places: Vec<Place>,
    /// Files that stand at these paths whatever the places have there: bytes that were looked at before. A path that is not
    /// there in a place refuses the start.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// What is there of the host's system, at its own path, to be read and executed; what does not exist
    /// is left out. Default: `/usr`, `/bin`, `/sbin`, `/lib`, `/lib32`, `/lib64`.
    pub system: Vec<PathBuf>,
    /// What can be reached. Default: nothing.
    pub net: Net,
    /// Unix sockets of the host, seen at their own path. Default: none.
    pub unix: Vec<PathBuf>,
    /// The whole environment. Default: empty.
    pub env: Vec<(OsString, OsString)>,
    /// What it may use up. Default: [`Limits::default`].
    pub limits: Limits,
}

/// A directory of the host, seen by the program at another path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where the program sees it: absolute, such as `/repo`.
    pub guest: PathBuf,
    /// The directory.
    pub host: PathBuf,
    /// What may be done there.
    pub access: Access,
    /// Paths in it that are hidden: a file by an unreadable one, a directory by an empty one. They are real
    /// paths; one that is not there is nothing to hide, and one that is itself a symbolic link hides nothing,
    /// because what it leads to is hidden under its own name. A file that the host puts in the stead of a
    /// hidden one while the program runs is seen.
    pub hidden: Vec<PathBuf>,
}

/// What a program may do in a place. Nothing in one is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Read,
    /// Read, make, change and delete.
    Write,
}

/// What a program can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// Nothing: `socket` is refused.
    None,
    /// A proxy on this port of the jail's own `127.0.0.1`, and nothing else: stream sockets only. The caller
    /// serves it on [`Running::proxy`] and names it in the environment.
    Proxy {
        /// The port.
        port: u16,
    },
}

/// What a program may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take. Default 60 s.
    pub wall: Duration,
    /// Processor time of any one process. Default 30 s.
    pub cpu: Duration,
    /// Bytes of memory, of all processes together: it is killed above it, and one process never gets twice
    /// of it. Default 512 MiB.
    pub memory: u64,
    /// Processes and threads at a time. Default 64.
    pub processes: u32,
    /// Open files of any one process. Default 256.
    pub files: u64,
    /// Bytes of any file it writes. Default 64 MiB.
    pub file_size: u64,
    /// Bytes on the disk of everything in places with [`Access::Write`], counted ten times a second: it is killed above it,
    /// and above ten thousand files. Default 64 MiB.
    pub written: u64,
    /// Bytes in `/tmp`. Default 64 MiB.
    pub tmp: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(60),
            cpu: Duration::from_secs(30),
            memory: 512 << 20,
            processes: 64,
            files: 256,
            file_size: 64 << 20,
            written: 64 << 20,
            tmp: 64 << 20,
        }
    }
}

/// An executable: what was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its absolute path; no `PATH` is searched. It is also its `argv[0]`.
    pub path: PathBuf,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl Default for Jail {
    fn default() -> Self {
        let system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
        Self {
            places: Vec::new(),
            files: Vec::new(),
            system: system.map(PathBuf::from).to_vec(),
            net: Net::None,
            unix: Vec::new(),
            env: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Jail {
    /// Starts a program with these arguments in a directory of the jail, and feeds it `input`.
    ///
    /// Returns once the program runs, or with the reason why nothing of it did.
    pub fn start(
        &self,
        program: &Program,
        args: &[OsString],
        directory: &Path,
        input: Vec<u8>,
    ) -> Result<Running, JailError> {
        crate::linux::start(self, program, args, directory, input)
    }
}
