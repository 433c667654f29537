//! TS-23, TS-25 and TS-26: what Microsoft itself thinks of the tenant.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Severity::{self, Critical, High, Info, Low, Medium};
use claudetools_graph::envelope::{Finding, Status};
use claudetools_graph::jiff::Timestamp;
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::known::{Known, Missing};
use crate::sweep::rows::{Alert, Incident, RiskDetection, RiskyUser, SecureScore};
use crate::sweep::source::{ALERTS, INCIDENTS, RISK_DETECTIONS, RISKY_USERS, SECURE_SCORES};

const HIGH_RISK: Rule =
    Rule::new("TS-23.R1", Critical, "User at high risk", "Microsoft has seen what only an attacker does.")
        .mitre(&["T1078.004"]);
const MEDIUM_RISK: Rule =
    Rule::new("TS-23.R2", High, "User at medium risk", "Microsoft has seen what an attacker often does.")
        .mitre(&["T1078.004"]);
const LOW_RISK: Rule =
    Rule::new("TS-23.R3", Medium, "User at low risk", "Microsoft has seen something unusual.").mitre(&["T1078.004"]);
const DETECTIONS: Rule = Rule::new("TS-23.R4", Info, "Risk detections", "What was seen in the window, by kind.");

pub const IDENTITY: Check = Check {
    id: "TS-23",
    title: "Identity risk",
    profile: Profile::Security,
    scuba: &["AAD.2.1"],
    plan: Some(Plan::P2),
    sources: &[&RISKY_USERS, &RISK_DETECTIONS],
    rules: &[&HIGH_RISK, &MEDIUM_RISK, &LOW_RISK, &DETECTIONS],
    parts: &[risky_users, detections],
};

fn risky_users(known: &Known) -> Found {
    let users = known.rows::<RiskyUser>(&RISKY_USERS)?.into_iter();
    let risky = users.filter(|user| matches!(user.risk_state.as_str(), "atRisk" | "confirmedCompromised"));
    let found = risky.map(|user| {
        let rule = match user.risk_level.as_str() {
            "medium" => &MEDIUM_RISK,
            "low" => &LOW_RISK,
            // A level that is new or hidden is not taken for a small one.
            _ => &HIGH_RISK,
        };
        let evidence = json!({ "level": user.risk_level, "state": user.risk_state });
        let finding = rule.about(&user.user_principal_name, evidence).at(user.risk_last_updated_date_time);
        finding.step("confirm_compromised", json!({ "user": user.user_principal_name }))
    });
    Ok(found.collect())
}

fn detections(known: &Known) -> Found {
    let mut kinds: BTreeMap<String, (BTreeSet<String>, Option<Timestamp>)> = BTreeMap::new();
    for detection in known.rows::<RiskDetection>(&RISK_DETECTIONS)? {
        let (users, newest) = kinds.entry(detection.risk_event_type).or_default();
        users.insert(detection.user_principal_name.unwrap_or_else(|| "unknown".into()));
        *newest = detection.activity_date_time.max(*newest);
    }
    let found =
        kinds.into_iter().map(|(kind, (users, newest))| DETECTIONS.about(kind, json!({ "users": users })).at(newest));
    Ok(found.collect())
}

const INCIDENT: Rule =
    Rule::new("TS-25.R1", High, "Open incident of Defender", "Nobody has closed it; its severity is Defender's.");
const ALERT: Rule = Rule::new(
    "TS-25.R2",
    High,
    "Open alert of Defender",
    "It belongs to no open incident; its severity is Defender's.",
);

pub const DEFENDER: Check = Check {
    id: "TS-25",
    title: "Defender",
    profile: Profile::Security,
    scuba: &["SECURITYSUITE.4.1"],
    plan: None,
    sources: &[&INCIDENTS, &ALERTS],
    rules: &[&INCIDENT, &ALERT],
    parts: &[incidents, alerts],
};

/// Defender's own words. One that is not known is not taken for a small one.
fn severity(word: &str) -> Severity {
    match word.to_ascii_lowercase().as_str() {
        "informational" => Info,
        "low" => Low,
        "medium" => Medium,
        _ => High,
    }
}

fn is_open(status: &str) -> bool {
    !matches!(status.to_ascii_lowercase().as_str(), "resolved" | "redirected")
}

fn incidents(known: &Known) -> Found {
    let open = known.rows::<Incident>(&INCIDENTS)?.into_iter().filter(|it| is_open(&it.status));
    let found = open.map(|it| {
        let evidence = json!({ "name": it.display_name, "status": it.status });
        let finding = INCIDENT.about(format!("incident {}", it.id), evidence).at(it.created_date_time);
        Finding { severity: severity(&it.severity), ..finding }
    });
    Ok(found.collect())
}

fn alerts(known: &Known) -> Found {
    let incidents = known.rows::<Incident>(&INCIDENTS).unwrap_or_default();
    let told: BTreeSet<&str> = incidents.iter().filter(|it| is_open(&it.status)).map(|it| it.id.as_str()).collect();
    let open = known.rows::<Alert>(&ALERTS)?.into_iter().filter(|it| is_open(&it.status));
    let alone = open.filter(|it| it.incident_id.as_deref().is_none_or(|id| !told.contains(id)));
    let found = alone.map(|it| {
        let evidence = json!({ "name": it.title, "status": it.status });
        let finding = ALERT.about(format!("alert {}", it.id), evidence).at(it.created_date_time);
        Finding { severity: severity(&it.severity), ..finding }
    });
    Ok(found.collect())
}

/// Percent points that Secure Score falls from run to run before it is worth a look.
pub const MOST_DROP: f64 = 5.0;

const SCORE: Rule =
    Rule::new("TS-26.R1", Info, "Secure Score", "Microsoft's own count, in percent of what could be reached.");
const DROPPED: Rule =
    Rule::new("TS-26.R2", Low, "Secure Score has fallen", "Something was switched off since the last run.");

pub const SECURE_SCORE: Check = Check {
    id: "TS-26",
    title: "Secure Score",
    profile: Profile::Hygiene,
    scuba: &[],
    plan: None,
    sources: &[&SECURE_SCORES],
    rules: &[&SCORE, &DROPPED],
    parts: &[secure_score],
};

fn secure_score(known: &Known) -> Found {
    let unread = || Missing::new(Status::Error, "the Secure Score has no maximum");
    let now = known.only::<SecureScore>(&SECURE_SCORES)?.percent().ok_or_else(unread)?;
    let mut found = vec![SCORE.about("tenant", json!({ "percent": now.round() }))];
    if let Some(before) = known.last.and_then(|last| last.secure_score).filter(|before| before - now > MOST_DROP) {
        found.push(DROPPED.about("tenant", json!({ "percent": now.round(), "last_run": before.round() })));
    }
    Ok(found)
}

impl SecureScore {
    /// In percent of what could be reached; none where nothing could.
    pub fn percent(&self) -> Option<f64> {
        (self.max_score > 0.0).then(|| self.current_score / self.max_score * 100.0)
    }
}
