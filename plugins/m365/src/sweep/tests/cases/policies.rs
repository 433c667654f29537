//! TS-01, TS-02, TS-08, TS-09, TS-18, TS-20, TS-28: what the tenant is set to.

use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use serde_json::{Value, json};

use super::super::world::{clean, days_ago};
use super::super::{Case, case};

/// The clean tenant's policies with fields of one of them changed, by JSON pointer.
fn policy(id: &str, pointer: &str, value: Value) -> Value {
    let mut policies = clean().0["POLICIES"].clone();
    let policy = policies.as_array_mut().unwrap().iter_mut().find(|policy| policy["id"] == id).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    policy.pointer_mut(parent).unwrap()[name] = value;
    json!({ "POLICIES": policies })
}

fn all_policies(state: &str) -> Value {
    let rows = clean().each("POLICIES", &json!({ "state": state })).0["POLICIES"].clone();
    json!({ "POLICIES": rows })
}

fn excluded(users: &[&str]) -> Value {
    policy("p-mfa", "/conditions/users/excludeUsers", json!(users))
}

fn audit(event: &str, actor: &str) -> Value {
    json!({ "AUDITS+": [{
        "id": "x", "activityDisplayName": event, "activityDateTime": days_ago(3), "result": "success",
        "initiatedBy": {"user": {"userPrincipalName": actor}}, "targetResources": [{"id": "p-mfa", "displayName": "MFA for all"}],
    }]})
}

fn guest_settings(name: &str, value: &str) -> Value {
    json!({ "AUTHORIZATION": { name: value } })
}

fn user_permissions(creates_apps: bool, policy: &str) -> Value {
    json!({ "AUTHORIZATION": { "defaultUserRolePermissions": { "allowedToCreateApps": creates_apps, "permissionGrantPoliciesAssigned": [policy] } } })
}

fn guest(days: i64, state: &str, signed_in: Option<i64>) -> Value {
    let mut activity = json!({ "id": "u-guest" });
    if let Some(days) = signed_in {
        activity["signInActivity"] =
            json!({ "lastSignInDateTime": days_ago(days), "lastNonInteractiveSignInDateTime": null });
    }
    json!({
        "USERS+": [{"id": "u-guest", "userPrincipalName": "g_partner.example#EXT#@contoso.example", "userType": "Guest", "accountEnabled": true, "createdDateTime": days_ago(days), "externalUserState": state}],
        "ACTIVITY+": [activity],
    })
}

pub fn cases() -> Vec<Case> {
    let defaults = |on: bool, policies: Value| json!({ "SECURITY_DEFAULTS": {"isEnabled": on}, "POLICIES": policies });
    let low = "ManagePermissionGrantsForSelf.microsoft-user-default-low";
    let one_enabled = policy("p-mfa", "/state", json!("enabledForReportingButNotEnforced"));
    vec![
        case("TS-01.R1", Critical, defaults(false, json!([])), defaults(true, json!([]))),
        case("TS-01.R1", Critical, all_policies("disabled"), json!({})),
        case("TS-01.R2", High, defaults(true, json!([])), {
            let mut unlicensed = defaults(true, json!([]));
            unlicensed["SKUS"] = json!([]);
            unlicensed
        }),
        case("TS-01.R3", Info, json!({ "SECURITY_DEFAULTS": {"isEnabled": true} }), defaults(true, json!([]))),
        case(
            "TS-02.R1",
            High,
            policy("p-mfa", "/grantControls/builtInControls", json!(["compliantDevice"])),
            policy("p-mfa", "/grantControls", json!({"authenticationStrength": {"id": "x"}})),
        ),
        case(
            "TS-02.R1",
            High,
            policy("p-mfa", "/conditions/applications/includeApplications", json!(["Office365"])),
            policy("p-mfa", "/grantControls", json!({"customAuthenticationFactors": ["RequireDuoMfa"]})),
        ),
        case("TS-02.R1", High, policy("p-mfa", "/conditions/signInRiskLevels", json!(["high"])), json!({})),
        case(
            "TS-02.R2",
            High,
            policy("p-mfa", "/conditions/users", json!({"includeUsers": ["u-ann"]})),
            policy("p-mfa", "/conditions/users", json!({"includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]})),
        ),
        case("TS-02.R3", High, policy("p-legacy", "/conditions/clientAppTypes", json!(["other"])), json!({})),
        case(
            "TS-02.R4",
            Medium,
            policy("p-code", "/state", json!("disabled")),
            policy(
                "p-code",
                "/conditions/authenticationFlows",
                json!({"transferMethods": "deviceCodeFlow,authenticationTransfer"}),
            ),
        ),
        case(
            "TS-02.R5",
            Medium,
            policy("p-risk", "/state", json!("disabled")),
            policy("p-risk", "/conditions", json!({"users": {"includeUsers": ["All"]}, "signInRiskLevels": ["high"]})),
        ),
        case("TS-02.R6", Medium, all_policies("enabledForReportingButNotEnforced"), one_enabled),
        case("TS-02.R7", Medium, excluded(&["1", "2", "3", "4", "5", "6"]), excluded(&["1", "2", "3", "4", "5"])),
        case("TS-02.R8", Medium, excluded(&["u-admin"]), excluded(&["u-bg", "u-ann"])),
        case("TS-08.R1", Low, guest(200, "Accepted", Some(91)), guest(200, "Accepted", Some(90))),
        case("TS-08.R2", Low, guest(31, "PendingAcceptance", None), guest(30, "PendingAcceptance", None)),
        case("TS-08.R2", Low, guest(31, "PendingAcceptance", None), guest(31, "Accepted", None)),
        case(
            "TS-08.R3",
            Medium,
            guest_settings("allowInvitesFrom", "everyone"),
            guest_settings("allowInvitesFrom", "none"),
        ),
        case(
            "TS-08.R4",
            High,
            guest_settings("guestUserRoleId", "A0B1B346-4d3e-4e8b-98f8-753987be4970"),
            guest_settings("guestUserRoleId", "10dae51f-b6af-4016-8d66-8c2a99b929b3"),
        ),
        case(
            "TS-09.R1",
            High,
            user_permissions(false, "ManagePermissionGrantsForSelf.microsoft-user-default-legacy"),
            user_permissions(false, low),
        ),
        case("TS-09.R2", Low, user_permissions(true, low), user_permissions(false, low)),
        case("TS-09.R3", Low, json!({ "CONSENT_REQUESTS": {"isEnabled": false} }), json!({})),
        case(
            "TS-28.R1",
            High,
            audit("Update conditional access policy", "eve@contoso.example"),
            audit("Update conditional access policy", "noc@msp.example"),
        ),
        case(
            "TS-28.R1",
            High,
            audit("Delete conditional access policy", "eve@contoso.example"),
            audit("Update policy", "eve@contoso.example"),
        ),
        case(
            "TS-28.R1",
            High,
            audit("Update named location", "eve@contoso.example"),
            audit("Add named location", "eve@contoso.example"),
        ),
    ]
}
