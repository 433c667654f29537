//! The answers: what can be asked is asked, and what follows from answers is asked after them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use claudetools_graph::encode::encoded;
use claudetools_graph::envelope::Status;
use claudetools_graph::jiff::Timestamp;
use claudetools_graph::{Ask, Exchange, Gap, Outcome, Tenant};
use serde_json::{Value, json};

use super::deep::{self, Token};
use super::dns;
use super::known::{Answer, Known, Missing};
use super::preflight::hindrance;
use super::rows::{Domain, Mailbox, Organization, ServicePrincipal};
use super::source::{
    APP_ROLES, DOMAINS, EXCHANGE_CONFIG, FEDERATIONS, FORWARD_TARGETS, FORWARDS, INBOX_RULES, MAIL_DNS, MAILBOX_ACCESS,
    MAILBOXES, ORGANIZATION, PRINCIPALS, SKUS, Source,
};
use crate::client::Homes;
use crate::reach::{Reach, plans};

/// The most apps, domains or recipients that are asked about one by one.
const MOST_FOLLOWED: usize = 500;

/// What a sweep tells while it runs.
pub trait Listener {
    /// So many of so many answers, or mailboxes, are there, with a line about it.
    fn tell(&mut self, done: usize, of: usize, line: &str);
    /// How far the mailboxes are, of which there are so many; kept, so that another call can go on.
    fn keep(&mut self, token: &Token, all: usize);
}

/// Whether and how to look into every mailbox.
pub struct Deep {
    pub token: Token,
    pub deadline: Timestamp,
}

/// Asks what the wanted checks read. Gives back how many milliseconds each source took, and what hindered others.
pub struct Gathering<'a, 'w> {
    pub tenant: &'a mut Tenant<'w>,
    pub listener: &'a mut dyn Listener,
    pub took: BTreeMap<&'static str, u64>,
    pub hindrances: BTreeMap<&'static str, Missing>,
}

impl Gathering<'_, '_> {
    /// Everything; `deep` where every mailbox is looked into, too.
    pub fn all(&mut self, known: &mut Known, wanted: &BTreeSet<&'static str>, deep: Option<&mut Deep>) {
        let sources = |names: &[&Source]| -> Vec<&'static Source> {
            super::source::ALL.iter().copied().filter(|source| names.iter().any(|it| it.name == source.name)).collect()
        };
        self.ask(known, &sources(&[&SKUS, &ORGANIZATION]));
        let skus = known.answer(&SKUS).ok().filter(|answer| answer.gap().is_none());
        known.reach.plans = skus.map(|answer| plans(answer.raw()));
        if wanted
            .iter()
            .any(|name| super::source::ALL.iter().any(|source| source.name == *name && source.is_exchange()))
        {
            self.ask(known, &sources(&[&EXCHANGE_CONFIG]));
            // Where it did not answer the first question, it is not asked all the others.
            let gap =
                known.answer(&EXCHANGE_CONFIG).ok().and_then(Answer::gap).filter(|gap| gap.status != Status::Error);
            let silent = gap.map(|gap| Gap::new(gap.class(), gap.why.clone()));
            known.reach.without_exchange = known.reach.without_exchange.take().or(silent);
        }
        let rest = super::source::ALL.iter().copied().filter(|source| wanted.contains(source.name));
        let rest: Vec<&'static Source> = rest.filter(|source| !known.answers.contains_key(source.name)).collect();
        self.ask(known, &rest);
        self.follow(known, wanted);
        self.mailboxes(known, wanted, deep);
    }

    /// Asks sources that stand for themselves, those that can be asked.
    fn ask(&mut self, known: &mut Known, sources: &[&'static Source]) {
        let since = known.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut asked: Vec<&'static Source> = Vec::new();
        let mut asks = Vec::new();
        for source in sources {
            let Some(ask) = source.ask(&since, Self::exchange(&known.reach)) else { continue };
            match self.hindrance(known, source) {
                Some(gap) => drop(known.answers.insert(source.name, Answer::none(gap))),
                None => {
                    asked.push(source);
                    asks.push(ask);
                }
            }
        }
        let (begun, all, mut done) = (Instant::now(), asks.len(), 0);
        let (took, listener) = (&mut self.took, &mut *self.listener);
        let outcomes = self.tenant.fetch(asks, &mut |index, _| {
            done += 1;
            if let Some(source) = asked.get(index) {
                took.insert(source.name, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
                listener.tell(done, all, &source.asked());
            }
        });
        for (source, outcome) in asked.iter().zip(outcomes) {
            known.answers.insert(source.name, Answer::of(source, outcome));
        }
    }

    fn exchange(reach: &Reach) -> Exchange {
        Exchange { supported: reach.exchange.iter().flatten().any(|name| name == "Exchange.ManageAsAppV2") }
    }

    fn hindrance(&mut self, known: &Known, source: &'static Source) -> Option<Missing> {
        let gap = hindrance(&known.reach, source)?;
        self.hindrances.insert(source.name, gap.clone());
        Some(gap)
    }

    fn follow(&mut self, known: &mut Known, wanted: &BTreeSet<&'static str>) {
        if wanted.contains(FEDERATIONS.name) {
            let answer = self.followed(known, &FEDERATIONS, &DOMAINS, |domain: Domain| {
                let path = format!("/v1.0/domains/{}/federationConfiguration", encoded(&domain.id));
                (domain.authentication_type == "Federated").then(|| (domain.id, Ask::list(path)))
            });
            known.answers.insert(FEDERATIONS.name, answer);
        }
        if wanted.contains(APP_ROLES.name) {
            let answer = self.followed(known, &APP_ROLES, &PRINCIPALS, |app: ServicePrincipal| {
                let path = format!("/v1.0/servicePrincipals/{}/appRoleAssignments", encoded(&app.id));
                (!app.is_microsofts()).then(|| (app.id, Ask::list(path)))
            });
            known.answers.insert(APP_ROLES.name, answer);
        }
        if wanted.contains(FORWARD_TARGETS.name) {
            let exchange = Self::exchange(&known.reach);
            let answer = self.followed(known, &FORWARD_TARGETS, &FORWARDS, |mailbox: Mailbox| {
                let name = mailbox.named_target()?.to_owned();
                let ask = exchange.about_organization("Get-Recipient", json!({ "Identity": name }));
                Some((name, ask))
            });
            known.answers.insert(FORWARD_TARGETS.name, answer);
        }
        if wanted.contains(MAIL_DNS.name) {
            self.listener.tell(0, 1, "DNS");
            let answer = match known.only::<Organization>(&ORGANIZATION) {
                Err(gap) => Answer::none(gap),
                Ok(it) => {
                    let domains = it.verified_domains.into_iter().map(|domain| domain.name.to_lowercase()).collect();
                    dns::gather(self.tenant, &domains)
                }
            };
            known.answers.insert(MAIL_DNS.name, answer);
        }
    }

    /// Asks about single rows of another source, and puts the row's name into what comes.
    fn followed<Row: serde::de::DeserializeOwned>(
        &mut self,
        known: &Known,
        source: &'static Source,
        from: &'static Source,
        lead: impl Fn(Row) -> Option<(String, Ask)>,
    ) -> Answer {
        let rows = match hindrance(&known.reach, source).map_or_else(|| known.rows::<Row>(from), Err) {
            Ok(rows) => rows,
            Err(gap) => return Answer::none(gap),
        };
        let partial = known.answer(from).ok().and_then(|answer| answer.gap().cloned());
        let leads: BTreeMap<String, Ask> = rows.into_iter().filter_map(lead).collect();
        let truncated = leads.len() > MOST_FOLLOWED;
        let (names, asks): (Vec<String>, Vec<Ask>) = leads.into_iter().take(MOST_FOLLOWED).unzip();
        let outcomes =
            if source.is_exchange() { self.tenant.fetch(asks, &mut |_, _| ()) } else { self.tenant.batch(&asks) };
        let (mut found, mut gap) = (Vec::new(), partial);
        for (name, outcome) in names.iter().zip(outcomes) {
            match named(name, outcome) {
                Ok(rows) => found.extend(rows),
                Err(missing) => gap = Some(missing),
            }
        }
        Answer::rows(source, found, truncated).but(gap)
    }

    fn mailboxes(&mut self, known: &mut Known, wanted: &BTreeSet<&'static str>, deep: Option<&mut Deep>) {
        if !wanted.contains(INBOX_RULES.name) && !wanted.contains(MAILBOX_ACCESS.name) {
            return;
        }
        let (rules, access) = match deep {
            None => both(&Missing::new(Status::Skipped, "every mailbox is looked into with `deep` only")),
            Some(deep) => self.every_mailbox(known, deep),
        };
        known.answers.insert(INBOX_RULES.name, rules);
        known.answers.insert(MAILBOX_ACCESS.name, access);
    }

    fn every_mailbox(&mut self, known: &mut Known, deep: &mut Deep) -> (Answer, Answer) {
        let listed: Vec<&'static Source> =
            super::source::ALL.iter().copied().filter(|source| source.name == MAILBOXES.name).collect();
        self.ask(known, &listed);
        let (mailboxes, domains) = match known.rows::<Mailbox>(&MAILBOXES).and_then(|rows| Ok((rows, known.domains()?)))
        {
            Ok(both) => both,
            Err(gap) => return both(&gap),
        };
        let names = mailboxes.into_iter().map(|mailbox| mailbox.user_principal_name).collect();
        let homes = Homes(domains.into_iter().collect());
        let listener = &mut *self.listener;
        let mut keep = |token: &Token, all: usize| {
            listener.keep(token, all);
            listener.tell(token.done, all, &format!("{} of {all} mailboxes", token.done));
        };
        let (rules, access) = deep::gather(self.tenant, names, &homes, deep.deadline, &mut deep.token, &mut keep);
        let partial = known.answer(&MAILBOXES).ok().and_then(|answer| answer.gap().cloned());
        (rules.but(partial.clone()), access.but(partial))
    }
}

fn both(gap: &Missing) -> (Answer, Answer) {
    (Answer::none(gap.clone()), Answer::none(gap.clone()))
}

/// The rows of an outcome with the name of what they are about, as `domain` and `Asked`.
fn named(name: &str, outcome: Outcome) -> Result<Vec<Value>, Missing> {
    let reply = outcome?;
    if reply.truncated {
        return Err(Missing::new(
            Status::Truncated,
            format!("there is more about {}", claudetools_graph::text::shown(name)),
        ));
    }
    let add = |mut row: Value| {
        if let Value::Object(fields) = &mut row {
            fields.insert("domain".into(), json!(name));
            fields.insert("Asked".into(), json!(name));
        }
        row
    };
    Ok(reply.items.into_iter().map(add).collect())
}
