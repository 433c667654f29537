//! What a grant says of a request's body.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use super::decide::{fits, net_grants, try_rules};
use super::{Body, Inner, Lack, NetEffect, NetGrant, NetRule, Target, batch};
use crate::path::shown;
use crate::{Admitted, Code, Refusal};

/// Whether the decision on a request needs its body, and the most bytes that may be read for it.
pub fn looks_at_body(target: &Target, plugin: &Admitted, tool: &str) -> Option<u64> {
    let looks = |grant: &&NetGrant| {
        let in_rule = |rule: &NetRule| rule.batch || !rule.json.is_empty();
        grant.allow.iter().any(|rule| fits(rule, target) && (in_rule(rule) || !grant.fill.is_empty()))
    };
    net_grants(plugin, tool).map(|(_, grant, _)| grant).filter(looks).map(|grant| grant.up).max()
}

impl NetRule {
    /// What it says of bodies, in words: ` with Get-Mailbox at /CmdletInput/CmdletName`.
    pub fn content(&self) -> String {
        let text = |(pointer, words): (&String, &BTreeSet<String>)| {
            format!(" with {} at {pointer}", words.iter().map(String::as_str).collect::<Vec<_>>().join("|"))
        };
        let says = [(self.batch, " as a batch"), (self.reads, " that only reads")];
        let said = says.into_iter().filter(|(says, _)| *says).map(|(_, what)| what.to_owned());
        self.json.iter().map(text).chain(said).collect()
    }
}

impl NetGrant {
    /// What a guest writes where the host puts a password that it makes: what the person who confirms reads there.
    pub const MADE: &str = "made by claudetools after your yes, shown to you alone";

    /// The requests inside a batch, where a rule gives the request as one; otherwise none.
    pub fn inner(&self, effect: &NetEffect<'_>) -> Result<Vec<Inner>, Refusal> {
        match self.allow.iter().any(|rule| rule.batch && fits(rule, effect.target)) {
            true => batch::read(effect.target, effect.body),
            false => Ok(Vec::new()),
        }
    }

    /// Whether a request that it gives changes nothing: by its method, because the operator says so, or as a batch of
    /// such requests.
    pub fn only_looks(&self, effect: &NetEffect<'_>) -> bool {
        let reads = |rule: &NetRule| rule.reads && fits(rule, effect.target) && has_body_of(rule, effect.body);
        if matches!(effect.target.method.as_str(), "GET" | "HEAD") || self.allow.iter().any(reads) {
            return true;
        }
        let inner = self.inner(effect).unwrap_or_default();
        !inner.is_empty() && inner.iter().all(|inner| self.only_looks(&inner.effect()))
    }

    /// Where in a body that it gives the host has to put a password.
    pub fn filled<'g>(&'g self, body: Option<&'g Body>) -> impl Iterator<Item = &'g str> {
        let is_asked = move |pointer: &&str| body.and_then(|body| body.text_at(pointer)) == Some(Self::MADE);
        self.fill.iter().map(String::as_str).filter(is_asked)
    }
}

impl Inner {
    /// It, to be decided on.
    pub fn effect(&self) -> NetEffect<'_> {
        NetEffect { target: &self.target, body: self.body.as_ref() }
    }
}

/// Whether one of these rules, which fit the target, gives the body too.
pub(super) fn body_is_given(effect: &NetEffect<'_>, grant: &NetGrant, rules: &[&NetRule]) -> Result<(), Refusal> {
    fillable(effect, grant)?;
    let mut first = None;
    for rule in rules {
        match body_of_rule(effect, grant, rule) {
            Ok(()) => return Ok(()),
            Err(refusal) => drop(first.get_or_insert(refusal)),
        }
    }
    first.map_or(Ok(()), Err)
}

fn body_of_rule(effect: &NetEffect<'_>, grant: &NetGrant, rule: &NetRule) -> Result<(), Refusal> {
    if rule.batch {
        let inner = batch::read(effect.target, effect.body)?;
        return inner.iter().try_for_each(|inner| given_inside(inner, grant).map_err(|refusal| inner.refuse(refusal)));
    }
    if has_body_of(rule, effect.body) {
        return Ok(());
    }
    let pointers: Vec<String> = rule.json.keys().map(|pointer| format!("`{}`", shown(pointer))).collect();
    Err(no(
        effect,
        &format!("expected a JSON object, read in one way only, with a granted text at {}", pointers.join(", ")),
    ))
}

fn has_body_of(rule: &NetRule, body: Option<&Body>) -> bool {
    rule.json.is_empty() || body.is_some_and(|body| body.holds(&rule.json))
}

/// Whether the grant gives a request of a batch by itself. A batch in a batch is none of them.
fn given_inside(inner: &Inner, grant: &NetGrant) -> Result<(), Refusal> {
    inner.check_headers(grant)?;
    try_rules(&inner.effect(), grant, |rule| !rule.batch).map_err(|lack| {
        let (code, what) = match lack {
            Lack::Body(refusal) => return refusal,
            Lack::Place => (Code::NetNotGranted, "host"),
            Lack::Method => (Code::NetMethod, "method"),
            Lack::Path => (Code::NetPath, "path and query"),
            Lack::Audience => (Code::SecretAudience, "place"),
        };
        Refusal::new(
            code,
            format!("The batch's grant does not give this {what}: `{}`.", shown(&inner.target.to_string())),
        )
    })
}

/// Whether nobody but the host says what stands where it makes a password.
fn fillable(effect: &NetEffect<'_>, grant: &NetGrant) -> Result<(), Refusal> {
    let Some(body) = effect.body.filter(|_| !grant.fill.is_empty()) else { return Ok(()) };
    if !body.bytes().is_empty() && !body.json().is_some_and(Value::is_object) {
        return Err(no(effect, "expected a JSON object that is read in one way only"));
    }
    let is_wrong = |pointer: &&String| body.may_have(pointer) && body.text_at(pointer) != Some(NetGrant::MADE);
    match grant.fill.iter().find(is_wrong) {
        None => Ok(()),
        Some(pointer) => {
            let what =
                format!("the host makes what stands at `{}`; write \"{}\" there", shown(pointer), NetGrant::MADE);
            Err(no(effect, &what))
        }
    }
}

fn no(effect: &NetEffect<'_>, what: &str) -> Refusal {
    let message = format!("The body of `{}` is not granted: {what}.", shown(&effect.target.to_string()));
    Refusal::new(Code::NetBody, message)
}
