//! What a grant gives that no grant gave before.

use std::collections::BTreeSet;

use super::net::net;
use crate::{Argv, Confirm, ConfirmWhen, ExecGrant, FsGrant, Grant, GrantKind, Typed};

/// Nothing where one of the old grants gave all of it; otherwise what it has above the old one of its id, or that it
/// is new.
pub(super) fn gained(old: &[Grant], new: &Grant) -> Vec<String> {
    let mut gains = old.iter().map(|before| (before, above(before, new)));
    if gains.clone().any(|(_, gained)| gained.is_empty()) {
        return Vec::new();
    }
    match gains.find(|(before, _)| before.id == new.id) {
        Some((_, gained)) => gained.into_iter().map(|what| format!("grant `{}`: {what}", new.id)).collect(),
        None => vec![format!("grant `{}`: it is new ({})", new.id, kind(&new.kind))],
    }
}

pub(super) fn kind(kind: &GrantKind) -> &'static str {
    match kind {
        GrantKind::Fs(_) => "fs",
        GrantKind::Net(_) => "net",
        GrantKind::Exec(exec) => match exec.argv {
            Argv::Grammar(_) if exec.script.is_some() => "script",
            Argv::Grammar(_) => "exec",
            Argv::Anything => "shell",
        },
        GrantKind::Env(_) => "env",
        GrantKind::State => "state",
        GrantKind::Client => "client",
    }
}

/// What one grant has above another.
fn above(old: &Grant, new: &Grant) -> Vec<String> {
    let mut words = match (&old.kind, &new.kind) {
        (GrantKind::Fs(old), GrantKind::Fs(new)) => fs(old, new),
        (GrantKind::Net(old), GrantKind::Net(new)) => net(old, new),
        (GrantKind::Env(old), GrantKind::Env(new)) => {
            let other = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
            other.map(|(name, _)| format!("another value of `{name}`")).collect()
        }
        (GrantKind::Exec(old), GrantKind::Exec(new)) => exec(old, new),
        (GrantKind::State, GrantKind::State) | (GrantKind::Client, GrantKind::Client) => Vec::new(),
        (old, new) => vec![format!("its kind is `{}` and was `{}`", kind(new), kind(old))],
    };
    words.extend(tools(&old.tools, &new.tools));
    words.extend(confirm(&old.confirm, &new.confirm));
    words
}

/// Tools that are new; an empty set is every tool.
fn tools(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Vec<String> {
    match (old.is_empty(), new.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => vec!["it is for every tool".to_owned()],
        (false, false) => listed("the tool", new.difference(old)),
    }
}

fn fs(old: &FsGrant, new: &FsGrant) -> Vec<String> {
    if old.root != new.root {
        return vec![format!("the root `{}`", new.root)];
    }
    let access = new.access.difference(&old.access).map(|access| access.as_str().to_owned());
    let mut words = listed("the access", access);
    if !old.patterns.iter().any(|pattern| pattern == "**") {
        words.extend(listed("the pattern", new.patterns.iter().filter(|pattern| !old.patterns.contains(pattern))));
    }
    words.extend(raised("max_file", old.max_file, new.max_file));
    words
}

/// Whether a grammar or a jail is narrower is not worked out: any change of them is for a person to look at.
fn exec(old: &ExecGrant, new: &ExecGrant) -> Vec<String> {
    let changes = [
        (old.command != new.command || old.program.path != new.program.path, "another program"),
        (old.program.sha256 != new.program.sha256, "other bytes of its program"),
        (old.argv != new.argv, "other arguments"),
        (old.jail != new.jail, "another jail, or what its jail gives"),
        (old.script != new.script, "another script, or something else of its tool or its secrets"),
    ];
    changes.into_iter().filter(|(is_changed, _)| *is_changed).map(|(_, what)| what.to_owned()).collect()
}

/// What makes a confirmation weaker.
fn confirm(old: &Confirm, new: &Confirm) -> Vec<String> {
    if old.when == ConfirmWhen::Never {
        return Vec::new();
    }
    let weaker = [
        (new.when != old.when && new.when != ConfirmWhen::Always, "confirmations are asked for less often"),
        (old.two_person && !new.two_person, "one person is enough to confirm"),
        (!new.by.is_subset(&old.by), "more roles may confirm"),
        (new.ttl > old.ttl, "a confirmation stands longer"),
        (new.show != old.show, "a confirmation shows something else"),
        (new.typed == Typed::Nothing && old.typed != Typed::Nothing, "nothing has to be typed to confirm"),
        (
            ![&Typed::Nothing, &new.typed].contains(&&old.typed) && new.typed != Typed::Nothing,
            "something else has to be typed to confirm",
        ),
    ];
    weaker.into_iter().filter(|(is_weaker, _)| *is_weaker).map(|(_, what)| what.to_owned()).collect()
}

pub(super) fn listed<T: std::fmt::Display>(what: &str, items: impl Iterator<Item = T>) -> Vec<String> {
    items.map(|item| format!("{what} `{item}`")).collect()
}

pub(super) fn raised(what: &str, old: u64, new: u64) -> Option<String> {
    (new > old).then(|| format!("{what} from {old} to {new}"))
}
