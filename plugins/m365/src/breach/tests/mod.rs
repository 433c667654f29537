//! Whole checks against recorded answers, each rule with one user who is and one who is not.

mod gaps;
mod identity;
mod mail;
mod outbound;
mod readme;
mod signs;
mod verdicts;
mod whole;

use std::collections::BTreeMap;

use claudetools_graph::envelope::{Envelope, Finding, Severity};
use claudetools_graph::jiff::SignedDuration;
use claudetools_graph::{Places, Recorded, Tenant};
use claudetools_kit::{Failure, Output, Part};
use serde_json::{Value, json};

use super::{Call, Input, run};
use crate::client::Client;
use crate::outside::Outside;
use crate::reach::Reach;

/// The moment of every check here; the window begins 30 days before, on 23 October.
pub const NOW: &str = "2026-11-22T18:00:00Z";
/// Within the window, and before it.
pub const NEW: &str = "2026-11-20T03:00:00Z";
pub const OLD: &str = "2026-10-01T09:00:00Z";
pub const ANN: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub const USER: &str = "GET /v1.0/users/aaaaaaaa-0000-4000-8000-000000000001";

/// A host that keeps what it is told.
#[derive(Default)]
pub struct Memory {
    pub told: Vec<String>,
    pub kept: BTreeMap<String, String>,
    pub files: Vec<(String, String)>,
    pub database: Option<Vec<u8>>,
    /// Whether files are taken only up to the first one.
    pub full: bool,
}

impl Outside for Memory {
    fn tell(&mut self, done: usize, of: usize, line: &str) {
        self.told.push(format!("{done}/{of} {line}"));
    }

    fn recall(&mut self, key: &str) -> Option<String> {
        self.kept.get(key).cloned()
    }

    fn keep(&mut self, key: &str, value: &str) {
        self.kept.insert(key.into(), value.into());
    }

    fn offer(&mut self, name: &str, _media_type: &str, bytes: &[u8]) -> Result<(), Failure> {
        if self.full && !self.files.is_empty() {
            return Err(Failure::Refused("limit.output: there is no room".into()));
        }
        self.files.push((name.into(), String::from_utf8_lossy(bytes).into_owned()));
        Ok(())
    }

    fn addresses(&mut self) -> Result<Vec<u8>, String> {
        self.database.clone().ok_or_else(|| "no database of addresses is configured".into())
    }
}

pub fn client() -> Client {
    let facts = json!({
        "tenant": "11111111-2222-3333-4444-555555555555", "title": "Contoso Ltd", "domains": ["contoso.example"], "home_countries": ["DE"],
        "trusted_ips": ["203.0.113.0/28"], "admins": ["noc@msp.example"], "allowed_apps": ["77777777-0000-4000-8000-000000000007"],
        "time_zone": "Europe/Berlin",
    });
    Client::read("contoso", &facts.to_string()).unwrap_or_else(|failure| panic!("{failure:?}"))
}

pub fn ann() -> Value {
    json!({
        "id": ANN, "displayName": "Ann Example", "userPrincipalName": "ann@contoso.example", "mail": "ann@contoso.example", "accountEnabled": true,
        "createdDateTime": "2020-01-01T00:00:00Z", "lastPasswordChangeDateTime": "2026-06-01T00:00:00Z", "onPremisesSyncEnabled": null,
    })
}

/// A tenant with every licence in which nothing is wrong with Ann.
pub fn harmless() -> Recorded {
    let plans = ["AAD_PREMIUM_P2", "EXCHANGE_S_ENTERPRISE", "INTUNE_A"].map(|plan| json!({ "servicePlanName": plan }));
    let empty = [
        "/authentication/methods",
        "/oauth2PermissionGrants",
        "/appRoleAssignments",
        "/registeredDevices",
        "/ownedDevices",
        "/managedDevices",
        "/mailFolders/inbox/messageRules",
        "/transitiveMemberOf/microsoft.graph.directoryRole",
    ];
    let wire = Recorded::at(NOW)
        .with("GET /v1.0/users/ann@contoso.example?", ann())
        .with_list("GET /v1.0/organization", json!([{ "id": "t", "countryLetterCode": "DE", "verifiedDomains": [{ "name": "contoso.example" }, { "name": "contoso.onmicrosoft.com" }] }]))
        .with_list("GET /v1.0/subscribedSkus", json!([{ "prepaidUnits": { "enabled": 5 }, "servicePlans": plans }]))
        .with_list("Get-OrganizationConfig", json!([{ "Name": "contoso" }]))
        .with(&format!("{USER}/mailboxSettings"), json!({ "automaticRepliesSetting": { "status": "disabled" }, "timeZone": "W. Europe Standard Time", "language": { "locale": "de-DE" } }))
        .with_list("Get-Mailbox", json!([{ "UserPrincipalName": "ann@contoso.example", "AuditEnabled": true, "GrantSendOnBehalfTo": [] }]))
        .with_list("Get-MailboxAuditBypassAssociation", json!([{ "AuditBypassEnabled": false }]))
        .with_list("Get-CASMailbox", json!([{ "ImapEnabled": false, "PopEnabled": false }]))
        .answering("GET /v1.0/identityProtection/riskyUsers", 404, &[], json!({ "error": { "code": "ResourceNotFound" } }).to_string());
    let lists = [
        "Get-InboxRule",
        "Get-SweepRule",
        "Get-MailboxPermission",
        "Get-RecipientPermission",
        "Get-MailboxFolderPermission",
        "Get-MobileDeviceStatistics",
        "Get-BlockedSenderAddress",
        "GET /v1.0/auditLogs/signIns",
        "GET /beta/auditLogs/signIns",
        "GET /v1.0/auditLogs/directoryAudits",
        "GET /v1.0/identityProtection/riskDetections",
        "GET /v1.0/identity/conditionalAccess/namedLocations",
        "GET /v1.0/admin/exchange/tracing/messageTraces",
    ];
    let wire = lists.iter().fold(wire, |wire, what| wire.with_list(what, json!([])));
    let wire = empty.iter().fold(wire, |wire, what| wire.with_list(&format!("{USER}{what}"), json!([])));
    wire.with_list(&format!("{USER}/mailFolders/"), json!([]))
}

/// What a check answers, and what it did.
pub struct Ran {
    pub text: String,
    pub envelope: Envelope,
    pub memory: Memory,
}

pub fn ran(wire: &mut Recorded, input: Value, memory: Memory, reach: Reach) -> Ran {
    let mut memory = Memory { files: Vec::new(), ..memory };
    let input: Input = serde_json::from_value(input).unwrap_or_else(|error| panic!("{error}"));
    let call = Call { id: "call-1", budget: SignedDuration::from_mins(2) };
    let mut tenant = Tenant::new(wire, Places::default(), client().tenant);
    let output =
        run(&call, input, client(), reach, &mut tenant, &mut memory).unwrap_or_else(|failure| panic!("{failure:?}"));
    let json =
        memory.files.iter().find(|(name, _)| name.ends_with(".json")).map(|(_, text)| text.clone()).unwrap_or_default();
    Ran { text: text(&output), envelope: serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}")), memory }
}

fn text(output: &Output) -> String {
    output
        .parts
        .iter()
        .find_map(|part| if let Part::Text(text) = part { Some(text.clone()) } else { None })
        .unwrap_or_default()
}

/// A standard check of Ann.
pub fn checked(mut wire: Recorded) -> Ran {
    ran(&mut wire, json!({ "user": "ann@contoso.example" }), Memory::default(), Reach::default())
}

/// A deep one.
pub fn deeply(mut wire: Recorded) -> Ran {
    ran(&mut wire, json!({ "user": "ann@contoso.example", "depth": "deep" }), Memory::default(), Reach::default())
}

impl Ran {
    /// The findings of a check above info: `R1 critical, R3 high`.
    pub fn found(&self, check: &str) -> String {
        let told = self.findings(check).into_iter().filter(|finding| finding.severity > Severity::Info);
        told.map(|finding| {
            format!("{} {}", finding.id.trim_start_matches(check).trim_start_matches('.'), finding.severity.word())
        })
        .collect::<Vec<_>>()
        .join(", ")
    }

    pub fn findings(&self, check: &str) -> Vec<&Finding> {
        self.envelope.checks.iter().filter(|known| known.id == check).flat_map(|check| &check.findings).collect()
    }

    /// The status of a check in JSON's words.
    pub fn status(&self, check: &str) -> String {
        let status = self.envelope.checks.iter().find(|known| known.id == check).map(|check| check.status);
        serde_json::to_value(status).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    pub fn note(&self, check: &str) -> &str {
        self.envelope
            .checks
            .iter()
            .find(|known| known.id == check)
            .and_then(|check| check.note.as_deref())
            .unwrap_or_default()
    }
}

/// What one changed answer makes a check find.
pub fn with_list(what: &str, items: Value) -> Ran {
    checked(harmless().without(what).with_list(what, items))
}
