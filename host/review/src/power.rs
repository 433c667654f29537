//! What a plugin can do, one power at a time: what the score adds up and the pairs are made of.

use std::collections::BTreeSet;

use claudetools_policy::{
    Access, Argv, ConfirmWhen, ExecGrant, FsGrant, Grant, GrantKind, HostPattern, NetGrant, NetRule, Request,
    RequestKind, RootKind, Slot,
};

use crate::place::Places;
use crate::{Input, words};

/// One power.
#[derive(Clone, Debug)]
pub(crate) struct Power {
    pub effect: Effect,
    /// Where: `repo/docs/**`, `https://host/path`, a secret's name.
    pub place: String,
    pub breadth: Breadth,
    /// What is left of the points after confirmations and examples, in percent.
    pub guard: u32,
    /// What to leave out to be without it, such as `drop `delete``.
    pub without: String,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    FsRead,
    SensitiveRead,
    FsWrite,
    FsDelete,
    NetGet,
    NetWrite,
    Secret,
    Exec,
    Shell,
}

/// How far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Breadth {
    /// Paths and hosts that are written out.
    Exact,
    /// One subtree, or one path's beginning.
    Subtree,
    /// A whole root, or any path.
    Whole,
    /// Any host.
    AnyHost,
}

impl Effect {
    /// The word for it and what it counts where it reaches one exact thing.
    pub fn named(self) -> (&'static str, u32) {
        match self {
            Self::FsRead => ("fs.read", 2),
            Self::SensitiveRead => ("vault.read", 10),
            Self::FsWrite => ("fs.write", 8),
            Self::FsDelete => ("fs.delete", 12),
            Self::NetGet => ("net.GET", 6),
            Self::NetWrite => ("net.write", 14),
            Self::Secret => ("secret", 8),
            Self::Exec => ("exec", 15),
            Self::Shell => ("shell", 25),
        }
    }

    fn of(access: Access, sensitive: bool) -> Self {
        match access {
            Access::Read | Access::List if sensitive => Self::SensitiveRead,
            Access::Read | Access::List => Self::FsRead,
            Access::Create | Access::Modify | Access::Rename => Self::FsWrite,
            Access::Delete => Self::FsDelete,
        }
    }
}

impl Breadth {
    fn percent(self) -> u32 {
        match self {
            Self::Exact => 100,
            Self::Subtree => 150,
            Self::Whole => 250,
            Self::AnyHost => 400,
        }
    }
}

impl Power {
    /// What it adds to the score, rounded to the nearest.
    pub fn points(&self) -> u32 {
        let (_, base) = self.effect.named();
        (base * self.breadth.percent() * self.guard + 5_000) / 10_000
    }
}

/// What the grants give.
pub(crate) fn granted(input: &Input<'_>, places: &Places<'_>) -> Vec<Power> {
    let grants = input.table().map_or(&[][..], |table| &table.grants);
    grants.iter().flat_map(|grant| of_grant(input, places, grant)).collect()
}

fn of_grant(input: &Input<'_>, places: &Places<'_>, grant: &Grant) -> Vec<Power> {
    let guard = guard(grant, places.examples(input.name, &grant.id).refuse);
    match &grant.kind {
        GrantKind::Fs(fs) => of_files(input, fs, guard),
        GrantKind::Net(net) => of_network(net, guard),
        GrantKind::Exec(exec) => vec![of_program(exec, guard)],
        GrantKind::Env(_) | GrantKind::State | GrantKind::Client => Vec::new(),
    }
}

fn of_program(grant: &ExecGrant, guard: u32) -> Power {
    let offline = if grant.jail.net.is_empty() { 80 } else { 100 };
    let (effect, breadth) = match &grant.argv {
        Argv::Anything => (Effect::Shell, Breadth::Exact),
        Argv::Grammar(slots) if slots.iter().all(is_written_out) => (Effect::Exec, Breadth::Exact),
        Argv::Grammar(_) => (Effect::Exec, Breadth::Subtree),
    };
    let without = format!("do without `{}`", grant.command);
    Power { effect, place: words::start(grant), breadth, guard: guard * offline / 100, without }
}

fn is_written_out(slot: &Slot) -> bool {
    matches!(slot, Slot::Literal(_) | Slot::OneOf(_))
}

/// What is left after who is asked first and what is tried at every start.
fn guard(grant: &Grant, refuse: usize) -> u32 {
    let asked = if grant.confirm.when == ConfirmWhen::Always { 70 } else { 100 };
    let by_two = if grant.confirm.when != ConfirmWhen::Never && grant.confirm.two_person { 50 } else { 100 };
    let tried = if refuse >= 3 { 80 } else { 100 };
    asked * by_two * tried / 10_000
}

/// A directory that is gone after the call gives no power over anything.
fn lasts(input: &Input<'_>, root: &str) -> bool {
    input.policy.roots.get(root).is_none_or(|root| matches!(root.kind, RootKind::Directory(_)))
}

fn of_files(input: &Input<'_>, grant: &FsGrant, guard: u32) -> Vec<Power> {
    let breadth = grant.patterns.iter().map(|pattern| breadth_of_files(pattern)).max();
    let Some(breadth) = breadth.filter(|_| lasts(input, &grant.root)) else { return Vec::new() };
    let sensitive = input.policy.roots.get(&grant.root).is_some_and(|root| root.sensitive);
    by_effect(&grant.access, sensitive)
        .into_iter()
        .map(|(effect, without)| Power { effect, place: words::place(grant), breadth, guard, without })
        .collect()
}

/// The effects of some ways of access, with the words to drop.
fn by_effect(access: &BTreeSet<Access>, sensitive: bool) -> Vec<(Effect, String)> {
    let mut effects: Vec<(Effect, Vec<String>)> = Vec::new();
    for way in access {
        let effect = Effect::of(*way, sensitive);
        let word = format!("`{}`", way.as_str());
        match effects.iter_mut().find(|(known, _)| *known == effect) {
            Some((_, words)) => words.push(word),
            None => effects.push((effect, vec![word])),
        }
    }
    effects.into_iter().map(|(effect, words)| (effect, format!("drop {}", words.join(", ")))).collect()
}

fn breadth_of_files(pattern: &str) -> Breadth {
    let is_open = |part: &str| part.contains(['*', '?', '[', '{']);
    match pattern.split('/').position(is_open) {
        None => Breadth::Exact,
        Some(0) => Breadth::Whole,
        Some(_) => Breadth::Subtree,
    }
}

fn of_network(grant: &NetGrant, guard: u32) -> Vec<Power> {
    let mut powers: Vec<Power> = grant.allow.iter().flat_map(|rule| of_rule(rule, guard)).collect();
    powers.extend(grant.secret.iter().map(|secret| Power {
        effect: Effect::Secret,
        place: secret.name.clone(),
        breadth: Breadth::Exact,
        guard,
        without: "do without the secret".to_owned(),
    }));
    powers
}

fn of_rule(rule: &NetRule, guard: u32) -> Vec<Power> {
    by_method(&rule.methods, &words::url(rule), breadth_of_rule(rule), guard)
}

/// The powers that some methods give, with the methods to drop.
fn by_method(methods: &BTreeSet<String>, place: &str, breadth: Breadth, guard: u32) -> Vec<Power> {
    let (asks, writes): (Vec<&String>, Vec<&String>) = methods.iter().partition(|method| words::only_asks(method));
    let drop = |methods: &[&String]| methods.iter().map(|method| format!("`{method}`")).collect::<Vec<_>>().join(", ");
    let effects = [(Effect::NetGet, asks), (Effect::NetWrite, writes)].into_iter();
    let power = |(effect, methods): (Effect, Vec<&String>)| Power {
        effect,
        place: place.to_owned(),
        breadth,
        guard,
        without: format!("drop {}", drop(&methods)),
    };
    effects.filter(|(_, methods)| !methods.is_empty()).map(power).collect()
}

fn breadth_of_rule(rule: &NetRule) -> Breadth {
    let open = rule.path.iter().position(|part| part.contains('*'));
    match (&rule.host, open) {
        (HostPattern::Any, _) => Breadth::AnyHost,
        (HostPattern::OneLabel(_), _) | (_, Some(0)) => Breadth::Whole,
        (_, Some(_)) => Breadth::Subtree,
        (_, None) => Breadth::Exact,
    }
}

/// What the manifest asks for, as if it were granted whole.
pub(crate) fn asked(input: &Input<'_>) -> Vec<Power> {
    let requests = input.found().map_or(&[][..], |found| &found.manifest.requests);
    requests.iter().flat_map(|request| of_request(input, request)).collect()
}

fn of_request(input: &Input<'_>, request: &Request) -> Vec<Power> {
    match &request.kind {
        RequestKind::Fs { root, access } if lasts(input, root) => {
            let sensitive = input.policy.roots.get(root).is_some_and(|root| root.sensitive);
            let power =
                |(effect, without)| Power { effect, place: root.clone(), breadth: Breadth::Whole, guard: 100, without };
            by_effect(access, sensitive).into_iter().map(power).collect()
        }
        RequestKind::Net { hosts, methods } => {
            let breadth = |host: &str| if host == "*" { Breadth::AnyHost } else { Breadth::Whole };
            hosts.iter().flat_map(|host| by_method(methods, host, breadth(host), 100)).collect()
        }
        RequestKind::Exec { programs } => {
            let power = |name: &String| Power {
                effect: if name == "*" { Effect::Shell } else { Effect::Exec },
                place: name.clone(),
                breadth: Breadth::Subtree,
                guard: 100,
                without: format!("do without `{name}`"),
            };
            programs.iter().map(power).collect()
        }
        RequestKind::Fs { .. } | RequestKind::Env { .. } | RequestKind::State | RequestKind::Client => Vec::new(),
    }
}
