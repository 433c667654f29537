//! TS-19 to TS-22, TS-29, TS-32: what Exchange and DNS are set to.

use claudetools_graph::envelope::Severity::{Critical, High, Low, Medium};
use serde_json::{Value, json};

use super::super::world::clean;
use super::super::{Case, case};

/// The domain's DNS with some of it changed.
fn dns(changes: Value) -> Value {
    json!({ "MAIL_DNS": clean().each("MAIL_DNS", &changes).0["MAIL_DNS"] })
}

fn dmarc(record: &str) -> Value {
    dns(json!({ "dmarc": [record] }))
}

fn parked(all: &str, policy: &str) -> Value {
    let spf = format!("v=spf1 {all}");
    dns(
        json!({ "mx": [], "spf": [spf], "all": all, "lookups": 0, "dmarc": [format!("v=DMARC1; p={policy}")], "dkim": false }),
    )
}

fn direct_send(closed: bool, mx: &str) -> Value {
    let mut world = dns(json!({ "mx": [mx] }));
    world["EXCHANGE_CONFIG"] = json!([{"AuditDisabled": false, "RejectDirectSend": closed}]);
    world
}

fn allowed(domains: Value, senders: Value) -> Value {
    json!({ "CONTENT_FILTERS": [{"Name": "Default", "AllowedSenderDomains": domains, "AllowedSenders": senders}] })
}

pub fn cases() -> Vec<Case> {
    let eop = "contoso-example.mail.protection.outlook.com";
    let two = json!(["v=spf1 -all", "v=spf1 mx -all"]);
    vec![
        case(
            "TS-19.R1",
            Critical,
            json!({ "AUDIT_CONFIG": [{"UnifiedAuditLogIngestionEnabled": false}] }),
            json!({ "AUDIT_CONFIG": [{"UnifiedAuditLogIngestionEnabled": "True"}] }),
        ),
        case(
            "TS-19.R2",
            High,
            json!({ "EXCHANGE_CONFIG": [{"AuditDisabled": true, "RejectDirectSend": true}] }),
            json!({}),
        ),
        case("TS-19.R3", High, json!({ "BYPASSES": [{"Identity": "svc", "AuditBypassEnabled": true}] }), json!({})),
        case("TS-20.R1", Low, json!({ "TRANSPORT_CONFIG": [{"SmtpClientAuthenticationDisabled": false}] }), json!({})),
        case("TS-21.R1", High, dns(json!({ "spf": [], "all": "" })), dns(json!({ "spf": ["v=spf1 mx -all"] }))),
        case("TS-21.R1", High, dns(json!({ "spf": two })), json!({})),
        case("TS-21.R2", High, dns(json!({ "all": "+all" })), dns(json!({ "all": "?all" }))),
        case("TS-21.R3", Medium, dns(json!({ "lookups": 11 })), dns(json!({ "lookups": 10 }))),
        case("TS-21.R4", Low, dns(json!({ "all": "~all" })), dns(json!({ "all": "-all" }))),
        case("TS-21.R4", Low, dns(json!({ "all": "?all" })), dns(json!({ "all": "+all" }))),
        case("TS-21.R5", High, dns(json!({ "dmarc": [] })), dmarc("v=DMARC1; p=none")),
        case(
            "TS-21.R6",
            Medium,
            dmarc("v=DMARC1; p=none; rua=mailto:x@contoso.example"),
            dmarc("v=DMARC1;p=quarantine"),
        ),
        case("TS-21.R7", Low, dmarc("v=DMARC1; p=reject; pct=99"), dmarc("v=DMARC1; p=reject; pct=100")),
        case("TS-21.R8", Medium, dns(json!({ "dkim": false })), json!({})),
        case(
            "TS-21.R8",
            Medium,
            json!({ "DKIM": [{"Domain": "contoso.example", "Enabled": false}] }),
            parked("-all", "reject"),
        ),
        case("TS-21.R9", High, dns(json!({ "mx": ["mx.attacker.example"] })), {
            let mut first = dns(json!({ "mx": ["mx.attacker.example"] }));
            first["last"] = json!(null);
            first
        }),
        case("TS-21.R10", Low, parked("~all", "reject"), parked("-all", "reject")),
        case("TS-21.R10", Low, parked("-all", "quarantine"), dns(json!({ "all": "~all" }))),
        case("TS-22.R1", Low, direct_send(false, "mx.filter.example"), direct_send(false, eop)),
        case("TS-22.R1", Low, direct_send(false, "mx.filter.example"), direct_send(true, "mx.filter.example")),
        case(
            "TS-29.R1",
            High,
            json!({ "BLOCKED_SENDERS": [{"SenderAddress": "ann@contoso.example", "Reason": "OutboundSpamLast24Hours=97"}] }),
            json!({}),
        ),
        case(
            "TS-32.R1",
            High,
            allowed(json!(["Contoso.example"]), json!([])),
            allowed(json!(["partner.example"]), json!([])),
        ),
        case(
            "TS-32.R1",
            High,
            allowed(json!([{"Domain": "gmail.com"}]), json!(null)),
            allowed(json!([]), json!(["x@partner.example"])),
        ),
        case("TS-32.R1", High, allowed(json!([]), json!([{"Sender": {"Address": "ceo@contoso.example"}}])), json!({})),
        case(
            "TS-32.R2",
            Low,
            json!({ "CONNECTION_FILTERS": [{"Name": "Default", "IPAllowList": ["192.0.2.1"]}] }),
            json!({}),
        ),
    ]
}
