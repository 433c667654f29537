//! What a sweep knows when the rules read: the answers, or why there are none.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Status;
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Class, Gap, Outcome, text};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::last::Last;
use super::rows::{AcceptedDomain, Organization};
use super::source::{ACCEPTED_DOMAINS, ORGANIZATION, Source};
use crate::client::Client;
use crate::reach::{Plan, Reach};

/// The rows of one source that can be read, and what is missing beside them.
#[derive(Debug)]
pub struct Answer {
    rows: Vec<Value>,
    gap: Option<Missing>,
}

/// Why something is not there, as a check tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub status: Status,
    pub why: String,
}

impl From<Gap> for Missing {
    fn from(gap: Gap) -> Self {
        let status = match gap.class {
            Class::NotPermitted => Status::NotPermitted,
            Class::NotLicensed => Status::NotLicensed,
            Class::NotFound | Class::Unavailable => Status::Unavailable,
            Class::Malformed => Status::Error,
        };
        Self::new(status, gap.detail)
    }
}

impl Missing {
    /// The gap that it was.
    pub fn class(&self) -> Class {
        match self.status {
            Status::NotPermitted => Class::NotPermitted,
            Status::NotLicensed => Class::NotLicensed,
            Status::Error => Class::Malformed,
            _ => Class::Unavailable,
        }
    }

    pub fn new(status: Status, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }
}

impl Answer {
    /// What came of asking a source.
    pub fn of(source: &Source, outcome: Outcome) -> Self {
        match outcome {
            Err(gap) => Self::none(gap.into()),
            Ok(reply) if source.ask_is_one() => Self::rows(source, vec![reply.body], false),
            Ok(reply) => Self::rows(source, reply.items, reply.truncated),
        }
    }

    /// Nothing, and why.
    pub fn none(gap: Missing) -> Self {
        Self { rows: Vec::new(), gap: Some(gap) }
    }

    /// Rows, of which those that do not fit are left out and told of.
    pub fn rows(source: &Source, rows: Vec<Value>, truncated: bool) -> Self {
        let all = rows.len();
        let rows: Vec<Value> = rows.into_iter().filter(|row| (source.fits)(row)).collect();
        let odd = all - rows.len();
        let gap = if odd > 0 {
            Some(Missing::new(
                Status::Error,
                format!("{odd} of {all} entries are not what {} documents", source.asked()),
            ))
        } else if rows.is_empty() && source.never_empty {
            Some(Missing::new(Status::Error, format!("{} gave an empty list, which no tenant has", source.asked())))
        } else {
            truncated.then(|| {
                Missing::new(
                    Status::Truncated,
                    format!("{} has more than the {all} entries that were read", source.asked()),
                )
            })
        };
        Self { rows, gap }
    }

    /// The same, with something missing beside it.
    pub fn but(self, gap: Option<Missing>) -> Self {
        Self { gap: self.gap.or(gap), ..self }
    }

    pub fn gap(&self) -> Option<&Missing> {
        self.gap.as_ref()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The rows as they came.
    pub fn raw(&self) -> &[Value] {
        &self.rows
    }

    /// The rows, as a type that they fit. Where none could be read, the gap.
    pub fn read<Row: DeserializeOwned>(&self) -> Result<Vec<Row>, Missing> {
        match &self.gap {
            Some(gap) if self.rows.is_empty() => Err(gap.clone()),
            _ => Ok(self.rows.iter().filter_map(|row| Row::deserialize(row).ok()).collect()),
        }
    }
}

/// The answers of one run, the client that it is about, and the run before.
pub struct Known<'a> {
    pub client: &'a Client,
    /// What can be asked at all.
    pub reach: Reach,
    pub last: Option<&'a Last>,
    pub since: Timestamp,
    pub now: Timestamp,
    pub answers: BTreeMap<&'static str, Answer>,
}

impl Known<'_> {
    /// The rows of a source.
    pub fn rows<Row: DeserializeOwned>(&self, source: &Source) -> Result<Vec<Row>, Missing> {
        self.answer(source)?.read()
    }

    /// The rows of a source, all of them: for rules about what is not there.
    pub fn whole<Row: DeserializeOwned>(&self, source: &Source) -> Result<Vec<Row>, Missing> {
        match self.answer(source)?.gap() {
            Some(gap) => Err(gap.clone()),
            None => self.rows(source),
        }
    }

    /// The one row of a source.
    pub fn only<Row: DeserializeOwned>(&self, source: &Source) -> Result<Row, Missing> {
        let nothing = || Missing::new(Status::Error, format!("{} gave nothing", source.asked()));
        self.rows(source)?.into_iter().next().ok_or_else(nothing)
    }

    /// The rows of a source, or none where the tenant has no licence for what it lists.
    pub fn licensed<Row: DeserializeOwned>(&self, source: &Source) -> Result<Vec<Row>, Missing> {
        match self.rows(source) {
            Err(gap) if gap.status == Status::NotLicensed => Ok(Vec::new()),
            rows => rows,
        }
    }

    pub fn answer(&self, source: &Source) -> Result<&Answer, Missing> {
        let unasked = || Missing::new(Status::Skipped, format!("{} was not asked", source.asked()));
        self.answers.get(source.name).ok_or_else(unasked)
    }

    /// Whether the tenant has a licence. Where that is unknown it counts as there, so that the service itself says no.
    pub fn has(&self, plan: Plan) -> bool {
        self.reach.plans.as_ref().is_none_or(|plans| plans.contains(&plan))
    }

    pub fn in_window(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| at >= self.since)
    }

    /// Whether it was more than so many days ago.
    pub fn older(&self, at: Timestamp, days: i64) -> bool {
        self.now.duration_since(at) > SignedDuration::from_hours(days * 24)
    }

    /// The tenant's own mail domains, in lower case.
    pub fn domains(&self) -> Result<BTreeSet<String>, Missing> {
        let organization = self.only::<Organization>(&ORGANIZATION)?;
        let verified = organization.verified_domains.into_iter().map(|domain| domain.name);
        let accepted = self.licensed::<AcceptedDomain>(&ACCEPTED_DOMAINS)?.into_iter().map(|domain| domain.domain_name);
        let all = verified.chain(accepted).chain(self.client.domains.iter().cloned());
        Ok(all.map(|domain| domain.to_lowercase()).collect())
    }
}

/// Whether an address, with or without `smtp:`, is of none of these domains.
pub fn is_external(address: &str, domains: &BTreeSet<String>) -> bool {
    let domain = text::domain(address);
    !domain.is_empty() && !domains.contains(&domain)
}
