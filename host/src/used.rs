//! What plugins really did: the outcomes in the audit, added up by plugin and grant.

use std::collections::BTreeMap;

use claudetools_ledger::{Kind, Ledger, LedgerError, Row};
use claudetools_policy::{Access, Code, Grant, GrantKind, PluginPolicy, Policy};
use claudetools_review::{GrantUse, Used};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Rows read at a time: bounds memory on an audit of years.
const PAGE: u32 = 500;

/// Paths and requests kept of one grant: enough for every glob that a person would write, small enough for a year.
const MOST: usize = 10_000;

/// What every plugin of this policy did in the last `days`, by plugin name. A plugin that was never called is there too.
pub async fn used(
    ledger: &Ledger,
    policy: &Policy,
    days: u16,
    now: OffsetDateTime,
) -> Result<BTreeMap<String, Used>, LedgerError> {
    let since = now - Duration::days(i64::from(days));
    let begun = ledger.audit(0, 1).await?.first().and_then(|row| time_of(&row.at)).unwrap_or(now);
    let mut all: BTreeMap<String, Used> = policy
        .plugins
        .iter()
        .map(|(name, plugin)| {
            let approved = plugin.approved.as_ref().and_then(|approval| time_of(&approval.at));
            let looked = now - since.max(begun).max(approved.unwrap_or(since));
            (name.clone(), Used { days: whole_days(looked), ..Used::default() })
        })
        .collect();
    let mut before = i64::MAX;
    loop {
        let rows = ledger.audit_of(Kind::ToolOutcome, before, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(all) };
        before = last.seq;
        for row in &rows {
            match time_of(&row.at) {
                Some(at) if at < since => return Ok(all),
                at => add(row, at, policy, &mut all),
            }
        }
    }
}

fn time_of(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

fn whole_days(span: Duration) -> u32 {
    u32::try_from(span.whole_days()).unwrap_or_default()
}

/// Adds one outcome. What `effects::outcome` wrote is read here; a row of another shape says nothing.
fn add(row: &Row, at: Option<OffsetDateTime>, policy: &Policy, all: &mut BTreeMap<String, Used>) {
    let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let Some((name, used)) = detail["plugin"].as_str().and_then(|name| Some((name, all.get_mut(name)?))) else {
        return;
    };
    let effects = detail["effects"].as_array().map(Vec::as_slice).unwrap_or_default();
    let at = at.map(OffsetDateTime::unix_timestamp);
    for effect in effects {
        match (effect["grant"].as_str(), effect["code"].as_str()) {
            (Some(grant), _) => {
                let grant = state_grant(&detail, effect, policy.plugins.get(name)).unwrap_or(grant);
                allowed(used.grants.entry(grant.to_owned()).or_default(), effect, at);
            }
            (None, Some(code)) => refused(used, code, times(effect)),
            (None, None) => {}
        }
    }
    let ended =
        detail["code"].as_str().filter(|code| effects.iter().all(|effect| effect["code"].as_str() != Some(code)));
    ended.into_iter().for_each(|code| refused(used, code, 1));
    if effects.iter().map(times).sum::<u64>() < number(&detail["allowed"]) + number(&detail["refused"]) {
        // The audit keeps the first effects of a call; which grants the others used is not known.
        let grants = policy.plugins.get(name).into_iter().flat_map(|plugin| &plugin.grants);
        grants.for_each(|grant| used.grants.entry(grant.id.clone()).or_default().more = true);
    }
}

/// The grant behind an effect on state, which the audit does not name: the first of the tool.
fn state_grant<'p>(detail: &Value, effect: &Value, plugin: Option<&'p PluginPolicy>) -> Option<&'p str> {
    let tool = effect["state"].as_str().and_then(|_| detail["tool"].as_str())?;
    let of_state = |grant: &&Grant| {
        matches!(grant.kind, GrantKind::State) && (grant.tools.is_empty() || grant.tools.contains(tool))
    };
    plugin?.grants.iter().find(of_state).map(|grant| grant.id.as_str())
}

fn allowed(used: &mut GrantUse, effect: &Value, at: Option<i64>) {
    used.count += times(effect);
    used.last = used.last.max(at);
    let access: Option<Access> = serde_json::from_value(effect["access"].clone()).ok();
    if let (Some(path), Some(access)) = (effect["path"].as_str(), access) {
        if used.files.len() < MOST || used.files.contains_key(path) {
            used.files.entry(path.to_owned()).or_default().insert(access);
        } else {
            used.more = true;
        }
    }
    if let Some(request) = effect["network"].as_str().or(effect["program"].as_str()) {
        used.more |= used.requests.len() >= MOST && !used.requests.contains(request);
        if used.requests.len() < MOST {
            used.requests.insert(request.to_owned());
        }
    }
}

/// What waits for a person, or had nobody to ask, is no attempt at what is not granted.
fn refused(used: &mut Used, code: &str, times: u64) {
    match Code::ALL.iter().find(|known| known.as_str() == code) {
        None | Some(Code::ConfirmNeeded | Code::FlowTwo) => {}
        Some(code) => *used.refused.entry(*code).or_default() += times,
    }
}

fn times(effect: &Value) -> u64 {
    number(&effect["times"])
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use claudetools_ledger::Record;
    use serde_json::json;

    use super::*;

    const POLICY: &str = "schema = 1\n[roots.repo]\n[plugin.notes]\n[plugin.idle]\n\
        [[plugin.notes.grant]]\nid = \"read\"\nwhy = \"x\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\nallow = [\"**\"]\n\
        [[plugin.notes.grant]]\nid = \"keep\"\nwhy = \"x\"\nkind = \"state\"\n";

    fn outcome(effects: Value, code: Option<&str>, allowed: u64) -> Record {
        let detail = json!({
            "plugin": "notes", "tool": "Read", "code": code, "effects": effects, "allowed": allowed, "refused": 0,
        });
        Record { kind: Kind::ToolOutcome, thread: None, turn: None, member: None, detail }
    }

    fn read(path: &str, times: u64) -> Value {
        json!({ "grant": "read", "code": null, "times": times, "root": "repo", "path": path, "access": "read" })
    }

    async fn of(records: &[Record], days: u16, later: Duration) -> BTreeMap<String, Used> {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).await.unwrap();
        for record in records {
            ledger.append_audit(record).await.unwrap();
        }
        let policy = Policy::parse(POLICY).unwrap();
        used(&ledger, &policy, days, OffsetDateTime::now_utc() + later).await.unwrap()
    }

    #[tokio::test]
    async fn allowed_effects_are_added_up_by_grant_and_refused_ones_by_code() {
        let refused = json!({ "grant": null, "code": "fs.protected", "times": 3, "root": "repo", "path": ".env", "access": "read" });
        let records = [
            outcome(
                json!([read("a.md", 2), read("docs/b.md", 1), { "grant": "state", "times": 1, "state": "k" }]),
                None,
                4,
            ),
            outcome(json!([read("a.md", 1), refused]), Some("fs.protected"), 1),
            outcome(json!([]), Some("limit.time"), 0),
            outcome(json!([]), Some("confirm.needed"), 0),
        ];
        let all = of(&records, 30, Duration::ZERO).await;
        let notes = &all["notes"];
        assert_eq!(notes.refused, BTreeMap::from([(Code::FsProtected, 3), (Code::LimitTime, 1)]));
        let grant = &notes.grants["read"];
        assert_eq!((grant.count, grant.more), (4, false));
        assert_eq!(grant.files.keys().collect::<Vec<_>>(), ["a.md", "docs/b.md"]);
        assert!(grant.last.is_some());
        assert_eq!(notes.grants["keep"].count, 1);
        assert_eq!(all["idle"], Used::default());
    }

    #[tokio::test]
    async fn a_call_whose_effects_were_too_many_to_keep_leaves_every_grant_uncertain() {
        let all = of(&[outcome(json!([read("a.md", 1)]), None, 900)], 30, Duration::ZERO).await;
        assert!(all["notes"].grants["read"].more);
        assert!(all["notes"].grants["keep"].more);
    }

    #[tokio::test]
    async fn what_is_older_is_left_out_and_the_days_are_those_there_were() {
        let records = [outcome(json!([read("a.md", 1)]), None, 1)];
        let all = of(&records, 30, Duration::days(40)).await;
        assert_eq!(all["notes"], Used { days: 30, ..Used::default() });
        let all = of(&records, 30, Duration::days(7)).await;
        assert_eq!((all["notes"].days, all["notes"].grants.len()), (7, 1));
    }
}
