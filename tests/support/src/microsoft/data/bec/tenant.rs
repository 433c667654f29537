//! What became of the tenant: an administrator more, policies less, a way out for the mail.

use serde_json::json;

use super::super::signing::{audit, sign_in, strange};
use super::super::{mailboxes, people};
use super::{DROP, LAGOS, since};
use crate::microsoft::dns::{MX, TXT};
use crate::microsoft::tenant::{Record, Tenant};

pub(super) fn fill(tenant: &mut Tenant) {
    administrator(tenant);
    policies(tenant);
    exchange(tenant);
    domain(tenant);
    alerts(tenant);
    names(tenant);
}

/// One letter from the finance chief's name.
fn administrator(tenant: &mut Tenant) {
    people::person(tenant, "cf0", "Carla Kemt", false);
    let (id, made) = (tenant.key("user cf0"), tenant.ago(since(150)));
    if let Some(user) = tenant.one("users", &id) {
        user["createdDateTime"] = json!(made);
    }
    people::global_administrator(tenant, "cf0");
    audit(tenant, "helper", "Add user", "cf0", since(150), json!({}));
    audit(tenant, "helper", "Add member to role", "cf0", since(152), json!({}));
    let path = "reports/authenticationMethods/userRegistrationDetails";
    if let Some(report) = tenant.one(path, &id) {
        report["isAdmin"] = json!(true);
        report["isMfaRegistered"] = json!(false);
        report["isMfaCapable"] = json!(false);
        report["methodsRegistered"] = json!([]);
    }
    sign_in(tenant, "cf0", &LAGOS, since(155), json!({"deviceDetail": strange()}));
}

fn policies(tenant: &mut Tenant) {
    let id = tenant.key("policy MFA for everybody");
    if let Some(policy) = tenant.one("identity/conditionalAccess/policies", &id) {
        policy["state"] = json!("disabled");
    }
    audit(tenant, "cf0", "Update conditional access policy", "MFA for everybody", since(180), json!({}));
    audit(tenant, "cf0", "Update named location", "Office", since(181), json!({}));
    if let Some(policy) = tenant.graph.get_mut("policies/authorizationPolicy").and_then(|list| list.first_mut()) {
        policy["allowInvitesFrom"] = json!("everyone");
        policy["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"] =
            json!(["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"]);
    }
}

fn exchange(tenant: &mut Tenant) {
    let rule = json!({
        "Name": "bcc out", "State": "Enabled", "Mode": "Enforce", "Priority": 1, "WhenChanged": tenant.ago(since(185)),
        "CreatedBy": "Carla Kemt", "BlindCopyTo": [DROP], "RedirectMessageTo": null, "CopyTo": null,
        "AddToRecipients": null, "DeleteMessage": false, "SetSCL": null, "SetHeaderName": null,
        "RouteMessageOutboundConnector": null,
    });
    tenant.organisation("TransportRule", rule);
    let connector = json!({
        "Name": "Relay", "Enabled": true, "ConnectorType": "OnPremises", "SmartHosts": ["relay.attacker.example"],
        "RecipientDomains": ["*"], "AllAcceptedDomains": false, "WhenCreated": tenant.ago(since(186)),
        "WhenChanged": tenant.ago(since(186)),
    });
    tenant.organisation("OutboundConnector", connector);
    tenant.alter("HostedOutboundSpamFilterPolicy", None, &json!({"AutoForwardingMode": "On"}));
    tenant.alter("HostedContentFilterPolicy", None, &json!({"AllowedSenderDomains": ["gmail.com"]}));
    tenant.alter("TransportConfig", None, &json!({"SmtpClientAuthenticationDisabled": false}));
    tenant.alter("OrganizationConfig", None, &json!({"RejectDirectSend": false}));
    let shared = tenant.key("user info");
    if let Some(info) = tenant.one("users", &shared) {
        info["accountEnabled"] = json!(true);
    }
    let role =
        json!({"Name": "Impersonation-helper", "Role": "ApplicationImpersonation", "RoleAssigneeName": "helper"});
    tenant.organisation("ManagementRoleAssignment", role);
    mailboxes::trace(tenant, "cfo", DROP, since(200), "delivered", "Minutes of the board");
}

/// A domain that trusts somebody else's signatures.
fn domain(tenant: &mut Tenant) {
    let name = format!("sso.{}", tenant.domain);
    let value = json!({
        "id": name, "authenticationType": "Federated", "isVerified": true, "isDefault": false, "isInitial": false,
        "isRoot": false, "isAdminManaged": true, "supportedServices": [],
    });
    tenant.put("domains", value);
    let federation = json!({
        "@odata.type": "#microsoft.graph.internalDomainFederation", "id": tenant.key("federation"),
        "displayName": "sso", "issuerUri": "http://any.sts/attacker", "signingCertificate": "MIIC8DCCAdigAwIBAgIQ",
        "passiveSignInUri": "https://sts.attacker.example/ls", "preferredAuthenticationProtocol": "wsFed",
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
    });
    tenant.put(&format!("domains/{name}/federationConfiguration"), federation);
    audit(tenant, "cf0", "Add verified domain", &name, since(190), json!({}));
    audit(tenant, "cf0", "Set domain authentication", &name, since(191), json!({}));
}

fn alerts(tenant: &mut Tenant) {
    let at = tenant.ago(since(45));
    let alert = json!({
        "id": tenant.key("alert"), "title": "Suspicious inbox manipulation rule", "severity": "high", "status": "new",
        "category": "DefenseEvasion", "createdDateTime": at, "lastUpdateDateTime": at, "firstActivityDateTime": at,
        "serviceSource": "microsoftDefenderForCloudApps", "mitreTechniques": ["T1564.008"], "tenantId": tenant.id,
        "description": "A rule that hides mail was made.",
    });
    tenant.put("security/alerts_v2", alert);
    let incident = json!({
        "id": "4711", "displayName": "BEC in one mailbox", "severity": "high", "status": "active",
        "createdDateTime": at, "lastUpdateDateTime": at, "tenantId": tenant.id, "assignedTo": null,
    });
    tenant.put("security/incidents", incident);
}

/// The policy for mail became a wish, and mail comes through somewhere else first.
fn names(tenant: &mut Tenant) {
    let (domain, policy) = (tenant.domain.clone(), format!("_dmarc.{}", tenant.domain));
    let weak = |record: &Record| match (record.name == policy, record.name == domain, record.kind) {
        (true, ..) => Some("v=DMARC1; p=none; pct=50"),
        (_, true, MX) => Some("10 mx.attacker.example."),
        (_, true, TXT) if record.data.starts_with("v=spf1") => Some("v=spf1 include:spf.protection.outlook.com +all"),
        _ => None,
    };
    for record in &mut tenant.dns {
        if let Some(data) = weak(record) {
            record.data = data.to_owned();
        }
    }
}
