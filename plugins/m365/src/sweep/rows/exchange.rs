//! What Exchange Online's cmdlets give: properties of PowerShell, without a promise of Microsoft's about them.

use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;

use super::{moment, names, switch};

/// `Get-Mailbox`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Mailbox {
    pub user_principal_name: String,
    pub external_directory_object_id: Option<String>,
    pub forwarding_smtp_address: Option<String>,
    pub forwarding_address: Option<String>,
}

/// `Get-Recipient` of a forward's target, with the name that was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Recipient {
    pub asked: String,
    pub primary_smtp_address: Option<String>,
    pub external_email_address: Option<String>,
    pub recipient_type_details: String,
}

/// `Get-TransportRule`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransportRule {
    pub name: String,
    pub state: String,
    pub mode: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub when_changed: Option<Timestamp>,
    pub created_by: Option<String>,
    #[serde(default, deserialize_with = "names")]
    pub blind_copy_to: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub redirect_message_to: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub copy_to: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub add_to_recipients: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub conditions: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub from: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub sent_to: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub sender_ip_ranges: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub subject_contains_words: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub subject_or_body_contains_words: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub from_address_contains_words: Vec<String>,
    pub delete_message: Option<bool>,
    #[serde(rename = "SetSCL")]
    pub set_scl: Option<Level>,
}

/// A spam level: a number, or the same as text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Level(pub i64);

impl TryFrom<serde_json::Value> for Level {
    type Error = &'static str;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        let level = value.as_i64().or_else(|| value.as_str()?.parse().ok());
        level.map(Self).ok_or("not a spam level")
    }
}

/// `Get-InboundConnector`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Inbound {
    pub name: String,
    #[serde(deserialize_with = "switch")]
    pub enabled: bool,
    #[serde(default, deserialize_with = "moment")]
    pub when_created: Option<Timestamp>,
}

/// `Get-OutboundConnector`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Outbound {
    pub name: String,
    #[serde(deserialize_with = "switch")]
    pub enabled: bool,
    #[serde(default, deserialize_with = "moment")]
    pub when_created: Option<Timestamp>,
    #[serde(default, deserialize_with = "names")]
    pub recipient_domains: Vec<String>,
    #[serde(default, deserialize_with = "names")]
    pub smart_hosts: Vec<String>,
}

/// `Get-HostedOutboundSpamFilterPolicy`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OutboundSpam {
    pub name: String,
    pub auto_forwarding_mode: String,
}

/// `Get-RemoteDomain`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoteDomain {
    pub domain_name: String,
    #[serde(deserialize_with = "switch")]
    pub auto_forward_enabled: bool,
}

/// `Get-AdminAuditLogConfig`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuditConfig {
    #[serde(deserialize_with = "switch")]
    pub unified_audit_log_ingestion_enabled: bool,
}

/// `Get-OrganizationConfig`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExchangeConfig {
    #[serde(deserialize_with = "switch")]
    pub audit_disabled: bool,
    pub reject_direct_send: Option<bool>,
}

/// `Get-MailboxAuditBypassAssociation`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bypass {
    pub identity: String,
    #[serde(deserialize_with = "switch")]
    pub audit_bypass_enabled: bool,
}

/// `Get-TransportConfig`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransportConfig {
    #[serde(deserialize_with = "switch")]
    pub smtp_client_authentication_disabled: bool,
}

/// `Get-DkimSigningConfig`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dkim {
    pub domain: String,
    #[serde(deserialize_with = "switch")]
    pub enabled: bool,
}

/// `Get-AcceptedDomain`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AcceptedDomain {
    pub domain_name: String,
}

/// `Get-BlockedSenderAddress`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BlockedSender {
    pub sender_address: String,
    pub reason: Option<String>,
}

/// `Get-ManagementRoleAssignment`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RoleAssignment {
    pub name: String,
    pub role_assignee_name: Option<String>,
    pub role_assignment_delegation_type: Option<String>,
}

/// `Get-HostedContentFilterPolicy`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContentFilter {
    pub name: String,
    #[serde(deserialize_with = "names")]
    pub allowed_sender_domains: Vec<String>,
    #[serde(deserialize_with = "names")]
    pub allowed_senders: Vec<String>,
}

/// `Get-HostedConnectionFilterPolicy`
#[derive(Clone, Debug, Deserialize)]
pub struct ConnectionFilter {
    #[serde(rename = "Name")]
    pub name: String,
    #[serde(rename = "IPAllowList", deserialize_with = "names")]
    pub ip_allow_list: Vec<String>,
}
