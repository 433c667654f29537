//! Every query that the documentation of the checks names is answered.

use serde_json::json;

use super::{Answer, EXCHANGE, fake, get, invoke, reader, token};
use crate::clock;
use crate::microsoft::{FakeMicrosoft, Scenario, Service};

/// The queries of one user's check, `U` being the user's object id and `W` the window's beginning.
const USER: &[(&str, usize)] = &[
    (
        "/v1.0/users/UPN?$select=id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime,lastPasswordChangeDateTime,onPremisesSyncEnabled,signInSessionsValidFromDateTime,proxyAddresses,assignedLicenses,usageLocation",
        0,
    ),
    ("/v1.0/users/U/transitiveMemberOf/microsoft.graph.directoryRole?$select=displayName,roleTemplateId", 0),
    ("/v1.0/users/U/mailFolders/inbox/messageRules", 4),
    ("/v1.0/users/U/mailFolders/rssfeeds?$select=displayName,wellKnownName", 0),
    ("/v1.0/users/U/mailFolders/sentitems/messages?$select=receivedDateTime,toRecipients", 0),
    ("/v1.0/users/U/mailFolders/deleteditems/messages?$select=receivedDateTime&$top=100", 30),
    ("/v1.0/users/U/mailFolders/recoverableitemsdeletions/messages?$top=100", 100),
    ("/v1.0/users/U/mailboxSettings", 0),
    ("/v1.0/users/U/oauth2PermissionGrants", 2),
    ("/v1.0/users/U/appRoleAssignments", 1),
    ("/v1.0/users/U/authentication/methods", 5),
    (
        "/v1.0/auditLogs/signIns?$filter=userId eq 'U' and createdDateTime ge W&$orderby=createdDateTime desc&$top=500",
        49,
    ),
    (
        "/beta/auditLogs/signIns?$filter=userId eq 'U' and createdDateTime ge W and signInEventTypes/any(t:t eq 'nonInteractiveUser')",
        1,
    ),
    ("/v1.0/identityProtection/riskyUsers/U", 0),
    ("/v1.0/identityProtection/riskDetections?$filter=userId eq 'U'", 3),
    ("/v1.0/users/U/registeredDevices", 2),
    (
        "/v1.0/users/U/ownedDevices?$select=id,deviceId,displayName,operatingSystem,trustType,registrationDateTime,approximateLastSignInDateTime,isCompliant,isManaged",
        2,
    ),
    ("/v1.0/users/U/managedDevices", 1),
    ("/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge W and targetResources/any(t:t/id eq 'U')", 3),
    ("/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge W and initiatedBy/user/id eq 'U'", 8),
    (
        "/v1.0/admin/exchange/tracing/messageTraces?$filter=senderAddress eq 'UPN' and receivedDateTime ge D and receivedDateTime le NOW",
        124,
    ),
];

/// The queries of a tenant's sweep.
const TENANT: &[(&str, usize)] = &[
    ("/v1.0/subscribedSkus", 1),
    ("/v1.0/organization?$select=id,verifiedDomains,onPremisesSyncEnabled,countryLetterCode", 1),
    ("/v1.0/policies/identitySecurityDefaultsEnforcementPolicy?$select=isEnabled", 0),
    ("/v1.0/identity/conditionalAccess/policies?$select=id,displayName,state,conditions,grantControls", 6),
    ("/v1.0/identity/conditionalAccess/namedLocations", 1),
    ("/v1.0/reports/authenticationMethods/userRegistrationDetails", 14),
    ("/v1.0/roleManagement/directory/roleAssignments?$expand=principal", 3),
    ("/v1.0/roleManagement/directory/roleEligibilitySchedules?$expand=principal", 0),
    (
        "/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName eq 'Add member to role' and activityDateTime ge W",
        1,
    ),
    ("/v1.0/users?$select=id,userPrincipalName,signInActivity,accountEnabled,userType,assignedLicenses&$top=100", 15),
    (
        "/v1.0/users?$filter=userType eq 'Guest'&$count=true&$select=id,createdDateTime,externalUserState,signInActivity",
        1,
    ),
    ("/v1.0/users?$filter=createdDateTime ge W&$select=id,displayName,createdDateTime", 1),
    ("/v1.0/policies/authorizationPolicy", 0),
    ("/v1.0/policies/adminConsentRequestPolicy", 0),
    ("/v1.0/oauth2PermissionGrants", 4),
    ("/v1.0/servicePrincipals?$select=id,appId,displayName,appOwnerOrganizationId,verifiedPublisher,accountEnabled", 6),
    (
        "/v1.0/servicePrincipals?$filter=appId in ('ff8d92dc-3d82-41d6-bcbd-b9174d163620','e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd')",
        1,
    ),
    ("/v1.0/servicePrincipals/SP/appRoleAssignments", 1),
    ("/v1.0/applications?$select=id,appId,displayName,passwordCredentials,keyCredentials", 1),
    ("/v1.0/auditLogs/signIns?$filter=clientAppUsed eq 'IMAP4' and status/errorCode eq 0", 1),
    ("/v1.0/identityProtection/riskyUsers?$filter=riskState eq 'atRisk'", 1),
    ("/v1.0/security/alerts_v2", 1),
    ("/v1.0/security/incidents?$filter=status ne 'resolved'", 1),
    ("/v1.0/security/secureScores?$top=1", 1),
    ("/v1.0/domains?$select=id,authenticationType,isVerified", 3),
    ("/v1.0/domains/sso.bec.contoso.example/federationConfiguration", 1),
    ("/v1.0/devices", 4),
    ("/v1.0/deviceManagement/managedDevices", 3),
];

fn filled(fake: &FakeMicrosoft, path: &str) -> String {
    let now = time::OffsetDateTime::now_utc();
    let principals = fake.list(Scenario::Bec, "servicePrincipals");
    let sync = principals.iter().find(|one| one["displayName"] == "Mail Sync").unwrap();
    path.replace("UPN", &Scenario::Bec.upn("victim"))
        .replace("/U/", &format!("/{}/", Scenario::Bec.user("victim")))
        .replace("riskyUsers/U", &format!("riskyUsers/{}", Scenario::Bec.user("victim")))
        .replace("'U'", &format!("'{}'", Scenario::Bec.user("victim")))
        .replace("SP/", &format!("{}/", sync["id"].as_str().unwrap()))
        .replace("ge W", &format!("ge {}", clock::ago(now, 31 * 24 * 60)))
        .replace("ge D", &format!("ge {}", clock::ago(now, 9 * 24 * 60 - 30)))
        .replace("le NOW", &format!("le {}", clock::text(now)))
}

async fn eventual(fake: &FakeMicrosoft, token: &str, path: &str) -> Answer {
    let url = format!("{}{}", fake.base_url, super::escape_query(path));
    let request = reqwest::Client::new().get(url).bearer_auth(token).header("ConsistencyLevel", "eventual");
    Answer::of(request).await.unwrap()
}

#[tokio::test]
async fn every_query_of_the_checks_is_answered() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    for (path, count) in USER.iter().chain(TENANT) {
        let path = filled(&fake, path);
        let answer = eventual(&fake, &token, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.body["value"].as_array().map_or(0, Vec::len), *count, "{path}");
    }
    assert_eq!(fake.count(Service::Graph), USER.len() + TENANT.len());
}

#[tokio::test]
async fn every_cmdlet_of_the_checks_is_answered() {
    let fake = fake().await;
    let scenario = Scenario::Bec;
    let token = token(&fake, scenario, "m365-exo-read", EXCHANGE).await;
    let upn = scenario.upn("victim");
    let forwards = "ForwardingSmtpAddress -ne $null -or ForwardingAddress -ne $null";
    for (cmdlet, parameters, count) in [
        ("Get-InboxRule", json!({"Mailbox": upn, "IncludeHidden": true}), 6),
        ("Get-InboxRule", json!({"Mailbox": upn}), 4),
        ("Get-SweepRule", json!({"Mailbox": upn}), 1),
        ("Get-Mailbox", json!({"Identity": upn}), 1),
        ("Get-Mailbox", json!({"ResultSize": "Unlimited", "Filter": forwards}), 2),
        ("Get-Mailbox", json!({"RecipientTypeDetails": "SharedMailbox"}), 1),
        ("Get-Recipient", json!({"Identity": "Fabrikam Contact"}), 1),
        ("Get-MailboxPermission", json!({"Identity": upn}), 3),
        ("Get-RecipientPermission", json!({"Identity": upn}), 2),
        ("Get-MailboxFolderPermission", json!({"Identity": format!("{upn}:\\Inbox")}), 2),
        ("Get-CASMailbox", json!({"Identity": upn}), 1),
        ("Get-MobileDeviceStatistics", json!({"Mailbox": upn}), 1),
        ("Get-MailboxAuditBypassAssociation", json!({"ResultSize": "Unlimited"}), 4),
        ("Get-BlockedSenderAddress", json!({"SenderAddress": upn}), 1),
        ("Get-OrganizationConfig", json!({}), 1),
        ("Get-AcceptedDomain", json!({}), 2),
        ("Get-TransportRule", json!({}), 2),
        ("Get-InboundConnector", json!({}), 0),
        ("Get-OutboundConnector", json!({}), 1),
        ("Get-HostedOutboundSpamFilterPolicy", json!({}), 1),
        ("Get-RemoteDomain", json!({}), 1),
        ("Get-AdminAuditLogConfig", json!({}), 1),
        ("Get-TransportConfig", json!({}), 1),
        ("Get-DkimSigningConfig", json!({}), 2),
        ("Get-HostedContentFilterPolicy", json!({}), 1),
        ("Get-HostedConnectionFilterPolicy", json!({}), 1),
        ("Get-ManagementRoleAssignment", json!({"Role": "ApplicationImpersonation"}), 1),
    ] {
        let answer = invoke(&fake, &token, scenario, cmdlet, parameters).await;
        assert_eq!(answer.status, 200, "{cmdlet}: {}", answer.text);
        assert_eq!(answer.list().len(), count, "{cmdlet}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_query_of_the_audit_log_runs_before_it_is_done() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    let now = time::OffsetDateTime::now_utc();
    let query = json!({
        "displayName": "check", "filterStartDateTime": clock::ago(now, 7 * 24 * 60), "filterEndDateTime": clock::text(now),
        "operationFilters": ["HardDelete"], "userPrincipalNameFilters": [Scenario::Bec.upn("victim")],
    });
    let path = "/v1.0/security/auditLog/queries";
    let asked = super::call(&fake, &token, reqwest::Method::POST, path, Some(query)).await;
    assert_eq!((asked.status, &asked.body["status"]), (201, &json!("notStarted")));
    let one = format!("{path}/{}", asked.body["id"].as_str().unwrap());
    assert!(get(&fake, &token, &format!("{one}/records")).await.list().is_empty());
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(get(&fake, &token, &one).await.body["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["running", "running", "succeeded"]);
    assert_eq!(get(&fake, &token, &format!("{one}/records")).await.list().len(), 25);
}
