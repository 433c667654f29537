//! `plugins.toml`: what the operator grants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use globset::GlobSet;

use crate::{Access, Digest, Origin, RoleName};

/// A root's name: `repo`, `vault`, `scratch`. The guest sees it as `/repo` and so on.
pub type RootName = String;

/// The whole of `plugins.toml`, checked.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Named directories, the only host paths in the product.
    pub roots: BTreeMap<RootName, Root>,
    /// Which plugins may do what, by plugin name.
    pub plugins: BTreeMap<String, PluginPolicy>,
    /// Role name → who has it (see the `[roles]` table) — private shape, asked through `roles_of`.
    roles: BTreeMap<RoleName, ()>,
}

/// A named directory.
#[derive(Clone, Debug)]
pub struct Root {
    /// What it is on disk.
    pub kind: RootKind,
    /// Globs that nothing may write below this root, besides the built-in list.
    pub protect: GlobSet,
    /// Globs that nothing may read or write below this root, besides the built-in list.
    pub hide: GlobSet,
    /// Reading it taints the turn.
    pub sensitive: bool,
}

/// What a root is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// A directory of the host. `None` for `repo` and `vault`, whose place comes from the environment.
    Directory(Option<PathBuf>),
    /// A fresh directory for each call, gone afterwards, of at most this many bytes.
    PerCall {
        /// The most bytes it may hold.
        max_bytes: u64,
    },
}

/// `[plugin.<name>]`.
#[derive(Clone, Debug)]
pub struct PluginPolicy {
    /// The file, relative to `plugins.toml`; `None` for a built-in plugin.
    pub component: Option<PathBuf>,
    /// Roles that may call it. Empty: nobody.
    pub roles: BTreeSet<RoleName>,
    /// Where calls may come from. Empty: nowhere.
    pub origins: BTreeSet<Origin>,
    /// The limits of each call, defaults filled in.
    pub limits: Limits,
    /// What is granted.
    pub grants: Vec<Grant>,
    /// What a reviewer signed off.
    pub approved: Option<Approval>,
    /// The line of its table, for messages and reviews (1-based).
    pub line: usize,
}

/// One grant.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Unique in the plugin.
    pub id: String,
    /// Why it was granted; never empty.
    pub why: String,
    /// The tools it is for; empty means every tool of the plugin.
    pub tools: BTreeSet<String>,
    /// What it allows.
    pub kind: GrantKind,
    /// The line of its table (1-based).
    pub line: usize,
}

/// The kinds of grant.
#[derive(Clone, Debug)]
pub enum GrantKind {
    /// Files of a root.
    Fs(FsGrant),
    /// Small values that outlive a call.
    State,
}

/// An `fs` grant.
#[derive(Clone, Debug)]
pub struct FsGrant {
    /// Which root.
    pub root: RootName,
    /// Which ways of access.
    pub access: BTreeSet<Access>,
    /// Which paths: matched on the resolved path below the root.
    pub allow: GlobSet,
    /// The globs as written, for reviews.
    pub patterns: Vec<String>,
    /// The largest file, in bytes, that may be read or written whole through it.
    pub max_file: u64,
}

/// The limits of one call. [`Limits::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together. Default 64 MiB.
    pub memory: u64,
    /// Table elements. Default 100,000.
    pub table: u32,
    /// Core instances, memories and tables, each. Default 64: one component may hold several modules.
    pub instances: u32,
    /// Time from start to end. Default 30 s.
    pub wall: Duration,
    /// Calls into the host. Default 200,000.
    pub hostcalls: u64,
    /// Bytes that one call into the host may carry. Default 16 MiB.
    pub hostcall_bytes: u64,
    /// Resources held at once. Default 256.
    pub handles: u32,
    /// Bytes of output. Default 10 MiB, for images and documents.
    pub output: u64,
    /// Bytes of log. Default 16 KiB.
    pub log: u64,
    /// Calls of the plugin at once. Default 8.
    pub concurrent: u32,
}

/// `[plugin.<name>.approved]`, written by `claudetools plugin approve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Digest of the component's bytes.
    pub component: Digest,
    /// Digest of the manifest's text.
    pub request: Digest,
    /// Digest of the sorted import names, one a line.
    pub imports: Digest,
    /// [`crate::Manifest::strings_digest`].
    pub strings: Digest,
    /// The version approved.
    pub version: String,
    /// Who.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// A note; may be empty.
    pub note: String,
}

/// What is wrong with `plugins.toml`: where, what, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plugins.toml:{line}:{column}: {message}")]
pub struct PolicyError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// One sentence: what is wrong, what was expected.
    pub message: String,
}

impl Policy {
    /// Parses and checks the text of a `plugins.toml`. Unknown keys, unknown roots and roles, bad globs,
    /// bad sizes and failing examples are errors. No environment variable is expanded.
    pub fn parse(_text: &str) -> Result<Self, PolicyError> {
        todo!()
    }

    /// The roles of a member whom a front names by `ids`: Discord role ids, or `local` for the person at
    /// this machine. Everything a role includes is in the answer.
    pub fn roles_of(&self, _ids: &BTreeSet<String>) -> BTreeSet<RoleName> {
        let _ = &self.roles;
        todo!()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            table: 100_000,
            instances: 64,
            wall: Duration::from_secs(30),
            hostcalls: 200_000,
            hostcall_bytes: 16 << 20,
            handles: 256,
            output: 10 << 20,
            log: 16 << 10,
            concurrent: 8,
        }
    }
}
