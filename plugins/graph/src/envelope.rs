//! The result of a check or a sweep: what people, files and the next run read. Its shape is kept by `schema`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Counts;
pub use crate::finding::{Confidence, Finding, Severity};

/// The whole result; `schema` is `breach-check/1` or `tenant-sweep/1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Name and version of this shape.
    pub schema: String,
    /// Of this run.
    pub run_id: String,
    /// Whose data it is.
    pub tenant: TenantRef,
    /// The user, where it is about one who was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// The time that was looked at.
    pub window: Window,
    /// What it comes to.
    pub verdict: Verdict,
    /// The findings' weights, added up.
    pub score: u32,
    /// Every check, those that did not run too.
    pub checks: Vec<Check>,
    /// What happened when, oldest first.
    pub timeline: Vec<Moment>,
    /// How much was looked at.
    pub coverage: Coverage,
    /// How many requests it took.
    pub requests: Counts,
}

/// A tenant and the client that it is known as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRef {
    /// The tenant's GUID.
    pub id: String,
    /// The client's name in `plugins.toml`.
    pub client: String,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The user's GUID.
    pub id: String,
    /// The user principal name.
    pub upn: String,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

/// What a run comes to, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Somebody else very likely has, or had, the account.
    LikelyCompromised,
    /// Something must be looked into.
    Suspicious,
    /// Too little ran to say anything.
    Inconclusive,
    /// Nothing was found, but something decisive did not run.
    NoFindingsWithGaps,
    /// Nothing was found in what was checked.
    NoFindings,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// `BC-02` or `TS-14`.
    pub id: String,
    /// What it looks at.
    pub title: String,
    /// What became of it.
    pub status: Status,
    /// From its first request to its last answer.
    pub duration_ms: u64,
    /// How many things it looked at.
    pub items_seen: usize,
    /// What was asked.
    pub source: Vec<String>,
    /// Why it did not run, or what is to be known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it found.
    pub findings: Vec<Finding>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It ran and found something above `info`.
    Flagged,
    /// It ran and found nothing above `info`.
    Ok,
    /// The app may not ask this in this tenant.
    NotPermitted,
    /// The tenant has no licence for it.
    NotLicensed,
    /// The service, or something that the operator supplies, was not there.
    Unavailable,
    /// What came could not be read.
    Error,
    /// It ran over a part only: it counts as a gap.
    Truncated,
    /// It was not asked for.
    Skipped,
}

impl Status {
    /// Whether the check ran over everything that it is about.
    pub fn ran(self) -> bool {
        matches!(self, Self::Flagged | Self::Ok)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Which check knows it.
    pub check: String,
    /// What.
    pub text: String,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// How many checks ran over everything.
    pub ran: usize,
    /// How many were to run.
    pub of: usize,
    /// The ids of those that did not.
    pub missing: Vec<String>,
}

impl Coverage {
    /// Of these checks; what was not asked for does not count.
    pub fn of(checks: &[Check]) -> Self {
        let wanted: Vec<&Check> = checks.iter().filter(|check| check.status != Status::Skipped).collect();
        let missing: Vec<String> =
            wanted.iter().filter(|check| !check.status.ran()).map(|check| check.id.clone()).collect();
        Self { ran: wanted.len() - missing.len(), of: wanted.len(), missing }
    }

    /// Whether at least this part of a hundred ran.
    pub fn is_at_least(&self, percent: usize) -> bool {
        self.ran * 100 >= self.of * percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_run_is_missing_and_what_was_not_wanted_is_not() {
        let check = |id: &str, status| Check {
            id: id.into(),
            title: String::new(),
            status,
            duration_ms: 0,
            items_seen: 0,
            source: Vec::new(),
            note: None,
            findings: Vec::new(),
        };
        let checks = [
            check("a", Status::Ok),
            check("b", Status::Truncated),
            check("c", Status::Skipped),
            check("d", Status::Flagged),
        ];
        let coverage = Coverage::of(&checks);
        assert_eq!(coverage, Coverage { ran: 2, of: 3, missing: vec!["b".into()] });
        assert!(coverage.is_at_least(66) && !coverage.is_at_least(67));
    }
}
