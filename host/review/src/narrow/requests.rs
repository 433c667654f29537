//! From requests to the narrowest rules.

use std::collections::BTreeSet;

use claudetools_policy::{Host, HostPattern, NetGrant, NetRule, TENANT, Target, Tenant};
use toml::Value;

use crate::GrantUse;

/// So many hosts of a wildcard are listed one by one.
const EXACT: usize = 3;

/// The rules of a narrower grant; `None` where the use does not fit the grant.
pub(super) fn rules(grant: &NetGrant, used: &GrantUse) -> Option<Vec<NetRule>> {
    let all: Vec<Target> = used.requests.iter().map(|request| target(request)).collect::<Option<_>>()?;
    let mut left = all.clone();
    let mut narrow = Vec::new();
    for rule in &grant.allow {
        // The audit keeps no bodies, so that any rule which looks at them may be the one that gave a request.
        let from = if rule.json.is_empty() { &left } else { &all };
        let here: Vec<Target> = from.iter().filter(|target| fits(rule, target)).cloned().collect();
        if rule.json.is_empty() {
            left.retain(|target| !fits(rule, target));
        }
        for (host, targets) in by_host(&rule.host, &here) {
            narrow.push(rule_for(rule, host, &targets));
        }
    }
    let is_given = |target: &Target| grant.allow.iter().any(|rule| fits(rule, target));
    all.iter().all(is_given).then_some(narrow)
}

/// A request as the audit shows it, whose query values are left out.
pub(super) fn target(request: &str) -> Option<Target> {
    let (method, url) = request.split_once(' ')?;
    Target::from_url(method, &url.replace("=…", "=")).ok()
}

fn fits(rule: &NetRule, target: &Target) -> bool {
    rule.scheme == target.scheme
        && rule.port == target.port
        && rule.host.fits(&target.host)
        && rule.methods.contains(&target.method)
        && fits_path(&rule.path, &target.segments)
        && target.query.iter().all(|(name, _)| rule.query.contains(name))
}

fn fits_path(pattern: &[String], segments: &[String]) -> bool {
    let (fixed, open) = split(pattern);
    let long_enough = if open { segments.len() >= fixed.len() } else { segments.len() == fixed.len() };
    let one = |(part, segment): (&String, &String)| match part.as_str() {
        TENANT => Tenant::parse(segment).is_some(),
        "*" => !segment.is_empty(),
        _ => part == segment,
    };
    long_enough && fixed.iter().zip(segments).all(one)
}

/// The parts of a path's pattern before `**`, and whether there is one.
fn split(pattern: &[String]) -> (&[String], bool) {
    match pattern.split_last() {
        Some((last, fixed)) if last == "**" => (fixed, true),
        _ => (pattern, false),
    }
}

/// The requests by host, where the rule names no single one and there were few.
fn by_host<'t>(pattern: &HostPattern, targets: &'t [Target]) -> Vec<(HostPattern, Vec<&'t Target>)> {
    let mut hosts: Vec<&Host> = Vec::new();
    targets.iter().for_each(|target| {
        if !hosts.contains(&&target.host) {
            hosts.push(&target.host)
        }
    });
    if hosts.len() > EXACT {
        return vec![(pattern.clone(), targets.iter().collect())];
    }
    let exact = |host: &Host| match host {
        Host::Name(name) => HostPattern::Name(name.clone()),
        Host::Address(address) => HostPattern::Address(*address),
    };
    hosts
        .into_iter()
        .map(|host| (exact(host), targets.iter().filter(|target| target.host == *host).collect()))
        .collect()
}

fn rule_for(rule: &NetRule, host: HostPattern, targets: &[&Target]) -> NetRule {
    let names = targets.iter().flat_map(|target| target.query.iter().map(|(name, _)| name.clone()));
    NetRule {
        host,
        methods: targets.iter().map(|target| target.method.clone()).collect(),
        path: path(&rule.path, targets),
        query: names.collect::<BTreeSet<_>>(),
        ..rule.clone()
    }
}

/// The pattern for the paths of some requests that fit `pattern`: segments that are all the same stay, others are `*`,
/// and where they differ in length, or only some end in `/`, the rest is `**`.
fn path(pattern: &[String], targets: &[&Target]) -> Vec<String> {
    let (fixed, _) = split(pattern);
    let lengths: BTreeSet<usize> = targets.iter().map(|target| target.segments.len()).collect();
    let shortest = lengths.first().copied().unwrap_or(0);
    let same = |index: usize| {
        let first = targets.first().map(|target| &target.segments[index]).filter(|segment| is_plain(segment))?;
        targets.iter().all(|target| target.segments[index] == *first).then(|| first.clone())
    };
    let part = |index: usize| match fixed.get(index) {
        Some(literal) if literal != "*" => literal.clone(),
        _ => same(index).unwrap_or_else(|| "*".to_owned()),
    };
    let ends_empty = |target: &&&Target| target.segments.last().is_some_and(String::is_empty);
    let ends = targets.iter().filter(ends_empty).count();
    if lengths.len() == 1 && (ends == 0 || ends == targets.len()) {
        return (0..shortest).map(part).collect();
    }
    let common = (fixed.len()..shortest).take_while(|index| same(*index).is_some()).count();
    (0..fixed.len() + common).map(part).chain(["**".to_owned()]).collect()
}

/// Whether a segment means the same as a pattern and in a URL.
fn is_plain(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}

/// A rule as it stands in `plugins.toml`.
pub(super) fn toml(rule: &NetRule) -> String {
    let list = |items: &BTreeSet<String>| Value::from(items.iter().map(String::as_str).collect::<Vec<_>>());
    let mut keys = vec![format!("host = {}", Value::from(rule.host.to_string()))];
    if rule.scheme.as_str() != "https" {
        keys.push(format!("scheme = {}", Value::from(rule.scheme.as_str())));
    }
    if rule.port != rule.scheme.port() {
        keys.push(format!("port = {}", rule.port));
    }
    keys.push(format!("method = {}", list(&rule.methods)));
    keys.push(format!("path = {}", Value::from(format!("/{}", rule.path.join("/")))));
    if !rule.query.is_empty() {
        keys.push(format!("query = {}", list(&rule.query)));
    }
    if !rule.json.is_empty() {
        let texts =
            rule.json.iter().map(|(pointer, texts)| format!("{} = {}", Value::from(pointer.as_str()), list(texts)));
        keys.push(format!("json = {{ {} }}", texts.collect::<Vec<_>>().join(", ")));
    }
    keys.extend(rule.batch.then(|| "batch = true".to_owned()));
    keys.extend(rule.reads.then(|| "reads = true".to_owned()));
    format!("{{ {} }}", keys.join(", "))
}
