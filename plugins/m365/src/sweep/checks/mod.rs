//! The checks: what each one asks, and its rules.
//!
//! A rule is pure: it reads the answers and says what it finds. Where a part of a check lacks an answer, that part gives
//! the gap, and the check is not green, whatever its other parts say.

use claudetools_graph::envelope::Finding;
use serde_json::{Value, json};

use super::known::{Known, Missing};
use super::source::Source;
use crate::reach::Plan;
use crate::rule::Rule;

mod access;
mod accounts;
mod apps;
mod consent;
mod deep;
mod domains;
mod exchange;
mod flow;
mod guests;
mod mail_dns;
mod mfa;
mod risk;
mod roles;
mod sign_ins;
mod upkeep;

pub use roles::global_members;
pub use sign_ins::countries;

/// Every check, in the order of their ids.
pub const ALL: &[&Check] = &[
    &access::BASELINE,
    &access::GAPS,
    &mfa::ADMINS,
    &mfa::USERS,
    &roles::HYGIENE,
    &roles::NEW,
    &accounts::STALE,
    &guests::GUESTS,
    &consent::SETTINGS,
    &consent::GRANTS,
    &apps::RISKY,
    &apps::ROGUE,
    &apps::CREDENTIALS,
    &flow::FORWARDING,
    &deep::INBOX_RULES,
    &flow::TRANSPORT_RULES,
    &flow::CONNECTORS,
    &flow::AUTO_FORWARD,
    &exchange::AUDIT,
    &sign_ins::LEGACY,
    &mail_dns::MAIL_DNS,
    &mail_dns::DIRECT_SEND,
    &risk::IDENTITY,
    &sign_ins::OVERVIEW,
    &risk::DEFENDER,
    &risk::SECURE_SCORE,
    &domains::FEDERATION,
    &domains::TAMPERING,
    &exchange::BLOCKED_SENDERS,
    &accounts::SHARED,
    &deep::ACCESS,
    &exchange::ALLOW_LISTS,
    &accounts::NEW,
    &upkeep::LICENCES,
    &upkeep::DEVICES,
];

/// One check.
pub struct Check {
    pub id: &'static str,
    pub title: &'static str,
    pub profile: Profile,
    /// Its ids in CISA's SCuBA baselines.
    pub scuba: &'static [&'static str],
    /// The licence without which there is nothing to check.
    pub plan: Option<Plan>,
    pub sources: &'static [&'static Source],
    pub rules: &'static [&'static Rule],
    /// Each judges by itself, so that one answer that is missing takes no other part away.
    pub parts: &'static [fn(&Known) -> Found],
}

/// What one part of a check found, or the answer that it lacks.
pub type Found = Result<Vec<Finding>, Missing>;

/// Which sweeps a check belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Attacks, and what lets one in.
    Security,
    /// What piles up.
    Hygiene,
    Both,
}

/// What a rule of a sweep adds to a finding.
pub trait About {
    /// A finding of this rule. The next run knows it again by rule and subject.
    fn about(&self, subject: impl Into<String>, evidence: Value) -> Finding;
    /// One finding for many subjects, where there are any: what piles up is one thing to tidy.
    fn about_all(&self, subjects: Vec<String>) -> Vec<Finding>;
}

impl About for Rule {
    fn about(&self, subject: impl Into<String>, evidence: Value) -> Finding {
        self.found(evidence).with("subject", subject.into())
    }

    fn about_all(&self, subjects: Vec<String>) -> Vec<Finding> {
        let evidence = json!({ "count": subjects.len(), "list": subjects });
        (!subjects.is_empty()).then(|| self.about("tenant", evidence)).into_iter().collect()
    }
}

/// What a finding is about.
pub fn subject(finding: &Finding) -> &str {
    finding.evidence.get("subject").and_then(Value::as_str).unwrap_or_default()
}
