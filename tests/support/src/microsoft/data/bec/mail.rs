//! Rules, forwarding, rights on the mailbox, the mail that went out.

use serde_json::json;

use super::super::mailboxes::{message, trace};
use super::{DROP, since};
use crate::microsoft::rule::Rule;
use crate::microsoft::tenant::Tenant;

pub(super) fn fill(tenant: &mut Tenant) {
    rules(tenant);
    forwarding(tenant);
    rights(tenant);
    protocols(tenant);
    replies(tenant);
    invoices(tenant);
}

fn rules(tenant: &mut Tenant) {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let hide = Rule {
        move_to: Some("RSS Feeds".to_owned()),
        mark_read: true,
        stop: true,
        words: words(&["invoice", "wire", "payment", "hacked"]),
        ..Rule::new(9_876_543_210, ".")
    };
    let forward = Rule { hidden: true, forward_to: words(&[DROP]), ..Rule::new(4_242, "sync") };
    let clean_up = Rule { delete: true, words: words(&["undeliverable", "mailer-daemon"]), ..Rule::new(4_243, "...") };
    let off = Rule { enabled: false, redirect_to: words(&[DROP]), ..Rule::new(4_244, "old") };
    tenant.rules.entry(tenant.upn("victim")).or_default().extend([hide, forward, clean_up, off]);
    let second = Rule { forward_to: words(&[DROP]), ..Rule::new(77, "..") };
    let within = Rule { forward_to: vec![tenant.upn("cfo")], ..Rule::new(78, "Copies for Carla") };
    tenant.rules.entry(tenant.upn("helper")).or_default().extend([second, within]);
    let sweep = json!({"Name": "Sweep", "Enabled": true, "SourceFolder": "Inbox", "DestinationFolder": "Archive", "Sender": null});
    tenant.mailbox("SweepRule", &tenant.upn("victim"), sweep);
}

fn forwarding(tenant: &mut Tenant) {
    let upn = tenant.upn("victim");
    let fields = json!({
        "ForwardingSmtpAddress": format!("smtp:{DROP}"), "DeliverToMailboxAndForward": true,
        "WhenChangedUTC": tenant.ago(since(25)),
    });
    tenant.alter("Mailbox", Some(&upn), &fields);
    let contact = json!({
        "Identity": "Fabrikam Contact", "Name": "Fabrikam Contact", "DisplayName": "Fabrikam Contact",
        "PrimarySmtpAddress": "contact@fabrikam.example", "RecipientTypeDetails": "MailContact",
    });
    tenant.organisation("Recipient", contact);
    tenant.alter("Mailbox", Some(&tenant.upn("cfo")), &json!({"ForwardingAddress": "Fabrikam Contact"}));
}

fn rights(tenant: &mut Tenant) {
    let upn = tenant.upn("victim");
    for (user, right) in
        [(tenant.upn("helper"), "FullAccess"), ("S-1-5-21-397955417-626881126-18444-9999999".to_owned(), "FullAccess")]
    {
        let value =
            json!({"Identity": "victim", "User": user, "AccessRights": [right], "IsInherited": false, "Deny": false});
        tenant.mailbox("MailboxPermission", &upn, value);
    }
    let send = json!({
        "Identity": "victim", "Trustee": tenant.upn("helper"), "AccessRights": ["SendAs"], "AccessControlType": "Allow",
        "IsInherited": false,
    });
    tenant.mailbox("RecipientPermission", &upn, send);
    let rows = tenant.exchange.get_mut("MailboxFolderPermission").into_iter().flatten();
    for row in rows {
        if row.mailbox.as_deref() == Some(&upn) && row.value["FolderName"] == "Inbox" && row.value["User"] == "Default"
        {
            row.value["AccessRights"] = json!(["Reviewer"]);
        }
    }
}

fn protocols(tenant: &mut Tenant) {
    let upn = tenant.upn("victim");
    tenant.alter("CASMailbox", Some(&upn), &json!({"ImapEnabled": true, "SmtpClientAuthenticationDisabled": false}));
    let phone = json!({
        "DeviceId": "ATTACKER01", "DeviceType": "Outlook", "DeviceModel": "Outlook for iOS and Android",
        "FirstSyncTime": tenant.ago(since(50)), "LastSuccessSync": tenant.ago(since(400)), "Status": "DeviceOk",
    });
    tenant.mailbox("MobileDeviceStatistics", &upn, phone);
    tenant.alter("MailboxAuditBypassAssociation", Some(&upn), &json!({"AuditBypassEnabled": true}));
}

fn replies(tenant: &mut Tenant) {
    let path = format!("users/{}/mailboxSettings", tenant.key("user victim"));
    let text = format!("Our bank account has changed: https://pay.attacker.example or write to {DROP}");
    let settings = json!({
        "status": "alwaysEnabled", "externalAudience": "all", "internalReplyMessage": "", "externalReplyMessage": text,
    });
    if let Some(whole) = tenant.graph.get_mut(&path).and_then(|list| list.first_mut()) {
        whole["automaticRepliesSetting"] = settings;
    }
}

fn invoices(tenant: &mut Tenant) {
    for number in 0..100 {
        let to = format!("person{number}@customer{}.example", number % 7);
        let status = if number % 3 == 0 { "failed" } else { "delivered" };
        trace(tenant, "victim", &to, since(240) - number / 3, status, "Overdue invoice 4711");
        message(tenant, "victim", "Recoverable Items Deletions", since(241) - number / 3, "Overdue invoice 4711");
    }
    for number in 0..30 {
        message(tenant, "victim", "Deleted Items", since(260) - number, "Undeliverable: Overdue invoice 4711");
    }
    let blocked = json!({
        "SenderAddress": tenant.upn("victim"), "Reason": "OutboundSpamLast24Hours=100", "CreatedDatetime": tenant.ago(since(300)),
    });
    tenant.organisation("BlockedSenderAddress", blocked);
}
