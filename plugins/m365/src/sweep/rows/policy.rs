//! Conditional Access and the tenant's policies.

use serde::Deserialize;
use serde_json::Value;

use super::list;

/// `/policies/identitySecurityDefaultsEnforcementPolicy`, `/policies/adminConsentRequestPolicy`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Switch {
    pub is_enabled: bool,
}

/// `/identity/conditionalAccess/policies`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub id: String,
    pub display_name: Option<String>,
    pub state: String,
    pub conditions: Conditions,
    pub grant_controls: Option<Controls>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conditions {
    pub users: Option<Users>,
    pub applications: Option<Applications>,
    #[serde(default, deserialize_with = "list")]
    pub client_app_types: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub user_risk_levels: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub sign_in_risk_levels: Vec<String>,
    pub authentication_flows: Option<Flows>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    #[serde(default, deserialize_with = "list")]
    pub include_users: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub exclude_users: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub include_roles: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub exclude_roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applications {
    #[serde(default, deserialize_with = "list")]
    pub include_applications: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flows {
    pub transfer_methods: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Controls {
    #[serde(default, deserialize_with = "list")]
    pub built_in_controls: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub custom_authentication_factors: Vec<String>,
    pub authentication_strength: Option<serde_json::Map<String, Value>>,
}

/// `/policies/authorizationPolicy`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    pub allow_invites_from: String,
    pub guest_user_role_id: String,
    pub default_user_role_permissions: UserPermissions,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserPermissions {
    pub allowed_to_create_apps: bool,
    #[serde(default, deserialize_with = "list")]
    pub permission_grant_policies_assigned: Vec<String>,
}
