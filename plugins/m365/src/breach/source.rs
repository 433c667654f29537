//! What is asked about a user: one row for each question, shared by the checks that read its answer.

use claudetools_graph::encode::{encoded, quoted};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Ask, Exchange, Gap};
use serde_json::json;

use super::input::{Depth, Span};
use crate::reach::{Plan, Reach};

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    Mailbox,
    ExchangeRules,
    GraphRules,
    Methods,
    Grants,
    SignIns,
    SweepRules,
    AuditBypass,
    MailboxPermission,
    RecipientPermission,
    InboxPermission,
    SentPermission,
    CalendarPermission,
    MailboxSettings,
    ClientAccess,
    Phones,
    Roles,
    AppRoles,
    RiskyUser,
    RiskDetections,
    NamedLocations,
    Registered,
    Owned,
    Managed,
    AuditsAbout,
    AuditsBy,
    Blocked,
    BetaSignIns,
    BetaProgramSignIns,
    Traces,
    Deleted,
    Recoverable,
    /// Follows from `Grants`.
    Apps,
    /// Follows from `GraphRules`.
    Folders,
    /// Follows from `Mailbox`.
    Recipient,
    /// The audit log of mailboxes, which takes minutes.
    MailboxAudit,
}

/// In the order in which they are asked: what decides comes first.
const INDEPENDENT: &[Source] = &[
    Source::Mailbox,
    Source::ExchangeRules,
    Source::GraphRules,
    Source::Methods,
    Source::Grants,
    Source::SignIns,
    Source::SweepRules,
    Source::AuditBypass,
    Source::MailboxPermission,
    Source::RecipientPermission,
    Source::InboxPermission,
    Source::Roles,
    Source::MailboxSettings,
    Source::ClientAccess,
    Source::AppRoles,
    Source::RiskyUser,
    Source::RiskDetections,
    Source::NamedLocations,
    Source::Registered,
    Source::Owned,
    Source::Managed,
    Source::AuditsAbout,
    Source::AuditsBy,
    Source::Blocked,
    Source::SentPermission,
    Source::CalendarPermission,
    Source::Phones,
    Source::BetaSignIns,
    Source::BetaProgramSignIns,
    Source::Traces,
    Source::Deleted,
    Source::Recoverable,
];

/// The most sign-ins that are read: four pages.
const SIGN_INS: usize = 2_000;
/// Sign-ins from before the window tell where the user was.
const BEFORE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The longest slice of message traces that one request takes.
const SLICE: SignedDuration = SignedDuration::from_hours(24 * 10);
/// How many slices are asked for, newest first, so that requests stay within their bounds.
pub const SLICES: usize = 3;

const USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const SETTINGS: &[&str] = &["MailboxSettings.Read", "MailboxSettings.ReadWrite"];
const MAIL: &[&str] = &["Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"];
const DIRECTORY: &[&str] = &["Directory.Read.All", "Directory.ReadWrite.All"];
const LOG: &[&str] = &["AuditLog.Read.All"];

impl Source {
    /// Those that follow from no other answer, as far as they are asked at this depth.
    pub fn independent(depth: Depth) -> impl Iterator<Item = Self> {
        INDEPENDENT.iter().copied().filter(move |source| source.depth() <= depth)
    }

    /// The least depth at which it is asked.
    pub fn depth(self) -> Depth {
        match self {
            Self::Mailbox
            | Self::ExchangeRules
            | Self::GraphRules
            | Self::Methods
            | Self::Grants
            | Self::SignIns
            | Self::Roles
            | Self::AuditBypass
            | Self::NamedLocations
            | Self::Apps
            | Self::Folders
            | Self::Recipient => Depth::Quick,
            Self::SentPermission
            | Self::CalendarPermission
            | Self::Phones
            | Self::BetaSignIns
            | Self::BetaProgramSignIns
            | Self::Deleted
            | Self::Recoverable
            | Self::MailboxAudit => Depth::Deep,
            _ => Depth::Standard,
        }
    }

    /// Whether it can be asked at all.
    pub fn may(self, reach: &Reach) -> Result<(), Gap> {
        let graph = |permissions: &[&str], plan| reach.graph(permissions, plan);
        match self {
            Self::GraphRules | Self::MailboxSettings => graph(SETTINGS, None),
            Self::Folders | Self::Deleted | Self::Recoverable => graph(MAIL, None),
            Self::Methods => {
                graph(&["UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"], None)
            }
            Self::Grants => graph(
                &["Directory.Read.All", "Directory.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"],
                None,
            ),
            Self::Apps => graph(
                &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
                None,
            ),
            Self::AppRoles => graph(&["Directory.Read.All", "AppRoleAssignment.ReadWrite.All"], None),
            Self::Roles | Self::Registered | Self::Owned => graph(USERS, None),
            Self::SignIns | Self::BetaSignIns | Self::BetaProgramSignIns => graph(LOG, Some(Plan::P1)),
            Self::AuditsAbout | Self::AuditsBy => graph(&[LOG, DIRECTORY].concat(), None),
            Self::RiskyUser => {
                graph(&["IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"], Some(Plan::P2))
            }
            Self::RiskDetections => {
                graph(&["IdentityRiskEvent.Read.All", "IdentityRiskEvent.ReadWrite.All"], Some(Plan::P2))
            }
            Self::NamedLocations => graph(&["Policy.Read.All"], None),
            Self::Managed => graph(
                &["DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"],
                Some(Plan::Intune),
            ),
            Self::Traces => graph(&["ExchangeMessageTrace.Read.All"], None),
            Self::MailboxAudit => graph(
                &["AuditLogsQuery-Exchange.Read.All", "AuditLogsQuery.Read.All", "AuditLogsQuery-Entra.Read.All"],
                None,
            ),
            _ => reach.exchange(),
        }
    }

    /// The questions: several where one may only cover a part of the time.
    pub fn asks(self, of: &Whom) -> Vec<Ask> {
        match self {
            Self::Traces => of.traces(),
            _ => self.ask(of).into_iter().collect(),
        }
    }

    fn ask(self, of: &Whom) -> Option<Ask> {
        let list = |path: String| Some(Ask::list(path));
        let user = &of.path;
        match self {
            Self::GraphRules => list(format!("{user}/mailFolders/inbox/messageRules")),
            Self::Methods => list(format!("{user}/authentication/methods")),
            Self::Grants => list(format!("{user}/oauth2PermissionGrants")),
            Self::SignIns => Some(of.sign_ins("v1.0", "")),
            Self::BetaSignIns => Some(of.sign_ins("beta", "")),
            Self::BetaProgramSignIns => {
                Some(of.sign_ins("beta", " and signInEventTypes/any(t:t eq 'nonInteractiveUser')"))
            }
            Self::MailboxSettings => Some(Ask::one(format!("{user}/mailboxSettings"))),
            Self::Roles => list(format!(
                "{user}/transitiveMemberOf/microsoft.graph.directoryRole?$select=displayName,roleTemplateId"
            )),
            Self::AppRoles => list(format!("{user}/appRoleAssignments")),
            Self::RiskyUser => Some(Ask::one(format!("/v1.0/identityProtection/riskyUsers/{}", encoded(&of.id)))),
            Self::RiskDetections => list(format!(
                "/v1.0/identityProtection/riskDetections?$filter={}",
                encoded(&format!("userId eq {}", quoted(&of.id)))
            )),
            Self::NamedLocations => list("/v1.0/identity/conditionalAccess/namedLocations".into()),
            Self::Registered => list(format!("{user}/registeredDevices?{DEVICE}")),
            Self::Owned => list(format!("{user}/ownedDevices?{DEVICE}")),
            Self::Managed => list(format!(
                "{user}/managedDevices?$select=id,deviceName,operatingSystem,enrolledDateTime,complianceState"
            )),
            Self::AuditsAbout => list(of.audits(&format!("targetResources/any(t:t/id eq {})", quoted(&of.id)))),
            Self::AuditsBy => list(of.audits(&format!("initiatedBy/user/id eq {}", quoted(&of.id)))),
            Self::Deleted => list(of.removed("deleteditems")),
            Self::Recoverable => list(of.removed("recoverableitemsdeletions")),
            _ => self.cmdlet(of),
        }
    }

    fn cmdlet(self, of: &Whom) -> Option<Ask> {
        let upn = of.upn.as_str();
        let identity = json!({ "Identity": upn });
        let folder = |name: &str| json!({ "Identity": format!("{upn}:\\{name}") });
        let (cmdlet, parameters) = match self {
            Self::Mailbox => ("Get-Mailbox", identity),
            Self::ExchangeRules => ("Get-InboxRule", json!({ "Mailbox": upn, "IncludeHidden": true })),
            Self::SweepRules => ("Get-SweepRule", json!({ "Mailbox": upn })),
            Self::AuditBypass => ("Get-MailboxAuditBypassAssociation", identity),
            Self::MailboxPermission => ("Get-MailboxPermission", identity),
            Self::RecipientPermission => ("Get-RecipientPermission", identity),
            Self::InboxPermission => ("Get-MailboxFolderPermission", folder("Inbox")),
            Self::SentPermission => ("Get-MailboxFolderPermission", folder("Sent Items")),
            Self::CalendarPermission => ("Get-MailboxFolderPermission", folder("Calendar")),
            Self::ClientAccess => ("Get-CASMailbox", identity),
            Self::Phones => ("Get-MobileDeviceStatistics", json!({ "Mailbox": upn })),
            Self::Blocked => ("Get-BlockedSenderAddress", json!({ "SenderAddress": of.mail })),
            _ => return None,
        };
        Some(of.exchange.about_mailbox(cmdlet, upn, parameters))
    }
}

const DEVICE: &str = "$select=id,deviceId,displayName,operatingSystem,trustType,registrationDateTime,approximateLastSignInDateTime,isCompliant,isManaged";

/// Whom it is about, in the words of the services.
#[derive(Clone, Debug)]
pub struct Whom {
    /// The object id.
    pub id: String,
    /// The sign-in name.
    pub upn: String,
    /// The main mail address, or the sign-in name.
    pub mail: String,
    /// How Exchange is asked.
    pub exchange: Exchange,
    /// The time.
    pub span: Span,
    path: String,
}

impl Whom {
    /// A user and a time.
    pub fn new(id: &str, upn: &str, mail: Option<&str>, exchange: Exchange, span: Span) -> Self {
        let path = format!("/v1.0/users/{}", encoded(id));
        Self { id: id.into(), upn: upn.into(), mail: mail.unwrap_or(upn).into(), exchange, span, path }
    }

    /// A folder of the mailbox, by its id.
    pub fn folder(&self, id: &str) -> Ask {
        Ask::one(format!("{}/mailFolders/{}?$select=displayName,wellKnownName", self.path, encoded(id)))
    }

    fn sign_ins(&self, version: &str, also: &str) -> Ask {
        let filter =
            format!("userId eq {} and createdDateTime ge {}{also}", quoted(&self.id), second(self.span.from - BEFORE));
        Ask::list(format!(
            "/{version}/auditLogs/signIns?$filter={}&$orderby=createdDateTime%20desc&$top=500",
            encoded(&filter)
        ))
        .most(SIGN_INS)
    }

    fn audits(&self, whose: &str) -> String {
        let filter = format!("activityDateTime ge {} and {whose}", second(self.span.from));
        format!("/v1.0/auditLogs/directoryAudits?$filter={}", encoded(&filter))
    }

    fn removed(&self, folder: &str) -> String {
        let filter = format!("lastModifiedDateTime ge {}", second(self.span.from));
        format!(
            "{}/mailFolders/{folder}/messages?$select=id,lastModifiedDateTime&$filter={}&$top=500",
            self.path,
            encoded(&filter)
        )
    }

    fn traces(&self) -> Vec<Ask> {
        let mut asks = Vec::new();
        let mut to = self.span.to;
        while to > self.span.from && asks.len() < SLICES {
            let from = (to - SLICE).max(self.span.from);
            let filter = format!(
                "senderAddress eq {} and receivedDateTime ge {} and receivedDateTime le {}",
                quoted(&self.mail),
                second(from),
                second(to)
            );
            asks.push(Ask::list(format!(
                "/v1.0/admin/exchange/tracing/messageTraces?$filter={}&$top=1000",
                encoded(&filter)
            )));
            to = from;
        }
        asks
    }
}

/// A moment as filters take it: whole seconds.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
