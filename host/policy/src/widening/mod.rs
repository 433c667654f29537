//! What a plugin may do under one policy that it may not under another.
//!
//! Cautious: nothing is worked out about patterns. What is not plainly narrower or equal is a widening, so that a
//! person looks at it.

mod grant;
mod net;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::{Grant, GrantKind, Limits, Output, PluginPolicy, Policy, Root, SecretSource};

impl Policy {
    /// What each plugin may do under this policy that it may not under `old`, in words; plugins that gain nothing are
    /// left out.
    ///
    /// Compared are its table (callers, output, limits, grants), who has the roles of its callers and confirmations,
    /// the roots of its grants, and the sources of its secrets. Cautious: whatever is not plainly narrower or equal
    /// counts.
    pub fn widenings(&self, old: &Self) -> BTreeMap<String, Vec<String>> {
        let none = PluginPolicy::default();
        let gained = self.plugins.iter().map(|(name, new)| {
            let before = old.plugins.get(name).unwrap_or(&none);
            (name.clone(), [widening(before, new), self.around(old, new)].concat())
        });
        gained.filter(|(_, words)| !words.is_empty()).collect()
    }

    /// What changes for a plugin outside of its table.
    fn around(&self, old: &Self, plugin: &PluginPolicy) -> Vec<String> {
        [self.roles_widened(old, plugin), self.roots_widened(old, plugin), self.secrets_changed(old, plugin)].concat()
    }

    fn roles_widened(&self, old: &Self, plugin: &PluginPolicy) -> Vec<String> {
        let confirming = plugin.grants.iter().flat_map(|grant| &grant.confirm.by);
        let roles: BTreeSet<_> = plugin.roles.iter().chain(confirming).collect();
        let gains = |role: &str| {
            let (new, before) = (self.holders(role), old.holders(role));
            let gained: Vec<_> = new.difference(&before).cloned().collect();
            (!gained.is_empty()).then(|| format!("the role `{role}` is given to {}", gained.join(", ")))
        };
        roles.into_iter().filter_map(|role| gains(role)).collect()
    }

    /// The ids that have a role, by whatever way, as [`Policy::roles_of`] takes them.
    fn holders(&self, role: &str) -> BTreeSet<String> {
        self.ids().into_iter().filter(|id| self.roles_of(&BTreeSet::from([id.clone()])).contains(role)).collect()
    }

    fn roots_widened(&self, old: &Self, plugin: &PluginPolicy) -> Vec<String> {
        let names: BTreeSet<_> = plugin.grants.iter().filter_map(root_of).collect();
        let wider = |name: &&String| match (old.roots.get(*name), self.roots.get(*name)) {
            (Some(before), Some(new)) => !is_within(before, new),
            _ => true,
        };
        names.into_iter().filter(wider).map(|name| format!("the root `{name}` is not what it was")).collect()
    }

    fn secrets_changed(&self, old: &Self, plugin: &PluginPolicy) -> Vec<String> {
        let names: BTreeSet<_> = plugin.grants.iter().filter_map(secret_of).collect();
        let source = |policy: &Self, name: &str| -> Option<SecretSource> {
            policy.secrets.get(name).map(|secret| secret.source.clone())
        };
        let changed = |name: &&str| source(old, name) != source(self, name);
        names.into_iter().filter(changed).map(|name| format!("the secret `{name}` comes from another source")).collect()
    }
}

/// What one table gives that the other does not.
fn widening(old: &PluginPolicy, new: &PluginPolicy) -> Vec<String> {
    let roles = new.roles.difference(&old.roles).map(|role| format!("callers: the role `{role}`"));
    let origins =
        new.origins.difference(&old.origins).map(|origin| format!("callers: the origin `{}`", origin.as_str()));
    let trusted =
        (new.output == Output::Trusted && old.output != Output::Trusted).then(|| "its output is trusted".to_owned());
    let limits = limits(&old.limits, &new.limits);
    let grants = new.grants.iter().flat_map(|grant| grant::gained(&old.grants, grant));
    roles.chain(origins).chain(trusted).chain(limits).chain(grants).collect()
}

fn limits(old: &Limits, new: &Limits) -> Vec<String> {
    let pairs = [
        ("memory", old.memory, new.memory),
        ("table", old.table.into(), new.table.into()),
        ("instances", old.instances.into(), new.instances.into()),
        ("hostcalls", old.hostcalls, new.hostcalls),
        ("hostcall_bytes", old.hostcall_bytes, new.hostcall_bytes),
        ("handles", old.handles.into(), new.handles.into()),
        ("output", old.output, new.output),
        ("log", old.log, new.log),
        ("concurrent", old.concurrent.into(), new.concurrent.into()),
        ("per_user", old.per_user.into(), new.per_user.into()),
        ("per_thread", old.per_thread.into(), new.per_thread.into()),
    ];
    let raised = pairs.into_iter().filter(|(_, old, new)| new > old);
    let mut words: Vec<_> = raised.map(|(name, old, new)| format!("limit: {name} from {old} to {new}")).collect();
    if new.wall > old.wall {
        words.push(format!("limit: wall from {:?} to {:?}", old.wall, new.wall));
    }
    if new.rate.calls > old.rate.calls || new.rate.per < old.rate.per {
        let text = |limits: &Limits| format!("{} in {:?}", limits.rate.calls, limits.rate.per);
        words.push(format!("limit: rate from {} to {}", text(old), text(new)));
    }
    words
}

fn root_of(grant: &Grant) -> Option<&String> {
    match &grant.kind {
        GrantKind::Fs(fs) => Some(&fs.root),
        GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::Exec(_) | GrantKind::State | GrantKind::Client => None,
    }
}

fn secret_of(grant: &Grant) -> Option<&str> {
    match &grant.kind {
        GrantKind::Net(net) => net.secret.as_ref().map(|secret| secret.name.as_str()),
        GrantKind::Fs(_) | GrantKind::Env(_) | GrantKind::Exec(_) | GrantKind::State | GrantKind::Client => None,
    }
}

/// Whether a root is the same directory and as closed as before.
fn is_within(old: &Root, new: &Root) -> bool {
    let keeps = |before: &crate::Patterns, now: &crate::Patterns| {
        before.as_written().iter().all(|pattern| now.as_written().contains(pattern))
    };
    let as_sensitive = new.sensitive || !old.sensitive;
    new.kind == old.kind && as_sensitive && keeps(&old.protect, &new.protect) && keeps(&old.hide, &new.hide)
}
