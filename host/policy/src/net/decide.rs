//! The decision on a request.

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use super::content::body_is_given;
use super::{Audience, Body, HostPattern, NetGrant, NetRule, Target};
use crate::config::TENANT;
use crate::path::shown;
use crate::{Admitted, Code, Confirm, Flow, GrantKind, Refusal, RequestKind, Tenant, Yes, hint};

/// One concrete request that a call is about to make.
#[derive(Clone, Copy, Debug)]
pub struct NetEffect<'a> {
    /// Where to and what for.
    pub target: &'a Target,
    /// Its body, where that was read: see [`crate::looks_at_body`].
    pub body: Option<&'a Body>,
}

impl<'a> From<&'a Target> for NetEffect<'a> {
    /// A request without a body, or with one that nobody looks at.
    fn from(target: &'a Target) -> Self {
        Self { target, body: None }
    }
}

/// What a grant that does not give a request lacks first, in the order in which it is looked at.
#[derive(Debug)]
pub(crate) enum Lack {
    Place,
    Method,
    Path,
    Body(Refusal),
    Audience,
}

impl Lack {
    fn step(&self) -> u8 {
        match self {
            Self::Place => 0,
            Self::Method => 1,
            Self::Path => 2,
            Self::Body(_) => 3,
            Self::Audience => 4,
        }
    }
}

/// Decides one request; the answer is the grant that gives it, and whether a person has to confirm it first.
///
/// Pure, as [`crate::decide()`]. Given when the manifest asks for the host and the method, and a grant for this tool
/// gives the whole request. The refusal names the first thing that no grant gives: host, scheme or port
/// (`net.not-granted`), method (`net.method`), path or query (`net.path`), the body or something in it (`net.body`, and of a
/// request inside a batch what it is refused for), the audience of the grant's secret (`secret.audience`). Where several grants give it, one that asks nobody is named, the first by id, whatever their
/// order; its headers, reach and bytes are those that hold. A request leaves the house: in a turn that has taken in both
/// untrusted and sensitive content, a person always has to confirm it.
pub fn decide_net<'p>(
    effect: &NetEffect<'_>,
    plugin: &'p Admitted,
    tool: &str,
    flow: Flow,
) -> Result<Yes<'p, NetGrant>, Refusal> {
    asked(effect.target, plugin)?;
    let mut given = Vec::new();
    let mut lacks = Vec::new();
    for (id, net, confirm) in net_grants(plugin, tool) {
        match try_grant(effect, net) {
            Ok(()) => given.push((id, net, confirm)),
            Err(lack) => lacks.push(lack),
        }
    }
    let leaving = Some(&plugin.policy.roles);
    let yes = Yes::choose(given, flow, leaving).ok_or_else(|| lacking(last(lacks), effect.target, plugin, tool))?;
    for inner in yes.grant.inner(effect)? {
        asked(&inner.target, plugin).map_err(|refusal| inner.refuse(refusal))?;
    }
    Ok(yes)
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
pub(super) fn net_grants<'p>(
    plugin: &'p Admitted,
    tool: &str,
) -> impl Iterator<Item = (&'p str, &'p NetGrant, &'p Confirm)> {
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
pub(crate) fn try_grant(effect: &NetEffect<'_>, grant: &NetGrant) -> Result<(), Lack> {
    try_rules(effect, grant, |_| true)
}

/// The same with these rules of it only.
pub(super) fn try_rules(
    effect: &NetEffect<'_>,
    grant: &NetGrant,
    counts: impl Fn(&NetRule) -> bool,
) -> Result<(), Lack> {
    let target = effect.target;
    let at_place = || grant.allow.iter().filter(|rule| counts(rule) && is_at(rule, target));
    let of_method = || at_place().filter(|rule| rule.methods.contains(&target.method));
    if at_place().next().is_none() {
        return Err(Lack::Place);
    }
    if of_method().next().is_none() {
        return Err(Lack::Method);
    }
    let fitting: Vec<&NetRule> = of_method().filter(|rule| is_path_given(rule, target)).collect();
    if fitting.is_empty() {
        return Err(Lack::Path);
    }
    body_is_given(effect, grant, &fitting).map_err(Lack::Body)?;
    match &grant.secret {
        Some(secret) if !secret.audience.iter().any(|audience| audience.is(target)) => Err(Lack::Audience),
        _ => Ok(()),
    }
}

/// Whether a rule gives a request, its body aside.
pub(super) fn fits(rule: &NetRule, target: &Target) -> bool {
    is_at(rule, target) && rule.methods.contains(&target.method) && is_path_given(rule, target)
}

fn is_path_given(rule: &NetRule, target: &Target) -> bool {
    path_fits(&rule.path, target) && query_fits(rule, target)
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

/// What is looked at last: what the grant that comes nearest lacks.
fn last(lacks: Vec<Lack>) -> Lack {
    lacks.into_iter().max_by_key(Lack::step).unwrap_or(Lack::Place)
}

/// `https://host:8443`.
fn place(target: &Target) -> String {
    format!("{}://{}", target.scheme.as_str(), target.authority())
}

fn lacking(lack: Lack, target: &Target, plugin: &Admitted, tool: &str) -> Refusal {
    let (tool_name, place) = (shown(tool), shown(&place(target)));
    let (code, message) = match lack {
        Lack::Body(refusal) => return refusal,
        Lack::Place => (Code::NetNotGranted, format!("No grant gives the tool `{tool_name}` access to `{place}`.")),
        Lack::Method => {
            let method = &target.method;
            (Code::NetMethod, format!("No grant gives the tool `{tool_name}` the method `{method}` at `{place}`."))
        }
        Lack::Path => {
            let asked = shown(&target.to_string());
            (Code::NetPath, format!("No grant gives the tool `{tool_name}` this path and query: `{asked}`."))
        }
        Lack::Audience => {
            (Code::SecretAudience, format!("The secret of the tool `{tool_name}` may not go to `{place}`."))
        }
    };
    Refusal::new(code, message).hinted(hint::net(plugin, tool, target))
}
