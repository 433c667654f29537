//! BC-01 to BC-06, BC-19b and BC-22: the mailbox.

use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

const GRAPH_RULES: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/mailFolders/inbox/messageRules";
const SETTINGS: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001/mailboxSettings";
const SEARCH: &str = "/v1.0/security/auditLog/queries";

fn rule(name: &str) -> Value {
    json!({ "id": "r1", "displayName": name, "isEnabled": true, "conditions": {}, "actions": { "moveToFolder": "f1", "markAsRead": true } })
}

#[test]
fn the_folder_of_a_rule_is_looked_up_and_a_well_known_name_counts() {
    let with_folder = |folder: Value| {
        let batch = json!({ "responses": [{ "id": "0", "status": 200, "body": folder }] });
        let wire = harmless()
            .without(GRAPH_RULES)
            .with_list(GRAPH_RULES, json!([rule("Tidy up")]))
            .with("POST /v1.0/$batch", batch);
        checked(wire)
    };
    assert_eq!(with_folder(json!({ "displayName": "Flux RSS", "wellKnownName": null })).found("BC-01"), "R3 high");
    assert_eq!(with_folder(json!({ "displayName": "Archiv", "wellKnownName": "archive" })).found("BC-01"), "R3 high");
    assert_eq!(with_folder(json!({ "displayName": "Receipts", "wellKnownName": null })).found("BC-01"), "");
    let unknown = checked(harmless().without(GRAPH_RULES).with_list(GRAPH_RULES, json!([rule("Tidy up")])));
    assert_eq!(unknown.found("BC-01"), "R3 low");
    assert_eq!(unknown.note("BC-01"), "1 folders could not be named; they count as unknown, not as safe");
}

#[test]
fn a_rule_that_only_exchange_has_is_hidden() {
    let exchange = || json!([{ "Identity": "ann\\1", "Name": "Tidy up", "MarkAsRead": true, "Enabled": true }]);
    assert_eq!(with_list("Get-InboxRule", exchange()).found("BC-02"), "R7 high");
    let both = harmless()
        .without(GRAPH_RULES)
        .with_list(GRAPH_RULES, json!([{ "id": "r1", "displayName": "Tidy up", "isEnabled": true, "actions": {} }]));
    assert_eq!(checked(both.without("Get-InboxRule").with_list("Get-InboxRule", exchange())).found("BC-02"), "");
    let blind = harmless()
        .without(GRAPH_RULES)
        .answering(GRAPH_RULES, 403, &[], "{}")
        .without("Get-InboxRule")
        .with_list("Get-InboxRule", exchange());
    let blind = checked(blind);
    assert_eq!((blind.found("BC-02").as_str(), blind.status("BC-01").as_str()), ("", "not_permitted"));
    assert!(blind.note("BC-02").contains("it cannot be said which are hidden"));
}

#[test]
fn what_both_see_of_a_rule_is_one_finding() {
    let graph = json!([{ "id": "r1", "displayName": "Out", "isEnabled": true, "actions": { "forwardTo": [{ "emailAddress": { "address": "drop@attacker.example" } }] } }]);
    let exchange =
        json!([{ "Identity": "ann\\1", "Name": "Out", "ForwardTo": ["\"x\" [SMTP:drop@attacker.example]"] }]);
    let ran = checked(
        harmless()
            .without(GRAPH_RULES)
            .with_list(GRAPH_RULES, graph)
            .without("Get-InboxRule")
            .with_list("Get-InboxRule", exchange),
    );
    assert_eq!((ran.found("BC-01").as_str(), ran.found("BC-02").as_str()), ("R1 critical", "R1 critical"));
    assert_eq!(ran.envelope.score, 25);
    assert_eq!(ran.text.matches("Rule sends mail outside").count(), 1);
}

fn mailbox(changes: Value) -> Ran {
    let mut mailbox = json!({ "AuditEnabled": true });
    mailbox.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    with_list("Get-Mailbox", json!([mailbox]))
}

#[test]
fn forwarding_is_judged_by_where_it_goes() {
    assert_eq!(mailbox(json!({})).found("BC-03"), "");
    assert_eq!(mailbox(json!({ "ForwardingSmtpAddress": "smtp:drop@attacker.example" })).found("BC-03"), "R1 critical");
    assert_eq!(
        mailbox(json!({ "ForwardingSmtpAddress": "SMTP:bob@contoso.onmicrosoft.com" })).found("BC-03"),
        "R2 medium"
    );
    assert_eq!(mailbox(json!({ "AuditEnabled": false })).found("BC-03"), "R4 high");
}

#[test]
fn a_recipient_of_the_directory_is_looked_up() {
    let to = |recipient: Option<Value>| {
        let wire = harmless()
            .without("Get-Mailbox")
            .with_list("Get-Mailbox", json!([{ "ForwardingAddress": "drop", "AuditEnabled": true }]));
        let wire = match recipient {
            Some(recipient) => wire.with_list("Get-Recipient", json!([recipient])),
            None => wire,
        };
        checked(wire).found("BC-03")
    };
    assert_eq!(
        to(Some(
            json!({ "RecipientTypeDetails": "MailContact", "ExternalEmailAddress": "SMTP:drop@attacker.example", "PrimarySmtpAddress": "drop@attacker.example" })
        )),
        "R1 critical"
    );
    assert_eq!(
        to(Some(json!({ "RecipientTypeDetails": "UserMailbox", "PrimarySmtpAddress": "bob@contoso.example" }))),
        "R2 medium"
    );
    assert_eq!(
        to(Some(json!({ "RecipientTypeDetails": "GuestMailUser", "PrimarySmtpAddress": "x@contoso.example" }))),
        "R1 critical"
    );
    assert_eq!(to(None), "R3 high");
}

#[test]
fn bypassing_the_audit_is_high() {
    assert_eq!(
        with_list("Get-MailboxAuditBypassAssociation", json!([{ "AuditBypassEnabled": true }])).found("BC-03"),
        "R5 high"
    );
}

fn delegate(permission: Value) -> Ran {
    with_list("Get-MailboxPermission", json!([permission]))
}

#[test]
fn delegates_are_told_and_outsiders_are_high() {
    let known = delegate(
        json!({ "User": "bob@contoso.example", "AccessRights": ["FullAccess"], "IsInherited": false, "Deny": false }),
    );
    assert_eq!((known.found("BC-04").as_str(), known.findings("BC-04").len()), ("", 1));
    for who in ["x@attacker.example", "S-1-5-21-1", "x_attacker.example#EXT#@contoso.onmicrosoft.com"] {
        assert_eq!(delegate(json!({ "User": who, "AccessRights": ["FullAccess"] })).found("BC-04"), "R3 high", "{who}");
    }
    for none in [
        json!({ "User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess"] }),
        json!({ "User": "x@attacker.example", "AccessRights": ["FullAccess"], "IsInherited": true }),
        json!({ "User": "x@attacker.example", "AccessRights": ["FullAccess"], "Deny": true }),
    ] {
        assert!(delegate(none).findings("BC-04").is_empty());
    }
    assert_eq!(
        with_list(
            "Get-RecipientPermission",
            json!([{ "Trustee": "x@attacker.example", "AccessRights": ["SendAs"], "AccessControlType": "Allow" }])
        )
        .found("BC-04"),
        "R3 high"
    );
    assert_eq!(
        with_list(
            "Get-RecipientPermission",
            json!([{ "Trustee": "x@attacker.example", "AccessRights": ["SendAs"], "AccessControlType": "Deny" }])
        )
        .found("BC-04"),
        ""
    );
    assert_eq!(mailbox(json!({ "GrantSendOnBehalfTo": ["bob"] })).findings("BC-04").len(), 1);
}

#[test]
fn an_inbox_that_everybody_may_read_is_high() {
    let folder = |who: &str, right: &str| {
        with_list("Get-MailboxFolderPermission", json!([{ "User": who, "AccessRights": [right] }])).found("BC-04")
    };
    assert_eq!(folder("Default", "Reviewer"), "R4 high");
    assert_eq!(folder("Anonymous", "Reviewer"), "R4 high");
    assert_eq!((folder("Default", "None").as_str(), folder("Default", "AvailabilityOnly").as_str()), ("", ""));
    assert_eq!(folder("x@attacker.example", "Reviewer"), "R3 high");
}

fn replying(changes: Value) -> String {
    let mut replies =
        json!({ "status": "alwaysEnabled", "externalAudience": "all", "externalReplyMessage": "<p>I am away.</p>" });
    replies.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let settings = json!({ "automaticRepliesSetting": replies, "timeZone": "W. Europe Standard Time", "language": { "locale": "de-DE" } });
    checked(harmless().without(SETTINGS).with(SETTINGS, settings)).found("BC-05")
}

#[test]
fn a_reply_that_leads_somewhere_is_high() {
    assert_eq!(replying(json!({})), "");
    assert_eq!(replying(json!({ "externalReplyMessage": "<a href='https://evil.example'>pay</a>" })), "R1 high");
    assert_eq!(replying(json!({ "externalReplyMessage": "Our new IBAN is DE00" })), "R1 high");
    assert_eq!(replying(json!({ "externalReplyMessage": "Write to ann@attacker.example." })), "R1 high");
    assert_eq!(replying(json!({ "externalReplyMessage": "Write to bob@contoso.example." })), "");
    assert_eq!(replying(json!({ "externalReplyMessage": "Our new IBAN", "externalAudience": "contactsOnly" })), "");
    assert_eq!(replying(json!({ "externalReplyMessage": "Our new IBAN", "status": "Disabled" })), "");
}

#[test]
fn settings_of_elsewhere_are_low() {
    let settings = |zone: &str, locale: &str| {
        let settings = json!({ "automaticRepliesSetting": { "status": "disabled" }, "timeZone": zone, "language": { "locale": locale } });
        checked(harmless().without(SETTINGS).with(SETTINGS, settings)).found("BC-05")
    };
    // Berlin is at +1, Moscow at +3, India at +5:30, Lagos at +1.
    assert_eq!(settings("Russian Standard Time", "de-DE"), "");
    assert_eq!(settings("India Standard Time", "de-DE"), "R3 low");
    assert_eq!(settings("Asia/Dubai", "de-DE"), "", "three hours");
    assert_eq!(settings("Asia/Karachi", "de-DE"), "R3 low", "four hours");
    assert_eq!(settings("W. Europe Standard Time", "ru-RU"), "R3 low");
    assert_eq!((settings("", "en-US").as_str(), settings("No such zone", "de-DE").as_str()), ("", ""));
}

#[test]
fn old_protocols_are_low_and_worse_where_they_are_new() {
    assert_eq!(
        with_list("Get-CASMailbox", json!([{ "ImapEnabled": true, "PopEnabled": false }])).found("BC-06"),
        "R2 low"
    );
    assert_eq!(
        with_list("Get-CASMailbox", json!([{ "ImapEnabled": false, "PopEnabled": true }])).found("BC-06"),
        "R2 low"
    );
    let opened = searched(
        harmless().without("Get-CASMailbox").with_list("Get-CASMailbox", json!([{ "ImapEnabled": true }])),
        json!([record("Set-CASMailbox", NEW, json!({}))]),
    );
    assert_eq!(deeply(opened).found("BC-06"), "R1 high");
}

#[test]
fn a_phone_is_new_within_the_window() {
    let phone =
        |at: &str| {
            let wire = searched(harmless().without("Get-MobileDeviceStatistics"), json!([]));
            deeply(wire.with_list(
                "Get-MobileDeviceStatistics",
                json!([{ "DeviceFriendlyName": "Pixel", "FirstSyncTime": at }]),
            ))
            .found("BC-06")
        };
    assert_eq!((phone("2026-10-23T18:00:00").as_str(), phone("2026-10-23T17:59:59").as_str()), ("R3 medium", ""));
}

fn record(operation: &str, at: &str, data: Value) -> Value {
    json!({ "id": format!("{operation}{at}"), "operation": operation, "createdDateTime": at, "clientIp": "198.51.100.7", "userPrincipalName": "ann@contoso.example", "auditData": data })
}

/// With a search of the audit log that finds these.
fn searched(wire: Recorded, records: Value) -> Recorded {
    wire.with(&format!("POST {SEARCH}"), json!({ "id": "q1", "status": "notStarted" }))
        .with(&format!("GET {SEARCH}/q1"), json!({ "id": "q1", "status": "succeeded" }))
        .with_list(&format!("GET {SEARCH}/q1/records"), records)
}

#[test]
fn a_rule_that_the_trail_knows_is_fresh() {
    let inbox = json!([{ "Identity": "ann\\1", "Name": "Team", "RedirectTo": ["bob@contoso.example"] }]);
    let wire = || {
        harmless()
            .without(GRAPH_RULES)
            .answering(GRAPH_RULES, 403, &[], "{}")
            .without("Get-InboxRule")
            .with_list("Get-InboxRule", inbox.clone())
    };
    let named = json!({ "Parameters": [{ "Name": "Name", "Value": "Team" }] });
    assert_eq!(deeply(searched(wire(), json!([record("New-InboxRule", NEW, named)]))).found("BC-02"), "R2 high");
    assert_eq!(deeply(searched(wire(), json!([]))).found("BC-02"), "R2 medium");
}

#[test]
fn a_delegate_that_the_trail_knows_is_new() {
    let wire = harmless()
        .without("Get-MailboxPermission")
        .with_list("Get-MailboxPermission", json!([{ "User": "bob@contoso.example", "AccessRights": ["FullAccess"] }]));
    let added = json!({ "Parameters": [{ "Name": "User", "Value": "bob@contoso.example" }] });
    assert_eq!(deeply(searched(wire, json!([record("Add-MailboxPermission", NEW, added)]))).found("BC-04"), "R1 high");
}

/// So many of an operation, so many seconds apart.
fn many(operation: &str, count: i64, seconds: i64) -> Value {
    let begin: Timestamp = NEW.parse().unwrap_or_default();
    (0..count)
        .map(|number| record(operation, &(begin + SignedDuration::from_secs(number * seconds)).to_string(), json!({})))
        .collect()
}

#[test]
fn shredding_is_twenty_in_an_hour() {
    let shredded = |count, seconds| deeply(searched(harmless(), many("HardDelete", count, seconds))).found("BC-19b");
    assert_eq!((shredded(20, 10).as_str(), shredded(19, 10).as_str()), ("R1 high", ""));
    // Nineteen pauses of 189 s are just below an hour, of 190 s just above.
    assert_eq!((shredded(20, 189).as_str(), shredded(20, 190).as_str()), ("R1 high", ""));
    let read = deeply(searched(harmless(), many("MailItemsAccessed", 30, 1)));
    assert_eq!(read.findings("BC-19b")[0].evidence["records"], 30);
}

#[test]
fn a_search_that_takes_too_long_is_gone_on_with_by_the_next_call() {
    let wire = searched(harmless(), json!([]))
        .without(&format!("GET {SEARCH}/q1"))
        .with(&format!("GET {SEARCH}/q1"), json!({ "id": "q1", "status": "running" }));
    let first = deeply(wire);
    assert_eq!(first.status("BC-19b"), "unavailable");
    insta::assert_snapshot!(first.note("BC-19b"), @"the search of the audit log still runs; call again in some minutes, it goes on");
    let mut wire = searched(harmless(), json!([]));
    let second =
        ran(&mut wire, json!({ "user": "ann@contoso.example", "depth": "deep" }), first.memory, Reach::default());
    assert_eq!(second.status("BC-19b"), "ok");
    assert_eq!(wire.count(&format!("POST {SEARCH}")), 0);
    let mut wire = searched(harmless(), json!([]));
    ran(&mut wire, json!({ "user": "ann@contoso.example", "depth": "deep" }), second.memory, Reach::default());
    assert_eq!(wire.count(&format!("POST {SEARCH}")), 1);
}

#[test]
fn a_spike_of_deleted_mail_is_more_than_fifty_and_five_times_the_usual() {
    let deleted = |most: usize, usual: usize| {
        let messages: Vec<Value> =
            (0..most)
                .map(|number| json!({ "id": format!("a{number}"), "lastModifiedDateTime": "2026-11-20T03:00:00Z" }))
                .chain((0..usual).map(
                    |number| json!({ "id": format!("b{number}"), "lastModifiedDateTime": "2026-11-19T03:00:00Z" }),
                ))
                .collect();
        let wire = searched(harmless(), json!([]));
        deeply(
            wire.with_list(&format!("{USER}/mailFolders/deleteditems"), json!(messages))
                .with_list(&format!("{USER}/mailFolders/recoverableitemsdeletions"), json!([])),
        )
        .found("BC-22")
    };
    assert_eq!((deleted(51, 0).as_str(), deleted(50, 0).as_str()), ("R1 medium", ""));
    assert_eq!((deleted(101, 20).as_str(), deleted(100, 20).as_str()), ("R1 medium", ""));
}
