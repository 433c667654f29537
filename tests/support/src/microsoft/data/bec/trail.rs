//! The unified audit log.

use serde_json::json;

use super::{DROP, LAGOS, since};
use crate::microsoft::tenant::Tenant;

pub(super) fn fill(tenant: &mut Tenant) {
    for (operation, minutes, object) in [
        ("New-InboxRule", 20, "."),
        ("New-InboxRule", 21, "sync"),
        ("Set-Mailbox", 25, "ForwardingSmtpAddress"),
        ("Set-CASMailbox", 48, "ImapEnabled"),
        ("Add-MailboxPermission", 90, "FullAccess"),
        ("AddFolderPermissions", 92, "Inbox"),
        ("SearchQueryInitiatedExchange", 30, "invoice"),
        ("FileDownloaded", 35, "Contracts.xlsx"),
        ("SendAs", 240, "Overdue invoice 4711"),
    ] {
        record(tenant, operation, minutes, object, 0);
    }
    for number in 0..25 {
        record(tenant, "HardDelete", 262 + number, "Undeliverable", number);
        record(tenant, "MailItemsAccessed", 28 + number, "Inbox", number);
    }
}

fn record(tenant: &mut Tenant, operation: &str, minutes: i64, object: &str, number: i64) {
    let upn = tenant.upn("victim");
    let value = json!({
        "id": tenant.key(&format!("record {operation} {minutes} {number}")), "operation": operation, "clientIp": LAGOS.0,
        "createdDateTime": tenant.ago(since(minutes)), "userPrincipalName": upn, "userId": upn, "objectId": object,
        "service": "Exchange", "organizationId": tenant.id, "administrativeUnits": [],
        "auditData": {
            "Operation": operation, "ClientIP": LAGOS.0, "UserId": upn, "Workload": "Exchange",
            "Parameters": [{"Name": "Name", "Value": object}, {"Name": "ForwardTo", "Value": DROP}],
        },
    });
    tenant.put("security/auditLog/records", value);
}
