//! `secret` of a `net` grant: which secret goes where in a request.

use toml::Spanned;

use super::grants::Known;
use super::low::{self, Word};
use super::place::Fault;
use super::secret::SecretSource;
use crate::net::takes_a_secret;
use crate::{Audience, NetRule, Reach, Scheme, SecretPlace, SecretUse};

impl Known<'_> {
    /// Checks the secret of a grant against the grant's other keys: where it goes is never the guest's to write, each
    /// rule leads to a service that may be given it, and without TLS it stays in the networks that `reach` names.
    pub fn secret_use(
        &self,
        typed: &Spanned<low::SecretUse>,
        rules: &[NetRule],
        reach: &Reach,
        headers: &[Word],
    ) -> Result<SecretUse, Fault> {
        let name = &typed.as_ref().name;
        let Some(secret) = self.secrets.get(name.as_ref()) else {
            let message = format!("unknown secret `{}`; expected one of the names under [secrets]", name.as_ref());
            return Err(Fault::at(name, message));
        };
        let place = place(typed)?;
        check_place(&place, rules, headers, typed)?;
        for rule in rules {
            check_audience(rule, &secret.audience, reach).map_err(|problem| {
                let (scheme, host, port) = (rule.scheme.as_str(), &rule.host, rule.port);
                Fault::at(name, format!("`{}` {problem} `{scheme}://{host}:{port}`", name.as_ref()))
            })?;
        }
        let token = match &secret.source {
            SecretSource::Token(token) => Some(token.clone()),
            SecretSource::File(_) | SecretSource::Env(_) | SecretSource::Vault { .. } => None,
        };
        Ok(SecretUse { name: name.as_ref().clone(), place, audience: secret.audience.clone(), token })
    }
}

/// The one place that is named.
fn place(typed: &Spanned<low::SecretUse>) -> Result<SecretPlace, Fault> {
    let low::SecretUse { header, bearer, basic, query, .. } = typed.as_ref();
    match (header, bearer, basic, query) {
        (Some(header), None, None, None) => Ok(SecretPlace::Header(header.as_ref().clone())),
        (None, Some(bearer), None, None) if *bearer.as_ref() => Ok(SecretPlace::Bearer),
        (None, None, Some(user), None) => Ok(SecretPlace::Basic(user.as_ref().clone())),
        (None, None, None, Some(query)) => Ok(SecretPlace::Query(query.as_ref().clone())),
        _ => {
            let expected = "header = \"…\", bearer = true, basic = \"user\" and query = \"…\"";
            Err(Fault::at(typed, format!("expected where the secret goes: one of {expected}")))
        }
    }
}

fn check_place(
    place: &SecretPlace,
    rules: &[NetRule],
    headers: &[Word],
    typed: &Spanned<low::SecretUse>,
) -> Result<(), Fault> {
    let problem = match place {
        SecretPlace::Header(name) if !takes_a_secret(name) => {
            "a secret cannot go into this header; expected one in lower case that no guest can set"
        }
        SecretPlace::Header(name) if headers.iter().any(|header| header.as_ref() == name) => {
            "the secret goes into this header; take it out of `headers`, so that the guest cannot set it"
        }
        SecretPlace::Basic(user) if user.is_empty() || user.contains(':') || user.contains(char::is_control) => {
            "`basic` is the user's name, without `:`"
        }
        SecretPlace::Query(name) if name.is_empty() || name.contains(char::is_control) => "`query` is a query name",
        SecretPlace::Query(name) if rules.iter().any(|rule| names(rule, name)) => {
            "the secret is the value of this query name; take it out of `query` of `allow`, so that the guest cannot set it"
        }
        _ => return Ok(()),
    };
    Err(Fault::at(typed, problem))
}

/// Whether a rule lets the guest use a query name; many servers take no notice of case.
fn names(rule: &NetRule, name: &str) -> bool {
    rule.query.iter().any(|query| query.eq_ignore_ascii_case(name))
}

/// A fragment that goes before the service that the rule is for.
fn check_audience(rule: &NetRule, audience: &[Audience], reach: &Reach) -> Result<(), &'static str> {
    let is_for = |one: &Audience| one.scheme == rule.scheme && one.port == rule.port && rule.host.covers(&one.host);
    if !audience.iter().any(is_for) {
        return Err("has no `audience` that fits the rule for");
    }
    if rule.scheme == Scheme::Http && *reach == Reach::Public {
        return Err("would go over the Internet for all to read, without TLS and without networks in `reach`, to");
    }
    Ok(())
}
