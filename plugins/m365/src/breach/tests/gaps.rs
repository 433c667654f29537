//! What did not run is never green, and the verdict says so.

use claudetools_graph::envelope::Verdict;
use serde_json::{Value, json};

use super::*;

fn reaching(permissions: &[&str]) -> Reach {
    Reach { graph: Some(permissions.iter().map(|name| (*name).to_owned()).collect()), ..Reach::default() }
}

fn ran_with(mut wire: Recorded, reach: Reach) -> Ran {
    ran(&mut wire, json!({ "user": "ann@contoso.example" }), Memory::default(), reach)
}

fn statuses(ran: &Ran) -> String {
    let told: Vec<String> =
        ran.envelope.checks.iter().map(|check| format!("{} {}", check.id, ran.status(&check.id))).collect();
    told.join("\n")
}

#[test]
fn a_user_who_does_not_exist_is_inconclusive() {
    let mut wire = harmless()
        .without("GET /v1.0/users/ann@contoso.example?")
        .answering("GET /v1.0/users/ann@contoso.example?", 404, &[], "{}")
        .with_list("GET /v1.0/users?$filter=mail", json!([]));
    let ran = ran(&mut wire, json!({ "user": "ann@contoso.example" }), Memory::default(), Reach::default());
    assert_eq!(
        (ran.envelope.verdict, ran.envelope.coverage.ran, ran.envelope.subject.is_none()),
        (Verdict::Inconclusive, 0, true)
    );
    insta::assert_snapshot!(ran.text.lines().next().unwrap_or_default(), @"**Inconclusive: there is no user `ann@contoso.example` in the tenant of Contoso Ltd; give a sign-in name, a mail address or an object id.**");
}

#[test]
fn a_mail_address_that_is_no_sign_in_name_is_found() {
    let lookup = |found: Value| {
        let mut wire = harmless()
            .answering("GET /v1.0/users/info@contoso.example?", 404, &[], "{}")
            .with_list("GET /v1.0/users?$filter=mail eq 'info@contoso.example'", found);
        ran(&mut wire, json!({ "user": "info@contoso.example" }), Memory::default(), Reach::default()).envelope
    };
    assert_eq!(lookup(json!([ann()])).subject.map(|subject| subject.id).as_deref(), Some(ANN));
    assert_eq!(lookup(json!([ann(), { "id": "2", "userPrincipalName": "b" }])).verdict, Verdict::Inconclusive);
}

#[test]
fn a_permission_that_is_missing_is_not_asked_for_and_named() {
    let all = [
        "User.Read.All",
        "Directory.Read.All",
        "Application.Read.All",
        "MailboxSettings.Read",
        "UserAuthenticationMethod.Read.All",
        "Policy.Read.All",
        "ExchangeMessageTrace.Read.All",
        "DeviceManagementManagedDevices.Read.All",
    ];
    let mut wire = harmless();
    let ran = ran(&mut wire, json!({ "user": "ann@contoso.example" }), Memory::default(), reaching(&all));
    assert_eq!((wire.count("GET /v1.0/auditLogs/signIns"), wire.count("GET /v1.0/identityProtection")), (0, 0));
    assert_eq!(ran.status("BC-11"), "not_permitted");
    insta::assert_snapshot!(ran.note("BC-11"), @"the app has no AuditLog.Read.All in this tenant: consent to it anew");
    assert_eq!(ran.envelope.verdict, Verdict::NoFindingsWithGaps);
    assert!(ran.text.contains("something decisive could not be checked"));
}

#[test]
fn without_any_permission_nothing_is_said() {
    let ran = ran_with(harmless(), Reach { exchange: Some(Vec::new()), ..reaching(&["User.Read.All"]) });
    assert_eq!(ran.envelope.verdict, Verdict::Inconclusive);
    insta::assert_snapshot!(statuses(&ran), @r"
    BC-00 ok
    BC-01 not_permitted
    BC-02 not_permitted
    BC-03 not_permitted
    BC-04 not_permitted
    BC-05 not_permitted
    BC-06 not_permitted
    BC-07 not_permitted
    BC-08 not_permitted
    BC-09 not_permitted
    BC-10 not_permitted
    BC-11 not_permitted
    BC-12 not_permitted
    BC-13 not_permitted
    BC-14 not_permitted
    BC-15 not_permitted
    BC-16 not_permitted
    BC-17 not_permitted
    BC-18 ok
    BC-19 not_permitted
    BC-19b skipped
    BC-20 not_permitted
    BC-21 not_permitted
    BC-22 skipped
    ");
}

#[test]
fn a_tenant_without_p1_has_gaps() {
    let skus =
        json!([{ "prepaidUnits": { "enabled": 5 }, "servicePlans": [{ "servicePlanName": "EXCHANGE_S_STANDARD" }] }]);
    let ran = checked(harmless().without("GET /v1.0/subscribedSkus").with_list("GET /v1.0/subscribedSkus", skus));
    assert_eq!(ran.envelope.verdict, Verdict::NoFindingsWithGaps);
    for check in ["BC-11", "BC-12", "BC-13", "BC-14", "BC-15", "BC-16", "BC-17"] {
        assert_eq!(ran.status(check), "not_licensed", "{check}");
    }
    assert_eq!(ran.note("BC-17"), "the tenant has no Entra ID P2");
    assert!(ran.text.contains("15 of 22 checks ran (7 not licensed)"), "{}", ran.text);
}

#[test]
fn an_exchange_that_is_down_has_gaps() {
    let ran = checked(harmless().without("Get-OrganizationConfig").answering("Get-OrganizationConfig", 500, &[], ""));
    assert_eq!((ran.envelope.verdict, ran.envelope.requests.exo), (Verdict::NoFindingsWithGaps, 1));
    for check in ["BC-02", "BC-03", "BC-04", "BC-06", "BC-21"] {
        assert_eq!(ran.status(check), "unavailable", "{check}");
    }
}

#[test]
fn a_cut_list_is_a_gap() {
    let page = |next: usize| json!({ "value": (0..500).map(|number| json!({ "id": format!("{next}-{number}"), "createdDateTime": NEW, "status": { "errorCode": 0 }, "location": { "countryOrRegion": "DE" } })).collect::<Vec<_>>(), "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/auditLogs/signIns?$skiptoken={next}") });
    let wire = (1..6).fold(harmless().without("GET /v1.0/auditLogs/signIns"), |wire, next| {
        wire.with(&format!("GET /v1.0/auditLogs/signIns?$skiptoken={next}"), page(next + 1))
    });
    let ran = checked(wire.with("GET /v1.0/auditLogs/signIns?$filter", page(1)));
    assert_eq!((ran.status("BC-11").as_str(), ran.envelope.verdict), ("truncated", Verdict::NoFindingsWithGaps));
}

#[test]
fn rows_that_cannot_be_read_are_a_gap_beside_what_was_found() {
    let rules = json!([{ "Name": 5 }, { "Identity": "ann\\1", "Name": "Out", "ForwardTo": "drop@attacker.example" }]);
    let ran = with_list("Get-InboxRule", rules);
    assert_eq!((ran.status("BC-02").as_str(), ran.note("BC-02")), ("error", "1 entries could not be read"));
    assert_eq!(
        (ran.found("BC-02").as_str(), ran.envelope.verdict),
        ("R1 critical, R7 high", Verdict::LikelyCompromised)
    );
}

#[test]
fn an_answer_that_is_no_list_is_a_gap() {
    let ran = checked(harmless().without("Get-InboxRule").answering("Get-InboxRule", 200, &[], "{\"value\": [{"));
    assert_eq!((ran.status("BC-02").as_str(), ran.envelope.verdict), ("error", Verdict::NoFindingsWithGaps));
}

#[test]
fn no_home_country_is_a_gap() {
    let organization =
        json!([{ "id": "t", "countryLetterCode": null, "verifiedDomains": [{ "name": "contoso.example" }] }]);
    let mut wire = harmless().without("GET /v1.0/organization").with_list("GET /v1.0/organization", organization);
    let mut homeless = client();
    homeless.home_countries.clear();
    let (call, mut memory) = (Call { id: "c", budget: SignedDuration::from_mins(1) }, Memory::default());
    let mut tenant = Tenant::new(&mut wire, Places::default(), "t");
    let input = serde_json::from_value(json!({ "user": "ann@contoso.example" })).unwrap();
    let output = run(&call, input, homeless, Reach::default(), &mut tenant, &mut memory).unwrap();
    assert!(
        text(&output).contains("BC-11 Sign-ins: countries: unavailable (no home country is known"),
        "{}",
        text(&output)
    );
}

#[test]
fn throttling_is_waited_for() {
    let wire = harmless()
        .without("Get-InboxRule")
        .answering("Get-InboxRule", 429, &[("retry-after", "2")], "")
        .with_list("Get-InboxRule", json!([]));
    let ran = checked(wire);
    assert_eq!((ran.status("BC-02").as_str(), ran.envelope.requests.throttled), ("ok", 1));
}

#[test]
fn quick_asks_little_and_says_what_it_left_out() {
    let mut wire = harmless();
    let ran =
        ran(&mut wire, json!({ "user": "ann@contoso.example", "depth": "quick" }), Memory::default(), Reach::default());
    assert!(ran.envelope.requests.graph + ran.envelope.requests.exo <= 14, "{:?}", ran.envelope.requests);
    assert_eq!((ran.status("BC-04").as_str(), ran.status("BC-22").as_str()), ("skipped", "skipped"));
    assert_eq!(ran.note("BC-04"), "runs with `depth` standard");
}
