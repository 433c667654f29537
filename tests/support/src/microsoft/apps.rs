//! The applications that are registered: one for each tier, as an operator has them.

use crate::clock;

/// Which service a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// `https://graph.microsoft.com`.
    Graph,
    /// `https://outlook.office365.com`.
    Exchange,
}

/// What the service principal may do in Exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeRole {
    /// Everything.
    Administrator,
    /// A custom role group: every `Get-`, nothing else.
    Reader,
    /// View-Only Organization Management or Global Reader: every `Get-` but `Get-InboxRule`.
    ViewOnly,
}

/// An application.
#[derive(Clone, Debug)]
pub struct App {
    /// Such as `m365-read`.
    pub name: &'static str,
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub secret: String,
    /// Application permissions for Graph, as the `roles` claim has them.
    pub graph: Vec<String>,
    /// Application permissions for Exchange.
    pub exchange: Vec<String>,
    /// Template ids of directory roles, as the `wids` claim has them.
    pub directory_roles: Vec<String>,
    /// Its role in Exchange.
    pub exchange_role: ExchangeRole,
}

/// What the checks read with.
pub(super) const READ: &[&str] = &[
    "User.Read.All",
    "AuditLog.Read.All",
    "MailboxSettings.Read",
    "Mail.ReadBasic.All",
    "Directory.Read.All",
    "Application.Read.All",
    "UserAuthenticationMethod.Read.All",
    "IdentityRiskyUser.Read.All",
    "IdentityRiskEvent.Read.All",
    "Policy.Read.All",
    "RoleManagement.Read.Directory",
    "RoleEligibilitySchedule.Read.Directory",
    "Domain.Read.All",
    "Domain-InternalFederation.Read.All",
    "ExchangeMessageTrace.Read.All",
    "AuditLogsQuery.Read.All",
    "SecurityAlert.Read.All",
    "SecurityIncident.Read.All",
    "SecurityEvents.Read.All",
    "DeviceManagementManagedDevices.Read.All",
    "Device.Read.All",
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
];

/// What an action is done with, beside the reading before and after it.
pub(super) const WRITE: &[&str] = &[
    "User.RevokeSessions.All",
    "User.EnableDisableAccount.All",
    "User-PasswordProfile.ReadWrite.All",
    "MailboxSettings.ReadWrite",
    "DelegatedPermissionGrant.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "Device.ReadWrite.All",
    "IdentityRiskyUser.ReadWrite.All",
];

/// Directory roles by what the documentation calls them.
pub const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
/// May reset the password of an administrator.
pub const PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: &str = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13";
/// May disable a device.
pub const CLOUD_DEVICE_ADMINISTRATOR: &str = "7698a772-787b-4ac8-901f-60d6b08affd2";
/// May do everything.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

fn app(name: &'static str, graph: &[&[&str]], exchange: &[&str]) -> App {
    let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    App {
        name,
        client_id: clock::id(&format!("application {name}")),
        secret: format!("fake~{name}~secret~{}", &clock::id(name)[..8]),
        graph: graph.iter().flat_map(|list| owned(list)).collect(),
        exchange: owned(exchange),
        directory_roles: Vec::new(),
        exchange_role: ExchangeRole::Reader,
    }
}

/// One application for each tier.
pub(super) fn all() -> Vec<App> {
    let exchange = &["Exchange.ManageAsApp", "Exchange.ManageAsAppV2"];
    let roles = [USER_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, CLOUD_DEVICE_ADMINISTRATOR];
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    vec![
        app("m365-read", &[READ], &[]),
        app("m365-exo-read", &[], exchange),
        App { directory_roles: roles, ..app("m365-remediate", &[READ, WRITE], &[]) },
        App { exchange_role: ExchangeRole::Administrator, ..app("m365-exo-remediate", &[], exchange) },
    ]
}
