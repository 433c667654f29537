//! Sign-ins, audit events, risk, alerts and scores.

use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;

use super::list;

/// `/auditLogs/directoryAudits`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    pub activity_display_name: String,
    pub activity_date_time: Timestamp,
    pub result: Option<String>,
    pub initiated_by: Option<Initiator>,
    #[serde(default, deserialize_with = "list")]
    pub target_resources: Vec<Target>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Initiator {
    user: Option<Actor>,
    app: Option<Actor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Actor {
    user_principal_name: Option<String>,
    display_name: Option<String>,
    id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub id: Option<String>,
    pub display_name: Option<String>,
    pub user_principal_name: Option<String>,
}

impl Audit {
    pub fn succeeded(&self) -> bool {
        self.result.as_deref().is_none_or(|result| result.eq_ignore_ascii_case("success"))
    }

    /// The user's sign-in name, or the app's name.
    pub fn actor(&self) -> &str {
        let by = self.initiated_by.as_ref();
        let actor = by.and_then(|by| by.user.as_ref().or(by.app.as_ref()));
        let named = actor.and_then(|actor| {
            [&actor.user_principal_name, &actor.display_name, &actor.id]
                .into_iter()
                .flatten()
                .find(|name| !name.is_empty())
        });
        named.map_or("unknown", String::as_str)
    }

    /// What was changed first of all: a user's sign-in name, or another name.
    pub fn target(&self) -> &str {
        let target = self.target_resources.first();
        let named = target.and_then(|target| {
            [&target.user_principal_name, &target.display_name, &target.id]
                .into_iter()
                .flatten()
                .find(|name| !name.is_empty())
        });
        named.map_or("unknown", String::as_str)
    }
}

/// `/identityProtection/riskyUsers`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskyUser {
    pub user_principal_name: String,
    pub risk_level: String,
    pub risk_state: String,
    pub risk_last_updated_date_time: Option<Timestamp>,
}

/// `/identityProtection/riskDetections`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskDetection {
    pub user_principal_name: Option<String>,
    pub risk_event_type: String,
    pub activity_date_time: Option<Timestamp>,
}

/// `/security/alerts_v2`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub id: String,
    pub title: Option<String>,
    pub severity: String,
    pub status: String,
    pub incident_id: Option<String>,
    pub created_date_time: Option<Timestamp>,
}

/// `/security/incidents`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    pub id: String,
    pub display_name: Option<String>,
    pub severity: String,
    pub status: String,
    pub created_date_time: Option<Timestamp>,
}

/// `/security/secureScores`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecureScore {
    pub current_score: f64,
    pub max_score: f64,
}
