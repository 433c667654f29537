//! Signing in, the second telephone, the device, the risk.

use serde_json::{Value, json};

use super::super::signing::{BERLIN, Place, audit, sign_in, strange};
use super::super::{devices, people};
use super::{LAGOS, since};
use crate::microsoft::tenant::{Tenant, merge};

/// Those who guess.
const GUESSERS: [&str; 4] = ["198.51.100.77", "198.51.100.78", "198.51.100.79", "198.51.100.80"];

pub(super) fn fill(tenant: &mut Tenant) {
    guessing(tenant);
    sessions(tenant);
    second_telephone(tenant);
    devices::device(tenant, "victim", "DESKTOP-7QX2K9P", since(120), false);
    audit(tenant, "victim", "Register device", "DESKTOP-7QX2K9P", since(120), json!({}));
    audit(tenant, "victim", "Add registered owner to device", "victim", since(120), json!({}));
    risk(tenant);
}

/// He tries one password for everybody, and many for her.
fn guessing(tenant: &mut Tenant) {
    let branches: Vec<String> = (1..=7).map(|number| format!("branch{number}")).collect();
    for who in &branches {
        people::person(tenant, who, "Branch Office", false);
    }
    let failed =
        json!({"errorCode": 50126, "failureReason": "Invalid username or password.", "additionalDetails": null});
    for number in 0..14 {
        let from = Place(GUESSERS[number % 4], "Lagos", "NG", 6.5244, 3.3792, 64_500);
        let fields = json!({"status": failed, "deviceDetail": strange(), "conditionalAccessStatus": "notApplied"});
        let minutes = since(-600) - 40 * i64::try_from(number).unwrap_or(0);
        sign_in(tenant, "victim", &from, minutes, fields.clone());
        for who in ["helper", "cfo", "admin"].into_iter().chain(branches.iter().map(String::as_str)) {
            sign_in(tenant, who, &from, minutes - 1, fields.clone());
        }
    }
    // The password was right, and the second factor was asked for.
    let asked =
        json!({"errorCode": 50074, "failureReason": "Strong Authentication is required.", "additionalDetails": null});
    sign_in(tenant, "victim", &LAGOS, since(-5), json!({"status": asked, "deviceDetail": strange()}));
}

fn sessions(tenant: &mut Tenant) {
    let session = tenant.key("session stolen");
    let mine = json!({"sessionId": session});
    sign_in(tenant, "victim", &BERLIN, since(-30), mine);
    let axios = json!({
        "sessionId": session, "deviceDetail": strange(), "userAgent": "axios/1.7.7", "riskLevelDuringSignIn": "high",
        "riskLevelAggregated": "high", "riskState": "atRisk", "riskEventTypes_v2": ["anomalousToken"],
    });
    sign_in(tenant, "victim", &LAGOS, since(0), axios);
    let quiet = json!({
        "sessionId": session, "isInteractive": false, "signInEventTypes": ["nonInteractiveUser"],
        "deviceDetail": strange(), "autonomousSystemNumber": 64_501, "userAgent": "python-requests/2.32",
    });
    sign_in(tenant, "victim", &LAGOS, since(5), quiet);
    let code = json!({
        "authenticationProtocol": "deviceCode", "deviceDetail": strange(), "appDisplayName": "Microsoft Authentication Broker",
    });
    sign_in(tenant, "victim", &LAGOS, since(110), code);
    let legacy = json!({
        "clientAppUsed": "IMAP4", "deviceDetail": strange(), "authenticationRequirement": "singleFactorAuthentication",
        "appDisplayName": "Office 365 Exchange Online", "conditionalAccessStatus": "notApplied",
    });
    sign_in(tenant, "victim", &LAGOS, since(130), legacy);
}

fn second_telephone(tenant: &mut Tenant) {
    let created = tenant.ago(since(10));
    // The same name as her own.
    let phone =
        json!({"displayName": "Vera's iPhone", "deviceTag": "SoftwareTokenActivated", "createdDateTime": created});
    let key = tenant.key("authenticator of the attacker");
    people::method(tenant, "victim", "microsoftAuthenticator", &key, phone);
    let number =
        json!({"phoneNumber": "+234 5550100", "phoneType": "mobile", "createdDateTime": tenant.ago(since(12))});
    people::method(tenant, "victim", "phone", "3179e48a-750b-4051-897c-87b9720928f7", number);
    let pass = json!({
        "startDateTime": tenant.ago(since(14)), "lifetimeInMinutes": 480, "isUsableOnce": false, "isUsable": false,
        "methodUsabilityReason": "Expired", "createdDateTime": tenant.ago(since(14)), "temporaryAccessPass": null,
    });
    let key = tenant.key("pass");
    people::method(tenant, "victim", "temporaryAccessPass", &key, pass);
    audit(
        tenant,
        "victim",
        "User registered security info",
        "victim",
        since(10),
        json!({"loggedByService": "Authentication Methods"}),
    );
    audit(tenant, "helper", "Reset password (by admin)", "victim", since(16), json!({}));
    let user = tenant.key("user victim");
    let changed = tenant.ago(since(16));
    if let Some(user) = tenant.one("users", &user) {
        user["lastPasswordChangeDateTime"] = json!(changed);
    }
}

fn risk(tenant: &mut Tenant) {
    let (user, upn) = (tenant.key("user victim"), tenant.upn("victim"));
    let mut risky = json!({
        "id": user, "userPrincipalName": upn, "userDisplayName": "Vera Victor", "isDeleted": false,
        "isProcessing": false, "riskLevel": "high", "riskState": "atRisk", "riskDetail": "none",
    });
    merge(&mut risky, &json!({"riskLastUpdatedDateTime": tenant.ago(since(3))}));
    tenant.put("identityProtection/riskyUsers", risky);
    for (kind, minutes) in
        [("anomalousToken", 1), ("mcasSuspiciousInboxManipulationRules", 40), ("passwordSpray", -300)]
    {
        let at = tenant.ago(since(minutes));
        let value = json!({
            "id": tenant.key(kind), "requestId": tenant.key("request"), "correlationId": Value::Null,
            "riskEventType": kind, "riskState": "atRisk", "riskLevel": "high", "riskDetail": "none",
            "source": "IdentityProtection", "detectionTimingType": "offline", "activity": "signin",
            "tokenIssuerType": "AzureAD", "ipAddress": LAGOS.0, "activityDateTime": at, "detectedDateTime": at,
            "lastUpdatedDateTime": at, "userId": user, "userDisplayName": "Vera Victor", "userPrincipalName": upn,
            "location": {"city": "Lagos", "state": "Lagos", "countryOrRegion": "NG", "geoCoordinates": null},
            "additionalInfo": "[]",
        });
        tenant.put("identityProtection/riskDetections", value);
    }
}
