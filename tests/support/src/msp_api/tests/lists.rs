//! Lists, what they leave out, and what goes wrong with them.

use serde_json::{Value, json};

use super::{fake, get, login};
use crate::msp_api::Trouble;

#[tokio::test]
async fn a_list_is_an_array_or_has_items() {
    let fake = fake().await;
    let token = login(&fake).await;
    let clients = get(&fake, &token, "/api/v1/clients").await;
    assert_eq!((&clients.body["total"], clients.body["items"].as_array().map(Vec::len)), (&json!(3), Some(3)));
    let tickets = get(&fake, &token, "/api/v1/tickets").await;
    assert_eq!(tickets.body.as_array().map(Vec::len), Some(20));
}

#[tokio::test]
async fn skip_and_limit_walk_over_everything_once() {
    let fake = fake().await;
    let token = login(&fake).await;
    let contoso = fake.client("contoso");
    let mut numbers = Vec::new();
    loop {
        let path = format!("/api/v1/tickets?client_id={contoso}&limit=50&skip={}", numbers.len());
        let page = get(&fake, &token, &path).await;
        let page = page.body.as_array().unwrap().iter().map(|ticket| ticket["number"].as_u64().unwrap());
        let before = numbers.len();
        numbers.extend(page);
        if numbers.len() - before < 50 {
            break;
        }
    }
    assert_eq!(numbers, (1000..1143).collect::<Vec<u64>>());
}

#[tokio::test]
async fn filters_sort_and_search_do_what_they_say() {
    let fake = fake().await;
    let token = login(&fake).await;
    let fabrikam = fake.client("fabrikam");
    let total = async |query: &str| {
        let answer = get(&fake, &token, &format!("/api/v1/{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        answer.body["total"].as_u64().unwrap_or_else(|| answer.body.as_array().unwrap().len() as u64)
    };
    assert_eq!(total(&format!("machines?client_id={fabrikam}")).await, 3);
    assert_eq!(total(&format!("machines?client_id={fabrikam}&role=firewall")).await, 1);
    assert_eq!(total("clients?q=fabrikam").await, 1);
    assert_eq!(total("clients?q=contoso").await, 2);
    assert_eq!(total("clients?is_active=false").await, 0);
    assert_eq!(total("tickets?status=new&limit=100").await, 40);
    let week = crate::clock::ago(time::OffsetDateTime::now_utc(), 7 * 24 * 60);
    assert_eq!(total(&format!("clients?created_after={week}")).await, 1);
    assert_eq!(total(&format!("clients?created_before={week}")).await, 2);
    let newest = get(&fake, &token, "/api/v1/clients?sort=-created_at&limit=1").await;
    assert_eq!(newest.body["items"][0]["short_name"], "contoso");
}

#[tokio::test]
async fn what_it_does_not_know_it_leaves_aside_and_says_so_here() {
    let fake = fake().await;
    let token = login(&fake).await;
    let all = get(&fake, &token, "/api/v1/tickets?customer=contoso&limit=100").await;
    assert_eq!(all.body.as_array().map(Vec::len), Some(100));
    assert!(fake.forgive().join("\n").contains("`customer` is no parameter"));
    for query in ["limit=101", "limit=0", "skip=-1", "limit=many"] {
        assert_eq!(get(&fake, &token, &format!("/api/v1/tickets?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn credentials_are_not_to_be_read() {
    let fake = fake().await;
    let token = login(&fake).await;
    for path in ["/api/v1/credentials", "/api/v1/credentials/1"] {
        let answer = get(&fake, &token, path).await;
        assert!(answer.status == 403 && !answer.text.contains("canary"), "{}", answer.text);
        assert!(fake.forgive().join("\n").contains("the credentials are not to be read"));
    }
}

#[tokio::test]
async fn rows_hold_secrets_that_a_client_must_take_out() {
    let fake = fake().await;
    let token = login(&fake).await;
    let machines = get(&fake, &token, "/api/v1/machines").await;
    let secrets = fake.secrets();
    let held = secrets.iter().filter(|secret| machines.text.contains(secret.as_str())).count();
    assert!(held >= 9 && secrets.contains(&token), "{held}");
}

#[tokio::test]
async fn one_is_there_or_not_found() {
    let fake = fake().await;
    let token = login(&fake).await;
    let one = get(&fake, &token, &format!("/api/v1/clients/{}", fake.client("contoso"))).await;
    assert_eq!(one.body["contact_email"], "pat@contoso.example");
    let none = get(&fake, &token, "/api/v1/clients/nobody").await;
    assert_eq!((none.status, &none.body["detail"]), (404, &json!("Client not found")));
    assert_eq!(get(&fake, "", "/swagger.json").await.status, 404);
}

#[tokio::test]
async fn trouble_comes_as_it_was_ordered() {
    let fake = fake().await;
    let token = login(&fake).await;
    let path = "/api/v1/clients";
    fake.trouble(Trouble::Status(429, None));
    fake.trouble(Trouble::Truncated);
    fake.trouble(Trouble::Redirect("http://evil.example/".to_owned()));
    fake.trouble(Trouble::Lost);
    fake.trouble(Trouble::Status(503, Some(1)));
    assert_eq!(get(&fake, &token, path).await.status, 429);
    let cut = get(&fake, &token, path).await;
    assert!(cut.status == 200 && cut.body == Value::Null && cut.text.starts_with('{'));
    assert_eq!(get(&fake, &token, path).await.headers["location"], "http://evil.example/");
    assert!(super::call(&fake, &token, reqwest::Method::GET, path, None).await.is_err());
    let down = get(&fake, &token, path).await;
    assert_eq!((down.status, down.headers["retry-after"].to_str().unwrap()), (503, "1"));
    get(&fake, &token, path).await;
    assert!(fake.forgive().join("\n").contains("sent before Retry-After was over"));
    tokio::time::sleep(std::time::Duration::from_millis(1050)).await;
    assert_eq!(get(&fake, &token, path).await.status, 200);
}
