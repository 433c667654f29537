//! TS-10 to TS-13, TS-25 to TS-27, TS-34: apps, domains, Defender, licences.

use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use serde_json::{Value, json};

use super::super::world::days_ago;
use super::super::{Case, case};

const MAIL_READ_WRITE: &str = "e2a3a72e-5f79-4c64-b1b1-878b674786c9";
const SETTINGS_READ: &str = "40f97065-369a-49f4-947c-6a255697ae91";
const RCLONE: &str = "b15665d9-eda6-4092-8539-0eec376afd59";
const ALLOWED: &str = "00000000-0000-0000-0000-0000000a110d";
const OTHER: &str = "99999999-0000-0000-0000-000000000000";
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
const HOME: &str = "11111111-2222-3333-4444-555555555555";

fn app(app_id: &str, owner: &str, changes: Value) -> Value {
    let mut app = json!({"id": "sp-x", "appId": app_id, "displayName": "Reader", "accountEnabled": true, "appOwnerOrganizationId": owner, "verifiedPublisher": null, "passwordCredentials": [], "keyCredentials": []});
    app.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "PRINCIPALS+": [app] })
}

/// An app with a grant, and perhaps the consent to it in the window.
fn granted(app: &Value, scope: &str, kind: &str, consented: bool) -> Value {
    let mut world = app.clone();
    world["GRANTS+"] = json!([{"id": "g-x", "clientId": "sp-x", "consentType": kind, "scope": scope}]);
    if consented {
        world["AUDITS+"] = json!([{"activityDisplayName": "Consent to application", "activityDateTime": days_ago(2), "result": "success", "targetResources": [{"id": "sp-x"}]}]);
    }
    world
}

fn powerful(app: &Value, role: &str, days: i64) -> Value {
    let mut world = app.clone();
    world["APP_ROLES+"] = json!([{"principalId": "sp-x", "appRoleId": role, "createdDateTime": days_ago(days)}]);
    world
}

fn own_app(audience: &str, secret: bool, role: &str) -> Value {
    let mut world = powerful(&app("own-x", HOME, json!({})), role, 400);
    let secrets =
        if secret { json!([{"startDateTime": days_ago(300), "endDateTime": days_ago(-60)}]) } else { json!([]) };
    world["APPLICATIONS+"] = json!([{"id": "a-x", "appId": "own-x", "displayName": "Shop", "signInAudience": audience, "passwordCredentials": secrets, "keyCredentials": []}]);
    world
}

fn key(start: i64, end: i64) -> Value {
    json!({ "APPLICATIONS+": [{"id": "a-x", "appId": "a-x", "displayName": "Shop", "signInAudience": "AzureADMyOrg", "passwordCredentials": [], "keyCredentials": [{"startDateTime": days_ago(start), "endDateTime": days_ago(end)}]}] })
}

fn event(name: &str, result: &str) -> Value {
    json!({ "AUDITS+": [{"activityDisplayName": name, "activityDateTime": days_ago(2), "result": result, "initiatedBy": {"app": {"displayName": "Portal"}}, "targetResources": [{"id": "t", "displayName": "evil.example"}]}] })
}

fn incident(severity: &str, status: &str) -> Value {
    json!({ "INCIDENTS+": [{"id": "7", "displayName": "Multi-stage incident", "severity": severity, "status": status, "createdDateTime": days_ago(1)}] })
}

fn alert(severity: &str, status: &str, incident: Option<&str>) -> Value {
    json!({ "ALERTS+": [{"id": "al", "title": "Suspicious inbox rule", "severity": severity, "status": status, "incidentId": incident, "createdDateTime": days_ago(1)}] })
}

fn sku(used: i64) -> Value {
    json!({ "SKUS+": [{"skuPartNumber": "X", "capabilityStatus": "Enabled", "consumedUnits": used, "prepaidUnits": {"enabled": 10}, "servicePlans": []}] })
}

pub fn cases() -> Vec<Case> {
    let plain = app("x", OTHER, json!({}));
    let verified = app("x", OTHER, json!({"verifiedPublisher": {"displayName": "Reader Ltd"}}));
    let told = {
        let mut both = incident("high", "active");
        both["ALERTS+"] = alert("high", "new", Some("7"))["ALERTS+"].clone();
        both
    };
    vec![
        case(
            "TS-10.R1",
            High,
            granted(&plain, "User.Read Mail.Read", "AllPrincipals", false),
            granted(&verified, "Mail.Read", "AllPrincipals", false),
        ),
        case(
            "TS-10.R1",
            High,
            granted(&plain, "Mail.Read", "AllPrincipals", false),
            granted(&plain, "Mail.Read", "Principal", false),
        ),
        case(
            "TS-10.R1",
            High,
            granted(&plain, "Mail.Read", "AllPrincipals", false),
            granted(&app(ALLOWED, OTHER, json!({})), "Mail.Read", "AllPrincipals", false),
        ),
        case(
            "TS-10.R1",
            High,
            granted(&plain, "Mail.Read", "AllPrincipals", false),
            granted(&app("x", MICROSOFT, json!({})), "Mail.Read", "AllPrincipals", false),
        ),
        case(
            "TS-10.R1",
            Critical,
            granted(&plain, "Mail.Read", "AllPrincipals", true),
            granted(&plain, "User.Read", "AllPrincipals", true),
        ),
        case(
            "TS-10.R2",
            Low,
            json!({ "GRANTS+": [{"id": "g-x", "clientId": "gone", "consentType": "Principal", "scope": "User.Read"}] }),
            json!({}),
        ),
        case("TS-11.R1", Critical, powerful(&plain, MAIL_READ_WRITE, 30), powerful(&plain, MAIL_READ_WRITE, 31)),
        case(
            "TS-11.R1",
            Critical,
            powerful(&plain, MAIL_READ_WRITE, 3),
            powerful(&app(ALLOWED, OTHER, json!({})), MAIL_READ_WRITE, 3),
        ),
        case("TS-11.R2", Medium, powerful(&plain, MAIL_READ_WRITE, 31), powerful(&plain, SETTINGS_READ, 31)),
        case(
            "TS-11.R2",
            Medium,
            powerful(&plain, MAIL_READ_WRITE, 31),
            powerful(&app("x", MICROSOFT, json!({})), MAIL_READ_WRITE, 31),
        ),
        case(
            "TS-11.R3",
            Medium,
            own_app("AzureADMultipleOrgs", true, MAIL_READ_WRITE),
            own_app("AzureADMyOrg", true, MAIL_READ_WRITE),
        ),
        case(
            "TS-11.R3",
            Medium,
            own_app("AzureADandPersonalMicrosoftAccount", true, MAIL_READ_WRITE),
            own_app("AzureADMultipleOrgs", false, MAIL_READ_WRITE),
        ),
        case("TS-12.R1", Critical, app(RCLONE, OTHER, json!({})), app(RCLONE, OTHER, json!({"accountEnabled": false}))),
        case("TS-12.R1", Critical, app(RCLONE, OTHER, json!({})), {
            let mut allowed = app(RCLONE, OTHER, json!({}));
            allowed["client"] = json!({"allowed_apps": [RCLONE]});
            allowed
        }),
        case("TS-13.R1", High, key(30, -100), key(31, -100)),
        case(
            "TS-13.R1",
            High,
            event("Update application – Certificates and secrets management ", "success"),
            event("Update application", "success"),
        ),
        case(
            "TS-13.R1",
            High,
            event("Add service principal credentials", "success"),
            event("Add service principal credentials", "failure"),
        ),
        case("TS-13.R2", Low, key(400, -332), key(400, -331)),
        case("TS-13.R3", Info, key(400, 1), key(400, -1)),
        case(
            "TS-13.R4",
            Critical,
            app(
                "x",
                MICROSOFT,
                json!({"passwordCredentials": [{"startDateTime": days_ago(400), "endDateTime": null}]}),
            ),
            app("x", OTHER, json!({"passwordCredentials": [{"startDateTime": days_ago(400), "endDateTime": null}]})),
        ),
        case("TS-25.R1", High, incident("high", "active"), incident("high", "resolved")),
        case("TS-25.R1", Medium, incident("medium", "active"), incident("medium", "redirected")),
        case("TS-25.R2", High, alert("high", "new", Some("8")), told),
        case("TS-25.R2", Low, alert("low", "inProgress", None), alert("low", "resolved", None)),
        case("TS-26.R1", Info, json!({}), json!({ "SECURE_SCORES": [{"currentScore": 0.0, "maxScore": 0.0}] })),
        case(
            "TS-26.R2",
            Low,
            json!({ "SECURE_SCORES": [{"currentScore": 54.9, "maxScore": 100.0}] }),
            json!({ "SECURE_SCORES": [{"currentScore": 55.0, "maxScore": 100.0}] }),
        ),
        case(
            "TS-27.R1",
            Critical,
            event("Set domain authentication", "success"),
            event("Set domain authentication", "failure"),
        ),
        case(
            "TS-27.R1",
            Critical,
            json!({ "last": {"domains": {"contoso.example": "Managed", "fed.example": "Managed"}} }),
            json!({ "last": null }),
        ),
        case(
            "TS-27.R2",
            Critical,
            json!({ "FEDERATIONS": [{"domain": "fed.example", "signingCertificate": "other"}] }),
            json!({}),
        ),
        case(
            "TS-27.R2",
            Critical,
            event("Set federation settings on domain.", "success"),
            event("Set company information", "success"),
        ),
        case("TS-27.R3", High, event("Add verified domain", "success"), event("Add unverified domain", "success")),
        case(
            "TS-27.R3",
            High,
            json!({ "DOMAINS+": [{"id": "evil.example", "authenticationType": "Managed"}] }),
            json!({}),
        ),
        case("TS-34.R1", Info, sku(11), sku(10)),
        case("TS-34.R2", Info, sku(9), sku(10)),
    ]
}
