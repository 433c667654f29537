//! TS-14 to TS-18, TS-31: where mail goes, and who may read it.

use claudetools_graph::envelope::Severity::{Critical, High, Low, Medium};
use serde_json::{Value, json};

use super::super::world::days_ago;
use super::super::{Case, case};

fn forward(smtp: Option<&str>, name: Option<&str>) -> Value {
    json!({ "FORWARDS": [{"UserPrincipalName": "ann@contoso.example", "ForwardingSmtpAddress": smtp, "ForwardingAddress": name}] })
}

fn resolved(kind: &str, address: &str) -> Value {
    let mut world = forward(None, Some("Drop"));
    world["FORWARD_TARGETS"] = json!([{"Asked": "Drop", "RecipientTypeDetails": kind, "PrimarySmtpAddress": address, "ExternalEmailAddress": null}]);
    world
}

fn rule(changes: Value) -> Value {
    let mut rule = json!({"Name": "Rule", "State": "Enabled", "Mode": "Enforce", "WhenChanged": days_ago(400), "BlindCopyTo": null, "DeleteMessage": false, "SetSCL": null});
    rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "TRANSPORT_RULES+": [rule] })
}

fn outbound(hosts: &[&str], domains: &[&str], enabled: bool, days: i64) -> Value {
    json!({ "OUTBOUND": [{"Name": "Out", "Enabled": enabled, "WhenCreated": days_ago(days), "RecipientDomains": domains, "SmartHosts": hosts}] })
}

fn inbound(days: i64) -> Value {
    json!({ "INBOUND": [{"Name": "In", "Enabled": true, "WhenCreated": days_ago(days)}] })
}

fn forwarding(mode: &str, remote: &str, on: bool) -> Value {
    json!({ "OUTBOUND_SPAM": [{"Name": "Default", "AutoForwardingMode": mode}], "REMOTE_DOMAINS": [{"DomainName": remote, "AutoForwardEnabled": on}] })
}

/// Rules of so many mailboxes that send to one address.
fn targets(mailboxes: &[&str]) -> Value {
    let rows = mailboxes
        .iter()
        .map(|mailbox| json!({"mailbox": mailbox, "findings": [], "outside": ["drop@attacker.example"]}));
    json!({ "INBOX_RULES": rows.collect::<Vec<_>>() })
}

fn trustee(name: &str, count: usize) -> Value {
    json!({ "MAILBOX_ACCESS": [{"trustee": name, "count": count, "mailboxes": []}] })
}

fn impersonation(kind: &str) -> Value {
    json!({ "IMPERSONATION": [{"Name": "Backup", "RoleAssigneeName": "svc", "RoleAssignmentDelegationType": kind}] })
}

pub fn cases() -> Vec<Case> {
    let outside = json!(["drop@attacker.example"]);
    vec![
        case(
            "TS-14.R1",
            Critical,
            forward(Some("smtp:drop@attacker.example"), None),
            forward(Some("smtp:bob@CONTOSO.example"), None),
        ),
        case(
            "TS-14.R1",
            Critical,
            resolved("MailContact", "x@contoso.example"),
            resolved("UserMailbox", "bob@contoso.example"),
        ),
        case("TS-14.R1", Critical, resolved("MailUser", "SMTP:x@attacker.example"), json!({})),
        case("TS-14.R2", Low, forward(Some("smtp:bob@contoso.example"), None), forward(None, None)),
        case("TS-14.R3", Medium, forward(None, Some("Drop")), resolved("UserMailbox", "bob@contoso.example")),
        case(
            "TS-15.R9",
            Critical,
            targets(&["ann@contoso.example", "bob@contoso.example"]),
            targets(&["ann@contoso.example", "ann@contoso.example"]),
        ),
        case(
            "TS-16.R1",
            Critical,
            rule(json!({"BlindCopyTo": outside})),
            rule(json!({"BlindCopyTo": ["archive@contoso.example"]})),
        ),
        case(
            "TS-16.R1",
            Critical,
            rule(json!({"RedirectMessageTo": "drop@attacker.example"})),
            rule(json!({"RedirectMessageTo": outside, "State": "Disabled"})),
        ),
        case("TS-16.R1", Critical, rule(json!({"CopyTo": outside})), rule(json!({"CopyTo": outside, "Mode": "Audit"}))),
        case("TS-16.R1", Critical, rule(json!({"AddToRecipients": outside})), json!({})),
        case(
            "TS-16.R2",
            High,
            rule(json!({"SetSCL": -1})),
            rule(json!({"SetSCL": -1, "SenderIpRanges": ["192.0.2.1"]})),
        ),
        case("TS-16.R2", High, rule(json!({"SetSCL": "-1"})), rule(json!({"SetSCL": 0}))),
        case(
            "TS-16.R3",
            Medium,
            rule(json!({"WhenChanged": days_ago(30)})),
            rule(json!({"WhenChanged": days_ago(31)})),
        ),
        case(
            "TS-16.R4",
            High,
            rule(json!({"DeleteMessage": true})),
            rule(json!({"DeleteMessage": true, "SubjectContainsWords": ["viagra"]})),
        ),
        case("TS-17.R1", High, inbound(30), inbound(31)),
        case("TS-17.R1", High, outbound(&[], &[], true, 30), outbound(&[], &[], true, 31)),
        case(
            "TS-17.R2",
            High,
            outbound(&["mx.attacker.example"], &["*"], true, 400),
            outbound(&["mx.contoso.example"], &["*"], true, 400),
        ),
        case(
            "TS-17.R2",
            High,
            outbound(&["192.0.2.1"], &["*"], true, 400),
            outbound(&["192.0.2.1"], &["partner.example"], true, 400),
        ),
        case(
            "TS-17.R2",
            High,
            outbound(&["mx.attacker.example"], &["*"], true, 400),
            outbound(&["mx.attacker.example"], &["*"], false, 400),
        ),
        case("TS-18.R1", Medium, forwarding("On", "*", false), forwarding("Automatic", "*", false)),
        case("TS-18.R2", Medium, forwarding("Automatic", "*", true), forwarding("Off", "*", true)),
        case("TS-18.R2", Medium, forwarding("Automatic", "*", true), forwarding("Automatic", "partner.example", true)),
        case("TS-31.R1", Medium, trustee("svc@contoso.example", 10), trustee("svc@contoso.example", 9)),
        case("TS-31.R1", Medium, trustee("svc@contoso.example", 10), trustee("noc@msp.example", 10)),
        case("TS-31.R2", High, impersonation("Regular"), impersonation("DelegatingOrgWide")),
    ]
}
