//! The cmdlets.

use super::{Order, Outcome, reads, writes};
use crate::answer::Answer;
use crate::microsoft::tenant::Tenant;
use serde_json::Value;

/// What it does.
pub(super) enum Does {
    Read(fn(&Tenant, &Order<'_>) -> Outcome<Vec<Value>>),
    Write(fn(&mut Tenant, &Order<'_>) -> Result<(), Answer>),
}

/// A cmdlet.
pub(super) struct Cmdlet {
    pub name: &'static str,
    /// The parameter that names its mailbox.
    pub mailbox: Option<&'static str>,
    /// Its other parameters.
    others: &'static [&'static str],
    pub does: Does,
}

const fn of_all(name: &'static str, others: &'static [&'static str]) -> Cmdlet {
    Cmdlet { name, mailbox: None, others, does: Does::Read(reads::organisation) }
}

const fn of_one(name: &'static str, mailbox: &'static str, others: &'static [&'static str]) -> Cmdlet {
    Cmdlet { name, mailbox: Some(mailbox), others, does: Does::Read(reads::mailbox) }
}

const fn write(
    name: &'static str,
    mailbox: Option<&'static str>,
    others: &'static [&'static str],
    does: fn(&mut Tenant, &Order<'_>) -> Result<(), Answer>,
) -> Cmdlet {
    Cmdlet { name, mailbox, others, does: Does::Write(does) }
}

const FORWARDING: &[&str] = &["ForwardingSmtpAddress", "ForwardingAddress", "DeliverToMailboxAndForward"];
const RULE: &[&str] = &["Identity", "Force", "Confirm", "AlwaysDeleteOutlookRulesBlob"];

const CMDLETS: &[Cmdlet] = &[
    Cmdlet { does: Does::Read(reads::rules), ..of_one("Get-InboxRule", "Mailbox", &["IncludeHidden", "Identity"]) },
    of_one("Get-SweepRule", "Mailbox", &[]),
    Cmdlet {
        does: Does::Read(reads::mailboxes),
        ..of_one("Get-Mailbox", "Identity", &["Filter", "RecipientTypeDetails", "ResultSize", "Properties"])
    },
    Cmdlet { does: Does::Read(reads::recipient), ..of_one("Get-Recipient", "Identity", &["ResultSize"]) },
    of_one("Get-MailboxPermission", "Identity", &["ResultSize"]),
    of_one("Get-RecipientPermission", "Identity", &["ResultSize"]),
    Cmdlet { does: Does::Read(reads::folder), ..of_one("Get-MailboxFolderPermission", "Identity", &["ResultSize"]) },
    of_one("Get-CASMailbox", "Identity", &["ResultSize"]),
    of_one("Get-MobileDeviceStatistics", "Mailbox", &[]),
    of_one("Get-MailboxAuditBypassAssociation", "Identity", &["ResultSize"]),
    Cmdlet { does: Does::Read(reads::blocked), ..of_all("Get-BlockedSenderAddress", &["SenderAddress"]) },
    of_all("Get-OrganizationConfig", &[]),
    of_all("Get-AcceptedDomain", &[]),
    of_all("Get-TransportRule", &["ResultSize"]),
    of_all("Get-InboundConnector", &[]),
    of_all("Get-OutboundConnector", &[]),
    of_all("Get-HostedOutboundSpamFilterPolicy", &[]),
    of_all("Get-RemoteDomain", &[]),
    of_all("Get-AdminAuditLogConfig", &[]),
    of_all("Get-TransportConfig", &[]),
    of_all("Get-DkimSigningConfig", &[]),
    of_all("Get-HostedContentFilterPolicy", &[]),
    of_all("Get-HostedConnectionFilterPolicy", &[]),
    Cmdlet { does: Does::Read(reads::roles), ..of_all("Get-ManagementRoleAssignment", &["Role", "GetEffectiveUsers"]) },
    of_all("Get-DistributionGroupMember", &["Identity", "ResultSize"]),
    of_all("Get-DynamicDistributionGroupMember", &["Identity", "ResultSize"]),
    write("Set-Mailbox", Some("Identity"), FORWARDING, writes::mailbox),
    write("Disable-InboxRule", Some("Mailbox"), RULE, writes::disable_rule),
    write("Enable-InboxRule", Some("Mailbox"), RULE, writes::enable_rule),
    write("Remove-InboxRule", Some("Mailbox"), RULE, writes::remove_rule),
    write("Remove-MailboxPermission", Some("Identity"), &["User", "AccessRights", "Confirm"], writes::ungrant),
    write("Add-MailboxPermission", Some("Identity"), &["User", "AccessRights", "AutoMapping"], writes::grant),
    write("Remove-RecipientPermission", Some("Identity"), &["Trustee", "AccessRights", "Confirm"], writes::ungrant),
    write("Add-RecipientPermission", Some("Identity"), &["Trustee", "AccessRights", "Confirm"], writes::grant),
    write("Remove-BlockedSenderAddress", None, &["SenderAddress"], writes::unblock),
];

/// What the Admin API has.
const ADMIN: &[&str] = &[
    "OrganizationConfig",
    "AcceptedDomain",
    "Mailbox",
    "MailboxFolderPermission",
    "DistributionGroupMember",
    "DynamicDistributionGroupMember",
];

/// A cmdlet by its name.
pub(super) fn find(name: &str) -> Option<&'static Cmdlet> {
    CMDLETS.iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name))
}

impl Cmdlet {
    /// Such as `Mailbox` of `Get-Mailbox`.
    pub(super) fn noun(&self) -> &'static str {
        self.name.split_once('-').map_or("", |(_, noun)| noun)
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        self.mailbox.iter().chain(self.others).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Some read every mailbox where none is named.
    pub(super) fn needs_mailbox(&self) -> bool {
        self.mailbox.is_some() && !self.others.contains(&"ResultSize") || self.noun() == "MailboxFolderPermission"
    }

    /// Whether it is what a resource of the Admin API does.
    pub(super) fn is_of(&self, resource: &str) -> bool {
        ADMIN.contains(&resource) && self.noun() == resource
    }
}
