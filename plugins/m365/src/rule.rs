//! Rules: what a finding is called, how bad it is, and why it matters.

use std::collections::BTreeMap;

use claudetools_graph::envelope::{Confidence, Finding, Severity};
use serde_json::Value;

/// One row of the table of rules.
pub struct Rule {
    id: &'static str,
    severity: Severity,
    title: &'static str,
    why: &'static str,
    mitre: &'static [&'static str],
    confidence: Confidence,
}

impl Rule {
    /// A rule of a check, such as `R1`.
    pub const fn new(id: &'static str, severity: Severity, title: &'static str, why: &'static str) -> Self {
        Self { id, severity, title, why, mitre: &[], confidence: Confidence::High }
    }

    /// The same with its MITRE ATT&CK techniques.
    #[must_use]
    pub const fn mitre(self, mitre: &'static [&'static str]) -> Self {
        Self { mitre, ..self }
    }

    /// The same, less sure.
    #[must_use]
    pub const fn sure(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    /// What its findings are known by.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// A finding of this rule with its facts, a JSON object.
    pub fn found(&self, facts: Value) -> Finding {
        let facts = if let Value::Object(facts) = facts { facts } else { serde_json::Map::new() };
        Finding {
            id: self.id.into(),
            severity: self.severity,
            title: self.title.into(),
            why: self.why.into(),
            evidence: BTreeMap::from_iter(facts),
            occurred_at: None,
            mitre: self.mitre.iter().map(|id| (*id).to_owned()).collect(),
            suggested_actions: Vec::new(),
            confidence: self.confidence,
        }
    }
}
