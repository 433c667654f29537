//! Exchange's settings of the whole organisation, as they should be.

use serde_json::json;

use crate::microsoft::tenant::Tenant;

pub(super) fn fill(tenant: &mut Tenant) {
    let (domain, initial) = (tenant.domain.clone(), tenant.initial.clone());
    for (noun, value) in [
        (
            "OrganizationConfig",
            json!({"Name": initial, "DisplayName": "Contoso", "AuditDisabled": false, "RejectDirectSend": true}),
        ),
        (
            "AcceptedDomain",
            json!({"DomainName": domain, "Name": domain, "DomainType": "Authoritative", "Default": true}),
        ),
        (
            "AcceptedDomain",
            json!({"DomainName": initial, "Name": initial, "DomainType": "Authoritative", "Default": false}),
        ),
        ("AdminAuditLogConfig", json!({"UnifiedAuditLogIngestionEnabled": true, "AdminAuditLogEnabled": true})),
        ("TransportConfig", json!({"SmtpClientAuthenticationDisabled": true})),
        (
            "HostedOutboundSpamFilterPolicy",
            json!({"Name": "Default", "IsDefault": true, "Enabled": true, "AutoForwardingMode": "Off"}),
        ),
        ("RemoteDomain", json!({"Name": "Default", "DomainName": "*", "AutoForwardEnabled": false})),
        ("DkimSigningConfig", json!({"Domain": domain, "Name": domain, "Enabled": true, "Status": "Valid"})),
        ("DkimSigningConfig", json!({"Domain": initial, "Name": initial, "Enabled": true, "Status": "Valid"})),
        (
            "HostedContentFilterPolicy",
            json!({"Name": "Default", "IsDefault": true, "AllowedSenderDomains": [], "AllowedSenders": []}),
        ),
        (
            "HostedConnectionFilterPolicy",
            json!({"Name": "Default", "IsDefault": true, "IPAllowList": [], "EnableSafeList": false}),
        ),
    ] {
        tenant.organisation(noun, value);
    }
    let disclaimer = json!({
        "Name": "Disclaimer", "State": "Enabled", "Mode": "Enforce", "Priority": 0, "WhenChanged": tenant.ago(60 * 24 * 300),
        "CreatedBy": "Ada Admin", "BlindCopyTo": null, "RedirectMessageTo": null, "CopyTo": null,
        "AddToRecipients": null, "DeleteMessage": false, "SetSCL": null, "SetHeaderName": null,
        "RouteMessageOutboundConnector": null,
    });
    tenant.organisation("TransportRule", disclaimer);
}
