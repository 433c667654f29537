//! What is refused: permissions, licences, endpoints that nobody knows.

use serde_json::json;

use super::{EXCHANGE, GRAPH, fake, get, invoke, reader, token};
use crate::microsoft::{ExchangeRole, Premium, Scenario};

#[tokio::test]
async fn a_permission_that_is_not_in_the_token_is_denied() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::NoConsentPartial).await;
    let user = Scenario::NoConsentPartial.user("victim");
    for (path, status) in [
        (format!("users/{user}"), 200),
        (format!("users/{user}/authentication/methods"), 200),
        (format!("users/{user}/mailFolders/inbox/messageRules"), 403),
        (format!("users/{user}/oauth2PermissionGrants"), 403),
        ("auditLogs/signIns".to_owned(), 403),
        ("identityProtection/riskDetections".to_owned(), 200),
        (format!("identityProtection/riskyUsers/{user}"), 403),
        ("users?$select=id,signInActivity".to_owned(), 403),
        ("servicePrincipals".to_owned(), 200),
    ] {
        let answer = get(&fake, &token, &format!("/v1.0/{path}")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(status == 200 || answer.code() == "Authorization_RequestDenied", "{path}");
    }
}

#[tokio::test]
async fn a_permission_that_is_withheld_is_not_in_the_next_token() {
    let fake = fake().await;
    fake.withhold(Scenario::Clean, "Policy.Read.All");
    let token = reader(&fake, Scenario::Clean).await;
    assert_eq!(get(&fake, &token, "/v1.0/policies/authorizationPolicy").await.status, 403);
}

#[tokio::test]
async fn licences_are_asked_for() {
    let fake = fake().await;
    let free = reader(&fake, Scenario::NoP1).await;
    let p1 = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    for (path, code) in [
        ("auditLogs/signIns", p1),
        ("users?$select=id,signInActivity", p1),
        ("reports/authenticationMethods/userRegistrationDetails", p1),
        ("identityProtection/riskyUsers", "Forbidden"),
        ("identityProtection/riskDetections", "Forbidden"),
    ] {
        let answer = get(&fake, &free, &format!("/v1.0/{path}")).await;
        assert_eq!((answer.status, answer.code()), (403, code), "{path}");
    }
    assert_eq!(get(&fake, &free, "/v1.0/auditLogs/directoryAudits").await.status, 200);
    fake.premium(Scenario::NoP1, Premium::P1);
    assert_eq!(get(&fake, &free, "/v1.0/auditLogs/signIns").await.status, 200);
    assert_eq!(get(&fake, &free, "/v1.0/identityProtection/riskyUsers").await.status, 403);
}

#[tokio::test]
async fn an_endpoint_that_is_not_known_is_a_problem() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    for (path, problem) in [
        ("/v1.0/groups", "there is no such endpoint in the fake"),
        ("/v2.0/users", "there is no such service"),
        ("/somewhere", "there is no such service"),
    ] {
        get(&fake, &token, path).await;
        let found = fake.forgive().join("\n");
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn nobody_reads_without_a_token() {
    let fake = fake().await;
    let answer = get(&fake, "made up", "/v1.0/users").await;
    assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    for (path, status, code) in [
        ("users/nobody@clean.contoso.example", 404, "Request_ResourceNotFound"),
        ("users/nobody@clean.contoso.example/authentication/methods", 404, "Request_ResourceNotFound"),
        ("users/admin@clean.contoso.example/mailFolders/inbox/messageRules", 404, "MailboxNotEnabledForRESTAPI"),
        ("users/partner_fabrikam.example%23EXT%23@cleancontoso.onmicrosoft.com", 200, ""),
        ("servicePrincipals/nobody", 404, "Request_ResourceNotFound"),
    ] {
        let answer = get(&fake, &token, &format!("/v1.0/{path}")).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path}: {}", answer.text);
    }
    let user = Scenario::Clean.user("victim");
    let risk = get(&fake, &token, &format!("/v1.0/identityProtection/riskyUsers/{user}")).await;
    assert_eq!(risk.status, 404);
}

#[tokio::test]
async fn a_secret_in_a_url_is_a_problem() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    get(&fake, &token, &format!("/resolve?name=a.example&type=A&key={}", fake.app("m365-read").secret)).await;
    let found = fake.forgive().join("\n");
    assert!(found.contains("a secret stands in the URL") && !found.contains("secret~"), "{found}");
}

#[tokio::test]
async fn a_view_only_role_reads_no_rules_and_a_reader_writes_none() {
    let fake = fake().await;
    let scenario = Scenario::Clean;
    let upn = scenario.upn("victim");
    let rules = json!({"Mailbox": upn});
    let reader = token(&fake, scenario, "m365-exo-read", EXCHANGE).await;
    assert_eq!(invoke(&fake, &reader, scenario, "Get-InboxRule", rules.clone()).await.status, 200);
    let write = json!({"Mailbox": upn, "Identity": "555"});
    assert_eq!(invoke(&fake, &reader, scenario, "Disable-InboxRule", write).await.status, 403);
    fake.change_app("m365-exo-read", |app| app.exchange_role = ExchangeRole::ViewOnly);
    let refused = invoke(&fake, &reader, scenario, "Get-InboxRule", rules).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.body["error"]["details"][0]["message"],
        "The role assigned to application isn't supported in this scenario."
    );
    assert_eq!(invoke(&fake, &reader, scenario, "Get-Mailbox", json!({"Identity": upn})).await.status, 200);
    fake.change_app("m365-exo-read", |app| app.exchange.clear());
    let bare = token(&fake, scenario, "m365-exo-read", EXCHANGE).await;
    assert_eq!(invoke(&fake, &bare, scenario, "Get-OrganizationConfig", json!({})).await.status, 403);
}

#[tokio::test]
async fn a_token_that_is_another_tenants_is_noticed_when_it_is_used() {
    let fake = fake().await;
    let token = token(&fake, Scenario::OtherTenant, "m365-read", GRAPH).await;
    get(&fake, &token, "/v1.0/organization").await;
    assert!(fake.forgive().join("\n").contains("a token was used that is for another tenant"));
}
