//! BC-00, BC-09, BC-10, BC-17, BC-18 and BC-19: the account.

use serde_json::{Value, json};

use super::*;

const METHODS: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/authentication/methods";
const DEVICES: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/registeredDevices";
const AUDITS: &str = "GET /v1.0/auditLogs/directoryAudits";
const LOOKED_UP: &str = "GET /v1.0/users/ann@contoso.example?";

/// The edge of the window, and the second before it.
const EDGE: &str = "2026-10-23T18:00:00Z";
const BEFORE: &str = "2026-10-23T17:59:59Z";

fn user(changes: Value) -> Ran {
    checked(with_user(harmless(), changes))
}

fn with_user(wire: Recorded, changes: Value) -> Recorded {
    let mut user = ann();
    user.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    wire.without(LOOKED_UP).with(LOOKED_UP, user)
}

/// With a sign-in from Lagos at a moment.
fn lagos(wire: Recorded, at: &str) -> Recorded {
    let sign_in = json!([{ "id": "1", "createdDateTime": at, "ipAddress": "198.51.100.7", "status": { "errorCode": 0 }, "location": { "countryOrRegion": "NG" } }]);
    wire.without("GET /v1.0/auditLogs/signIns").with_list("GET /v1.0/auditLogs/signIns", sign_in)
}

#[test]
fn a_new_account_is_medium_and_a_disabled_one_is_told() {
    assert_eq!(user(json!({ "createdDateTime": EDGE })).found("BC-00"), "R3 medium");
    assert_eq!(user(json!({ "createdDateTime": BEFORE })).found("BC-00"), "");
    assert_eq!(user(json!({ "accountEnabled": false })).findings("BC-00")[0].id, "BC-00.R2");
    assert!(user(json!({ "accountEnabled": true })).findings("BC-00").is_empty());
}

fn method(kind: &str, changes: Value) -> Value {
    let mut method = json!({ "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethod"), "id": kind, "createdDateTime": OLD });
    method.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    method
}

fn methods(wire: Recorded, methods: Value) -> Ran {
    checked(wire.without(METHODS).with_list(METHODS, methods))
}

#[test]
fn a_method_is_new_within_the_window_and_worse_near_a_suspicious_sign_in() {
    let at = |at: &str| {
        json!([
            method("fido2", json!({ "createdDateTime": at })),
            method("password", json!({ "createdDateTime": NEW }))
        ])
    };
    assert_eq!(methods(harmless(), at(EDGE)).found("BC-09"), "R1 medium");
    assert_eq!(methods(harmless(), at(BEFORE)).found("BC-09"), "");
    // Three days from the sign-in at 03:00 on the 20th.
    assert_eq!(methods(lagos(harmless(), NEW), at("2026-11-17T03:00:00Z")).found("BC-09"), "R1 high");
    assert_eq!(methods(lagos(harmless(), NEW), at("2026-11-17T02:59:59Z")).found("BC-09"), "R1 medium");
}

#[test]
fn a_method_near_the_incident_is_high() {
    let mut wire =
        harmless().without(METHODS).with_list(METHODS, json!([method("fido2", json!({ "createdDateTime": NEW }))]));
    let ran = ran(
        &mut wire,
        json!({ "user": "ann@contoso.example", "incident_time": "2026-11-22T12:00:00Z" }),
        Memory::default(),
        Reach::default(),
    );
    assert_eq!(ran.found("BC-09"), "R1 high");
}

#[test]
fn two_authenticators_of_one_name_are_medium() {
    let pair = |name: &str, at: &str| {
        json!([
            method("microsoftAuthenticator", json!({ "id": "1", "displayName": "Pixel" })),
            method("microsoftAuthenticator", json!({ "id": "2", "displayName": name, "createdDateTime": at }))
        ])
    };
    assert_eq!(methods(harmless(), pair("Pixel", "2026-10-02T00:00:00Z")).found("BC-09"), "R2 medium");
    assert_eq!(methods(harmless(), pair("iPhone", "2026-10-02T00:00:00Z")).found("BC-09"), "");
    assert_eq!(methods(harmless(), pair("Pixel", OLD)).found("BC-09"), "");
}

#[test]
fn a_temporary_pass_is_high_and_phones_alone_are_low() {
    assert_eq!(methods(harmless(), json!([method("temporaryAccessPass", json!({}))])).found("BC-09"), "R3 high");
    let phones = methods(
        harmless(),
        json!([method("phone", json!({ "phoneNumber": "+49 151 23456789" })), method("password", json!({}))]),
    );
    assert_eq!(phones.found("BC-09"), "R4 low");
    assert_eq!(methods(harmless(), json!([method("phone", json!({})), method("fido2", json!({}))])).found("BC-09"), "");
    assert_eq!(methods(harmless(), json!([method("password", json!({}))])).found("BC-09"), "");
}

#[test]
fn phone_numbers_are_masked_everywhere() {
    let ran = methods(
        harmless(),
        json!([method("phone", json!({ "phoneNumber": "+49 151 23456789", "createdDateTime": NEW }))]),
    );
    assert_eq!(ran.findings("BC-09")[0].evidence["phone"], "•••89");
    assert!(!ran.text.contains("23456789") && ran.memory.files.iter().all(|(_, text)| !text.contains("23456789")));
}

fn event(activity: &str, at: &str, by: &str, to: &str) -> Value {
    json!({
        "id": format!("{activity}{at}"), "activityDateTime": at, "activityDisplayName": activity, "result": "success",
        "initiatedBy": { "user": { "id": by, "userPrincipalName": if by == ANN { "ann@contoso.example" } else { by }, "ipAddress": "198.51.100.7" } },
        "targetResources": [{ "id": to, "displayName": "target" }],
    })
}

fn audited(wire: Recorded, events: Value) -> Ran {
    checked(wire.without(AUDITS).with_list(AUDITS, events))
}

#[test]
fn changes_of_methods_in_the_trail_count_near_a_suspicious_sign_in() {
    let change = || json!([event("User registered security info", NEW, ANN, ANN)]);
    assert_eq!(audited(lagos(harmless(), NEW), change()).found("BC-09"), "R5 medium");
    assert_eq!(audited(harmless(), change()).found("BC-09"), "");
}

#[test]
fn a_password_that_somebody_else_reset_is_high_unless_it_is_the_house() {
    let reset =
        |by: &str| audited(harmless(), json!([event("Reset password (by admin)", NEW, by, ANN)])).found("BC-10");
    assert_eq!((reset("mallory@contoso.example").as_str(), reset("noc@msp.example").as_str()), ("R2 high", ""));
    assert_eq!(
        audited(harmless(), json!([event("Reset password (by admin)", NEW, "mallory@contoso.example", "other")]))
            .found("BC-10"),
        ""
    );
    let own = || json!([event("Reset password (self-service)", NEW, ANN, ANN)]);
    assert_eq!(audited(lagos(harmless(), NEW), own()).found("BC-10"), "R3 high");
    assert_eq!(audited(harmless(), own()).found("BC-10"), "");
    let changed = |at: &str| user(json!({ "lastPasswordChangeDateTime": at })).findings("BC-10").len();
    assert_eq!((changed(EDGE), changed(BEFORE)), (1, 0));
}

#[test]
fn a_password_that_is_older_than_the_break_in_is_said() {
    let said = "The password was not changed since the last suspicious sign-in.";
    let wire = || {
        let tool = json!([{ "id": "1", "createdDateTime": NEW, "userAgent": "axios/1", "ipAddress": "198.51.100.7", "status": { "errorCode": 0 }, "location": { "countryOrRegion": "DE" } }]);
        harmless().without("GET /v1.0/auditLogs/signIns").with_list("GET /v1.0/auditLogs/signIns", tool)
    };
    assert!(checked(wire()).text.contains(said));
    assert!(
        !checked(with_user(wire(), json!({ "lastPasswordChangeDateTime": "2026-11-21T00:00:00Z" })))
            .text
            .contains(said)
    );
}

#[test]
fn the_risk_is_what_microsoft_says_it_is() {
    let risky = |state: &str, level: &str| {
        let user = json!({ "id": ANN, "riskState": state, "riskLevel": level });
        checked(
            harmless()
                .without("GET /v1.0/identityProtection/riskyUsers")
                .with("GET /v1.0/identityProtection/riskyUsers", user),
        )
        .found("BC-17")
    };
    assert_eq!(risky("atRisk", "high"), "R1 critical");
    assert_eq!(risky("confirmedCompromised", "high"), "R1 critical");
    assert_eq!((risky("atRisk", "medium").as_str(), risky("atRisk", "low").as_str()), ("R1 high", "R1 medium"));
    assert_eq!(
        (risky("atRisk", "none").as_str(), risky("remediated", "high").as_str(), risky("dismissed", "high").as_str()),
        ("R1 low", "", "")
    );
    assert_eq!(checked(harmless()).status("BC-17"), "ok");
    let detected = with_list(
        "GET /v1.0/identityProtection/riskDetections",
        json!([{ "id": "d", "riskEventType": "anomalousToken", "riskLevel": "high", "activityDateTime": NEW }]),
    );
    assert_eq!(detected.findings("BC-17").len(), 1);
}

fn device(id: &str, name: &str, at: &str) -> Value {
    json!({ "id": id, "displayName": name, "operatingSystem": "Windows", "registrationDateTime": at })
}

fn devices(wire: Recorded, devices: Value) -> String {
    checked(wire.without(DEVICES).with_list(DEVICES, devices)).found("BC-18")
}

#[test]
fn a_device_is_new_within_the_window_and_worse_near_a_suspicious_sign_in() {
    assert_eq!(devices(harmless(), json!([device("1", "NB-ANN", EDGE)])), "R1 medium");
    assert_eq!(devices(harmless(), json!([device("1", "NB-ANN", BEFORE)])), "");
    assert_eq!(devices(lagos(harmless(), NEW), json!([device("1", "NB-ANN", NEW)])), "R1 high");
}

#[test]
fn a_name_that_windows_made_up_is_worse_among_others() {
    let named = |name: &str, old: &str| devices(harmless(), json!([device("1", name, NEW), device("2", old, OLD)]));
    assert_eq!(named("DESKTOP-4F7K2QX", "NB-ANN"), "R1 high");
    assert_eq!(named("DESKTOP-4F7K2QX", "DESKTOP-AAAAAAA"), "R1 medium");
    assert_eq!(
        (named("DESKTOP-4F7K2Q", "NB-ANN").as_str(), named("NB-BOB", "NB-ANN").as_str()),
        ("R1 medium", "R1 medium")
    );
    assert_eq!(devices(harmless(), json!([device("1", "DESKTOP-4F7K2QX", NEW)])), "R1 medium");
    let owned = format!("{USER}/ownedDevices");
    let twice = harmless().without(&owned).with_list(&owned, json!([device("1", "NB-ANN", NEW)]));
    assert_eq!(devices(twice, json!([device("1", "NB-ANN", NEW)])), "R1 medium", "one device in two lists");
}

#[test]
fn a_device_of_intune_is_new_within_the_window() {
    let managed = format!("{USER}/managedDevices");
    let enrolled = |at: &str| {
        checked(
            harmless()
                .without(&managed)
                .with_list(&managed, json!([{ "id": "1", "deviceName": "NB", "enrolledDateTime": at }])),
        )
        .found("BC-18")
    };
    assert_eq!((enrolled(EDGE).as_str(), enrolled(BEFORE).as_str()), ("R2 medium", ""));
}

#[test]
fn what_gives_power_is_high_where_the_user_did_it_to_others() {
    for activity in [
        "Add member to role",
        "Add service principal credentials",
        "Update application – Certificates and secrets management ",
        "Add owner to application",
        "Disable Strong Authentication",
        "Reset user password",
        "Update user",
        "Restore user",
        "Update conditional access policy",
    ] {
        assert_eq!(
            audited(harmless(), json!([event(activity, NEW, ANN, "other")])).found("BC-19"),
            "R1 high",
            "{activity}"
        );
        let by_other = audited(harmless(), json!([event(activity, NEW, "bob@contoso.example", ANN)]));
        assert_eq!((by_other.found("BC-19").as_str(), by_other.findings("BC-19").len()), ("", 1), "{activity}");
    }
    assert_eq!(audited(harmless(), json!([event("Update user", NEW, ANN, ANN)])).found("BC-19"), "");
    assert_eq!(audited(harmless(), json!([event("Consent to application", NEW, ANN, "sp")])).found("BC-19"), "");
    assert!(audited(harmless(), json!([event("Add member to group", NEW, ANN, "other")])).findings("BC-19").is_empty());
}

#[test]
fn events_of_one_kind_are_one_finding() {
    let ran = audited(
        harmless(),
        json!([
            event("Add member to role", NEW, ANN, "a"),
            event("Add member to role", "2026-11-21T00:00:00Z", ANN, "b")
        ]),
    );
    assert_eq!(ran.found("BC-19"), "R1 high");
    assert_eq!(ran.findings("BC-19")[0].evidence["times"], 2);
}
