//! The mailboxes: settings, permissions, protocols, a rule that is none of ours to worry about, mail that went out.

use serde_json::{Value, json};

use crate::microsoft::rule::Rule;
use crate::microsoft::tenant::Tenant;

const WORKERS: &[(&str, &str, &str)] = &[
    ("victim", "Vera Victor", "UserMailbox"),
    ("helper", "Hans Helper", "UserMailbox"),
    ("cfo", "Carla Kent", "UserMailbox"),
    ("info", "Info", "SharedMailbox"),
];

pub(super) fn fill(tenant: &mut Tenant) {
    for (who, name, kind) in WORKERS {
        mailbox(tenant, who, name, kind);
    }
    for day in 1..=20 {
        for hour in 0..3 {
            let to = format!("customer{hour}@fabrikam.example");
            trace(tenant, "victim", &to, 60 * 24 * day + 60 * hour, "delivered", "Your order");
        }
    }
}

/// Adds a mailbox with everything that belongs to one.
pub(super) fn mailbox(tenant: &mut Tenant, who: &str, name: &str, kind: &str) {
    let upn = tenant.upn(who);
    let value = json!({
        "UserPrincipalName": upn, "PrimarySmtpAddress": upn, "DisplayName": name, "Alias": who, "Name": name,
        "ExternalDirectoryObjectId": tenant.key(&format!("user {who}")), "RecipientTypeDetails": kind,
        "ForwardingAddress": null, "ForwardingSmtpAddress": null, "DeliverToMailboxAndForward": false,
        "HiddenFromAddressListsEnabled": false, "AuditEnabled": true, "GrantSendOnBehalfTo": [],
        "WhenChangedUTC": tenant.ago(60 * 24 * 100),
    });
    tenant.mailbox("Mailbox", &upn, value);
    let recipient = json!({
        "Identity": name, "Name": name, "DisplayName": name, "PrimarySmtpAddress": upn, "RecipientTypeDetails": kind,
    });
    tenant.mailbox("Recipient", &upn, recipient);
    permissions(tenant, who, &upn);
    let protocols = json!({
        "Identity": who, "PrimarySmtpAddress": upn, "ImapEnabled": false, "PopEnabled": false, "OWAEnabled": true,
        "SmtpClientAuthenticationDisabled": true, "ActiveSyncEnabled": true, "ECPEnabled": true, "MAPIEnabled": true,
    });
    tenant.mailbox("CASMailbox", &upn, protocols);
    tenant.mailbox("MailboxAuditBypassAssociation", &upn, json!({"Identity": who, "AuditBypassEnabled": false}));
    let mut news = Rule::new(555, "Archive newsletters");
    news.move_to = Some("Newsletters".to_owned());
    news.subject = vec!["newsletter".to_owned()];
    news.stop = true;
    let junk = Rule { hidden: true, read_only: true, ..Rule::new(1_234_567_890, "Junk E-Mail Rule") };
    tenant.rules.insert(upn, vec![junk, news]);
}

fn permissions(tenant: &mut Tenant, who: &str, upn: &str) {
    let own = json!({
        "Identity": who, "User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess", "ReadPermission"],
        "IsInherited": false, "Deny": false,
    });
    tenant.mailbox("MailboxPermission", upn, own);
    let own = json!({
        "Identity": who, "Trustee": "NT AUTHORITY\\SELF", "AccessRights": ["SendAs"], "AccessControlType": "Allow",
        "IsInherited": false,
    });
    tenant.mailbox("RecipientPermission", upn, own);
    for folder in ["Inbox", "Sent Items", "Calendar"] {
        let standard = if folder == "Calendar" { "AvailabilityOnly" } else { "None" };
        for (user, right) in [("Default", standard), ("Anonymous", "None")] {
            let value = json!({
                "Identity": format!("{who}:\\{folder}"), "FolderName": folder, "User": user, "AccessRights": [right],
            });
            tenant.mailbox("MailboxFolderPermission", upn, value);
        }
    }
}

/// A message that went out, so many minutes ago.
pub(super) fn trace(tenant: &mut Tenant, from: &str, to: &str, minutes: i64, status: &str, subject: &str) {
    let number = tenant.list("admin/exchange/tracing/messageTraces").len();
    let value = json!({
        "id": tenant.key(&format!("trace {number}")), "senderAddress": tenant.upn(from), "recipientAddress": to,
        "receivedDateTime": tenant.ago(minutes), "status": status, "subject": subject, "size": 18_211,
        "fromIP": "203.0.113.5", "toIP": "198.51.100.20",
        "messageId": format!("<{}@{}>", tenant.key(&format!("message {number}")), tenant.domain),
    });
    tenant.put("admin/exchange/tracing/messageTraces", value);
}

/// The metadata of a message in somebody's folder.
pub(super) fn message(tenant: &mut Tenant, who: &str, folder: &str, minutes: i64, subject: &str) {
    let path = format!("users/{}/messages/{folder}", tenant.key(&format!("user {who}")));
    let number = tenant.list(&path).len();
    let value = json!({
        "id": tenant.key(&format!("{path} {number}")), "subject": subject, "receivedDateTime": tenant.ago(minutes),
        "sentDateTime": tenant.ago(minutes), "isRead": true, "hasAttachments": false, "importance": "normal",
        "toRecipients": [{"emailAddress": {"name": "Customer", "address": "customer@fabrikam.example"}}],
        "from": {"emailAddress": {"name": who, "address": tenant.upn(who)}}, "internetMessageId": Value::Null,
    });
    tenant.put(&path, value);
}
