//! One sweep, from its first question to its result.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::{Coverage, Envelope, Finding, Moment, Severity, TenantRef, Window};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Tenant, ids};
use serde::Serialize;

use super::checks::Check;
use super::gather::{Deep, Gathering, Listener};
use super::judge;
use super::known::Known;
use super::last::{Difference, Last};
use super::preflight;
use super::source::Source;
use crate::client::Client;
use crate::reach::{Plan, Reach};

/// Name and version of the result's shape.
const SCHEMA: &str = "tenant-sweep/1";

/// What is to be swept.
pub struct Request<'a> {
    /// The id of the call.
    pub call: &'a str,
    pub client: &'a Client,
    pub reach: Reach,
    /// `security`, `hygiene` or `all`.
    pub profile: &'a str,
    pub window_days: i64,
    pub deep: Option<Deep>,
    pub last: Option<&'a Last>,
}

/// What a sweep comes to.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Of 100; none where too little ran.
    pub posture: Option<u32>,
    /// What could be asked, and what not.
    pub preflight: String,
    /// Against the run before.
    pub difference: Difference,
    /// What each check stands on.
    pub basis: BTreeMap<&'static str, Basis>,
}

/// What a check stands on.
#[derive(Clone, Debug, Serialize)]
pub struct Basis {
    /// Its ids in CISA's SCuBA baselines.
    pub scuba: &'static [&'static str],
    /// The rules that it looks at.
    pub rules: Vec<&'static str>,
    /// Application permissions, of each list one.
    pub permissions: BTreeSet<&'static [&'static str]>,
    /// The licence that it needs.
    pub licence: Option<&'static str>,
}

impl Basis {
    fn of(check: &Check) -> Self {
        let permissions = check.sources.iter().map(|source| source.permissions);
        Self {
            scuba: check.scuba,
            rules: check.rules.iter().map(|rule| rule.id()).collect(),
            permissions: permissions.filter(|permissions| !permissions.is_empty()).collect(),
            licence: check.plan.map(Plan::name),
        }
    }
}

/// Sweeps a tenant. Gives back the result and what the next run is to know of it.
pub fn run(tenant: &mut Tenant, request: Request, listener: &mut dyn Listener) -> (Sweep, Last) {
    let now = tenant.now();
    let since = now.saturating_sub(SignedDuration::from_hours(request.window_days * 24)).unwrap_or(Timestamp::MIN);
    let (client, reach, last) = (request.client, request.reach, request.last);
    let mut known = Known { client, reach, last, since, now, answers: BTreeMap::new() };
    let checks = judge::wanted(request.profile);
    let sources: BTreeSet<&'static str> =
        checks.iter().flat_map(|check| check.sources).map(|source: &&Source| source.name).collect();
    let mut deep = request.deep;
    let mut gathering =
        Gathering { tenant: &mut *tenant, listener, took: BTreeMap::new(), hindrances: BTreeMap::new() };
    gathering.all(&mut known, &sources, deep.as_mut());
    let (took, preflight) = (gathering.took, preflight::told(&gathering.hindrances, sources.len()));

    let (judged, whole) = judge::judge(&known, &checks, &took);
    let findings: Vec<&Finding> = judged.iter().flat_map(|check| &check.findings).collect();
    let kept = Last::of(&known, &findings, &whole);
    let difference = Difference::between(known.last, &kept);
    let coverage = Coverage::of(&judged);
    let sweep = Sweep {
        posture: judge::posture(&judged, &coverage),
        preflight,
        difference,
        basis: checks.iter().map(|check| (check.id, Basis::of(check))).collect(),
        envelope: Envelope {
            schema: SCHEMA.into(),
            run_id: ids::of(&["tenant_sweep", request.call, tenant.id()]),
            tenant: TenantRef { id: tenant.id().to_owned(), client: client.name.clone() },
            subject: None,
            window: Window { from: since, to: now },
            verdict: judge::verdict(&judged, &coverage),
            score: judge::weight(&judged),
            timeline: timeline(&findings),
            checks: judged,
            coverage,
            requests: tenant.counts(),
        },
    };
    (sweep, kept)
}

/// Findings that say when something happened, oldest first.
fn timeline(findings: &[&Finding]) -> Vec<Moment> {
    let dated = findings.iter().filter(|finding| finding.severity > Severity::Info).filter_map(|finding| {
        let check = finding.id.split('.').next().unwrap_or_default().to_owned();
        let text = format!("{}: {}", finding.title, super::checks::subject(finding));
        Some(Moment { at: finding.occurred_at?, check, text })
    });
    let mut moments: Vec<Moment> = dated.collect();
    moments.sort_by_key(|moment| moment.at);
    moments
}
