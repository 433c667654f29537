//! Policies, domains and what security reports: all as they should be.

use serde_json::{Value, json};

use crate::microsoft::apps::GLOBAL_ADMINISTRATOR;
use crate::microsoft::tenant::{Tenant, merge};

pub(super) fn fill(tenant: &mut Tenant) {
    single(tenant, "identitySecurityDefaultsEnforcementPolicy", json!({"isEnabled": false}));
    let rights = json!({
        "allowedToCreateApps": false, "allowedToCreateSecurityGroups": false, "allowedToCreateTenants": false,
        "allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
        "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-low"],
    });
    let authorization = json!({
        "allowInvitesFrom": "adminsAndGuestInviters", "guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b",
        "allowedToUseSSPR": true, "blockMsolPowerShell": true, "defaultUserRolePermissions": rights,
    });
    single(tenant, "authorizationPolicy", authorization);
    let consent = json!({"isEnabled": true, "notifyReviewers": true, "requestDurationInDays": 30, "version": 1});
    tenant.set("policies/adminConsentRequestPolicy", consent);
    conditional_access(tenant);
    domains(tenant);
    let score = json!({
        "id": format!("{}_2026-11-21", tenant.id), "azureTenantId": tenant.id, "currentScore": 81.5, "maxScore": 100.0,
        "createdDateTime": tenant.ago(60 * 24), "activeUserCount": 4, "licensedUserCount": 3,
    });
    tenant.put("security/secureScores", score);
}

fn single(tenant: &mut Tenant, name: &str, fields: Value) {
    let mut value = json!({"id": name, "displayName": name, "description": ""});
    merge(&mut value, &fields);
    tenant.set(&format!("policies/{name}"), value);
}

fn conditional_access(tenant: &mut Tenant) {
    let mfa =
        json!({"operator": "OR", "builtInControls": ["mfa"], "customAuthenticationFactors": [], "termsOfUse": []});
    let block =
        json!({"operator": "OR", "builtInControls": ["block"], "customAuthenticationFactors": [], "termsOfUse": []});
    let change = json!({"operator": "AND", "builtInControls": ["mfa", "passwordChange"], "customAuthenticationFactors": [], "termsOfUse": []});
    policy(tenant, "MFA for everybody", json!({}), mfa.clone());
    let roles = json!({"users": users(tenant, json!({"includeUsers": [], "includeRoles": [GLOBAL_ADMINISTRATOR]}))});
    policy(tenant, "MFA for administrators", roles, mfa.clone());
    policy(
        tenant,
        "No legacy authentication",
        json!({"clientAppTypes": ["exchangeActiveSync", "other"]}),
        block.clone(),
    );
    let flow = json!({"authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"}});
    policy(tenant, "No device code", flow, block);
    policy(tenant, "Risky users", json!({"userRiskLevels": ["high"]}), change);
    policy(tenant, "Risky sign-ins", json!({"signInRiskLevels": ["high", "medium"]}), mfa);
    let office = json!({
        "@odata.type": "#microsoft.graph.ipNamedLocation", "id": tenant.key("location office"), "displayName": "Office",
        "isTrusted": true, "createdDateTime": tenant.ago(60 * 24 * 500), "modifiedDateTime": tenant.ago(60 * 24 * 500),
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "203.0.113.0/28"}],
    });
    tenant.put("identity/conditionalAccess/namedLocations", office);
}

/// Everybody but the break-glass account, unless the fields say otherwise.
fn users(tenant: &Tenant, fields: Value) -> Value {
    let mut users = json!({
        "includeUsers": ["All"], "excludeUsers": [tenant.key("user bg")], "includeGroups": [], "excludeGroups": [],
        "includeRoles": [], "excludeRoles": [],
    });
    merge(&mut users, &fields);
    users
}

fn policy(tenant: &mut Tenant, name: &str, conditions: Value, grant: Value) {
    let mut whole = json!({
        "clientAppTypes": ["all"], "signInRiskLevels": [], "userRiskLevels": [], "locations": null, "platforms": null,
        "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
        "users": users(tenant, json!({})), "authenticationFlows": null,
    });
    merge(&mut whole, &conditions);
    let value = json!({
        "id": tenant.key(&format!("policy {name}")), "displayName": name, "state": "enabled",
        "createdDateTime": tenant.ago(60 * 24 * 500), "modifiedDateTime": tenant.ago(60 * 24 * 400),
        "conditions": whole, "grantControls": grant, "sessionControls": null,
    });
    tenant.put("identity/conditionalAccess/policies", value);
}

fn domains(tenant: &mut Tenant) {
    for (name, initial) in [(tenant.domain.clone(), false), (tenant.initial.clone(), true)] {
        let value = json!({
            "id": name, "authenticationType": "Managed", "isVerified": true, "isDefault": !initial,
            "isInitial": initial, "isRoot": true, "isAdminManaged": true, "supportedServices": ["Email"],
        });
        tenant.put("domains", value);
    }
}
