//! PLG001 to PLG004: asked, granted and imported, against each other.

use std::collections::BTreeSet;

use claudetools_policy::{
    Access, Admission, Code, Found, FsGrant, Grant, GrantKind, HostPattern, Manifest, NetGrant, RequestKind, admit,
};

use super::Look;
use crate::shown::{list, quoted};
use crate::{Finding, Level, Rule, words};

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let Some(found) = look.input.found() else { return Vec::new() };
    let table = look.input.table();
    let grants = table.map_or(&[][..], |table| &table.grants);
    let of_grant =
        |grant: &Grant| dead(look, grant, &found.manifest).into_iter().chain(useless(grant, found)).collect::<Vec<_>>();
    let requests = found.manifest.requests.iter();
    unasked(look, found)
        .into_iter()
        .chain(requests.filter_map(|request| ungranted(&request.kind, grants, table.map(|table| table.line))))
        .chain(grants.iter().flat_map(of_grant))
        .collect()
}

/// PLG001, in the words of the code that refuses the load.
fn unasked(look: &Look<'_, '_>, found: &Found) -> Vec<Finding> {
    let Admission::Quarantined(reasons) = admit(found.clone(), look.input.policy, true) else { return Vec::new() };
    let imports = reasons.into_iter().filter(|reason| reason.code == Code::SupplyImport);
    imports
        .map(|reason| {
            Finding::new(Rule::ImportedNotAsked, Level::Error, reason.message)
                .fix("its author has to ask for it in the manifest, or build without it")
        })
        .collect()
}

/// PLG002.
fn ungranted(asked: &RequestKind, grants: &[Grant], line: Option<usize>) -> Option<Finding> {
    let kinds: Vec<&GrantKind> = grants.iter().map(|grant| &grant.kind).collect();
    let missing = match asked {
        RequestKind::Fs { root, access } => {
            let given = kinds.iter().filter_map(|kind| files_of(kind)).filter(|fs| fs.root == *root);
            let given: BTreeSet<Access> = given.flat_map(|fs| fs.access.iter().copied()).collect();
            let missing: Vec<_> = access.difference(&given).map(|way| way.as_str()).collect();
            (!missing.is_empty()).then(|| format!("{} in {}", list(missing), quoted(root)))
        }
        RequestKind::Net { hosts, methods } => {
            let given: Vec<&NetGrant> = kinds.iter().filter_map(|kind| network_of(kind)).collect();
            let missing: Vec<_> = hosts.iter().filter(|host| !reaches(&given, host, methods)).collect();
            let methods = methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            (!missing.is_empty()).then(|| format!("{} to {}", quoted(&methods), list(missing)))
        }
        RequestKind::Env { names } => {
            let given: BTreeSet<&String> = kinds.iter().filter_map(|kind| variables_of(kind)).flatten().collect();
            let missing: Vec<_> = names.iter().filter(|name| !given.contains(name)).collect();
            (!missing.is_empty()).then(|| format!("the variables {}", list(missing)))
        }
        RequestKind::Exec { programs } => {
            let given: BTreeSet<&str> = kinds.iter().filter_map(|kind| command_of(kind)).collect();
            let missing: Vec<_> = programs.iter().filter(|name| !is_given(name, &given)).collect();
            (!missing.is_empty()).then(|| format!("the native programs {}", list(missing)))
        }
        RequestKind::State => {
            let given = kinds.iter().any(|kind| matches!(kind, GrantKind::State));
            (!given).then(|| "state between calls".to_owned())
        }
        RequestKind::Client => {
            let given = kinds.iter().any(|kind| matches!(kind, GrantKind::Client));
            (!given).then(|| words::CLIENT.to_owned())
        }
    }?;
    let message = format!("It asks for {missing}, which no grant gives.");
    Some(Finding::new(Rule::AskedNotGranted, Level::Note, message).at(line))
}

fn files_of(kind: &GrantKind) -> Option<&FsGrant> {
    if let GrantKind::Fs(fs) = kind { Some(fs) } else { None }
}

fn network_of(kind: &GrantKind) -> Option<&NetGrant> {
    if let GrantKind::Net(net) = kind { Some(net) } else { None }
}

fn variables_of(kind: &GrantKind) -> Option<impl Iterator<Item = &String>> {
    if let GrantKind::Env(values) = kind { Some(values.keys()) } else { None }
}

fn command_of(kind: &GrantKind) -> Option<&str> {
    if let GrantKind::Exec(exec) = kind { Some(&exec.command) } else { None }
}

fn is_given(name: &str, given: &BTreeSet<&str>) -> bool {
    given.contains(name) || name == "*" && !given.is_empty()
}

/// Whether the grants give every method at some host of a request's.
fn reaches(grants: &[&NetGrant], host: &str, methods: &BTreeSet<String>) -> bool {
    let Some(asked) = HostPattern::parse(host) else { return false };
    let rules = grants.iter().flat_map(|net| &net.allow);
    let meets = rules.filter(|rule| rule.host.covers(&asked) || asked.covers(&rule.host));
    let given: BTreeSet<&String> = meets.flat_map(|rule| &rule.methods).collect();
    methods.iter().all(|method| given.contains(method))
}

/// PLG003.
fn dead(look: &Look<'_, '_>, grant: &Grant, manifest: &Manifest) -> Vec<Finding> {
    let name = look.input.name;
    let finding = |what: String, key: &str| {
        let message = format!("The grant {} gives {what}, which the manifest does not ask for.", quoted(&grant.id));
        let line = look.places.grant_key(name, &grant.id, key).unwrap_or(grant.line);
        Finding::new(Rule::GrantedNotAsked, Level::Error, message).at(line).fix("take it out of the grant")
    };
    let requests = manifest.requests.iter().map(|request| &request.kind);
    match &grant.kind {
        GrantKind::Fs(fs) => {
            let asked = asked_access(requests, &fs.root);
            let dead: Vec<_> = fs.access.difference(&asked).map(|way| way.as_str()).collect();
            let what = format!("{} in {}", list(&dead), quoted(&fs.root));
            (!dead.is_empty()).then(|| finding(what, "access")).into_iter().collect()
        }
        GrantKind::Net(net) => {
            dead_rules(net, requests.collect()).into_iter().map(|what| finding(what, "allow")).collect()
        }
        GrantKind::Env(values) => {
            let asked = |name: &&String| {
                manifest
                    .requests
                    .iter()
                    .any(|request| matches!(&request.kind, RequestKind::Env { names } if names.contains(*name)))
            };
            let dead: Vec<_> = values.keys().filter(|name| !asked(name)).collect();
            (!dead.is_empty()).then(|| finding(format!("the variables {}", list(&dead)), "kind")).into_iter().collect()
        }
        GrantKind::Exec(exec) => {
            let asks = |kind: &RequestKind| matches!(kind, RequestKind::Exec { programs } if programs.contains("*") || programs.contains(&exec.command));
            let asked = requests.into_iter().any(asks);
            let what = || format!("the native program {}", quoted(&exec.command));
            (!asked).then(|| finding(what(), "kind")).into_iter().collect()
        }
        GrantKind::State => {
            let asked = requests.into_iter().any(|kind| *kind == RequestKind::State);
            (!asked).then(|| finding("state between calls".to_owned(), "kind")).into_iter().collect()
        }
        GrantKind::Client => {
            let asked = requests.into_iter().any(|kind| *kind == RequestKind::Client);
            (!asked).then(|| finding(words::CLIENT.to_owned(), "kind")).into_iter().collect()
        }
    }
}

fn asked_access<'m>(requests: impl Iterator<Item = &'m RequestKind>, wanted: &str) -> BTreeSet<Access> {
    let access = requests.filter_map(|kind| match kind {
        RequestKind::Fs { root, access } if root == wanted => Some(access),
        _ => None,
    });
    access.flatten().copied().collect()
}

/// What of the rules no request covers: hosts, or methods there.
fn dead_rules(net: &NetGrant, requests: Vec<&RequestKind>) -> Vec<String> {
    let asked = |pattern: &HostPattern| {
        let methods = requests.iter().filter_map(|kind| match kind {
            RequestKind::Net { hosts, methods } => {
                let covers = |host: &String| HostPattern::parse(host).is_some_and(|asked| asked.covers(pattern));
                hosts.iter().any(covers).then_some(methods)
            }
            _ => None,
        });
        methods.flatten().collect::<BTreeSet<&String>>()
    };
    let dead = |rule: &claudetools_policy::NetRule| {
        let asked = asked(&rule.host);
        let methods: Vec<_> =
            rule.methods.iter().filter(|method| !asked.contains(method)).map(String::as_str).collect();
        (!methods.is_empty()).then(|| quoted(&format!("{} {}", methods.join(", "), words::url(rule))))
    };
    net.allow.iter().filter_map(dead).collect()
}

/// PLG004.
fn useless(grant: &Grant, found: &Found) -> Option<Finding> {
    let (needed, what): (&[&str], _) = match &grant.kind {
        // A native program starts in a directory that the tool has, too.
        GrantKind::Fs(_) => (
            &[
                "wasi:filesystem/",
                "claudetools:plugin/tree@",
                "claudetools:plugin/replace@",
                "claudetools:plugin/process@",
            ],
            "files",
        ),
        GrantKind::Net(_) => (&["wasi:http/outgoing-handler@"], "requests"),
        GrantKind::Exec(_) => (&["claudetools:plugin/process@"], "native programs"),
        GrantKind::Env(_) => (&["wasi:cli/environment@"], "variables"),
        GrantKind::State => (&["claudetools:plugin/state@"], "state"),
        GrantKind::Client => (&["claudetools:plugin/client@"], "the client of a call"),
    };
    let imported = found.imports.iter().any(|import| needed.iter().any(|prefix| import.starts_with(prefix)));
    (!imported).then(|| {
        let message = format!(
            "The grant {} gives {what}, and the component imports nothing that could use it.",
            quoted(&grant.id)
        );
        Finding::new(Rule::GrantedNotImported, Level::Error, message).at(grant.line).fix("remove the grant")
    })
}
