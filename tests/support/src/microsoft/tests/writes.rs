//! What changes something.

use reqwest::Method;
use serde_json::{Value, json};

use super::{EXCHANGE, GRAPH, call, fake, get, invoke, token};
use crate::microsoft::{FakeMicrosoft, Scenario, USER_ADMINISTRATOR};

const BEC: Scenario = Scenario::Bec;

async fn writer(fake: &FakeMicrosoft) -> String {
    token(fake, BEC, "m365-remediate", GRAPH).await
}

/// Announces a write and does it.
async fn write(fake: &FakeMicrosoft, token: &str, method: Method, path: &str, body: Value) -> u16 {
    fake.expect_write(BEC, method.as_str(), path, body.clone());
    let body = (!body.is_null()).then_some(body);
    call(fake, token, method, path, body).await.status
}

async fn user(fake: &FakeMicrosoft, token: &str, who: &str, field: &str) -> Value {
    get(fake, token, &format!("/v1.0/users/{}?$select={field}", BEC.user(who))).await.body[field].clone()
}

#[tokio::test]
async fn a_write_that_nobody_confirmed_is_not_done() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let path = format!("/v1.0/users/{}", BEC.user("victim"));
    let body = json!({"accountEnabled": false});
    assert_eq!(call(&fake, &token, Method::PATCH, &path, Some(body.clone())).await.status, 403);
    assert!(fake.forgive().join("\n").contains("nobody confirmed this write"));
    // Another body than the one that was confirmed is another write.
    fake.expect_write(BEC, "PATCH", &path, json!({"accountEnabled": true}));
    assert_eq!(call(&fake, &token, Method::PATCH, &path, Some(body)).await.status, 403);
    let found = fake.forgive();
    assert!(found.len() == 2 && found[1].contains("announced and never written"), "{found:?}");
    assert_eq!(user(&fake, &token, "victim", "accountEnabled").await, true);
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn a_confirmed_write_is_done_once() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let path = format!("/v1.0/users/{}", BEC.user("victim"));
    assert_eq!(write(&fake, &token, Method::PATCH, &path, json!({"accountEnabled": false})).await, 204);
    assert_eq!(user(&fake, &token, "victim", "accountEnabled").await, false);
    assert_eq!(fake.writes(), [format!("PATCH {path}")]);
    let again = call(&fake, &token, Method::PATCH, &path, Some(json!({"accountEnabled": false}))).await;
    assert_eq!(again.status, 403);
    assert_eq!(fake.forgive().len(), 1);
}

#[tokio::test]
async fn every_action_changes_what_is_read_back() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let user = format!("/v1.0/users/{}", BEC.user("victim"));
    let first = |path: String, fake: &FakeMicrosoft| fake.list(BEC, &path)[0]["id"].as_str().unwrap().to_owned();
    let grants = fake.list(BEC, "oauth2PermissionGrants");
    let grant = grants.iter().find(|grant| grant["scope"].as_str().unwrap().contains("EWS")).unwrap();
    let grant = format!("/v1.0/oauth2PermissionGrants/{}", grant["id"].as_str().unwrap());
    let assigned = first(format!("users/{}/appRoleAssignments", BEC.user("victim")), &fake);
    let assigned = format!("{user}/appRoleAssignments/{assigned}");
    let rules = get(&fake, &token, &format!("{user}/mailFolders/inbox/messageRules")).await;
    let rule = format!("{user}/mailFolders/inbox/messageRules/{}", rules.list()[1]["id"].as_str().unwrap());
    let principals = fake.list(BEC, "servicePrincipals");
    let rogue = principals.iter().find(|one| one["displayName"] == "PerfectData Software").unwrap();
    let rogue = format!("/v1.0/servicePrincipals/{}", rogue["id"].as_str().unwrap());
    let device = fake.list(BEC, "devices").iter().find(|one| one["isManaged"] == false).unwrap()["id"].clone();
    let device = format!("/v1.0/devices/{}", device.as_str().unwrap());
    let phone = format!("{user}/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7");
    let off = json!({"automaticRepliesSetting": {"status": "disabled"}});
    let disable = json!({"accountEnabled": false});
    for (method, path, body, status) in [
        (Method::POST, format!("{user}/revokeSignInSessions"), Value::Null, 200),
        (Method::PATCH, rule.clone(), json!({"isEnabled": false}), 200),
        (Method::PATCH, format!("{user}/mailboxSettings"), off, 200),
        (Method::DELETE, grant.clone(), Value::Null, 204),
        (Method::DELETE, assigned, Value::Null, 204),
        (Method::PATCH, rogue.clone(), disable.clone(), 204),
        (Method::DELETE, phone, Value::Null, 204),
        (Method::PATCH, device.clone(), disable, 204),
    ] {
        assert_eq!(write(&fake, &token, method, &path, body).await, status, "{path}");
    }
    assert_eq!(get(&fake, &token, &rule).await.body["isEnabled"], false);
    assert_eq!(get(&fake, &token, &grant).await.status, 404);
    assert_eq!(get(&fake, &token, &rogue).await.body["accountEnabled"], false);
    assert_eq!(get(&fake, &token, &device).await.body["accountEnabled"], false);
    assert_eq!(get(&fake, &token, &format!("{user}/authentication/methods")).await.list().len(), 4);
    let replies = get(&fake, &token, &format!("{user}/mailboxSettings")).await.body["automaticRepliesSetting"].clone();
    assert!(replies["status"] == "disabled" && replies["externalReplyMessage"].as_str().unwrap().contains("bank"));
    assert_eq!(fake.writes().len(), 8);
}

#[tokio::test]
async fn a_password_needs_a_role_and_a_user_of_the_cloud() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let victim = format!("/v1.0/users/{}", BEC.user("victim"));
    let announced = json!({"passwordProfile": {"password": "*", "forceChangePasswordNextSignIn": true}});
    let body =
        |password: &str| json!({"passwordProfile": {"password": password, "forceChangePasswordNextSignIn": true}});
    for (password, synced, roles, status) in [
        ("correct horse battery staple", false, true, 204),
        ("short", false, true, 400),
        ("correct horse battery staple", true, true, 400),
        ("correct horse battery staple", false, false, 403),
    ] {
        let users = "users";
        fake.alter(BEC, users, &BEC.user("victim"), &json!({"onPremisesSyncEnabled": synced}));
        if !roles {
            fake.change_app("m365-remediate", |app| app.directory_roles.clear());
        }
        fake.expect_write(BEC, "PATCH", &victim, announced.clone());
        let answer = call(&fake, &token, Method::PATCH, &victim, Some(body(password))).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    assert!(fake.secrets().contains(&"correct horse battery staple".to_owned()));
}

#[tokio::test]
async fn the_default_way_to_sign_in_goes_last() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let user = format!("users/{}/authentication", BEC.user("victim"));
    let methods = fake.list(BEC, &format!("{user}/methods"));
    let id = |at: usize| methods[at]["id"].as_str().unwrap();
    // Her own Authenticator is the default; the attacker's is the third.
    let default = format!("/v1.0/{user}/microsoftAuthenticatorMethods/{}", id(1));
    assert_eq!(write(&fake, &token, Method::DELETE, &default, Value::Null).await, 400);
    let theirs = format!("/v1.0/{user}/microsoftAuthenticatorMethods/{}", id(2));
    assert_eq!(write(&fake, &token, Method::DELETE, &theirs, Value::Null).await, 204);
    // A telephone is no Authenticator.
    let wrong = format!("/v1.0/{user}/microsoftAuthenticatorMethods/{}", id(3));
    assert_eq!(write(&fake, &token, Method::DELETE, &wrong, Value::Null).await, 404);
}

#[tokio::test]
async fn risk_is_confirmed_and_dismissed() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let body = json!({"userIds": [BEC.user("victim")]});
    for (action, state) in [("confirmCompromised", "confirmedCompromised"), ("dismiss", "dismissed")] {
        let path = format!("/v1.0/identityProtection/riskyUsers/{action}");
        assert_eq!(write(&fake, &token, Method::POST, &path, body.clone()).await, 204);
        let risky = get(&fake, &token, &format!("/v1.0/identityProtection/riskyUsers/{}", BEC.user("victim"))).await;
        assert_eq!(risky.body["riskState"], state);
    }
}

#[tokio::test]
async fn exchange_shows_what_was_changed_in_it() {
    let fake = fake().await;
    let token = token(&fake, BEC, "m365-exo-remediate", EXCHANGE).await;
    let (upn, helper) = (BEC.upn("victim"), BEC.upn("helper"));
    let unset = json!({"Identity": upn, "ForwardingSmtpAddress": null, "ForwardingAddress": null, "DeliverToMailboxAndForward": false});
    assert_eq!(invoke(&fake, &token, BEC, "Set-Mailbox", unset.clone()).await.status, 403);
    assert!(fake.forgive().join("\n").contains("nobody confirmed this write"));
    let full = json!({"Identity": upn, "User": helper, "AccessRights": ["FullAccess"]});
    let send = json!({"Identity": upn, "Trustee": helper, "AccessRights": ["SendAs"]});
    let rule = json!({"Mailbox": upn, "Identity": "victim\\4242", "Force": true});
    for (cmdlet, parameters) in [
        ("Set-Mailbox", unset),
        ("Disable-InboxRule", rule.clone()),
        ("Enable-InboxRule", rule.clone()),
        ("Remove-InboxRule", rule),
        ("Remove-MailboxPermission", full.clone()),
        ("Add-MailboxPermission", full.clone()),
        ("Remove-MailboxPermission", full),
        ("Remove-RecipientPermission", send),
        ("Remove-BlockedSenderAddress", json!({"SenderAddress": upn})),
    ] {
        fake.expect_cmdlet(BEC, cmdlet, parameters.clone());
        let answer = invoke(&fake, &token, BEC, cmdlet, parameters).await;
        assert_eq!(answer.status, 200, "{cmdlet}: {}", answer.text);
    }
    let read = |cmdlet: &'static str, parameters: Value| invoke(&fake, &token, BEC, cmdlet, parameters);
    let mailbox = read("Get-Mailbox", json!({"Identity": upn})).await;
    assert_eq!(mailbox.list()[0]["ForwardingSmtpAddress"], Value::Null);
    let hidden = json!({"Mailbox": upn, "IncludeHidden": true});
    assert_eq!(read("Get-InboxRule", hidden).await.list().len(), 5);
    assert_eq!(read("Get-MailboxPermission", json!({"Identity": upn})).await.list().len(), 2);
    assert_eq!(read("Get-RecipientPermission", json!({"Identity": upn})).await.list().len(), 1);
    assert!(read("Get-BlockedSenderAddress", json!({})).await.list().is_empty());
    assert_eq!(fake.writes().len(), 9);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_was_done() {
    let fake = fake().await;
    let scenario = Scenario::WriteTimeout;
    let token = token(&fake, scenario, "m365-remediate", GRAPH).await;
    let path = format!("/v1.0/users/{}", scenario.user("victim"));
    let body = json!({"accountEnabled": false});
    fake.expect_write(scenario, "PATCH", &path, body.clone());
    let request = reqwest::Client::new().patch(format!("{}{path}", fake.base_url)).bearer_auth(&token).json(&body);
    assert!(request.send().await.is_err());
    let read = get(&fake, &token, &format!("{path}?$select=accountEnabled")).await;
    assert_eq!(read.body["accountEnabled"], false);
    assert_eq!(fake.writes().len(), 1);
}

#[tokio::test]
async fn an_administrator_is_touched_with_the_greater_role_only() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let admin = format!("/v1.0/users/{}", BEC.user("cf0"));
    assert_eq!(write(&fake, &token, Method::PATCH, &admin, json!({"accountEnabled": false})).await, 204);
    fake.change_app("m365-remediate", |app| app.directory_roles = vec![USER_ADMINISTRATOR.to_owned()]);
    assert_eq!(write(&fake, &token, Method::PATCH, &admin, json!({"accountEnabled": true})).await, 403);
    assert_eq!(user(&fake, &token, "cf0", "accountEnabled").await, false);
}

#[tokio::test]
async fn a_field_that_no_action_changes_is_refused() {
    let fake = fake().await;
    let token = writer(&fake).await;
    let victim = format!("/v1.0/users/{}", BEC.user("victim"));
    for body in [json!({"displayName": "x"}), json!({"accountEnabled": false, "mail": "x"}), json!({})] {
        assert_eq!(write(&fake, &token, Method::PATCH, &victim, body).await, 400);
    }
    assert_eq!(fake.forgive().len(), 3);
    assert!(fake.writes().is_empty());
}
