//! `$batch`.

use reqwest::Method;
use serde_json::{Value, json};

use super::{call, fake, reader};
use crate::microsoft::{Scenario, Service};

fn get(id: usize, url: &str) -> Value {
    json!({"id": id.to_string(), "method": "GET", "url": url})
}

#[tokio::test]
async fn each_request_has_its_own_status() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::NoConsentPartial).await;
    let victim = Scenario::NoConsentPartial.upn("victim");
    let requests = json!({"requests": [
        get(1, &format!("/users/{victim}?$select=id")), get(2, "/users/nobody@contoso.example"), get(3, "/auditLogs/signIns"),
    ]});
    let answer = call(&fake, &token, Method::POST, "/v1.0/$batch", Some(requests)).await;
    let responses = answer.body["responses"].as_array().unwrap();
    let status = |id: &str| responses.iter().find(|one| one["id"] == id).unwrap()["status"].as_u64().unwrap();
    assert_eq!((status("1"), status("2"), status("3")), (200, 404, 403));
    assert_eq!(responses[0]["id"], "3");
    assert_eq!(fake.count(Service::Graph), 1);
    assert_eq!(fake.requests().iter().filter(|seen| seen.batched).count(), 3);
}

#[tokio::test]
async fn one_of_a_batch_is_throttled_alone() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Throttled).await;
    let requests: Vec<Value> = (1..=6).map(|id| get(id, &format!("/users?$select=id&$top={id}"))).collect();
    let answer = call(&fake, &token, Method::POST, "/v1.0/$batch", Some(json!({"requests": requests}))).await;
    assert_eq!(answer.status, 200);
    let waits: Vec<&Value> =
        answer.body["responses"].as_array().unwrap().iter().filter(|one| one["status"] == 429).collect();
    let told: Vec<Option<&str>> = waits.iter().map(|one| one["headers"]["Retry-After"].as_str()).collect();
    assert_eq!(told, [None, Some("1")]);
}

#[tokio::test]
async fn a_batch_that_is_none_is_refused() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    for (requests, problem) in [
        (json!([]), "with 0 requests"),
        ((0..21).map(|id| get(id, "/users")).collect(), "with 21 requests"),
        (json!([get(1, "/users"), get(1, "/users")]), "two requests have the id `1`"),
        (json!([get(1, "https://graph.microsoft.com/v1.0/users")]), "is not relative"),
        (json!([get(1, "/v1.0/users")]), "is not relative"),
        (json!([{"id": "1", "method": "PATCH", "url": "/users/x", "body": {}}]), "no `Content-Type`"),
        (json!([{"id": 1, "method": "GET", "url": "/users"}]), "a request has no `id`"),
    ] {
        let body = json!({"requests": requests});
        let answer = call(&fake, &token, Method::POST, "/v1.0/$batch", Some(body)).await;
        let found = fake.forgive().join("\n");
        assert!(answer.status == 400 && found.contains(problem), "{problem:?} is not in {found:?}");
    }
}
