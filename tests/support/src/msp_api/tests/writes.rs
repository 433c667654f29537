//! What changes something.

use reqwest::Method;
use serde_json::json;

use super::{call, fake, get, login, post};
use crate::msp_api::Trouble;

#[tokio::test]
async fn a_write_that_nobody_confirmed_is_not_done() {
    let fake = fake().await;
    let token = login(&fake).await;
    let body = json!({"client_id": fake.client("contoso"), "subject": "Help", "priority": "high"});
    assert_eq!(post(&fake, &token, "/api/v1/tickets", body).await.status, 403);
    assert_eq!(get(&fake, &token, "/api/v1/machines/sync/run").await.status, 403);
    let found = fake.forgive();
    assert!(found.len() == 2 && found.iter().all(|why| why.contains("nobody confirmed this write")), "{found:?}");
    assert_eq!(fake.rows("tickets").len(), 158);
}

#[tokio::test]
async fn confirmed_writes_are_read_back() {
    let fake = fake().await;
    let token = login(&fake).await;
    let body = json!({"client_id": fake.client("contoso"), "subject": "Help", "priority": "high"});
    fake.expect_write("POST", "/api/v1/tickets", body.clone());
    let made = post(&fake, &token, "/api/v1/tickets", body).await;
    assert_eq!((made.status, &made.body["status"], &made.body["number"]), (201, &json!("new"), &json!(1158)));
    let path = format!("/api/v1/tickets/{}", made.body["id"].as_str().unwrap());
    fake.expect_write("PATCH", &path, json!({"status": "resolved"}));
    let changed = call(&fake, &token, Method::PATCH, &path, Some(&json!({"status": "resolved"}))).await.unwrap();
    assert_eq!(changed.status, 200);
    assert_eq!(get(&fake, &token, &path).await.body["status"], "resolved");
    let note = json!({"body": "Checked.", "is_public": false});
    fake.expect_write("POST", &format!("{path}/notes"), note.clone());
    assert_eq!(post(&fake, &token, &format!("{path}/notes"), note).await.status, 201);
    assert_eq!(fake.notes()[0]["is_public"], false);
    assert_eq!(fake.writes().len(), 3);
}

#[tokio::test]
async fn a_body_that_is_not_of_its_schema_is_refused() {
    let fake = fake().await;
    let token = login(&fake).await;
    for body in [
        json!({"client_id": "x", "subject": "Help"}),
        json!({"client_id": "x", "subject": "Help", "priority": "whenever"}),
        json!({"client_id": "x", "subject": "Help", "priority": "low", "number": 1}),
        json!([]),
    ] {
        fake.expect_write("POST", "/api/v1/tickets", body.clone());
        let answer = post(&fake, &token, "/api/v1/tickets", body).await;
        assert!(answer.status == 422 && answer.body["detail"][0]["loc"][0] == "body", "{}", answer.text);
    }
    assert!(fake.writes().is_empty());
}

#[tokio::test]
async fn who_may_only_read_writes_nothing() {
    let fake = fake().await;
    fake.scopes(&["msp:read"]);
    let token = login(&fake).await;
    let answer = post(&fake, &token, "/api/v1/tasks", json!({})).await;
    assert_eq!((answer.status, &answer.body["detail"]), (403, &json!("Not enough permissions")));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_was_done_and_is_not_done_again() {
    let fake = fake().await;
    let token = login(&fake).await;
    let body = json!({"client_id": fake.client("contoso"), "title": "Once", "status": "open"});
    fake.expect_write("POST", "/api/v1/tasks", body.clone());
    fake.trouble(Trouble::Lost);
    assert!(call(&fake, &token, Method::POST, "/api/v1/tasks", Some(&body)).await.is_err());
    assert_eq!(get(&fake, &token, "/api/v1/tasks?q=Once").await.body["total"], 1);
    assert_eq!(post(&fake, &token, "/api/v1/tasks", body).await.status, 403);
    assert_eq!(fake.forgive().len(), 1);
}
