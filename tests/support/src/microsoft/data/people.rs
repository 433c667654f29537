//! The people, their ways to sign in, the organisation and its licences.

use serde_json::{Value, json};

use crate::microsoft::apps::GLOBAL_ADMINISTRATOR;
use crate::microsoft::tenant::Tenant;

/// A licence for everything: Microsoft 365 E5.
const E5: &str = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";
/// The service plans in it that somebody asks for.
const PLANS: &[&str] =
    &["AAD_PREMIUM", "AAD_PREMIUM_P2", "EXCHANGE_S_ENTERPRISE", "INTUNE_A", "MFA_PREMIUM", "ATP_ENTERPRISE"];
/// Who is there: the alias, the name, whether the person works with a mailbox.
const PEOPLE: &[(&str, &str, bool)] = &[
    ("victim", "Vera Victor", true),
    ("helper", "Hans Helper", true),
    ("cfo", "Carla Kent", true),
    ("admin", "Ada Admin", false),
    ("bg", "Break Glass", false),
    ("info", "Info", true),
];

pub(super) fn fill(tenant: &mut Tenant) {
    organisation(tenant);
    for (who, name, works) in PEOPLE {
        person(tenant, who, name, *works);
    }
    guest(tenant);
    let shared = tenant.key("user info");
    if let Some(info) = tenant.one("users", &shared) {
        info["accountEnabled"] = json!(false);
        info["assignedLicenses"] = json!([]);
    }
    for admin in ["admin", "bg"] {
        global_administrator(tenant, admin);
    }
}

fn organisation(tenant: &mut Tenant) {
    let id = tenant.id.clone();
    let verified = json!([
        {"name": tenant.domain, "type": "Managed", "isDefault": true, "isInitial": false, "capabilities": "Email"},
        {"name": tenant.initial, "type": "Managed", "isDefault": false, "isInitial": true, "capabilities": "Email"},
    ]);
    let value = json!({
        "id": id, "displayName": format!("Contoso {}", tenant.scenario.name()), "countryLetterCode": "DE",
        "onPremisesSyncEnabled": null, "createdDateTime": tenant.ago(60 * 24 * 900), "verifiedDomains": verified,
    });
    tenant.put("organization", value);
    licence(tenant, "SPE_E5", E5, PLANS);
}

fn licence(tenant: &mut Tenant, part: &str, sku: &str, plans: &[&str]) {
    let plan = |name: &&str| json!({"servicePlanId": tenant.key(name), "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"});
    let plans: Vec<Value> = plans.iter().map(plan).collect();
    let value = json!({
        "id": format!("{}_{sku}", tenant.id), "skuId": sku, "skuPartNumber": part, "capabilityStatus": "Enabled",
        "appliesTo": "User", "consumedUnits": 3, "prepaidUnits": {"enabled": 4, "suspended": 0, "warning": 0},
        "servicePlans": plans,
    });
    tenant.put("subscribedSkus", value);
}

/// Takes the licences for Entra ID P1 and P2 away.
pub(super) fn only_basic(tenant: &mut Tenant) {
    tenant.graph.remove("subscribedSkus");
    licence(tenant, "O365_BUSINESS_ESSENTIALS", "3b555118-da6a-4418-894f-7df1e2096870", &["EXCHANGE_S_STANDARD"]);
    for user in tenant.graph.entry("users".to_owned()).or_default() {
        user["signInActivity"] = Value::Null;
    }
}

/// Adds somebody: a user, the registration report, ways to sign in.
pub(super) fn person(tenant: &mut Tenant, who: &str, name: &str, works: bool) {
    let (id, upn) = (tenant.key(&format!("user {who}")), tenant.upn(who));
    let (given, surname) = name.split_once(' ').unwrap_or((name, ""));
    let licences = if works { json!([{"skuId": E5, "disabledPlans": []}]) } else { json!([]) };
    let user = json!({
        "id": id, "displayName": name, "givenName": given, "surname": surname, "userPrincipalName": upn,
        "mail": if works { json!(upn) } else { Value::Null }, "accountEnabled": true, "userType": "Member",
        "createdDateTime": tenant.ago(60 * 24 * 700), "lastPasswordChangeDateTime": tenant.ago(60 * 24 * 200),
        "onPremisesSyncEnabled": null, "signInSessionsValidFromDateTime": tenant.ago(60 * 24 * 200),
        "proxyAddresses": if works { json!([format!("SMTP:{upn}")]) } else { json!([]) }, "assignedLicenses": licences,
        "usageLocation": "DE", "jobTitle": null, "externalUserState": null, "signInActivity": activity(tenant),
    });
    tenant.put("users", user);
    registration(tenant, &id, who, name);
    tenant.set(&format!("users/{id}/mailboxSettings"), settings());
    method(tenant, who, "password", "28c10230-6103-485e-b985-444c60001490", json!({"password": null}));
    let phone = json!({"displayName": format!("{given}'s iPhone"), "deviceTag": "SoftwareTokenActivated", "phoneAppVersion": "6.8.4"});
    let key = tenant.key(&format!("authenticator {who}"));
    method(tenant, who, "microsoftAuthenticator", &key, phone);
    tenant.default_methods.insert(id, key);
}

fn activity(tenant: &Tenant) -> Value {
    json!({
        "lastSignInDateTime": tenant.ago(600), "lastNonInteractiveSignInDateTime": tenant.ago(300),
        "lastSuccessfulSignInDateTime": tenant.ago(600),
    })
}

/// Adds a way to sign in, half a year old.
pub(super) fn method(tenant: &mut Tenant, who: &str, kind: &str, id: &str, fields: Value) {
    let user = tenant.key(&format!("user {who}"));
    let mut value = json!({"@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethod"), "id": id});
    value["createdDateTime"] = json!(tenant.ago(60 * 24 * 200));
    crate::microsoft::tenant::merge(&mut value, &fields);
    tenant.put(&format!("users/{user}/authentication/methods"), value);
}

fn registration(tenant: &mut Tenant, id: &str, who: &str, name: &str) {
    let admin = ["admin", "bg"].contains(&who);
    let value = json!({
        "id": id, "userPrincipalName": tenant.upn(who), "userDisplayName": name, "userType": "member",
        "isAdmin": admin, "isMfaCapable": true, "isMfaRegistered": true, "isPasswordlessCapable": false,
        "isSsprCapable": true, "isSsprEnabled": true, "isSsprRegistered": true,
        "isSystemPreferredAuthenticationMethodEnabled": true, "lastUpdatedDateTime": tenant.ago(60 * 24),
        "methodsRegistered": ["microsoftAuthenticatorPush", "softwareOneTimePasscode"],
        "systemPreferredAuthenticationMethods": ["push"],
        "userPreferredMethodForSecondaryAuthentication": "push",
    });
    tenant.put("reports/authenticationMethods/userRegistrationDetails", value);
}

fn settings() -> Value {
    json!({
        "archiveFolder": null, "timeZone": "W. Europe Standard Time", "dateFormat": "dd.MM.yyyy", "timeFormat": "HH:mm",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "language": {"locale": "de-DE", "displayName": "German (Germany)"},
        "automaticRepliesSetting": {
            "status": "disabled", "externalAudience": "none", "internalReplyMessage": "", "externalReplyMessage": "",
        },
    })
}

fn guest(tenant: &mut Tenant) {
    let upn = format!("partner_fabrikam.example#EXT#@{}", tenant.initial);
    let value = json!({
        "id": tenant.key("user guest"), "displayName": "Pat Partner", "userPrincipalName": upn,
        "mail": "partner@fabrikam.example", "accountEnabled": true, "userType": "Guest",
        "createdDateTime": tenant.ago(60 * 24 * 300), "externalUserState": "Accepted", "assignedLicenses": [],
        "proxyAddresses": ["SMTP:partner@fabrikam.example"], "signInActivity": activity(tenant),
        "onPremisesSyncEnabled": null,
    });
    tenant.put("users", value);
}

/// Makes somebody a global administrator.
pub(super) fn global_administrator(tenant: &mut Tenant, who: &str) {
    let user = tenant.key(&format!("user {who}"));
    let role = json!({
        "@odata.type": "#microsoft.graph.directoryRole", "id": tenant.key("role global"),
        "displayName": "Global Administrator", "roleTemplateId": GLOBAL_ADMINISTRATOR,
    });
    tenant.put(&format!("users/{user}/transitiveMemberOf"), role.clone());
    if tenant.list("directoryRoles").is_empty() {
        tenant.put("directoryRoles", role);
        let definition = json!({
            "id": GLOBAL_ADMINISTRATOR, "templateId": GLOBAL_ADMINISTRATOR, "displayName": "Global Administrator",
            "isBuiltIn": true, "isEnabled": true,
        });
        tenant.put("roleManagement/directory/roleDefinitions", definition);
    }
    let assignment = json!({
        "id": tenant.key(&format!("assignment {who}")), "principalId": user, "directoryScopeId": "/",
        "roleDefinitionId": GLOBAL_ADMINISTRATOR,
    });
    tenant.put("roleManagement/directory/roleAssignments", assignment);
}
