//! Which plugins were used for the first time since they were approved.

use std::collections::BTreeMap;

use claudetools_ledger::{Kind, Ledger, LedgerError};
use claudetools_policy::Policy;
use serde_json::Value;

/// Where this is kept in the ledger.
const KEPT: &str = "reviews.first-use";

/// Rows of the audit read at a time: bounds memory after a busy night.
const PAGE: u32 = 500;

/// What is known of approvals and the calls since.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(super) struct FirstUses {
    /// When each plugin was approved.
    approved: BTreeMap<String, String>,
    /// Those of them that nobody has called since.
    unused: BTreeMap<String, String>,
    /// The row of the audit that was read last.
    read: i64,
}

impl FirstUses {
    /// What an earlier run kept. Approvals from before the very first run count as used.
    pub async fn restore(ledger: &Ledger, policy: &Policy) -> Result<Self, LedgerError> {
        let kept = ledger.cursor(KEPT).await?.and_then(|text| serde_json::from_str(&text).ok());
        Ok(kept.unwrap_or_else(|| Self { approved: approvals(policy), ..Self::default() }))
    }

    /// Takes note of new approvals.
    pub async fn follow(&mut self, ledger: &Ledger, policy: &Policy) -> Result<(), LedgerError> {
        let approved = approvals(policy);
        if approved == self.approved {
            return Ok(());
        }
        if self.unused.is_empty() {
            self.read = ledger.newest_audit(1).await?.first().map_or(0, |row| row.seq);
        }
        let new = approved.iter().filter(|(name, at)| self.approved.get(*name) != Some(*at));
        self.unused.extend(new.map(|(name, at)| (name.clone(), at.clone())));
        self.unused.retain(|name, _| approved.contains_key(name));
        self.approved = approved;
        self.keep(ledger).await
    }

    /// Reads on in the audit; the plugins that were called for the first time, with the time of their approval.
    pub async fn read(&mut self, ledger: &Ledger) -> Result<Vec<(String, String)>, LedgerError> {
        if self.unused.is_empty() {
            return Ok(Vec::new());
        }
        let rows = ledger.audit(self.read, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(Vec::new()) };
        self.read = last.seq;
        let mut used = Vec::new();
        for row in rows.iter().filter(|row| row.kind == Kind::ToolIntent.as_str()) {
            let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
            used.extend(detail["plugin"].as_str().and_then(|name| self.unused.remove_entry(name)));
        }
        if !used.is_empty() {
            self.keep(ledger).await?;
        }
        Ok(used)
    }

    async fn keep(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        ledger.set_cursor(KEPT, &text).await
    }
}

fn approvals(policy: &Policy) -> BTreeMap<String, String> {
    let approved = policy.plugins.iter().filter_map(|(name, table)| Some((name, table.approved.as_ref()?)));
    approved.map(|(name, approved)| (name.clone(), approved.at.clone())).collect()
}
