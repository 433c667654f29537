//! Native programs: one concrete start of a program, and the decision on it.
//!
//! Three kinds of grant. `exec` gives one program and a grammar for its whole argument list, so that the decision says
//! what will be done. `shell` gives an interpreter and promises nothing about the text it is given; there the jail is
//! the whole promise. `script` gives a script of a root to an interpreter, with a grammar as `exec`, and makes a tool of
//! it. Either way the program is pinned by path and digest, and runs in a [`Jail`].

mod decide;
mod script;
mod service;
mod slot;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

pub use decide::{Directory, ExecEffect, RootsByName, decide_exec};
pub use script::{Script, ScriptFile, ScriptWord};
pub use service::decide_service;
pub use slot::{Pattern, Slot};

pub(crate) use decide::try_argv;
pub(crate) use script::input_schema;

use crate::{Digest, Reach, RootName};

/// What an `exec`, a `shell` or a `script` grant starts.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecGrant {
    /// The name that plugins know it by. Default: the last part of the program's path.
    pub command: String,
    /// What is started.
    pub program: Program,
    /// What it may be given.
    pub argv: Argv,
    /// Where it runs.
    pub jail: Jail,
    /// What the program is given to run, before what `argv` describes: a `script` grant.
    pub script: Option<Box<Script>>,
}

/// A program of the host, pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Absolute; nothing is searched.
    pub path: PathBuf,
    /// The digest of its bytes. Other bytes are not started (`exec.changed`).
    pub sha256: Digest,
}

/// What a program may be given after its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argv {
    /// Words that fit these, one by one; a list of fixed length unless the last is [`Slot::Rest`].
    Grammar(Vec<Slot>),
    /// Anything: a `shell` grant.
    Anything,
}

/// `[jails.<name>]`: all that a native program sees of the host. The default has no file, no network, no variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jail {
    /// Its name under `[jails]`.
    pub name: String,
    /// The hosts and ports that its proxy connects to; empty is no network at all.
    pub net: BTreeSet<(String, u16)>,
    /// Which addresses these hosts may have. Default: those of the public Internet.
    pub reach: Reach,
    /// The roots that it sees at `/<name>`.
    pub places: BTreeMap<RootName, JailAccess>,
    /// Those of them whose `.git` it may read, too: everything that was ever committed, but neither hooks nor the
    /// configuration.
    pub git: BTreeSet<RootName>,
    /// Directories of the host that it may read and run programs from. Default: `/usr`, `/bin`, `/lib` and the like.
    pub system: BTreeSet<PathBuf>,
    /// Sockets of the host that it may connect to.
    pub unix: BTreeSet<PathBuf>,
    /// Its whole environment.
    pub env: BTreeMap<String, String>,
    /// What it may use up.
    pub limits: JailLimits,
}

impl Jail {
    /// Whether nothing that a program does in it can leave the house.
    pub fn is_offline(&self) -> bool {
        self.net.is_empty() && self.unix.is_empty()
    }
}

/// What a jail may do in a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum JailAccess {
    /// Read files; what the root hides stays hidden.
    Read,
    /// Read and write: for a root that is made for each call only.
    Write,
}

/// What a native program may use up. [`JailLimits::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JailLimits {
    /// Time from start to end. Default 60 s.
    pub wall: Duration,
    /// Time of the processor, of all its processes together. Default 60 s.
    pub cpu: Duration,
    /// Bytes of memory, of all its processes together. Default 512 MiB.
    pub memory: u64,
    /// Processes and threads at once. Default 64.
    pub pids: u32,
    /// Open files of each process. Default 256.
    pub files: u32,
    /// Bytes of standard output and standard error together. Default 1 MiB.
    pub output: u64,
}

impl Default for JailLimits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(60),
            cpu: Duration::from_secs(60),
            memory: 512 << 20,
            pids: 64,
            files: 256,
            output: 1 << 20,
        }
    }
}
