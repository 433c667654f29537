//! `plugins.toml`: what the operator grants.
//!
//! Read in two steps: [`low`] is what was typed, [`check`] and [`grants`] give it its meaning.

mod adopt;
mod approval;
mod barren;
mod budget;
mod canonical;
mod channel;
mod check;
mod client;
mod confirm;
mod content;
mod env;
mod examples;
mod exec;
mod globs;
mod grants;
mod jail;
mod limits;
mod low;
mod net;
mod place;
mod review;
mod script;
mod secret;
mod secret_use;
mod size;
#[cfg(test)]
mod tests;
mod token;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use globset::GlobSet;

pub use adopt::{Adopted, Held, Remedy};
pub use approval::Approval;
pub use budget::Budget;
pub use channel::{ChannelPolicy, ClientNames, Verbosity};
pub use confirm::{Confirm, ConfirmShow, ConfirmWhen, Typed};
pub use limits::{Limits, Rate};
pub use review::Review;
pub use secret::{Secret, SecretSource};
pub use token::{LoginForm, Signature, TokenProof, TokenSource, TokenWay};
pub use turn::TurnPolicy;

pub(crate) use confirm::NOBODY;
pub(crate) use globs::glob;
pub(crate) use place::{line_of, words_of};
pub(crate) use token::NOBODYS;
pub use token::TENANT;

use crate::{Access, Client, Clients, ExecGrant, Jail, NetGrant, Origin, Patterns, RoleName};

/// A root's name: `repo`, `vault`, `scratch`. The guest sees it as `/repo` and so on.
pub type RootName = String;

/// The whole of `plugins.toml`, checked.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Named directories, the only host paths in the product.
    pub roots: BTreeMap<RootName, Root>,
    /// Which plugins may do what, by plugin name.
    pub plugins: BTreeMap<String, PluginPolicy>,
    /// The secrets, by name.
    pub secrets: BTreeMap<String, Secret>,
    /// The clients that it describes, by name.
    pub described: BTreeMap<String, Arc<Client>>,
    /// Where native programs run, by name.
    pub jails: BTreeMap<String, Jail>,
    /// How plugins are reviewed.
    pub review: Review,
    /// What one turn may use up.
    pub turn: TurnPolicy,
    /// What threads, people, clients and everybody may spend.
    pub budget: Budget,
    /// Who has which role, asked through `roles_of`.
    roles: BTreeMap<RoleName, Role>,
    /// What differs in which channel, asked through `channel`.
    channels: BTreeMap<String, ChannelPolicy>,
}

/// Who has a role.
#[derive(Clone, Debug)]
struct Role {
    /// Discord role ids.
    discord: BTreeSet<String>,
    /// Whether the person at this machine has it.
    local: bool,
    /// The role itself and everything it includes, at any remove.
    gives: BTreeSet<RoleName>,
}

/// A named directory.
#[derive(Clone, Debug)]
pub struct Root {
    /// What it is on disk.
    pub kind: RootKind,
    /// What nothing may write below this root, besides the built-in list.
    pub protect: Patterns,
    /// What nothing may read or write below this root, besides the built-in list.
    pub hide: Patterns,
    /// Reading it taints the turn.
    pub sensitive: bool,
    /// The line of its table (1-based).
    pub line: usize,
}

/// What a root is on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKind {
    /// A directory of the host; a relative one is below the directory of `plugins.toml`. `None` for
    /// `repo` and `vault`, whose place comes from the environment.
    Directory(Option<PathBuf>),
    /// A fresh directory for each call, gone afterwards, of at most this many bytes.
    PerCall {
        /// The most bytes it may hold. Default 64 MiB.
        max_bytes: u64,
    },
    /// A directory for each thread, kept until a month after its last use, of at most this many bytes.
    PerThread {
        /// The most bytes it may hold. Default 64 MiB.
        max_bytes: u64,
    },
}

/// `[plugin.<name>]`. The default has no callers and no grants.
#[derive(Clone, Debug, Default)]
pub struct PluginPolicy {
    /// The file, relative to `plugins.toml`; `None` for a built-in plugin.
    pub component: Option<PathBuf>,
    /// Roles that may call it. Empty: nobody.
    pub roles: BTreeSet<RoleName>,
    /// Where calls may come from. Empty: nowhere.
    pub origins: BTreeSet<Origin>,
    /// Whether what it answers taints the turn.
    pub output: Output,
    /// The limits of each call, defaults filled in.
    pub limits: Limits,
    /// What is granted.
    pub grants: Vec<Grant>,
    /// What a reviewer signed off.
    pub approved: Option<Approval>,
    /// Whether it opens nothing beyond what was signed off: known only of a table that was compared with that one.
    pub(crate) narrowed: bool,
    /// The line of its table, for messages and reviews (1-based); 0 for a built-in plugin without one.
    pub line: usize,
}

/// Whether a plugin's answers may be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Output {
    /// As much as the operator's own words.
    Trusted,
    /// Not at all: anybody may have written what it passes on.
    #[default]
    Untrusted,
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
    /// Who has to confirm what it allows.
    pub confirm: Confirm,
    /// The line of its table (1-based).
    pub line: usize,
}

/// The kinds of grant.
#[derive(Clone, Debug)]
pub enum GrantKind {
    /// Files of a root.
    Fs(FsGrant),
    /// Requests over the network.
    Net(NetGrant),
    /// A native program of the host: `exec` in `plugins.toml`, or `shell` where it may be given anything.
    Exec(ExecGrant),
    /// Variables of the guest's own configuration, each with its value.
    Env(BTreeMap<String, String>),
    /// Small values that outlive a call.
    State,
    /// Whom of the company's clients a call is about.
    Client,
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
    /// The directories of the patterns that end in `/**`: they may be listed too.
    pub(crate) folders: GlobSet,
    /// The globs as written, for reviews.
    pub patterns: Vec<String>,
    /// The largest file, in bytes, that may be read or written whole through it. Default 64 MiB.
    pub max_file: u64,
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
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        check::policy(text).map_err(|fault| fault.locate(text))
    }

    /// The roles of a member whom a front names by `ids`: Discord role ids, or `local` for the person at
    /// this machine. Everything a role includes is in the answer.
    pub fn roles_of(&self, ids: &BTreeSet<String>) -> BTreeSet<RoleName> {
        let local = ids.contains("local");
        let held = self.roles.values().filter(|role| local && role.local || !role.discord.is_disjoint(ids));
        held.flat_map(|role| role.gives.iter().cloned()).collect()
    }

    /// What differs in the channel of this id; the default where nothing does, or where there is no channel.
    pub fn channel(&self, id: Option<&str>) -> ChannelPolicy {
        let channel = id.and_then(|id| self.channels.get(id)).cloned().unwrap_or_default();
        let own = |name: &&String| channel.client.as_ref().is_none_or(|own| own == *name);
        let binds = (!self.described.is_empty()).then(|| self.described.keys().filter(own).cloned().collect());
        ChannelPolicy { binds, ..channel }
    }

    /// The ids of channels that something is said of.
    pub fn named_channels(&self) -> impl Iterator<Item = &String> {
        self.channels.keys().chain(&self.review.channel)
    }

    /// The clients that a thread can be about, sorted: those that are described, or where none is, those of channels.
    pub fn clients(&self) -> Vec<String> {
        let of_channels = self.channels.values().filter_map(|channel| channel.client.as_ref());
        let described = (!self.described.is_empty()).then(|| self.described.keys());
        let clients: BTreeSet<&String> = match described {
            Some(described) => described.collect(),
            None => of_channels.collect(),
        };
        clients.into_iter().cloned().collect()
    }

    /// The clients that a call in a thread may be about, where the thread is about `bound`.
    pub fn clients_of(&self, bound: Option<&str>, channel: &ChannelPolicy) -> Clients {
        let may = |name: &str| match bound {
            Some(bound) => bound == name,
            None => channel.clients.gives(name),
        };
        let known = self.described.iter().filter(|(name, _)| may(name));
        Clients::new(bound, known.map(|(name, client)| (name.clone(), Arc::clone(client))).collect())
    }

    /// A role and everything it includes; `None` where there is no such role.
    pub fn role(&self, name: &str) -> Option<BTreeSet<RoleName>> {
        self.roles.get(name).map(|role| role.gives.clone())
    }

    /// The names of the roles, sorted.
    pub fn role_names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    /// Every id that some role names.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        let local = std::iter::once("local".to_owned());
        self.roles.values().flat_map(|role| role.discord.iter().cloned()).chain(local).collect()
    }
}
