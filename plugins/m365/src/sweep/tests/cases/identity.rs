//! TS-03 to TS-07, TS-20, TS-23, TS-24, TS-30, TS-33, TS-35: people, their roles, sign-ins and devices.

use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use serde_json::{Value, json};

use super::super::world::days_ago;
use super::super::{Case, case};

const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";

/// One more registration.
fn registered(admin: bool, mfa: bool, methods: &[&str]) -> Value {
    json!({ "REGISTRATIONS+": [{"id": "u-x", "userPrincipalName": "x@contoso.example", "userType": "member", "isAdmin": admin, "isMfaRegistered": mfa, "methodsRegistered": methods}] })
}

/// So many members, of whom so many have no MFA.
fn members(all: usize, without: usize) -> Value {
    let rows = (0..all).map(|index| json!({"id": format!("m{index}"), "userPrincipalName": format!("m{index}@contoso.example"), "userType": "member", "isAdmin": false, "isMfaRegistered": index >= without, "methodsRegistered": []}));
    json!({ "REGISTRATIONS": rows.collect::<Vec<_>>() })
}

/// The policy for all, without one administrator.
fn left_out(user: &str) -> Value {
    json!({ "POLICIES": [{"id": "p", "state": "enabled", "conditions": {"users": {"includeUsers": ["All"], "excludeUsers": [user]}, "applications": {"includeApplications": ["All"]}}, "grantControls": {"builtInControls": ["mfa"]}}] })
}

fn holders(count: usize) -> Value {
    let rows = (0..count).map(|index| json!({"id": format!("r{index}"), "principalId": format!("p{index}"), "roleDefinitionId": GLOBAL, "principal": {"@odata.type": "#microsoft.graph.user", "userPrincipalName": format!("p{index}@contoso.example")}}));
    json!({ "ROLES": rows.collect::<Vec<_>>() })
}

/// One more holder of a role; `user` are fields of the user, `principal` those of the principal.
fn holder(role: &str, user: Value, principal: Value) -> Value {
    let mut row = json!({"id": "u-x", "userPrincipalName": "x@contoso.example", "displayName": "Xaver Long", "userType": "Member", "accountEnabled": true, "createdDateTime": "2024-01-01T00:00:00Z", "assignedLicenses": []});
    row.as_object_mut().unwrap().extend(user.as_object().unwrap().clone());
    json!({ "USERS+": [row], "ROLES+": [{"id": "r9", "principalId": "u-x", "roleDefinitionId": role, "principal": principal}] })
}

fn event(name: &str, actor: &str, result: &str) -> Value {
    json!({ "AUDITS+": [{
        "id": "x", "activityDisplayName": name, "activityDateTime": days_ago(3), "result": result,
        "initiatedBy": {"user": {"userPrincipalName": actor}}, "targetResources": [{"id": "u-ann", "userPrincipalName": "ann@contoso.example"}],
    }]})
}

/// One more user with a last sign-in so many days ago, or none.
fn seen(days: Option<i64>, created: i64, role: Option<&str>) -> Value {
    let signed_in =
        days.map(|days| json!({ "lastSignInDateTime": days_ago(days), "lastNonInteractiveSignInDateTime": null }));
    let mut world = json!({
        "USERS+": [{"id": "u-x", "userPrincipalName": "x@contoso.example", "userType": "Member", "accountEnabled": true, "createdDateTime": days_ago(created)}],
        "ACTIVITY+": [{"id": "u-x", "signInActivity": signed_in}],
    });
    if let Some(role) = role {
        world["ROLES+"] = json!([{"id": "r9", "principalId": "u-x", "roleDefinitionId": role, "principal": null}]);
    }
    world
}

fn shared(enabled: bool, signed_in: i64) -> Value {
    json!({
        "SHARED+": [{"UserPrincipalName": "x@contoso.example", "ExternalDirectoryObjectId": "u-x"}],
        "USERS+": [{"id": "u-x", "userPrincipalName": "x@contoso.example", "userType": "Member", "accountEnabled": enabled, "createdDateTime": "2024-01-01T00:00:00Z"}],
        "ACTIVITY+": [{"id": "u-x", "signInActivity": {"lastSignInDateTime": days_ago(signed_in), "lastNonInteractiveSignInDateTime": null}}],
    })
}

fn created(name: &str, upn: &str, days: i64) -> Value {
    json!({ "USERS+": [{"id": "u-x", "userPrincipalName": upn, "displayName": name, "userType": "Member", "accountEnabled": true, "createdDateTime": days_ago(days)}] })
}

/// A new user beside a `cfo@` without a job title.
fn besides_the_cfo(name: &str) -> Value {
    let mut world = created(name, "ck@contoso.example", 3);
    let cfo = json!({"id": "u-cfo", "userPrincipalName": "cfo@contoso.example", "displayName": "Carla Kent", "accountEnabled": true, "createdDateTime": "2024-01-01T00:00:00Z"});
    world["USERS+"].as_array_mut().unwrap().push(cfo);
    world
}

fn signed_in(user: &str, ip: &str, country: &str, client: &str, code: i64) -> Value {
    json!({"createdDateTime": days_ago(2), "userPrincipalName": user, "ipAddress": ip, "clientAppUsed": client, "location": {"countryOrRegion": country}, "status": {"errorCode": code}})
}

fn one(client: &str, country: &str, ip: &str) -> Value {
    json!({ "SIGN_INS+": [signed_in("ann@contoso.example", ip, country, client, 0)] })
}

/// Failures of so many users from one address, and perhaps a success from there.
fn spray(users: usize, code: i64, success: bool) -> Value {
    let mut rows: Vec<Value> = (0..users)
        .map(|index| signed_in(&format!("m{index}@contoso.example"), "192.0.2.9", "DE", "Browser", code))
        .collect();
    if success {
        rows.push(signed_in("m1@contoso.example", "192.0.2.9", "DE", "Browser", 0));
    }
    json!({ "SIGN_INS+": rows })
}

fn risky(level: &str, state: &str) -> Value {
    json!({ "RISKY_USERS+": [{"id": "u-x", "userPrincipalName": "x@contoso.example", "riskLevel": level, "riskState": state, "riskLastUpdatedDateTime": null}] })
}

fn device(seen: i64, registered: i64) -> Value {
    json!({ "DEVICES+": [{"id": "d2", "displayName": "DESKTOP-1", "accountEnabled": true, "approximateLastSignInDateTime": days_ago(seen), "registrationDateTime": days_ago(registered)}] })
}

pub fn cases() -> Vec<Case> {
    let phone = ["mobilePhone", "email"];
    let user = json!({"@odata.type": "#microsoft.graph.user", "userPrincipalName": "x@contoso.example"});
    let principal = |kind: &str| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "displayName": "Backup", "isAssignableToRole": false});
    let protected =
        json!({"@odata.type": "#microsoft.graph.group", "displayName": "Admins", "isAssignableToRole": true});
    let pim = event("Add member to role completed (PIM activation)", "eve@contoso.example", "success");
    let unenforced = json!({ "POLICIES": [] });
    let defaults = json!({ "POLICIES": [], "SECURITY_DEFAULTS": {"isEnabled": true} });
    vec![
        case("TS-03.R1", Critical, registered(true, false, &[]), registered(false, false, &[])),
        case("TS-03.R2", High, unenforced, defaults),
        case("TS-03.R2", High, left_out("u-admin"), left_out("u-bg")),
        case(
            "TS-03.R3",
            Medium,
            registered(true, true, &phone),
            registered(true, true, &["mobilePhone", "softwareOneTimePasscode"]),
        ),
        case("TS-04.R1", Medium, members(100, 1), members(100, 0)),
        case("TS-04.R1", Medium, members(100, 20), members(100, 21)),
        case("TS-04.R2", High, members(100, 21), members(100, 20)),
        case("TS-05.R1", Medium, holders(1), holders(2)),
        case("TS-05.R1", Medium, holders(9), holders(8)),
        case("TS-05.R2", Low, holders(5), holders(4)),
        case(
            "TS-05.R3",
            High,
            holder(HELPDESK, json!({"onPremisesSyncEnabled": true}), user.clone()),
            holder(READERS, json!({"onPremisesSyncEnabled": true}), user.clone()),
        ),
        case(
            "TS-05.R4",
            High,
            holder(GLOBAL, json!({"id": "other"}), principal("servicePrincipal")),
            holder(HELPDESK, json!({"id": "other"}), principal("servicePrincipal")),
        ),
        case(
            "TS-05.R4",
            High,
            holder(GLOBAL, json!({"id": "other"}), principal("group")),
            holder(GLOBAL, json!({"id": "other"}), protected),
        ),
        case(
            "TS-05.R5",
            Low,
            holder(GLOBAL, json!({"assignedLicenses": [{"skuId": "s"}]}), user.clone()),
            holder(HELPDESK, json!({"assignedLicenses": [{"skuId": "s"}]}), user.clone()),
        ),
        case(
            "TS-05.R6",
            Critical,
            holder(HELPDESK, json!({"userType": "Guest"}), user.clone()),
            holder(READERS, json!({"userType": "Guest"}), user),
        ),
        case(
            "TS-06.R1",
            High,
            event("Add member to role", "eve@contoso.example", "success"),
            event("Add member to role", "NOC@msp.example", "success"),
        ),
        case(
            "TS-06.R1",
            High,
            event("Add eligible member to role in PIM completed (permanent)", "eve@contoso.example", "success"),
            pim,
        ),
        case(
            "TS-06.R1",
            High,
            event("Add member to role", "eve@contoso.example", "success"),
            event("Add member to role", "eve@contoso.example", "failure"),
        ),
        case(
            "TS-06.R2",
            Info,
            event("Add member to role", "noc@msp.example", "success"),
            event("Add member to role", "eve@contoso.example", "success"),
        ),
        case("TS-06.R3", High, json!({ "last": {"global_administrators": ["u-bg"]} }), json!({ "last": null })),
        case("TS-07.R1", Low, seen(Some(91), 500, None), seen(Some(90), 500, None)),
        case("TS-07.R2", High, seen(Some(91), 500, Some(HELPDESK)), seen(Some(90), 500, Some(HELPDESK))),
        case("TS-07.R3", Low, seen(None, 31, None), seen(None, 30, None)),
        case(
            "TS-20.R2",
            Medium,
            one("Authenticated SMTP", "DE", "198.51.100.7"),
            one("Mobile Apps and Desktop clients", "DE", "198.51.100.7"),
        ),
        case(
            "TS-20.R3",
            Low,
            json!({ "SIGN_INS+": [signed_in("scanner@contoso.example", "198.51.100.7", "DE", "IMAP4", 0)] }),
            one("IMAP4", "DE", "198.51.100.7"),
        ),
        case("TS-23.R1", Critical, risky("high", "atRisk"), risky("high", "dismissed")),
        case("TS-23.R2", High, risky("medium", "confirmedCompromised"), risky("medium", "remediated")),
        case("TS-23.R3", Medium, risky("low", "atRisk"), risky("medium", "atRisk")),
        case(
            "TS-23.R4",
            Info,
            json!({ "RISK_DETECTIONS": [{"riskEventType": "anomalousToken", "userPrincipalName": "ann@contoso.example", "activityDateTime": days_ago(1)}] }),
            json!({}),
        ),
        case("TS-24.R1", High, one("Browser", "NG", "198.51.100.7"), one("Browser", "NG", "203.0.113.7")),
        case("TS-24.R1", High, one("Browser", "NG", "198.51.100.7"), one("Browser", "de", "198.51.100.7")),
        case(
            "TS-24.R2",
            Low,
            {
                let mut world = one("Browser", "US", "198.51.100.7");
                world["last"] = json!({"countries": ["US"]});
                world
            },
            one("Browser", "US", "198.51.100.7"),
        ),
        case("TS-24.R3", Medium, spray(10, 50126, false), spray(9, 50126, false)),
        case("TS-24.R3", Medium, spray(10, 50053, false), spray(10, 50076, false)),
        case("TS-24.R4", Critical, spray(10, 50126, true), spray(9, 50126, true)),
        case("TS-24.R5", Info, json!({}), json!({ "SIGN_INS": [] })),
        case("TS-30.R1", Low, shared(true, 400), shared(false, 400)),
        case("TS-30.R2", High, shared(true, 29), shared(true, 31)),
        case("TS-33.R1", Info, created("Ben", "ben@contoso.example", 29), created("Ben", "ben@contoso.example", 31)),
        case(
            "TS-33.R2",
            High,
            created("Ann Smyth", "as@contoso.example", 3),
            created("Anna Smythe", "as@contoso.example", 3),
        ),
        case(
            "TS-33.R2",
            High,
            created("Support", "admln@contoso.example", 3),
            created("Support", "support@contoso.example", 3),
        ),
        case(
            "TS-33.R2",
            High,
            created("Ann Smith", "as@contoso.example", 3),
            created("Ann Smith", "as@contoso.example", 300),
        ),
        case("TS-33.R2", High, besides_the_cfo("Carla Kemt"), besides_the_cfo("Carla Klein")),
        case("TS-35.R1", Low, device(181, 400), device(180, 400)),
        case("TS-35.R2", Info, device(1, 29), device(1, 31)),
        case(
            "TS-35.R3",
            Low,
            json!({ "MANAGED_DEVICES+": [{"id": "m2", "deviceName": "X", "complianceState": "noncompliant"}] }),
            json!({ "MANAGED_DEVICES+": [{"id": "m2", "deviceName": "X", "complianceState": "unknown"}] }),
        ),
    ]
}
