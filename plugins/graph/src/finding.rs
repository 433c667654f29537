//! Findings: what a rule saw, and how bad it is.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule: `BC-02.R1`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// In a few words.
    pub title: String,
    /// Why it matters.
    pub why: String,
    /// Facts by name. Foreign text in it is as it came: whoever shows it makes it harmless.
    pub evidence: BTreeMap<String, Value>,
    /// When it happened, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// MITRE ATT&CK techniques.
    pub mitre: Vec<String>,
    /// `tool:input`, a tool of `m365-remediate` and its input in JSON.
    pub suggested_actions: Vec<String>,
    /// How sure the rule is.
    pub confidence: Confidence,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// To be known.
    Info,
    /// To be tidied up.
    Low,
    /// To be looked into.
    Medium,
    /// To be looked into now.
    High,
    /// An attack, as far as one can tell from here.
    Critical,
}

impl Severity {
    /// One level worse.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Info => Self::Low,
            Self::Low => Self::Medium,
            Self::Medium => Self::High,
            Self::High | Self::Critical => Self::Critical,
        }
    }

    /// One level less bad.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium => Self::Low,
            Self::Low | Self::Info => Self::Info,
        }
    }

    /// What a finding of it adds to a score, and takes from a posture of 100.
    pub fn weight(self) -> u32 {
        match self {
            Self::Critical => 25,
            Self::High => 10,
            Self::Medium => 4,
            Self::Low => 1,
            Self::Info => 0,
        }
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Hardly anything else looks like this.
    High,
    /// Something harmless may look like this.
    Medium,
    /// Something harmless often looks like this.
    Low,
}

impl Finding {
    /// The same as a finding of a check: `R1` of `BC-02` is `BC-02.R1`.
    #[must_use]
    pub fn of(mut self, check: &str) -> Self {
        self.id = format!("{check}.{}", self.id);
        self
    }

    /// The same with a fact more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// The same, having happened then, where that is known.
    #[must_use]
    pub fn at(mut self, at: Option<Timestamp>) -> Self {
        self.occurred_at = at;
        self
    }

    /// The same, one level worse where that is so.
    #[must_use]
    pub fn raised_if(mut self, worse: bool) -> Self {
        if worse {
            self.severity = self.severity.raised();
        }
        self
    }

    /// The same, one level less bad where that is so.
    #[must_use]
    pub fn lowered_if(mut self, better: bool) -> Self {
        if better {
            self.severity = self.severity.lowered();
        }
        self
    }

    /// The same with a step against it: a tool of `m365-remediate`, and its input in JSON.
    #[must_use]
    pub fn step(mut self, tool: &str, input: impl Display) -> Self {
        self.suggested_actions.push(format!("{tool}:{input}"));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_go_up_and_down_by_one_and_stay_at_the_ends() {
        use Severity::{Critical, High, Info, Low, Medium};
        assert_eq!([Info, Low, Medium, High, Critical].map(Severity::raised), [Low, Medium, High, Critical, Critical]);
        assert_eq!([Info, Low, Medium, High, Critical].map(Severity::lowered), [Info, Info, Low, Medium, High]);
        assert_eq!([Info, Low, Medium, High, Critical].map(Severity::weight), [0, 1, 4, 10, 25]);
    }
}
