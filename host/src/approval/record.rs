//! Approvals in the audit.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_ledger::{Kind, Ledger, LedgerError, Record};
use claudetools_policy::{Approval, Policy};
use serde_json::{Value, json};

/// Rows read at a time.
const PAGE: u32 = 256;

/// Writes a row for every approval of this policy that is not the last word of the audit on its plugin, and for every
/// approval of the audit that the policy has no more. Answers how many.
///
/// Whoever holds the ledger calls it: the program when it starts and whenever `plugins.toml` changes, the command that
/// approves where no program runs. So an approval written by hand is recorded like any other.
pub async fn record_changes(ledger: &Ledger, policy: &Policy) -> Result<usize, LedgerError> {
    let known = last_words(ledger).await?;
    let approved = policy.plugins.iter().filter_map(|(name, plugin)| Some((name, plugin.approved.as_ref()?)));
    let approved: BTreeMap<&String, Value> = approved.map(|(name, approval)| (name, detail(name, approval))).collect();
    let names: BTreeSet<&String> = approved.keys().copied().chain(known.keys()).collect();
    let mut written = 0;
    for name in names {
        let says = approved.get(name).cloned().unwrap_or_else(|| json!({ "plugin": name, "approved": false }));
        let new = known.get(name).map_or(approved.contains_key(name), |last| *last != says);
        if new {
            let record = Record { kind: Kind::Approval, thread: None, turn: None, member: None, detail: says };
            ledger.append_audit(&record).await?;
            written += 1;
        }
    }
    Ok(written)
}

/// The newest row on each plugin.
async fn last_words(ledger: &Ledger) -> Result<BTreeMap<String, Value>, LedgerError> {
    let mut known = BTreeMap::new();
    let mut before = i64::MAX;
    loop {
        let rows = ledger.audit_of(Kind::Approval, before, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(known) };
        before = last.seq;
        for row in rows {
            // The chain says whether a row is what was written; one that is no JSON is no word on any plugin.
            let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
            if let Some(name) = detail["plugin"].as_str() {
                known.entry(name.to_owned()).or_insert(detail);
            }
        }
    }
}

fn detail(name: &str, approval: &Approval) -> Value {
    json!({
        "plugin": name,
        "approved": true,
        "component": approval.component.to_string(),
        "request": approval.request.to_string(),
        "imports": approval.imports.to_string(),
        "strings": approval.strings.to_string(),
        "grants": approval.grants.map(|grants| grants.to_string()),
        "version": approval.version,
        "by": approval.by,
        "at": approval.at,
        "note": approval.note,
        "signed": approval.signature.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    fn policy(by: Option<&str>) -> Policy {
        let approved = by.map(|by| {
            format!(
                "[plugin.notes.approved]\ncomponent = \"{DIGEST}\"\nrequest = \"{DIGEST}\"\nimports = \"{DIGEST}\"\n\
                 strings = \"{DIGEST}\"\nversion = \"1.0.0\"\nby = \"{by}\"\nat = 2026-11-22T17:40:00Z\n"
            )
        });
        Policy::parse(&format!("schema = 1\n[plugin.notes]\n{}", approved.unwrap_or_default())).unwrap()
    }

    #[tokio::test]
    async fn every_approval_and_revocation_is_recorded_once() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).await.unwrap();
        let recorded = async |by| record_changes(&ledger, &policy(by)).await.unwrap();
        assert_eq!(recorded(None).await, 0);
        assert_eq!(recorded(Some("ann")).await, 1);
        assert_eq!(recorded(Some("ann")).await, 0);
        assert_eq!(recorded(Some("bob")).await, 1);
        assert_eq!(recorded(None).await, 1);
        assert_eq!(recorded(None).await, 0);
        let rows = ledger.newest_audit(9).await.unwrap();
        let said: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.detail).unwrap()).collect();
        let told: Vec<_> = said.iter().map(|detail| (detail["approved"].as_bool(), detail["by"].as_str())).collect();
        assert_eq!(told, [(Some(false), None), (Some(true), Some("bob")), (Some(true), Some("ann"))]);
        assert!(rows.iter().all(|row| row.kind == "plugin.approval"));
    }
}
