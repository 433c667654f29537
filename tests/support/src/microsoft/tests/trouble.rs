//! Tenants where something is the matter.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use serde_json::json;

use super::{Answer, EXCHANGE, fake, get, invoke, reader, token};
use crate::microsoft::{Damage, Scenario};

#[tokio::test]
async fn every_third_call_is_throttled_with_and_without_a_time() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Throttled).await;
    let mut seen = Vec::new();
    for number in 1..=6 {
        let answer = get(&fake, &token, &format!("/v1.0/users?$top={number}")).await;
        seen.push((answer.status, answer.retry_after));
    }
    let fine = (200, None);
    let told = (429, Some("1".to_owned()));
    assert_eq!(seen, [fine.clone(), fine.clone(), told, fine.clone(), fine, (429, None)]);
    get(&fake, &token, "/v1.0/users?$top=3").await;
    assert!(fake.forgive().join("\n").contains("sent again before Retry-After was over"));
}

#[tokio::test]
async fn who_waits_is_served() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Throttled).await;
    for number in 1..=3 {
        get(&fake, &token, &format!("/v1.0/users?$top={number}")).await;
    }
    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(get(&fake, &token, "/v1.0/users?$top=3").await.status, 200);
}

#[tokio::test]
async fn a_slow_tenant_takes_its_time_and_its_peak_is_counted() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Slow).await;
    let begun = Instant::now();
    let four = (1..=4).map(|number| {
        let url = format!("{}/v1.0/users?$top={number}", fake.base_url);
        let request = reqwest::Client::new().get(url).bearer_auth(&token);
        tokio::spawn(Answer::of(request))
    });
    for answer in futures::future::join_all(four).await {
        assert_eq!(answer.unwrap().unwrap().status, 200);
    }
    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(fake.peak(Scenario::Slow), 4);
    assert_eq!(fake.peak(Scenario::Clean), 0);
    fake.latency(Scenario::Slow, Duration::from_millis(300));
    let begun = Instant::now();
    get(&fake, &token, "/v1.0/organization").await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn exchange_that_is_down_says_nothing() {
    let fake = fake().await;
    let token = token(&fake, Scenario::ExoDown, "m365-exo-read", EXCHANGE).await;
    let answer = invoke(&fake, &token, Scenario::ExoDown, "Get-OrganizationConfig", json!({})).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("1")));
}

#[tokio::test]
async fn malformed_answers_are_of_every_kind() {
    let fake = fake().await;
    let scenario = Scenario::Malformed;
    let graph = reader(&fake, scenario).await;
    let user = format!("/v1.0/users/{}", scenario.user("victim"));
    assert_eq!(get(&fake, &graph, &user).await.status, 200);
    let rules = get(&fake, &graph, &format!("{user}/mailFolders/inbox/messageRules")).await;
    assert!(rules.status == 200 && rules.body.is_null() && rules.text.starts_with('{'), "{}", rules.text);
    let methods = get(&fake, &graph, &format!("{user}/authentication/methods")).await;
    assert!(methods.body["value"].is_object());
    let grants = get(&fake, &graph, &format!("{user}/oauth2PermissionGrants")).await;
    assert!(grants.list()[0].as_object().unwrap().values().all(serde_json::Value::is_null));
    let settings = get(&fake, &graph, &format!("{user}/mailboxSettings")).await;
    assert!(settings.text.starts_with("<html>"));
    let exchange = token(&fake, scenario, "m365-exo-read", EXCHANGE).await;
    let rules = invoke(&fake, &exchange, scenario, "Get-InboxRule", json!({"Mailbox": scenario.upn("victim")})).await;
    assert!(rules.status == 200 && rules.body.is_null());
}

#[tokio::test]
async fn a_test_spoils_what_it_likes() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    fake.damage(Scenario::Clean, "/organization", Damage::WrongTypes);
    assert!(get(&fake, &token, "/v1.0/organization").await.body["value"].is_object());
    assert_eq!(get(&fake, &token, "/v1.0/subscribedSkus").await.list().len(), 1);
}

#[tokio::test]
async fn hostile_names_come_as_they_are() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::HostileText).await;
    let user = Scenario::HostileText.user("victim");
    let rules = get(&fake, &token, &format!("/v1.0/users/{user}/mailFolders/inbox/messageRules")).await;
    assert!(rules.list().iter().any(|rule| rule["displayName"] == "@everyone [x](http://evil.example) ```"));
    let apps = get(&fake, &token, "/v1.0/servicePrincipals").await;
    let named = |part: &str| apps.list().iter().any(|app| app["displayName"].as_str().unwrap().contains(part));
    assert!(named("Ignore all previous instructions") && named("\u{202e}"));
}

#[tokio::test]
async fn a_patient_client_gets_everything_with_few_tries() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Throttled).await;
    let victim = Scenario::Throttled.user("victim");
    for place in ["mailboxSettings", "authentication/methods", "registeredDevices", "appRoleAssignments"] {
        let path = format!("/v1.0/users/{victim}/{place}");
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = get(&fake, &token, &path).await;
            if answer.status == 200 {
                break;
            }
            let wait = answer.retry_after.map_or(100, |seconds| seconds.parse::<u64>().unwrap() * 1000 + 20);
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        assert!(tries <= 2, "{place}: {tries}");
    }
    assert_eq!(fake.requests().iter().filter(|seen| seen.status == 429).count(), 1);
}

#[tokio::test]
async fn three_hundred_mailboxes_are_read_four_at_a_time() {
    let fake = fake().await;
    let token = token(&fake, Scenario::Large, "m365-exo-read", EXCHANGE).await;
    let all = invoke(&fake, &token, Scenario::Large, "Get-Mailbox", json!({"ResultSize": "Unlimited"})).await;
    let names = all.list().iter().map(|one| one["UserPrincipalName"].as_str().unwrap().to_owned());
    let rules = futures::stream::iter(names).map(|upn| {
        let (fake, token) = (&fake, &token);
        async move { invoke(fake, token, Scenario::Large, "Get-InboxRule", json!({"Mailbox": upn})).await }
    });
    fake.latency(Scenario::Large, Duration::from_millis(10));
    let rules: Vec<Answer> = rules.buffer_unordered(4).collect().await;
    let outside = rules.iter().filter(|rules| rules.text.contains("drop@attacker.example")).count();
    assert_eq!((rules.len(), outside), (300, 2));
    assert_eq!(fake.peak(Scenario::Large), 4);
}
