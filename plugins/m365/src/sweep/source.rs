//! What a sweep asks: one row for each question, shared by the checks that read its answer.

use claudetools_graph::{Ask, Exchange};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rows::{
    AcceptedDomain, Activity, Alert, AppRole, Application, Audit, AuditConfig, Authorization, BlockedSender, Bypass,
    ConnectionFilter, ContentFilter, Device, Dkim, Domain, ExchangeConfig, Federation, Grant, Inbound, Incident,
    Mailbox, ManagedDevice, Organization, Outbound, OutboundSpam, Policy, Recipient, Registration, RemoteDomain,
    RiskDetection, RiskyUser, Role, RoleAssignment, SecureScore, ServicePrincipal, Sku, Switch, TransportConfig,
    TransportRule, User,
};
use crate::reach::{EXCHANGE, Plan};
use crate::signin::SignIn;

/// The most items of one list: more sign-ins or users than this are a gap.
const MOST: usize = 20_000;

/// One question, and what its answer is.
pub struct Source {
    /// Its name in tests and in the cache of answers.
    pub name: &'static str,
    pub from: From,
    /// Application permissions of which one is enough.
    pub permissions: &'static [&'static str],
    /// The licence without which the service says no.
    pub plan: Option<Plan>,
    /// Whether every tenant has at least one: an empty list is no answer then.
    pub never_empty: bool,
    /// The fields that are kept of rows that are large and many; empty for all.
    pub keep: &'static [&'static str],
    /// Whether a row is what the rules read.
    pub fits: fn(&Value) -> bool,
}

/// Where an answer comes from.
pub enum From {
    /// One object of Graph. `{since}` is the beginning of the window.
    One(&'static str),
    /// A list of Graph.
    List(&'static str),
    /// A cmdlet, with its parameters in JSON.
    Cmdlet(&'static str, &'static str),
    /// Made of further questions that other answers lead to.
    Followed(&'static str),
}

impl Source {
    const fn of<Row: DeserializeOwned>(name: &'static str, from: From, permissions: &'static [&'static str]) -> Self {
        Self { name, from, permissions, plan: None, never_empty: false, keep: &[], fits: fits::<Row> }
    }

    const fn graph<Row: DeserializeOwned>(path: &'static str, permissions: &'static [&'static str]) -> Self {
        Self::of::<Row>(path, From::List(path), permissions)
    }

    const fn exchange<Row: DeserializeOwned>(cmdlet: &'static str, parameters: &'static str) -> Self {
        let source = Self::of::<Row>(cmdlet, From::Cmdlet(cmdlet, parameters), EXCHANGE);
        Self { plan: Some(Plan::Exchange), ..source }
    }

    const fn needs(self, plan: Plan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    const fn keeping(self, keep: &'static [&'static str]) -> Self {
        Self { keep, ..self }
    }

    const fn never_empty(self) -> Self {
        Self { never_empty: true, ..self }
    }

    pub fn is_exchange(&self) -> bool {
        matches!(self.from, From::Cmdlet(..)) || self.permissions == EXCHANGE
    }

    pub fn ask_is_one(&self) -> bool {
        matches!(self.from, From::One(_))
    }

    /// What was asked, for the list of sources.
    pub fn asked(&self) -> String {
        match self.from {
            From::One(path) | From::List(path) => {
                format!("GET {}", path.split('?').next().unwrap_or(path))
            }
            From::Cmdlet(cmdlet, _) => cmdlet.to_owned(),
            From::Followed(what) => what.to_owned(),
        }
    }

    /// The question; none where other answers come first.
    pub fn ask(&self, since: &str, exchange: Exchange) -> Option<Ask> {
        let filled = |path: &str| path.replace("{since}", since).replace(' ', "%20");
        match self.from {
            From::One(path) => Some(Ask::one(filled(path))),
            From::List(path) => Some(Ask::list(filled(path)).most(MOST).keeping(self.keep)),
            From::Cmdlet(cmdlet, parameters) => {
                let parameters = serde_json::from_str(parameters).unwrap_or_default();
                Some(exchange.about_organization(cmdlet, parameters).most(MOST).keeping(self.keep))
            }
            From::Followed(_) => None,
        }
    }
}

fn fits<Row: DeserializeOwned>(row: &Value) -> bool {
    Row::deserialize(row).is_ok()
}

/// What rules read of a sign-in; all of it has some forty fields.
const SIGN_IN: &[&str] =
    &["id", "createdDateTime", "userId", "userPrincipalName", "ipAddress", "clientAppUsed", "location", "status"];
const AUDIT_EVENT: &[&str] =
    &["id", "activityDisplayName", "activityDateTime", "result", "initiatedBy", "targetResources"];
/// What rules read of an alert or an incident; an alert has all of its evidence.
const ALERT: &[&str] = &["id", "title", "displayName", "severity", "status", "incidentId", "createdDateTime"];
/// What rules read of a mailbox; all of it has some two hundred fields.
const MAILBOX: &[&str] =
    &["UserPrincipalName", "ExternalDirectoryObjectId", "ForwardingSmtpAddress", "ForwardingAddress"];
const POLICY: &[&str] = &["Policy.Read.All"];
const AUDIT: &[&str] = &["AuditLog.Read.All"];
const DIRECTORY: &[&str] = &["Directory.Read.All"];
const APPS: &[&str] = &["Application.Read.All", "Directory.Read.All"];
const PEOPLE: &[&str] = &["User.Read.All", "Directory.Read.All"];
const ROLE: &[&str] = &["RoleManagement.Read.Directory", "RoleManagement.Read.All", "Directory.Read.All"];

macro_rules! sources {
    ($($name:ident = $source:expr;)*) => {
        $(pub static $name: Source = Source { name: stringify!($name), ..$source };)*
        /// All of them.
        pub static ALL: &[&Source] = &[$(&$name),*];
    };
}

sources! {
    SKUS = Source::graph::<Sku>("/v1.0/subscribedSkus", &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"]);
    ORGANIZATION = Source::graph::<Organization>("/v1.0/organization?$select=id,countryLetterCode,verifiedDomains", &["Organization.Read.All", "Directory.Read.All", "User.Read.All"]).never_empty();
    SECURITY_DEFAULTS = Source::of::<Switch>("", From::One("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy"), POLICY);
    POLICIES = Source::graph::<Policy>("/v1.0/identity/conditionalAccess/policies", POLICY);
    AUTHORIZATION = Source::of::<Authorization>("", From::One("/v1.0/policies/authorizationPolicy"), POLICY);
    CONSENT_REQUESTS = Source::of::<Switch>("", From::One("/v1.0/policies/adminConsentRequestPolicy"), POLICY);
    REGISTRATIONS = Source::graph::<Registration>("/v1.0/reports/authenticationMethods/userRegistrationDetails", AUDIT).needs(Plan::P1).never_empty();
    ROLES = Source::graph::<Role>("/v1.0/roleManagement/directory/roleAssignments?$expand=principal", ROLE).never_empty();
    ELIGIBLE = Source::graph::<Role>("/v1.0/roleManagement/directory/roleEligibilitySchedules?$expand=principal", &["RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleManagement.Read.All"]).needs(Plan::P2);
    AUDITS = Source::graph::<Audit>("/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge {since}&$top=500", AUDIT).keeping(AUDIT_EVENT);
    USERS = Source::graph::<User>("/v1.0/users?$select=id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,onPremisesSyncEnabled,jobTitle,externalUserState,assignedLicenses&$top=999", PEOPLE).never_empty();
    ACTIVITY = Source::graph::<Activity>("/v1.0/users?$select=id,signInActivity&$top=100", AUDIT).needs(Plan::P1).never_empty();
    SIGN_INS = Source::graph::<SignIn>("/v1.0/auditLogs/signIns?$filter=createdDateTime ge {since}&$top=500", AUDIT).needs(Plan::P1).keeping(SIGN_IN);
    GRANTS = Source::graph::<Grant>("/v1.0/oauth2PermissionGrants", DIRECTORY);
    PRINCIPALS = Source::graph::<ServicePrincipal>("/v1.0/servicePrincipals?$select=id,appId,displayName,accountEnabled,appOwnerOrganizationId,verifiedPublisher,passwordCredentials,keyCredentials&$top=999", APPS).never_empty();
    APP_ROLES = Source::of::<AppRole>("", From::Followed("GET /v1.0/servicePrincipals/{id}/appRoleAssignments"), APPS);
    APPLICATIONS = Source::graph::<Application>("/v1.0/applications?$select=id,appId,displayName,signInAudience,passwordCredentials,keyCredentials&$top=999", APPS);
    RISKY_USERS = Source::graph::<RiskyUser>("/v1.0/identityProtection/riskyUsers", &["IdentityRiskyUser.Read.All"]).needs(Plan::P2);
    RISK_DETECTIONS = Source::graph::<RiskDetection>("/v1.0/identityProtection/riskDetections?$filter=activityDateTime ge {since}", &["IdentityRiskEvent.Read.All"]).needs(Plan::P2).keeping(&["id", "userPrincipalName", "riskEventType", "activityDateTime"]);
    ALERTS = Source::graph::<Alert>("/v1.0/security/alerts_v2?$filter=createdDateTime ge {since}", &["SecurityAlert.Read.All"]).keeping(ALERT);
    INCIDENTS = Source::graph::<Incident>("/v1.0/security/incidents?$filter=status ne 'resolved'", &["SecurityIncident.Read.All"]).keeping(ALERT);
    SECURE_SCORES = Source::graph::<SecureScore>("/v1.0/security/secureScores?$top=1", &["SecurityEvents.Read.All"]).never_empty();
    DOMAINS = Source::graph::<Domain>("/v1.0/domains", &["Domain.Read.All", "Directory.Read.All"]).never_empty();
    FEDERATIONS = Source::of::<Federation>("", From::Followed("GET /v1.0/domains/{id}/federationConfiguration"), &["Domain-InternalFederation.Read.All", "Domain.Read.All"]);
    DEVICES = Source::graph::<Device>("/v1.0/devices?$select=id,displayName,accountEnabled,approximateLastSignInDateTime,registrationDateTime&$top=999", &["Device.Read.All", "Directory.Read.All"]);
    MANAGED_DEVICES = Source::graph::<ManagedDevice>("/v1.0/deviceManagement/managedDevices?$select=id,deviceName,complianceState", &["DeviceManagementManagedDevices.Read.All"]).needs(Plan::Intune);
    EXCHANGE_CONFIG = Source::exchange::<ExchangeConfig>("Get-OrganizationConfig", "{}").never_empty();
    ACCEPTED_DOMAINS = Source::exchange::<AcceptedDomain>("Get-AcceptedDomain", "{}").never_empty();
    FORWARDS = Source::exchange::<Mailbox>("Get-Mailbox", r#"{"ResultSize":"Unlimited","Filter":"ForwardingSmtpAddress -ne $null -or ForwardingAddress -ne $null"}"#).keeping(MAILBOX);
    FORWARD_TARGETS = Source { plan: Some(Plan::Exchange), ..Source::of::<Recipient>("", From::Followed("Get-Recipient"), EXCHANGE) };
    SHARED = Source::exchange::<Mailbox>("Get-Mailbox", r#"{"ResultSize":"Unlimited","RecipientTypeDetails":"SharedMailbox"}"#).keeping(MAILBOX);
    TRANSPORT_RULES = Source::exchange::<TransportRule>("Get-TransportRule", "{}");
    INBOUND = Source::exchange::<Inbound>("Get-InboundConnector", "{}");
    OUTBOUND = Source::exchange::<Outbound>("Get-OutboundConnector", "{}");
    OUTBOUND_SPAM = Source::exchange::<OutboundSpam>("Get-HostedOutboundSpamFilterPolicy", "{}").never_empty();
    REMOTE_DOMAINS = Source::exchange::<RemoteDomain>("Get-RemoteDomain", "{}");
    AUDIT_CONFIG = Source::exchange::<AuditConfig>("Get-AdminAuditLogConfig", "{}").never_empty();
    BYPASSES = Source::exchange::<Bypass>("Get-MailboxAuditBypassAssociation", r#"{"ResultSize":"Unlimited"}"#).keeping(&["Identity", "AuditBypassEnabled"]);
    TRANSPORT_CONFIG = Source::exchange::<TransportConfig>("Get-TransportConfig", "{}").never_empty();
    DKIM = Source::exchange::<Dkim>("Get-DkimSigningConfig", "{}");
    BLOCKED_SENDERS = Source::exchange::<BlockedSender>("Get-BlockedSenderAddress", "{}");
    IMPERSONATION = Source::exchange::<RoleAssignment>("Get-ManagementRoleAssignment", r#"{"Role":"ApplicationImpersonation"}"#);
    CONTENT_FILTERS = Source::exchange::<ContentFilter>("Get-HostedContentFilterPolicy", "{}").never_empty();
    CONNECTION_FILTERS = Source::exchange::<ConnectionFilter>("Get-HostedConnectionFilterPolicy", "{}").never_empty();
    MAILBOXES = Source::exchange::<Mailbox>("Get-Mailbox", r#"{"ResultSize":"Unlimited"}"#).keeping(MAILBOX);
    INBOX_RULES = Source { plan: Some(Plan::Exchange), ..Source::of::<super::deep::FoundRule>("", From::Followed("Get-InboxRule"), EXCHANGE) };
    MAILBOX_ACCESS = Source { plan: Some(Plan::Exchange), ..Source::of::<super::deep::Access>("", From::Followed("Get-MailboxPermission"), EXCHANGE) };
    MAIL_DNS = Source::of::<super::dns::MailDns>("", From::Followed("DNS"), &[]);
}
