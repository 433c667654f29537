//! The decision on a request.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use super::{Audience, HostPattern, NetGrant, NetRule, Target};
use crate::config::TENANT;
use crate::path::shown;
use crate::{Admitted, Code, Confirm, Flow, GrantKind, Refusal, RequestKind, Tenant, Yes, hint};

/// What a grant that does not give a request lacks first, in the order in which it is looked at.
const STEPS: &[Code] = &[Code::NetNotGranted, Code::NetMethod, Code::NetPath, Code::SecretAudience];

/// Decides one request; the answer is the grant that gives it, and whether a person has to confirm it first.
///
/// Pure, as [`crate::decide()`]. Given when the manifest asks for the host and the method, and a grant for this tool
/// gives the whole target. The refusal names the first thing that no grant gives: host, scheme or port
/// (`net.not-granted`), method (`net.method`), path or query (`net.path`), the audience of the grant's secret
/// (`secret.audience`). Where several grants give it, one that asks nobody is named, the first by id, whatever their
/// order; its headers, reach and bytes are those that hold. A request leaves the house: in a turn that has taken in both
/// untrusted and sensitive content, a person always has to confirm it.
pub fn decide_net<'p>(
    target: &Target,
    plugin: &'p Admitted,
    tool: &str,
    flow: Flow,
) -> Result<Yes<'p, NetGrant>, Refusal> {
    asked(target, plugin)?;
    let mut given = Vec::new();
    let mut lacks = Vec::new();
    for (id, net, confirm) in net_grants(plugin, tool) {
        match try_grant(target, net) {
            Ok(()) => given.push((id, net, confirm)),
            Err(code) => lacks.push(code),
        }
    }
    let leaving = Some(&plugin.policy.roles);
    Yes::choose(given, flow, leaving).ok_or_else(|| lacking(last(&lacks), target, plugin, tool))
}

/// Does some grant of this tool have this secret? `secret.unknown`. The answer is the grant's id.
pub fn may_use_secret<'p>(plugin: &'p Admitted, tool: &str, secret: &str) -> Result<&'p str, Refusal> {
    let has = |net: &NetGrant| net.secret.as_ref().is_some_and(|used| used.name == secret);
    net_grants(plugin, tool).find(|(_, net, _)| has(net)).map(|(id, ..)| id).ok_or_else(|| {
        let message = format!("No grant of the tool `{}` has a secret of the name `{}`.", shown(tool), shown(secret));
        Refusal::new(Code::SecretUnknown, message)
    })
}

/// The network grants for a tool, with their ids.
fn net_grants<'p>(plugin: &'p Admitted, tool: &str) -> impl Iterator<Item = (&'p str, &'p NetGrant, &'p Confirm)> {
    plugin.grants_for(tool).filter_map(|grant| match &grant.kind {
        GrantKind::Net(net) => Some((grant.id.as_str(), net, &grant.confirm)),
        GrantKind::Fs(_) | GrantKind::Env(_) | GrantKind::Exec(_) | GrantKind::State | GrantKind::Client => None,
    })
}

/// Whether the manifest asks for this host, and for this method there.
fn asked(target: &Target, plugin: &Admitted) -> Result<(), Refusal> {
    let fits = |host: &String| HostPattern::parse(host).is_some_and(|pattern| pattern.fits(&target.host));
    let mut code = Code::NetNotGranted;
    for request in &plugin.found.manifest.requests {
        match &request.kind {
            RequestKind::Net { hosts, methods } if hosts.iter().any(fits) => match methods.contains(&target.method) {
                true => return Ok(()),
                false => code = Code::NetMethod,
            },
            _ => {}
        }
    }
    let name = &plugin.found.manifest.name;
    let message = format!("The plugin `{name}` does not ask for `{} {}`.", target.method, shown(&place(target)));
    let hint = format!("a grant cannot give it: the manifest of `{name}` has to ask first");
    Err(Refusal::new(code, message).hinted(hint))
}

/// Whether one grant gives a request, confirmations aside; otherwise what it lacks first. The examples of
/// `plugins.toml` are tried with this too.
pub(crate) fn try_grant(target: &Target, grant: &NetGrant) -> Result<(), Code> {
    let at_place = || grant.allow.iter().filter(|rule| is_at(rule, target));
    let of_method = || at_place().filter(|rule| rule.methods.contains(&target.method));
    if at_place().next().is_none() {
        return Err(Code::NetNotGranted);
    }
    if of_method().next().is_none() {
        return Err(Code::NetMethod);
    }
    if !of_method().any(|rule| path_fits(&rule.path, target) && query_fits(rule, target)) {
        return Err(Code::NetPath);
    }
    match &grant.secret {
        Some(secret) if !secret.audience.iter().any(|audience| audience.is(target)) => Err(Code::SecretAudience),
        _ => Ok(()),
    }
}

fn is_at(rule: &NetRule, target: &Target) -> bool {
    rule.scheme == target.scheme && rule.port == target.port && rule.host.fits(&target.host)
}

/// Segment by segment; `**` at the end takes any number of them, none included, `*` one that is not empty, and `{tenant}`
/// that of the call's client, in the one spelling of it.
fn path_fits(pattern: &[String], target: &Target) -> bool {
    let (path, tenant) = (&target.segments, target.tenant.as_ref().map(Tenant::as_str));
    let one = |(wanted, segment): (&String, &String)| match wanted.as_str() {
        TENANT => tenant == Some(segment),
        "*" => !segment.is_empty(),
        _ => wanted == segment,
    };
    match pattern.split_last() {
        Some((last, head)) if last == "**" => path.len() >= head.len() && head.iter().zip(path).all(one),
        _ => path.len() == pattern.len() && pattern.iter().zip(path).all(one),
    }
}

fn query_fits(rule: &NetRule, target: &Target) -> bool {
    target.query.iter().all(|(name, _)| rule.query.contains(name))
}

impl Audience {
    /// Whether a request goes to exactly this service.
    fn is(&self, target: &Target) -> bool {
        self.scheme == target.scheme && self.port == target.port && self.host.fits(&target.host)
    }
}

/// The code that is looked at last: what the grant that comes nearest lacks.
fn last(lacks: &[Code]) -> Code {
    let last = STEPS.iter().rev().find(|step| lacks.contains(step));
    last.copied().unwrap_or(Code::NetNotGranted)
}

/// `https://host:8443`.
fn place(target: &Target) -> String {
    format!("{}://{}", target.scheme.as_str(), target.authority())
}

fn lacking(code: Code, target: &Target, plugin: &Admitted, tool: &str) -> Refusal {
    let (tool_name, place) = (shown(tool), shown(&place(target)));
    let message = match code {
        Code::NetMethod => {
            format!("No grant gives the tool `{tool_name}` the method `{}` at `{place}`.", target.method)
        }
        Code::NetPath => {
            format!("No grant gives the tool `{tool_name}` this path and query: `{}`.", shown(&target.to_string()))
        }
        Code::SecretAudience => format!("The secret of the tool `{tool_name}` may not go to `{place}`."),
        _ => format!("No grant gives the tool `{tool_name}` access to `{place}`."),
    };
    Refusal::new(code, message).hinted(hint::net(plugin, tool, target))
}
