//! Users, roles, apps, devices and domains of Graph.

use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;

use super::list;

/// `/users`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: String,
    pub user_principal_name: String,
    pub display_name: Option<String>,
    pub user_type: Option<String>,
    pub account_enabled: bool,
    pub created_date_time: Option<Timestamp>,
    pub on_premises_sync_enabled: Option<bool>,
    pub job_title: Option<String>,
    pub external_user_state: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub assigned_licenses: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl User {
    pub fn is_guest(&self) -> bool {
        self.user_type.as_deref() == Some("Guest") || self.user_principal_name.contains("#EXT#")
    }

    /// The name that people know, or the sign-in name.
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.user_principal_name)
    }
}

/// `/users?$select=signInActivity`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    pub id: String,
    pub sign_in_activity: Option<LastSignIns>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastSignIns {
    last_sign_in_date_time: Option<Timestamp>,
    last_non_interactive_sign_in_date_time: Option<Timestamp>,
}

impl Activity {
    /// The last sign-in of either kind; none where there never was one.
    pub fn last(&self) -> Option<Timestamp> {
        let both = self.sign_in_activity.as_ref()?;
        both.last_sign_in_date_time.max(both.last_non_interactive_sign_in_date_time)
    }
}

/// `/roleManagement/directory/roleAssignments` and `roleEligibilitySchedules`, with their principal.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub principal_id: String,
    pub role_definition_id: String,
    pub principal: Option<Principal>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    #[serde(rename = "@odata.type")]
    pub kind: Option<String>,
    pub display_name: Option<String>,
    pub user_principal_name: Option<String>,
    pub is_assignable_to_role: Option<bool>,
}

/// `/reports/authenticationMethods/userRegistrationDetails`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    pub id: String,
    pub user_principal_name: String,
    pub user_type: Option<String>,
    pub is_admin: bool,
    pub is_mfa_registered: bool,
    #[serde(default, deserialize_with = "list")]
    pub methods_registered: Vec<String>,
}

/// `/servicePrincipals`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    pub id: String,
    pub app_id: String,
    pub display_name: Option<String>,
    pub account_enabled: Option<bool>,
    pub app_owner_organization_id: Option<String>,
    pub verified_publisher: Option<Publisher>,
    #[serde(default, deserialize_with = "list")]
    pub password_credentials: Vec<Credential>,
    #[serde(default, deserialize_with = "list")]
    pub key_credentials: Vec<Credential>,
}

impl ServicePrincipal {
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.app_id)
    }

    pub fn is_verified(&self) -> bool {
        self.verified_publisher.as_ref().is_some_and(|publisher| publisher.display_name.is_some())
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publisher {
    display_name: Option<String>,
}

/// A secret or certificate of an app: its dates, never itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    pub start_date_time: Option<Timestamp>,
    pub end_date_time: Option<Timestamp>,
}

/// `/applications`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    pub app_id: String,
    pub display_name: Option<String>,
    pub sign_in_audience: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub password_credentials: Vec<Credential>,
    #[serde(default, deserialize_with = "list")]
    pub key_credentials: Vec<Credential>,
}

impl Application {
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.app_id)
    }

    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.password_credentials.iter().chain(&self.key_credentials)
    }
}

/// `/oauth2PermissionGrants`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    pub id: String,
    pub client_id: String,
    pub consent_type: String,
    pub scope: Option<String>,
}

/// `/servicePrincipals/{id}/appRoleAssignments`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    pub principal_id: String,
    pub app_role_id: String,
    pub created_date_time: Option<Timestamp>,
}

/// `/devices`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    pub id: String,
    pub display_name: Option<String>,
    pub account_enabled: Option<bool>,
    pub approximate_last_sign_in_date_time: Option<Timestamp>,
    pub registration_date_time: Option<Timestamp>,
}

/// `/deviceManagement/managedDevices`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedDevice {
    pub device_name: Option<String>,
    pub compliance_state: String,
}

/// `/domains`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Domain {
    pub id: String,
    pub authentication_type: String,
}

/// `/domains/{domain}/federationConfiguration`, with its domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Federation {
    pub domain: String,
    pub issuer_uri: Option<String>,
    pub signing_certificate: Option<String>,
}

/// `/organization`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub id: String,
    pub country_letter_code: Option<String>,
    #[serde(deserialize_with = "list")]
    pub verified_domains: Vec<VerifiedDomain>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct VerifiedDomain {
    pub name: String,
}

/// `/subscribedSkus`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sku {
    pub sku_part_number: String,
    pub capability_status: Option<String>,
    pub consumed_units: i64,
    pub prepaid_units: Units,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Units {
    pub enabled: i64,
}
