//! Asks: first who it is and what can be asked, then everything at once, then what follows from the answers.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::encode::{encoded, quoted};
use claudetools_graph::{Ask, Class, Exchange, Gap, Outcome, Reply, Tenant};
use serde::Deserialize;
use serde_json::json;

use super::case::{Case, USER, User};
use super::follow;
use super::source::{Source, Whom};
use crate::client::Homes;
use crate::reach::{EXCHANGE, Reach, plans};

/// What is known before the questions.
pub struct Preflight {
    pub user: Result<User, Gap>,
    pub homes: Vec<String>,
    /// The organization's own country.
    pub country: Option<String>,
    pub reach: Reach,
    pub exchange: Exchange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    country_letter_code: Option<String>,
    #[serde(default, deserialize_with = "crate::rows::list")]
    verified_domains: Vec<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    name: String,
}

/// Finds the user, the organization, its licences, and whether Exchange answers.
pub fn preflight(tenant: &mut Tenant<'_>, user: &str, mut reach: Reach) -> Preflight {
    let exchange = Exchange { supported: has(reach.exchange.as_deref(), EXCHANGE[1]) };
    let mut asks = vec![
        Ask::one(format!("/v1.0/users/{}?{USER}", encoded(user))),
        Ask::list("/v1.0/organization?$select=id,displayName,countryLetterCode,verifiedDomains,onPremisesSyncEnabled"),
        Ask::list("/v1.0/subscribedSkus"),
    ];
    let probe = reach.exchange();
    if probe.is_ok() {
        asks.push(exchange.about_organization("Get-OrganizationConfig", json!({})));
    }
    let mut outcomes = tenant.fetch(asks, &mut |_, _| ()).into_iter();
    let mut next = || outcomes.next().unwrap_or_else(|| Err(Gap::new(Class::Unavailable, "no answer came")));
    let (found, organization, skus) = (next(), next(), next());
    reach.plans = skus.ok().filter(|reply| !reply.truncated).map(|reply| plans(&reply.items));
    reach.without_exchange = probe.and_then(|()| next().map(drop)).err();
    let organization = organization.ok().and_then(|reply| Organization::deserialize(reply.items.first()?).ok());
    Preflight {
        user: read(found).or_else(|gap| by_mail(tenant, user, gap)),
        country: organization.as_ref().and_then(|organization| organization.country_letter_code.clone()),
        homes: organization
            .into_iter()
            .flat_map(|organization| organization.verified_domains)
            .map(|domain| domain.name.to_lowercase())
            .collect(),
        reach,
        exchange,
    }
}

fn has(permissions: Option<&[String]>, permission: &str) -> bool {
    permissions.is_some_and(|permissions| permissions.iter().any(|known| known == permission))
}

fn read(outcome: Outcome) -> Result<User, Gap> {
    User::deserialize(&outcome?.body).map_err(|_| Gap::new(Class::Malformed, "what came is no user"))
}

/// A mail address that is no sign-in name.
fn by_mail(tenant: &mut Tenant<'_>, mail: &str, gap: Gap) -> Result<User, Gap> {
    if gap.class != Class::NotFound || !mail.contains('@') {
        return Err(gap);
    }
    let filter = encoded(&format!("mail eq {}", quoted(mail)));
    let found = tenant.ask(Ask::list(format!("/v1.0/users?$filter={filter}&{USER}")))?;
    match found.items.as_slice() {
        [one] => User::deserialize(one).map_err(|_| Gap::new(Class::Malformed, "what came is no user")),
        [] => Err(gap),
        several => {
            Err(Gap::new(Class::NotFound, format!("{} users have this address: give the sign-in name", several.len())))
        }
    }
}

impl Preflight {
    /// The domains of the tenant: its own and those that are configured.
    pub fn homes(&self, configured: &[String]) -> Homes {
        Homes(self.homes.iter().chain(configured).cloned().collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// Asks everything that can be asked at this depth, and what follows from it. `on` is called whenever an answer is there.
pub fn gather(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom, reach: &Reach, on: &mut dyn FnMut(&Case)) {
    let mut asks = Vec::new();
    let mut sources = Vec::new();
    for source in Source::independent(case.depth) {
        match source.may(reach) {
            Err(gap) => drop(case.answers.insert(source, Err(gap))),
            Ok(()) => {
                for ask in source.asks(whom) {
                    sources.push(source);
                    asks.push(ask);
                }
            }
        }
    }
    follow::settle(case);
    let mut left: BTreeMap<Source, usize> = BTreeMap::new();
    sources.iter().for_each(|source| *left.entry(*source).or_default() += 1);
    let mut parts: BTreeMap<Source, Vec<Outcome>> = BTreeMap::new();
    tenant.fetch(asks, &mut |index, outcome| {
        let Some(source) = sources.get(index) else { return };
        let got = parts.entry(*source).or_default();
        got.push(outcome.clone());
        if Some(&got.len()) == left.get(source) {
            case.answers.insert(*source, joined(*source, std::mem::take(got)));
            follow::settle(case);
            on(case);
        }
    });
    follow::ask(tenant, case, whom, reach);
    on(case);
}

/// Several parts of one answer. Without one of them it is no whole answer. Who is not listed as risky is not at risk.
fn joined(source: Source, parts: Vec<Outcome>) -> Outcome {
    let mut whole = Reply::default();
    for part in parts {
        match part {
            Ok(reply) => {
                whole.body = reply.body;
                whole.truncated |= reply.truncated;
                whole.items.extend(reply.items);
            }
            Err(gap) if source == Source::RiskyUser && gap.class == Class::NotFound => {}
            Err(gap) => return Err(gap),
        }
    }
    Ok(whole)
}
