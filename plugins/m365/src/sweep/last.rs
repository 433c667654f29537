//! The run before: what a sweep keeps of itself, for the thread and the tenant.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::{Finding, Severity};
use claudetools_graph::jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checks::subject;
use super::known::Known;
use super::rows::{Domain, Federation, Role, SecureScore};
use super::source::{DOMAINS, FEDERATIONS, MAIL_DNS, ROLES, SECURE_SCORES};
use super::{checks, dns::MailDns};

/// The most findings that are kept, so that a bad tenant does not fill what a plugin may keep in a thread.
const MOST: usize = 500;

/// What is kept of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Last {
    pub at: Timestamp,
    /// Findings above `info`: key and title.
    pub findings: BTreeMap<String, String>,
    /// Ids of principals.
    pub global_administrators: BTreeSet<String>,
    /// Domains with their type of authentication.
    pub domains: BTreeMap<String, String>,
    /// Fingerprints of signing certificates by domain.
    pub certificates: BTreeMap<String, String>,
    /// Mail exchangers by domain, sorted.
    pub mx: BTreeMap<String, Vec<String>>,
    /// Countries of sign-ins that succeeded.
    pub countries: BTreeSet<String>,
    /// In percent.
    pub secure_score: Option<f64>,
}

/// By what the next run knows a finding again: `TS-05.R3|ann@contoso.example`.
pub fn key(finding: &Finding) -> String {
    format!("{}|{}", finding.id, subject(finding))
}

impl Last {
    /// Of this run. What it could not read it takes from the run before, so that one bad day makes nothing look new.
    pub fn of(known: &Known, findings: &[&Finding], whole: &BTreeSet<String>) -> Self {
        let before = known.last;
        let roles = known.rows::<Role>(&ROLES).map(|roles| checks::global_members(&roles).into_keys().collect());
        let domains = known.rows::<Domain>(&DOMAINS);
        let domains = domains.map(|rows| rows.into_iter().map(|row| (row.id, row.authentication_type)).collect());
        let mx =
            known.rows::<MailDns>(&MAIL_DNS).map(|rows| rows.into_iter().map(|row| (row.domain, row.mx)).collect());
        let countries = checks::countries(known).map(|countries| countries.into_keys().collect());
        let score = known.only::<SecureScore>(&SECURE_SCORES).ok().and_then(|score| score.percent());
        Self {
            at: known.now,
            findings: kept_findings(before, findings, whole),
            global_administrators: roles.unwrap_or_else(|_| kept(before, |last| &last.global_administrators)),
            domains: domains.unwrap_or_else(|_| kept(before, |last| &last.domains)),
            certificates: certificates(known).unwrap_or_else(|| kept(before, |last| &last.certificates)),
            mx: mx.unwrap_or_else(|_| kept(before, |last| &last.mx)),
            countries: countries.unwrap_or_else(|_| kept(before, |last| &last.countries)),
            secure_score: score.or(before.and_then(|last| last.secure_score)),
        }
    }
}

/// The findings of this run, and those of the run before of checks that did not run over everything this time.
fn kept_findings(before: Option<&Last>, findings: &[&Finding], whole: &BTreeSet<String>) -> BTreeMap<String, String> {
    let now = findings.iter().filter(|finding| finding.severity > Severity::Info);
    let now = now.map(|finding| (key(finding), finding.title.clone()));
    let old = before.into_iter().flat_map(|last| last.findings.clone());
    let old = old.filter(|(key, _)| key.split('.').next().is_none_or(|check| !whole.contains(check)));
    now.chain(old).take(MOST).collect()
}

fn kept<T: Clone + Default>(before: Option<&Last>, part: fn(&Last) -> &T) -> T {
    before.map(part).cloned().unwrap_or_default()
}

fn certificates(known: &Known) -> Option<BTreeMap<String, String>> {
    let rows = known.rows::<Federation>(&FEDERATIONS).ok()?;
    Some(rows.into_iter().filter_map(|row| Some((row.domain.clone(), row.fingerprint()?))).collect())
}

/// What changed since the run before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// When the run before was; none where there was none.
    pub since: Option<Timestamp>,
    /// Keys that were not there.
    pub new: Vec<String>,
    /// Keys with titles that are gone, of checks that ran both times.
    pub resolved: Vec<String>,
    pub unchanged: usize,
}

impl Difference {
    pub fn between(before: Option<&Last>, now: &Last) -> Self {
        let Some(before) = before else { return Self::default() };
        let (old, fresh): (Vec<&String>, Vec<&String>) =
            now.findings.keys().partition(|key| before.findings.contains_key(*key));
        let gone = before.findings.iter().filter(|(key, _)| !now.findings.contains_key(*key));
        Self {
            since: Some(before.at),
            new: fresh.into_iter().cloned().collect(),
            resolved: gone.map(|(key, title)| format!("{key} {title}")).collect(),
            unchanged: old.len(),
        }
    }
}
