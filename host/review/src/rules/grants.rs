//! PLG011 and PLG014 to PLG016: each grant by itself.

use claudetools_policy::{
    Access, Argv, ConfirmWhen, ExecGrant, FsGrant, Grant, GrantKind, HostPattern, NetGrant, NetRule, Reach, RootKind,
};

use super::Look;
use crate::shown::{list, quoted};
use crate::{Finding, Input, Level, Rule, words};

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let grants = look.input.table().map_or(&[][..], |table| &table.grants);
    grants.iter().flat_map(|grant| of_grant(look, grant)).collect()
}

fn of_grant(look: &Look<'_, '_>, grant: &Grant) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let GrantKind::Net(net) = &grant.kind {
        findings.extend(hosts(look, grant, net));
        findings.extend(networks(look, grant, net));
        findings.extend(audience(look, grant, net));
    }
    findings.extend(examples(look, grant));
    findings.extend(confirm(look.input, grant));
    findings
}

/// PLG011, the hosts.
fn hosts(look: &Look<'_, '_>, grant: &Grant, net: &NetGrant) -> Vec<Finding> {
    let finding = |(index, rule): (usize, &NetRule)| {
        let (level, what) = match rule.host {
            HostPattern::Name(_) => return None,
            HostPattern::Any => (Level::Error, "any host"),
            HostPattern::OneLabel(_) => (Level::Warning, "every host of"),
            HostPattern::Address(_) => (Level::Warning, "the address"),
        };
        let host =
            if rule.host == HostPattern::Any { String::new() } else { format!(" {}", quoted(&rule.host.to_string())) };
        let message = format!("The grant {} reaches {what}{host}.", quoted(&grant.id));
        let line = look.places.grant_item(look.input.name, &grant.id, "allow", index).unwrap_or(grant.line);
        Some(Finding::new(Rule::WideReach, level, message).at(line).fix("name each host"))
    };
    net.allow.iter().enumerate().filter_map(finding).collect()
}

/// PLG011, the networks.
fn networks(look: &Look<'_, '_>, grant: &Grant, net: &NetGrant) -> Option<Finding> {
    let Reach::Networks(networks) = &net.reach else { return None };
    let networks = list(networks.iter().map(ToString::to_string));
    let message = format!("The grant {} reaches {networks} and not the public Internet.", quoted(&grant.id));
    let line = look.places.grant_key(look.input.name, &grant.id, "reach").unwrap_or(grant.line);
    Some(
        Finding::new(Rule::WideReach, Level::Warning, message)
            .at(line)
            .fix("make the networks as small as the service"),
    )
}

/// PLG015: the services that a secret may go to and no grant of the plugin that uses it names.
fn audience(look: &Look<'_, '_>, grant: &Grant, net: &NetGrant) -> Option<Finding> {
    let secret = net.secret.as_ref()?;
    let same = |grant: &Grant| match &grant.kind {
        GrantKind::Net(net) if net.secret.as_ref().is_some_and(|used| used.name == secret.name) => net.allow.clone(),
        _ => Vec::new(),
    };
    let rules: Vec<NetRule> = look.input.table()?.grants.iter().flat_map(same).collect();
    let idle = secret.audience.iter().filter(|audience| {
        !rules.iter().any(|rule| {
            rule.scheme == audience.scheme && rule.port == audience.port && rule.host.covers(&audience.host)
        })
    });
    let idle: Vec<String> = idle.map(|audience| audience.host.to_string()).collect();
    (!idle.is_empty()).then(|| {
        let message =
            format!("The secret {} may go to {}, which no grant for it names.", quoted(&secret.name), list(idle));
        let line = look.input.policy.secrets.get(&secret.name).map_or(grant.line, |secret| secret.line);
        Finding::new(Rule::WideSecret, Level::Warning, message)
            .at(line)
            .fix("take it out of the secret's `audience`, if no other plugin needs it")
    })
}

/// PLG014. Examples that fail are errors of the file and never come here.
fn examples(look: &Look<'_, '_>, grant: &Grant) -> Option<Finding> {
    let example = match &grant.kind {
        GrantKind::Fs(fs) => format!("\"{} .git/config\"", fs.access.first()?.as_str()),
        GrantKind::Net(net) => format!("\"DELETE {}\"", net.allow.first().map(words::url)?),
        GrantKind::Exec(ExecGrant { argv: Argv::Grammar(_), .. }) => "[\"--version\"]".to_owned(),
        GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => return None,
    };
    let is_missing = look.places.examples(look.input.name, &grant.id).refuse == 0;
    is_missing.then(|| {
        let message = format!("The grant {} has no example of what it refuses.", quoted(&grant.id));
        Finding::new(Rule::NoExamples, Level::Note, message)
            .at(grant.line)
            .fix(format!("such as: examples.refuse = [{example}]"))
    })
}

/// PLG016. Reading needs nobody; what destroys files, sends something out or starts a program needs somebody, in a tainted
/// turn at least.
fn confirm(input: &Input<'_>, grant: &Grant) -> Option<Finding> {
    let what = match &grant.kind {
        GrantKind::Fs(fs) if deletes(input, fs) => format!("deletes files in {}", quoted(&words::place(fs))),
        GrantKind::Net(net) => format!("sends to {}", quoted(&sends(net)?.host.to_string())),
        GrantKind::Exec(exec) => format!("starts {}", quoted(&words::start(exec))),
        GrantKind::Fs(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => return None,
    };
    (grant.confirm.when == ConfirmWhen::Never).then(|| {
        let message = format!("The grant {} {what}, and nobody is asked first.", quoted(&grant.id));
        Finding::new(Rule::WeakConfirm, Level::Warning, message)
            .at(grant.line)
            .fix("confirm = { when = \"tainted\", by = [\"…\"] }")
    })
}

fn deletes(input: &Input<'_>, fs: &FsGrant) -> bool {
    let lasts = input.policy.roots.get(&fs.root).is_none_or(|root| matches!(root.kind, RootKind::Directory(_)));
    lasts && !fs.patterns.is_empty() && fs.access.contains(&Access::Delete)
}

/// Of a batch, the rules that give the requests in it say more.
fn sends(net: &NetGrant) -> Option<&NetRule> {
    let mut changing = net.allow.iter().filter(|rule| !rule.reads && !rule.batch);
    changing.find(|rule| rule.methods.iter().any(|method| !words::only_asks(method)))
}
