//! Signing in and the audit of the directory, as they are where nothing happens.

use serde_json::{Value, json};

use crate::microsoft::tenant::{Tenant, merge};

/// Where somebody signs in from: an address, a city, a country, degrees north and east, an autonomous system.
pub(super) struct Place(pub &'static str, pub &'static str, pub &'static str, pub f64, pub f64, pub u32);

/// The office.
pub(super) const BERLIN: Place = Place("203.0.113.5", "Berlin", "DE", 52.52, 13.405, 3320);

pub(super) fn fill(tenant: &mut Tenant) {
    for day in 1..=30 {
        for who in ["victim", "helper", "cfo"] {
            sign_in(tenant, who, &BERLIN, 60 * 24 * day, json!({}));
        }
    }
    sign_in(tenant, "admin", &BERLIN, 600, json!({}));
    audit(tenant, "admin", "Update user", "helper", 60 * 24 * 12, json!({}));
}

/// Adds a sign-in, good unless the fields say otherwise, so many minutes ago.
pub(super) fn sign_in(tenant: &mut Tenant, who: &str, place: &Place, minutes: i64, fields: Value) {
    let number = tenant.list("auditLogs/signIns").len();
    let Place(address, city, country, north, east, system) = place;
    let upn = tenant.upn(who);
    let name = tenant.user(&upn).map_or(Value::Null, |user| user["displayName"].clone());
    let mut value = json!({
        "id": tenant.key(&format!("sign-in {number}")), "createdDateTime": tenant.ago(minutes),
        "userDisplayName": name, "userPrincipalName": upn, "userId": tenant.key(&format!("user {who}")),
        "appId": "4765445b-32c6-49b0-83e6-1d93765276ca", "appDisplayName": "OfficeHome", "ipAddress": address,
        "clientAppUsed": "Browser", "correlationId": tenant.key(&format!("correlation {number}")),
        "conditionalAccessStatus": "success", "isInteractive": true, "riskDetail": "none",
        "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none",
        "riskEventTypes_v2": [], "appliedConditionalAccessPolicies": [], "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/131.0",
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": null},
        "deviceDetail": {
            "deviceId": tenant.key(&format!("device {who}")), "displayName": format!("CONTOSO-{}", who.to_uppercase()),
            "operatingSystem": "Windows 11", "browser": "Edge 131.0", "isCompliant": true, "isManaged": true,
            "trustType": "Azure AD joined",
        },
        "location": {
            "city": city, "state": city, "countryOrRegion": country,
            "geoCoordinates": {"altitude": null, "latitude": north, "longitude": east},
        },
        "authenticationRequirement": "multiFactorAuthentication", "authenticationProtocol": "none",
        "autonomousSystemNumber": system, "signInEventTypes": ["interactiveUser"],
        "sessionId": tenant.key(&format!("session {who} {}", minutes / 1440)),
    });
    merge(&mut value, &fields);
    tenant.put("auditLogs/signIns", value);
}

/// An unknown device, as somebody has it who is not at home.
pub(super) fn strange() -> Value {
    json!({
        "deviceId": "", "displayName": null, "operatingSystem": "Windows 10", "browser": "Chrome 130.0",
        "isCompliant": false, "isManaged": false, "trustType": null,
    })
}

/// Adds an audit of the directory: who did what to whom, so many minutes ago.
pub(super) fn audit(tenant: &mut Tenant, actor: &str, what: &str, whom: &str, minutes: i64, fields: Value) {
    let number = tenant.list("auditLogs/directoryAudits").len();
    let upn = tenant.upn(whom);
    let target = match tenant.user(&upn) {
        Some(user) => json!({
            "id": user["id"], "displayName": user["displayName"], "type": "User", "userPrincipalName": upn,
            "modifiedProperties": [],
        }),
        None => json!({"id": tenant.key(whom), "displayName": whom, "type": "Other", "modifiedProperties": []}),
    };
    let mut value = json!({
        "id": format!("Directory_{}", tenant.key(&format!("audit {number}"))), "category": category(what),
        "correlationId": tenant.key(&format!("audit correlation {number}")), "result": "success", "resultReason": "",
        "activityDisplayName": what, "activityDateTime": tenant.ago(minutes), "loggedByService": "Core Directory",
        "operationType": "Update", "initiatedBy": tenant.actor(actor), "targetResources": [target],
        "additionalDetails": [],
    });
    merge(&mut value, &fields);
    tenant.put("auditLogs/directoryAudits", value);
}

fn category(what: &str) -> &'static str {
    match what {
        _ if what.contains("role") => "RoleManagement",
        _ if what.contains("policy") || what.contains("location") => "Policy",
        _ if what.contains("pplication") || what.contains("service principal") => "ApplicationManagement",
        _ if what.contains("device") => "Device",
        _ => "UserManagement",
    }
}
