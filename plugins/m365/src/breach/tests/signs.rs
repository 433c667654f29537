//! BC-07, BC-08 and BC-11 to BC-16: apps and sign-ins, as far as the checks add to what `signin` and `scopes` know.

use serde_json::{Value, json};

use super::*;

const GRANTS: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/oauth2PermissionGrants";
const ROLES: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/appRoleAssignments";
const SIGN_INS: &str = "GET /v1.0/auditLogs/signIns";

fn app(changes: Value) -> Value {
    let mut app = json!({ "appId": "88888888-0000-4000-8000-000000000008", "displayName": "Mail Tool", "verifiedPublisher": null, "appOwnerOrganizationId": "x", "createdDateTime": OLD });
    app.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    app
}

fn let_in(scope: &str, status: u16, app: Value) -> Recorded {
    let grant =
        json!([{ "id": "g1", "clientId": "sp1", "consentType": "Principal", "resourceId": "r", "scope": scope }]);
    let batch = json!({ "responses": [{ "id": "0", "status": status, "body": app }] });
    harmless().without(GRANTS).with_list(GRANTS, grant).with("POST /v1.0/$batch", batch)
}

#[test]
fn apps_are_judged_by_reach_publisher_and_age() {
    let found = |scope: &str, changes: Value| checked(let_in(scope, 200, app(changes))).found("BC-07");
    assert_eq!(found("Mail.Read offline_access", json!({ "createdDateTime": "2026-10-23T18:00:00Z" })), "R2 high");
    assert_eq!(found("Mail.Read", json!({ "createdDateTime": "2026-10-23T17:59:59Z" })), "R3 medium");
    assert_eq!(found("Mail.Read", json!({ "createdDateTime": null })), "R3 medium");
    assert_eq!(found("openid profile User.Read", json!({})), "");
    assert_eq!(
        found("Mail.Read", json!({ "verifiedPublisher": { "verifiedPublisherId": "1", "displayName": "Fabrikam" } })),
        ""
    );
    assert_eq!(
        found("Mail.Read", json!({ "verifiedPublisher": { "verifiedPublisherId": null, "displayName": null } })),
        "R3 medium"
    );
    assert_eq!(found("Mail.Read", json!({ "appOwnerOrganizationId": "f8cdef31-a31e-4b4a-93e4-5f571e91255a" })), "");
}

#[test]
fn a_rogue_app_is_critical_unless_it_is_allowed() {
    let rogue = json!({ "appId": "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd" });
    assert_eq!(checked(let_in("User.Read", 200, app(rogue))).found("BC-07"), "R1 critical");
    let allowed = json!({ "appId": "77777777-0000-4000-8000-000000000007" });
    assert_eq!(checked(let_in("Mail.Read", 200, app(allowed))).found("BC-07"), "");
}

#[test]
fn an_app_that_is_gone_is_not_taken_for_safe() {
    assert_eq!(checked(let_in("Mail.Read", 404, json!({}))).found("BC-07"), "R4 medium");
    assert_eq!(checked(let_in("User.Read", 404, json!({}))).found("BC-07"), "");
    let refused = checked(let_in("Mail.Read", 403, json!({ "error": { "code": "Authorization_RequestDenied" } })));
    assert_eq!(refused.status("BC-07"), "not_permitted");
    assert_eq!(checked(let_in("Mail.Read", 200, json!({ "appId": 5 }))).status("BC-07"), "error");
}

#[test]
fn more_than_twelve_apps_are_a_gap() {
    let with = |count: usize| {
        let grants: Vec<Value> = (0..count)
            .map(
                |number| json!({ "id": format!("g{number}"), "clientId": format!("sp{number}"), "scope": "User.Read" }),
            )
            .collect();
        let responses: Vec<Value> = (0..count)
            .map(|number| json!({ "id": number.to_string(), "status": 200, "body": app(json!({})) }))
            .collect();
        let batch = json!({ "responses": responses });
        checked(harmless().without(GRANTS).with_list(GRANTS, json!(grants)).with("POST /v1.0/$batch", batch))
            .status("BC-07")
    };
    assert_eq!((with(12).as_str(), with(13).as_str()), ("ok", "truncated"));
}

#[test]
fn the_date_of_a_grant_comes_from_the_trail() {
    let consent = json!([{ "id": "e", "activityDateTime": NEW, "activityDisplayName": "Consent to application", "targetResources": [{ "id": "sp1" }] }]);
    let wire = let_in("Mail.Read", 200, app(json!({})));
    let ran = checked(
        wire.without("GET /v1.0/auditLogs/directoryAudits").with_list("GET /v1.0/auditLogs/directoryAudits", consent),
    );
    assert_eq!(ran.findings("BC-07")[0].occurred_at.map(|at| at.to_string()).as_deref(), Some(NEW));
    assert_eq!(
        ran.findings("BC-07")[0].suggested_actions,
        [r#"remove_oauth_grant:{"id":"g1"}"#, r#"disable_service_principal:{"id":"sp1"}"#]
    );
}

#[test]
fn an_assignment_is_high_where_the_app_is_suspicious() {
    let assigned = |resource: &str, at: &str| {
        let assignment =
            json!([{ "id": "a1", "resourceId": resource, "resourceDisplayName": "Mail Tool", "createdDateTime": at }]);
        checked(let_in("Mail.Read", 200, app(json!({}))).without(ROLES).with_list(ROLES, assignment))
    };
    assert_eq!(assigned("sp1", "2026-10-23T18:00:00Z").found("BC-08"), "R1 high");
    assert!(assigned("sp1", "2026-10-23T17:59:59Z").findings("BC-08").is_empty());
    let other = assigned("sp2", NEW);
    assert_eq!((other.found("BC-08").as_str(), other.findings("BC-08").len()), ("", 1));
}

fn sign_in(changes: Value) -> Value {
    let mut sign_in = json!({
        "id": changes.to_string(), "createdDateTime": NEW, "userPrincipalName": "ann@contoso.example", "ipAddress": "198.51.100.7", "clientAppUsed": "Browser",
        "status": { "errorCode": 0 }, "location": { "city": "Berlin", "countryOrRegion": "DE", "geoCoordinates": { "latitude": 52.5, "longitude": 13.4 } },
    });
    sign_in.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    sign_in
}

fn signed(wire: Recorded, sign_ins: Value) -> Ran {
    checked(wire.without(SIGN_INS).with_list(SIGN_INS, sign_ins))
}

#[test]
fn each_sign_in_check_tells_its_own() {
    let lagos =
        json!({ "city": "Lagos", "countryOrRegion": "NG", "geoCoordinates": { "latitude": 6.5, "longitude": 3.4 } });
    let ran = signed(
        harmless(),
        json!([
            sign_in(json!({ "createdDateTime": "2026-11-20T02:59:00Z" })),
            sign_in(json!({ "location": lagos })),
            sign_in(json!({ "clientAppUsed": "IMAP4" })),
            sign_in(json!({ "userAgent": "python-requests/2" })),
        ]),
    );
    let found: Vec<String> = ["BC-11", "BC-12", "BC-13", "BC-14", "BC-15", "BC-16"]
        .map(|check| format!("{check}: {}", ran.found(check)))
        .to_vec();
    insta::assert_snapshot!(found.join("\n"), @r"
    BC-11: R1 high
    BC-12: R1 high
    BC-13: R1 high, R1 high
    BC-14: 
    BC-15: R1 critical
    BC-16:
    ");
    let fine = signed(harmless(), json!([sign_in(json!({}))]));
    assert!(
        ["BC-11", "BC-12", "BC-13", "BC-14", "BC-15"]
            .iter()
            .all(|check| fine.found(check).is_empty() && fine.status(check) == "ok")
    );
}

#[test]
fn named_locations_that_are_trusted_are_at_home() {
    let abroad = || json!([sign_in(json!({ "location": { "countryOrRegion": "NG" } }))]);
    let named = |trusted: bool| {
        let location = json!([{ "@odata.type": "#microsoft.graph.ipNamedLocation", "id": "l", "isTrusted": trusted, "ipRanges": [{ "@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/24" }] }]);
        signed(
            harmless()
                .without("GET /v1.0/identity/conditionalAccess/namedLocations")
                .with_list("GET /v1.0/identity/conditionalAccess/namedLocations", location),
            abroad(),
        )
        .found("BC-11")
    };
    assert_eq!((named(true).as_str(), named(false).as_str()), ("", "R1 high"));
}

#[test]
fn sessions_device_codes_and_relays_are_seen_in_depth() {
    let beta = "GET /beta/auditLogs/signIns";
    let programs = "GET /beta/auditLogs/signIns?$filter=userId eq 'aaaaaaaa-0000-4000-8000-000000000001' and createdDateTime ge 2026-09-23T18:00:00Z and signInEventTypes/any(t:t eq 'nonInteractiveUser')";
    let first = json!([sign_in(
        json!({ "autonomousSystemNumber": 14061, "appDisplayName": "OfficeHome", "sessionId": "s", "authenticationProtocol": "deviceCode" })
    )]);
    let second = json!([sign_in(
        json!({ "createdDateTime": "2026-11-20T03:09:00Z", "autonomousSystemNumber": 37282, "sessionId": "s", "location": { "countryOrRegion": "NG" } })
    )]);
    let ran = deeply(harmless().without(beta).with_list(beta, first).with_list(programs, second));
    assert_eq!(ran.found("BC-15"), "R2 high, R3 critical");
    assert_eq!(ran.found("BC-13"), "R2 critical");
    let without = checked(harmless());
    assert_eq!(without.note("BC-15"), "device codes and relays are looked for with `depth` deep");
}

/// A database of two networks: 198.51.100.0/24 is a VPN, everything else is ordinary. Written by hand after the format's
/// description: a search tree over 24 bits, the data, the metadata.
fn database(kind: &str) -> Vec<u8> {
    let text =
        |text: &str| [&[0x40 | u8::try_from(text.len().min(28)).unwrap_or_default()][..], text.as_bytes()].concat();
    let number = |value: u8| vec![0xa1, value];
    let long = |written: &str| {
        // A text of 29 characters or more says its length in a byte of its own.
        if written.len() < 29 {
            text(written)
        } else {
            [&[0x5d, u8::try_from(written.len() - 29).unwrap_or_default()][..], written.as_bytes()].concat()
        }
    };
    let nodes: u32 = 24;
    let prefix: u32 = (198 << 16) | (51 << 8) | 100;
    let mut bytes = Vec::new();
    for depth in 0..nodes {
        let next = if depth + 1 == nodes { nodes + 16 } else { depth + 1 };
        let goes_right = prefix >> (23 - depth) & 1 == 1;
        for side in [false, true] {
            let to = if side == goes_right { next } else { nodes };
            bytes.extend_from_slice(&to.to_be_bytes()[1..]);
        }
    }
    bytes.extend([0; 16]);
    // {"is_anonymous_vpn": true}
    bytes.extend([vec![0xe1], text("is_anonymous_vpn"), vec![0x01, 0x07]].concat());
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    let pairs = [
        [text("binary_format_major_version"), number(2)].concat(),
        [text("binary_format_minor_version"), number(0)].concat(),
        [text("build_epoch"), vec![0x01, 0x02, 0x01]].concat(),
        [text("database_type"), long(kind)].concat(),
        [text("description"), vec![0xe0]].concat(),
        [text("ip_version"), number(4)].concat(),
        [text("languages"), vec![0x00, 0x04]].concat(),
        [text("node_count"), vec![0xc1, u8::try_from(nodes).unwrap_or_default()]].concat(),
        [text("record_size"), number(24)].concat(),
    ];
    bytes.push(0xe0 | u8::try_from(pairs.len()).unwrap_or_default());
    bytes.extend(pairs.concat());
    bytes
}

fn looked_up(database: Option<Vec<u8>>, address: &str) -> Ran {
    let mut wire = harmless().without(SIGN_INS).with_list(SIGN_INS, json!([sign_in(json!({ "ipAddress": address }))]));
    ran(&mut wire, json!({ "user": "ann@contoso.example" }), Memory { database, ..Memory::default() }, Reach::default())
}

#[test]
fn an_address_that_hides_somebody_is_high() {
    let vpn = looked_up(Some(database("GeoIP2-Anonymous-IP")), "198.51.100.7");
    assert_eq!((vpn.found("BC-16").as_str(), vpn.status("BC-16").as_str()), ("R1 high", "flagged"));
    assert_eq!(vpn.findings("BC-16")[0].evidence["origin"], "VPN");
    let ordinary = looked_up(Some(database("GeoIP2-Anonymous-IP")), "192.0.2.7");
    assert_eq!((ordinary.found("BC-16").as_str(), ordinary.status("BC-16").as_str()), ("", "ok"));
}

#[test]
fn without_a_fitting_database_origins_are_not_green() {
    let noted = |database| {
        let ran = looked_up(database, "198.51.100.7");
        format!("{}: {}", ran.status("BC-16"), ran.note("BC-16"))
    };
    insta::assert_snapshot!(noted(None), @"unavailable: no database of addresses is configured");
    insta::assert_snapshot!(noted(Some(database("GeoLite2-City"))), @"unavailable: the database of addresses is of the kind GeoLite2-City; one of anonymous addresses is needed, such as GeoIP2-Anonymous-IP");
    assert!(noted(Some(vec![0; 40])).starts_with("unavailable: the database of addresses cannot be read"));
}
