//! The directory's audit trail, and that of mailboxes: who did what to whom.

use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::rows::list;

/// One event of `directoryAudits`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub activity_date_time: Timestamp,
    activity_display_name: String,
    initiated_by: Option<Initiator>,
    #[serde(default, deserialize_with = "list")]
    target_resources: Vec<Target>,
}

#[derive(Clone, Debug, Deserialize)]
struct Initiator {
    user: Option<Person>,
    app: Option<App>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<String>,
    user_principal_name: Option<String>,
    ip_address: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct App {
    display_name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    id: Option<String>,
    display_name: Option<String>,
    user_principal_name: Option<String>,
}

impl Event {
    /// What was done, as one spelling: the service writes it with different dashes and spaces.
    pub fn activity(&self) -> String {
        self.activity_display_name.replace(['–', '—'], "-").trim().to_lowercase()
    }

    /// What was done, as the service writes it.
    pub fn shown(&self) -> &str {
        self.activity_display_name.trim()
    }

    /// The name of who did it, user or app.
    pub fn actor(&self) -> &str {
        let by = self.initiated_by.as_ref();
        let user = by.and_then(|by| by.user.as_ref()?.user_principal_name.as_deref());
        user.or_else(|| by.and_then(|by| by.app.as_ref()?.display_name.as_deref())).unwrap_or_default()
    }

    /// The address that a user did it from.
    pub fn address(&self) -> Option<&str> {
        self.initiated_by.as_ref()?.user.as_ref()?.ip_address.as_deref().filter(|address| !address.is_empty())
    }

    /// Whether a user did it, by id.
    pub fn is_by(&self, user: &str) -> bool {
        let id = self.initiated_by.as_ref().and_then(|by| by.user.as_ref()?.id.as_deref());
        id.is_some_and(|id| id.eq_ignore_ascii_case(user))
    }

    /// Whether it was done to something else than the user, too.
    pub fn is_about_others(&self, user: &str) -> bool {
        self.target_resources.iter().any(|target| target.id.as_deref().is_some_and(|id| !id.eq_ignore_ascii_case(user)))
    }

    /// Whether it was done to this, by id.
    pub fn is_about(&self, id: &str) -> bool {
        self.target_resources
            .iter()
            .any(|target| target.id.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(id)))
    }

    /// To what it was done, by name.
    pub fn targets(&self) -> Vec<&str> {
        self.target_resources
            .iter()
            .filter_map(|target| target.user_principal_name.as_deref().or(target.display_name.as_deref()))
            .collect()
    }
}

/// One record of the audit log of mailboxes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub created_date_time: Timestamp,
    pub operation: String,
    pub client_ip: Option<String>,
    pub object_id: Option<String>,
    #[serde(default)]
    pub audit_data: Value,
}

impl Record {
    /// Whether it is one of these operations.
    pub fn is(&self, operations: &[&str]) -> bool {
        operations.iter().any(|operation| operation.eq_ignore_ascii_case(&self.operation))
    }

    /// A parameter of the cmdlet that was run, by name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let parameters = self.audit_data.get("Parameters").or_else(|| self.audit_data.get("parameters"))?.as_array()?;
        let either = |parameter: &'_ Value, upper: &str, lower: &str| {
            parameter.get(upper).or_else(|| parameter.get(lower)).cloned()
        };
        let is_it = |parameter: &&Value| either(parameter, "Name", "name").is_some_and(|known| known == name);
        let parameter = parameters.iter().find(is_it)?;
        parameter.get("Value").or_else(|| parameter.get("value"))?.as_str()
    }

    /// The name of the inbox rule that was made or changed.
    pub fn rule(&self) -> Option<&str> {
        if !self.is(&["New-InboxRule", "Set-InboxRule", "UpdateInboxRules"]) {
            return None;
        }
        self.parameter("Name").or_else(|| self.object_id.as_deref()?.rsplit('\\').next())
    }
}
