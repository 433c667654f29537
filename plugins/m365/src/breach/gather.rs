//! Asks: first who it is and what can be asked, then everything at once, then what follows from the answers.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::encode::{encoded, quoted};
use claudetools_graph::{Ask, Class, Exchange, Gap, Outcome, Reply, Tenant};
use serde::Deserialize;
use serde_json::{Value, json};

use super::case::{Case, USER, User};
use super::source::{Source, Whom};
use crate::client::Homes;
use crate::reach::{EXCHANGE, Reach, plans};

/// The most apps that are looked up: a user seldom has let in more.
const APPS: usize = 12;
/// The most folders that are looked up: those that rules move mail to.
const FOLDERS: usize = 4;

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
    let mut left: BTreeMap<Source, usize> = BTreeMap::new();
    sources.iter().for_each(|source| *left.entry(*source).or_default() += 1);
    let mut parts: BTreeMap<Source, Vec<Outcome>> = BTreeMap::new();
    tenant.fetch(asks, &mut |index, outcome| {
        let Some(source) = sources.get(index) else { return };
        let got = parts.entry(*source).or_default();
        got.push(outcome.clone());
        if Some(&got.len()) == left.get(source) {
            case.answers.insert(*source, joined(*source, std::mem::take(got)));
            on(case);
        }
    });
    folders(tenant, case, whom, reach);
    apps(tenant, case, reach);
    recipient(tenant, case, whom, reach);
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

/// The names of the folders that rules move mail to.
fn folders(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom, reach: &Reach) {
    let target = |rule: &Value| rule.pointer("/actions/moveToFolder")?.as_str().map(str::to_owned);
    let ids: BTreeSet<String> =
        case.items(Source::GraphRules).iter().filter_map(target).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return;
    }
    if let Err(gap) = Source::Folders.may(reach) {
        case.answers.insert(Source::Folders, Err(gap));
        return;
    }
    let ids: Vec<String> = ids.into_iter().take(FOLDERS).collect();
    let asks: Vec<Ask> = ids.iter().map(|id| whom.folder(id)).collect();
    for (id, outcome) in ids.into_iter().zip(tenant.batch(&asks)) {
        let Ok(reply) = outcome else { continue };
        let named = reply.body["wellKnownName"].as_str().filter(|name| !name.is_empty());
        if let Some(name) = named.or_else(|| reply.body["displayName"].as_str()) {
            case.folders.insert(id, name.to_owned());
        }
    }
    case.answers.insert(Source::Folders, Ok(Reply::default()));
}

/// The apps that the user let in.
fn apps(tenant: &mut Tenant<'_>, case: &mut Case, reach: &Reach) {
    const APP: &str = "$select=appId,appDisplayName,displayName,publisherName,verifiedPublisher,appOwnerOrganizationId,createdDateTime,accountEnabled,replyUrls,tags";
    let Some(Ok(_)) = case.answers.get(&Source::Grants) else { return };
    if let Err(gap) = Source::Apps.may(reach) {
        case.answers.insert(Source::Apps, Err(gap));
        return;
    }
    let clients: BTreeSet<String> =
        case.items(Source::Grants).iter().filter_map(|grant| grant["clientId"].as_str().map(str::to_owned)).collect();
    let truncated = clients.len() > APPS;
    let ids: Vec<String> = clients.into_iter().take(APPS).collect();
    let asks: Vec<Ask> =
        ids.iter().map(|id| Ask::one(format!("/v1.0/servicePrincipals/{}?{APP}", encoded(id)))).collect();
    let mut whole = Ok(Reply { truncated, ..Reply::default() });
    for (id, outcome) in ids.into_iter().zip(tenant.batch(&asks)) {
        match outcome {
            Ok(reply) => drop(case.apps.insert(id, Some(reply.body))),
            Err(gap) if gap.class == Class::NotFound => drop(case.apps.insert(id, None)),
            Err(gap) => whole = Err(gap),
        }
    }
    case.answers.insert(Source::Apps, whole);
}

/// Whom a mailbox forwards to, where it is somebody of the directory.
fn recipient(tenant: &mut Tenant<'_>, case: &mut Case, whom: &Whom, reach: &Reach) {
    let target =
        |mailbox: &Value| mailbox["ForwardingAddress"].as_str().filter(|name| !name.is_empty()).map(str::to_owned);
    let Some(name) = case.items(Source::Mailbox).iter().find_map(target) else { return };
    if reach.exchange().is_ok() {
        let ask = whom.exchange.about_organization("Get-Recipient", json!({ "Identity": name }));
        let outcome = tenant.ask(ask);
        case.answers.insert(Source::Recipient, outcome);
    }
}
