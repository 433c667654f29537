//! What of a `plugins.toml` takes effect when the program starts, and while it runs.
//!
//! Whatever takes something away holds at once. Whatever opens something needs a reviewer's approval of exactly
//! that, or a restart, which only somebody on the machine can do. A table is taken whole or not at all.

#[cfg(test)]
mod money;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{PluginPolicy, Policy, Review, Role, Root, Secret, channel, client};
use crate::RoleName;

/// What is in force once a changed file was read.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// In force from the next decision on.
    pub policy: Policy,
    /// What the file asks for besides, in its order.
    pub held: Vec<Held>,
}

/// A table of a changed file that would open something and is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name, such as `plugin.tickets` or `roles`.
    pub table: String,
    /// Its line in the changed file (1-based); 0 for tables that are compared as a whole: `roles`, `review`, `budget`
    /// and channels.
    pub line: usize,
    /// What it would open, one phrase each; never empty.
    pub opens: Vec<String>,
    /// What brings it into force.
    pub remedy: Remedy,
}

/// What brings a held table into force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// `claudetools plugin approve`: the reviewer signs the grants as they are.
    Approve,
    /// A restart: nobody signs this table.
    Restart,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plugins.toml")?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": [{}] is not taken, what was in force before stays ({}); ", self.table, self.opens.join("; "))?;
        match (self.remedy, self.table.strip_prefix("plugin.")) {
            (Remedy::Approve, Some(name)) => write!(f, "review it and run `claudetools plugin approve {name}`"),
            _ => f.write_str("restart the program to take it"),
        }
    }
}

impl Policy {
    /// Takes from a file what may take effect when the program starts: a plugin's table that its approval does not
    /// sign counts as a change of the one that was approved, which `approved` holds by plugin name.
    ///
    /// Where that one is not known, the table stays as it is, and [`crate::admit()`] refuses it. Everything that nobody
    /// signs is taken: a restart is what brings it into force.
    pub fn begin(self, approved: &BTreeMap<String, PluginPolicy>, built_in: &[&str]) -> Adopted {
        let signs = |table: &PluginPolicy, then: &&PluginPolicy| {
            table.approved.as_ref().is_some_and(|approved| approved.grants == Some(then.grants_digest()))
        };
        let mut before = self.clone();
        let mut known = BTreeSet::new();
        for (name, table) in &mut before.plugins {
            if let Some(then) = approved.get(name).filter(|then| signs(table, then)) {
                *table = PluginPolicy { approved: table.approved.clone(), ..then.clone() };
                known.insert(format!("plugin.{name}"));
            }
        }
        let mut adopted = before.adopt(self, built_in);
        adopted.held.retain(|held| known.contains(&held.table));
        adopted
    }

    /// Takes from a changed file what may take effect at once, and keeps the rest of what is in force.
    ///
    /// `built_in` are the plugins that nobody approves: their tables, `[roots]`, and whatever opens more in `[roles]`,
    /// `[secrets]`, `[review]`, `[budget]`, a `[client]` and a `[channel]` wait for a restart. Any other plugin's table is taken when it opens nothing, when
    /// nothing of the plugin may run under it (no approval), or when its approval names the digest of its grants. What
    /// nobody signed off is no measure of what opens something.
    pub fn adopt(&self, mut wanted: Policy, built_in: &[&str]) -> Adopted {
        let mut held = roots(&self.roots, &wanted.roots);
        wanted.roots = self.roots.clone();
        held.extend(wanted.keep_roles(&self.roles));
        held.extend(secrets(&self.secrets, &mut wanted.secrets));
        held.extend(wanted.review.keep(&self.review));
        held.extend(wanted.budget.keep(&self.budget));
        held.extend(client::keep(&mut wanted.described, &self.described));
        held.extend(channel::keep(&mut wanted.channels, &self.channels, &wanted.described));
        let mut opens = wanted.widenings(&self.reviewed(built_in));
        for (name, table) in &mut wanted.plugins {
            let before = self.plugins.get(name).cloned().unwrap_or_default();
            let opens = opens.remove(name).unwrap_or_default();
            held.extend(plugin(name, before, table, opens, built_in.contains(&name.as_str())));
        }
        held.sort_by_key(|held| held.line);
        Adopted { policy: wanted, held }
    }

    /// The same without the tables that nobody signed off.
    fn reviewed(&self, built_in: &[&str]) -> Self {
        let mut reviewed = self.clone();
        reviewed.plugins.retain(|name, table| built_in.contains(&name.as_str()) || table.is_reviewed());
        reviewed
    }

    /// Takes away what an id is given only by this file.
    fn keep_roles(&mut self, before: &BTreeMap<RoleName, Role>) -> Option<Held> {
        let (old, new) = (holders(before), holders(&self.roles));
        let gained: Vec<String> =
            new.difference(&old).map(|(role, holder)| format!("{holder} gets the role `{role}`")).collect();
        let mut kept: BTreeMap<RoleName, Role> = BTreeMap::new();
        for (name, holder) in new.intersection(&old) {
            let role = kept.entry(name.clone()).or_insert_with(|| Role::only(name));
            match holder {
                Holder::Local => role.local = true,
                Holder::Discord(id) => drop(role.discord.insert(id.clone())),
            }
        }
        self.roles = kept;
        held("roles", 0, gained, Remedy::Restart)
    }
}

impl PluginPolicy {
    /// Whether a reviewer signed off these grants, or wider ones.
    pub fn is_reviewed(&self) -> bool {
        self.approved.as_ref().is_some_and(|approved| self.narrowed || approved.grants == Some(self.grants_digest()))
    }
}

impl Role {
    /// The role itself, which nobody has.
    fn only(name: &RoleName) -> Self {
        Self { discord: BTreeSet::new(), local: false, gives: BTreeSet::from([name.clone()]) }
    }
}

/// Who can hold a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Local,
    Discord(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("the person at this machine"),
            Self::Discord(id) => write!(f, "the Discord role {id}"),
        }
    }
}

/// Every role with everybody who has it, by whatever way.
fn holders(roles: &BTreeMap<RoleName, Role>) -> BTreeSet<(RoleName, Holder)> {
    let held = |role: &Role| {
        let ids = role.discord.iter().cloned().map(Holder::Discord);
        ids.chain(role.local.then_some(Holder::Local)).collect::<Vec<_>>()
    };
    let given = |role: &Role| {
        let pairs = role.gives.iter().flat_map(|name| held(role).into_iter().map(|holder| (name.clone(), holder)));
        pairs.collect::<Vec<_>>()
    };
    roles.values().flat_map(given).collect()
}

impl Review {
    /// Keeps what this file would open: approving from chat, another channel, other keys.
    fn keep(&mut self, before: &Review) -> Option<Held> {
        let mut opens = Vec::new();
        if self.in_chat && !before.in_chat {
            opens.push("approving from chat".to_owned());
            self.in_chat = false;
        }
        if self.channel != before.channel {
            opens.push("another channel for reviews".to_owned());
            self.channel.clone_from(&before.channel);
        }
        let stricter = !self.keys.is_empty() && (before.keys.is_empty() || subset(&self.keys, &before.keys));
        if self.keys != before.keys && !stricter {
            opens.push("other keys for signing approvals".to_owned());
            self.keys.clone_from(&before.keys);
        }
        held("review", 0, opens, Remedy::Restart)
    }
}

fn subset(some: &[String], all: &[String]) -> bool {
    some.iter().all(|one| all.contains(one))
}

/// Roots are opened once, at start: any change of one waits.
fn roots(before: &BTreeMap<String, Root>, wanted: &BTreeMap<String, Root>) -> Vec<Held> {
    let same = |name: &String, root: &Root| before.get(name).is_some_and(|old| same_root(old, root));
    let changed = wanted.iter().filter(|(name, root)| !same(name, root)).filter_map(|(name, root)| {
        let what = if before.contains_key(name) { "a changed root" } else { "a new root" };
        held(&format!("roots.{name}"), root.line, vec![what.to_owned()], Remedy::Restart)
    });
    changed.collect()
}

fn same_root(one: &Root, other: &Root) -> bool {
    one.kind == other.kind
        && one.protect.as_written() == other.protect.as_written()
        && one.hide.as_written() == other.hide.as_written()
        && one.sensitive == other.sensitive
}

/// A secret that is new is of use only to a grant that names it; one from another source, or for other services,
/// would reach grants that were approved for what it was. Where it may go is in the digest of those grants.
fn secrets(before: &BTreeMap<String, Secret>, wanted: &mut BTreeMap<String, Secret>) -> Vec<Held> {
    let replaced = wanted.iter_mut().filter_map(|(name, secret)| {
        let old = before.get(name).filter(|old| old.source != secret.source)?;
        let opens = vec!["another value under the same name".to_owned()];
        let held = held(&format!("secrets.{name}"), secret.line, opens, Remedy::Restart);
        *secret = old.clone();
        held
    });
    replaced.collect()
}

/// Puts the old table back where the new one may not take effect.
fn plugin(
    name: &str,
    before: PluginPolicy,
    table: &mut PluginPolicy,
    opens: Vec<String>,
    built_in: bool,
) -> Option<Held> {
    if !built_in && (table.approved.is_none() || table.is_reviewed()) {
        return None;
    }
    let remedy = if built_in { Remedy::Restart } else { Remedy::Approve };
    let held = held(&format!("plugin.{name}"), table.line, opens, remedy);
    match held {
        Some(_) => *table = before,
        None => table.narrowed = true,
    }
    held
}

/// Keeps a limit where the new one, or none, would give more; whether it would have.
pub(super) fn less(now: &mut Option<u64>, before: Option<u64>) -> bool {
    let raises = before.is_some_and(|old| now.is_none_or(|new| new > old));
    if raises {
        *now = before;
    }
    raises
}

pub(super) fn held(table: &str, line: usize, opens: Vec<String>, remedy: Remedy) -> Option<Held> {
    (!opens.is_empty()).then(|| Held { table: table.to_owned(), line, opens, remedy })
}
