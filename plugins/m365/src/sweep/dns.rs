//! Mail DNS of a domain, as far as the rules read it: asked in waves, until every SPF record that counts is there.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Status;
use claudetools_graph::{Ask, Gap, Outcome, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::known::{Answer, Missing};
use super::source::MAIL_DNS;
use super::spf::{self, Records};

/// The most domains that are looked at.
const MOST_DOMAINS: usize = 50;
/// The selectors that Exchange Online signs with.
const SELECTORS: [&str; 2] = ["selector1", "selector2"];
const CNAME: u64 = 5;
const MX: u64 = 15;
const TXT: u64 = 16;

/// What a domain's DNS says about its mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailDns {
    pub domain: String,
    /// Mail exchangers, sorted, in lower case, without preference and final dot.
    pub mx: Vec<String>,
    /// The SPF records; more than one is as good as none.
    pub spf: Vec<String>,
    /// What the SPF record says about everybody else, such as `-all`; empty where it says nothing.
    pub all: String,
    /// DNS lookups that its evaluation takes, counted up to the first too many.
    pub lookups: usize,
    /// The DMARC records of the domain, or of the one above it.
    pub dmarc: Vec<String>,
    /// Whether one of Exchange Online's selectors has a key.
    pub dkim: bool,
}

/// Asks about these domains.
pub fn gather(tenant: &mut Tenant, domains: &BTreeSet<String>) -> Answer {
    // The domain that comes with the tenant is Microsoft's.
    let own = domains.iter().filter(|domain| !domain.ends_with(".onmicrosoft.com"));
    let all: Vec<&String> = own.collect();
    let asked: Vec<&String> = all.iter().copied().take(MOST_DOMAINS).collect();
    let (mut records, mut gap) = (Records::new(), None);
    let mut mx = BTreeMap::new();
    let mut keyed = BTreeSet::new();
    for (ask, kind, outcome) in first_wave(tenant, &asked) {
        match told(&outcome, kind) {
            Err(missing) => gap = Some(missing),
            Ok(found) if kind == TXT && ask.selects.is_none() => drop(records.insert(ask.name, found)),
            Ok(found) if kind == MX => drop(mx.insert(ask.name, exchangers(&found))),
            Ok(found) => keyed.extend(ask.selects.filter(|_| is_key(&found, kind))),
        }
    }
    gap = follow_spf(tenant, &asked, &mut records).or(gap);
    let rows = asked.iter().filter(|domain| mx.contains_key(**domain) && records.contains_key(**domain));
    let rows = rows.map(|domain| json!(row(domain, &mx, &records, &keyed))).collect();
    Answer::rows(&MAIL_DNS, rows, all.len() > MOST_DOMAINS).but(gap)
}

/// A name, and the domain whose selector it is.
struct Name {
    name: String,
    selects: Option<String>,
}

fn first_wave(tenant: &mut Tenant, domains: &[&String]) -> Vec<(Name, u64, Outcome)> {
    let mut names = Vec::new();
    for domain in domains {
        let plain = |name: String| Name { name, selects: None };
        names.push((plain((*domain).clone()), MX));
        names.push((plain((*domain).clone()), TXT));
        names.push((plain(format!("_dmarc.{domain}")), TXT));
        for selector in SELECTORS {
            let name = || Name { name: format!("{selector}._domainkey.{domain}"), selects: Some((*domain).clone()) };
            names.extend([(name(), CNAME), (name(), TXT)]);
        }
    }
    let word = |kind| match kind {
        CNAME => "CNAME",
        MX => "MX",
        _ => "TXT",
    };
    let asks = names.iter().map(|(name, kind)| Ask::dns(&name.name, word(*kind))).collect();
    let outcomes = tenant.fetch(asks, &mut |_, _| ());
    names.into_iter().zip(outcomes).map(|((name, kind), outcome)| (name, kind, outcome)).collect()
}

/// Asks for what SPF records include, as long as that leads on.
fn follow_spf(tenant: &mut Tenant, domains: &[&String], records: &mut Records) -> Option<Missing> {
    let (mut gap, mut silent) = (None, BTreeSet::new());
    // The domains' own records have been asked for.
    silent.extend(domains.iter().filter(|domain| !records.contains_key(**domain)).map(|domain| (*domain).clone()));
    for _ in 0..=spf::MOST_LOOKUPS {
        let needed = domains.iter().flat_map(|domain| spf::needed(domain, records));
        let needed: BTreeSet<String> = needed.filter(|name| !silent.contains(name)).collect();
        if needed.is_empty() {
            break;
        }
        let outcomes = tenant.fetch(needed.iter().map(|name| Ask::dns(name, "TXT")).collect(), &mut |_, _| ());
        for (name, outcome) in needed.into_iter().zip(outcomes) {
            match told(&outcome, TXT) {
                Ok(found) => drop(records.insert(name, found)),
                Err(missing) => {
                    gap = Some(missing);
                    silent.insert(name);
                }
            }
        }
    }
    gap
}

/// The records of one type in an answer. A name that does not exist has none.
fn told(outcome: &Outcome, kind: u64) -> Result<Vec<String>, Missing> {
    let body = outcome.as_ref().map(|reply| &reply.body).map_err(|gap: &Gap| gap.clone())?;
    match body.get("Status").and_then(Value::as_u64) {
        Some(0 | 3) => {}
        Some(code) => {
            return Err(Missing::new(Status::Unavailable, format!("the name server answered with error {code}")));
        }
        None => return Err(Missing::new(Status::Error, "the name server's answer has no status")),
    }
    let answers = match body.get("Answer") {
        None => return Ok(Vec::new()),
        Some(answers) => answers.as_array(),
    };
    let odd = || Missing::new(Status::Error, "the name server's answer cannot be read");
    let mut found = Vec::new();
    for record in answers.ok_or_else(odd)? {
        let (of, data) = (record.get("type").and_then(Value::as_u64), record.get("data").and_then(Value::as_str));
        let (of, data) = of.zip(data).ok_or_else(odd)?;
        if of == kind {
            found.push(unquoted(data));
        }
    }
    Ok(found)
}

/// The text of a TXT record, which may come as it is or as `"one" "two"`.
fn unquoted(data: &str) -> String {
    match data.strip_prefix('"') {
        Some(rest) => rest.trim_end_matches('"').replace("\" \"", ""),
        None => data.to_owned(),
    }
}

fn exchangers(records: &[String]) -> Vec<String> {
    let hosts = records.iter().filter_map(|record| record.split_whitespace().last());
    let mut hosts: Vec<String> = hosts.map(|host| host.trim_end_matches('.').to_lowercase()).collect();
    // A single dot says that the domain takes no mail.
    hosts.retain(|host| !host.is_empty());
    hosts.sort();
    hosts
}

fn is_key(records: &[String], kind: u64) -> bool {
    kind == CNAME && !records.is_empty()
        || records
            .iter()
            .any(|record| record.split(';').any(|tag| tag.trim().strip_prefix("p=").is_some_and(|key| !key.is_empty())))
}

fn row(domain: &str, mx: &BTreeMap<String, Vec<String>>, records: &Records, keyed: &BTreeSet<String>) -> MailDns {
    MailDns {
        domain: domain.to_owned(),
        mx: mx.get(domain).cloned().unwrap_or_default(),
        spf: spf::records(domain, records).map(str::to_owned).collect(),
        all: spf::all(domain, records),
        lookups: spf::lookups(domain, records),
        dmarc: dmarc(domain, records),
        dkim: keyed.contains(domain),
    }
}

/// The DMARC records of a domain; without any, those of a domain above it that was asked about, too.
fn dmarc(domain: &str, records: &Records) -> Vec<String> {
    let of = |name: &str| -> Vec<String> {
        let found = records.get(&format!("_dmarc.{name}")).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter(|record| record.trim_start().starts_with("v=DMARC1")).cloned().collect()
    };
    let above = domain.match_indices('.').map(|(at, _)| &domain[at + 1..]);
    std::iter::once(domain).chain(above).map(of).find(|found| !found.is_empty()).unwrap_or_default()
}

#[cfg(test)]
#[path = "dns/tests.rs"]
mod tests;
