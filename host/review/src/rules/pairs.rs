//! PLG012: what is dangerous together.

use claudetools_policy::{
    Access, ExecGrant, FsGrant, Grant, GrantKind, NetGrant, NetRule, Output, RootKind, SecretUse,
};

use super::Look;
use crate::shown::list;
use crate::{Finding, Input, Level, Rule, words};

/// What builds, editors and people run when it is there, at the places where it usually is.
const RUN: &[&str] = &[
    "Makefile",
    "build.rs",
    "package.json",
    "setup.py",
    "conftest.py",
    "Dockerfile",
    "Jenkinsfile",
    "build.gradle",
    "run.sh",
    "deploy.ps1",
    "scripts/run.sh",
    "scripts/run.ps1",
    "bin/run.sh",
];

/// Two powers of one plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub points: u32,
    pub what: String,
    /// What to leave out.
    pub without: String,
    /// The line of the grant that completes it.
    pub line: usize,
}

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let pair = |pair: Pair| {
        Finding::new(Rule::ToxicPair, Level::Warning, format!("It has {}.", pair.what))
            .at(pair.line)
            .fix(pair.without.trim_end_matches(','))
    };
    pairs(look.input).into_iter().map(pair).chain(programs(look)).collect()
}

/// The pairs that count in the score.
pub(crate) fn pairs(input: &Input<'_>) -> Vec<Pair> {
    [leak(input), hostile(input), online(input), prepared(input)].into_iter().flatten().collect()
}

fn grants<'i>(input: &Input<'i>) -> impl Iterator<Item = &'i Grant> {
    input.table().map_or(&[][..], |table| &table.grants).iter()
}

fn network<'i>(input: &Input<'i>) -> impl Iterator<Item = (&'i Grant, &'i NetGrant)> {
    grants(input).filter_map(|grant| match &grant.kind {
        GrantKind::Net(net) => Some((grant, net)),
        GrantKind::Fs(_) | GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    })
}

fn files<'i>(input: &Input<'i>) -> impl Iterator<Item = (&'i Grant, &'i FsGrant)> {
    grants(input).filter_map(|grant| match &grant.kind {
        GrantKind::Fs(fs) => Some((grant, fs)),
        GrantKind::Net(_) | GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    })
}

fn started<'i>(input: &Input<'i>) -> impl Iterator<Item = (&'i Grant, &'i ExecGrant)> {
    grants(input).filter_map(|grant| match &grant.kind {
        GrantKind::Exec(exec) => Some((grant, exec)),
        GrantKind::Fs(_) | GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    })
}

/// Something confidential, and a request that carries it away to where its secrets have no business.
fn leak(input: &Input<'_>) -> Option<Pair> {
    let secrets: Vec<&SecretUse> = network(input).filter_map(|(_, net)| net.secret.as_ref()).collect();
    let source = match files(input).find(|(_, fs)| reads_sensitive(input, fs)) {
        Some((_, fs)) => format!("the sensitive root {}", fs.root),
        None => format!("what the secret {} opens", secrets.first()?.name),
    };
    let outside =
        |rule: &&NetRule| rule.methods.iter().any(|method| !words::only_asks(method)) && !is_home(rule, &secrets);
    let (grant, rule) = network(input).find_map(|(grant, net)| Some((grant, net.allow.iter().find(outside)?)))?;
    Some(Pair {
        points: 20,
        what: format!("{source}, and writes to {}, which no audience of its secrets names", rule.host),
        without: format!("drop the methods that write there, in the grant `{}`,", grant.id),
        line: grant.line,
    })
}

fn reads_sensitive(input: &Input<'_>, grant: &FsGrant) -> bool {
    let sensitive = input.policy.roots.get(&grant.root).is_some_and(|root| root.sensitive);
    sensitive && grant.access.contains(&Access::Read) && !grant.patterns.is_empty()
}

/// Whether a rule goes to a service that one of the secrets is for.
fn is_home(rule: &NetRule, secrets: &[&SecretUse]) -> bool {
    let mut audiences = secrets.iter().flat_map(|secret| &secret.audience);
    audiences.any(|audience| audience.scheme == rule.scheme && audience.host == rule.host && audience.port == rule.port)
}

/// Words of anybody, and the means to act on them.
fn hostile(input: &Input<'_>) -> Option<Pair> {
    input.table().filter(|table| table.output == Output::Untrusted)?;
    let (grant, what) = grants(input).find_map(|grant| Some((grant, writes(input, grant)?)))?;
    Some(Pair {
        points: 15,
        what: format!("answers that anybody may have written, and {what}"),
        without: format!("split it in two plugins, one without the grant `{}`,", grant.id),
        line: grant.line,
    })
}

fn writes(input: &Input<'_>, grant: &Grant) -> Option<String> {
    match &grant.kind {
        GrantKind::Fs(fs) => writes_files(input, fs).then(|| format!("writes to {}", words::place(fs))),
        GrantKind::Net(net) => {
            let rule = net.allow.iter().find(|rule| rule.methods.iter().any(|method| !words::only_asks(method)))?;
            Some(format!("writes to {}", rule.host))
        }
        GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    }
}

/// A native program that reaches the network.
fn online(input: &Input<'_>) -> Option<Pair> {
    let (grant, exec) = started(input).find(|(_, exec)| !exec.jail.net.is_empty() || !exec.jail.unix.is_empty())?;
    Some(Pair {
        points: 20,
        what: format!("the native program `{}`, which reaches the network or sockets of the host", exec.command),
        without: format!("take `net` and `unix` out of the jail `{}`,", exec.jail.name),
        line: grant.line,
    })
}

/// Files that it writes, and native programs that read them.
fn prepared(input: &Input<'_>) -> Option<Pair> {
    let (grant, exec) = started(input).next()?;
    let (_, fs) = files(input).find(|(_, fs)| writes_files(input, fs) && exec.jail.places.contains_key(&fs.root))?;
    Some(Pair {
        points: 10,
        what: format!(
            "write access to {}, and the native program `{}` that reads there",
            words::place(fs),
            exec.command
        ),
        without: format!("split it in two plugins, one without the grant `{}`,", grant.id),
        line: grant.line,
    })
}

/// Whether files that outlive the call can be written.
fn writes_files(input: &Input<'_>, grant: &FsGrant) -> bool {
    let lasts = input.policy.roots.get(&grant.root).is_none_or(|root| matches!(root.kind, RootKind::Directory(_)));
    lasts && !grant.patterns.is_empty() && grant.access.iter().any(|way| !matches!(way, Access::Read | Access::List))
}

/// Writing what a build or a person runs, which is running it.
fn programs(look: &Look<'_, '_>) -> Vec<Finding> {
    let finding = |(grant, fs): (&Grant, &FsGrant)| {
        let makes = fs.access.iter().any(|way| matches!(way, Access::Create | Access::Modify | Access::Rename));
        let run: Vec<&str> = RUN.iter().filter(|name| fs.allow.is_match(name)).copied().collect();
        (makes && !run.is_empty() && writes_files(look.input, fs)).then(|| {
            let message = format!("It may write what others run, such as {}.", list(run.into_iter().take(3)));
            Finding::new(Rule::ToxicPair, Level::Warning, message).at(grant.line).fix(format!(
                "name the files that the grant `{}` is for in its `allow`, such as `docs/**/*.md`",
                grant.id
            ))
        })
    };
    files(look.input).filter_map(finding).collect()
}
