//! Logging in, refreshing, and being late.

use std::time::Duration;

use serde_json::json;

use super::{fake, get, login, post};
use crate::msp_api::{PASSWORD, USER};

#[tokio::test]
async fn a_login_is_json_or_a_form() {
    let fake = fake().await;
    let json = post(&fake, "", "/api/v1/auth/token", json!({"username": USER, "password": PASSWORD})).await;
    assert_eq!(
        (json.status, &json.body["token_type"], &json.body["expires_in"]),
        (200, &json!("bearer"), &json!(3600))
    );
    let form = reqwest::Client::new().post(format!("{}/api/v1/auth/token", fake.base_url));
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let form = form.body(format!("grant_type=password&username={USER}&password={PASSWORD}")).send().await.unwrap();
    assert_eq!(form.status(), 200);
    for (body, status) in [
        (json!({"username": USER, "password": "wrong"}), 401),
        (json!({"username": "nobody", "password": PASSWORD}), 401),
        (json!({"username": USER}), 422),
    ] {
        assert_eq!(post(&fake, "", "/api/v1/auth/token", body).await.status, status);
    }
    assert_eq!(fake.logins(), (2, 0));
    assert!(fake.requests().iter().all(|seen| seen.body.is_null()));
}

#[tokio::test]
async fn a_token_ends_and_is_refreshed() {
    let fake = fake().await;
    fake.lifetime(Duration::from_millis(100));
    let body = json!({"refresh_token": fake.refresh_token()});
    let first = post(&fake, "", "/api/v1/auth/refresh", body.clone()).await.body["access_token"].clone();
    let first = first.as_str().unwrap();
    assert_eq!(get(&fake, first, "/api/v1/clients").await.status, 200);
    tokio::time::sleep(Duration::from_millis(120)).await;
    let late = get(&fake, first, "/api/v1/clients").await;
    assert_eq!((late.status, &late.body["detail"]), (401, &json!("Token has expired")));
    assert_eq!(late.headers["www-authenticate"], "Bearer");
    let second = post(&fake, "", "/api/v1/auth/refresh", body).await.body["access_token"].clone();
    assert_eq!(get(&fake, second.as_str().unwrap(), "/api/v1/clients").await.status, 200);
    assert_eq!(fake.logins(), (0, 2));
}

#[tokio::test]
async fn nobody_else_comes_in() {
    let fake = fake().await;
    let access = login(&fake).await;
    let refresh = fake.refresh_token();
    for (token, why) in [
        ("", "Not authenticated"),
        ("made.up.token", "Could not validate credentials"),
        (&refresh, "Could not validate credentials"),
    ] {
        let answer = get(&fake, token, "/api/v1/clients").await;
        assert_eq!((answer.status, answer.body["detail"].as_str()), (401, Some(why)));
    }
    let body = json!({"refresh_token": access});
    assert_eq!(post(&fake, "", "/api/v1/auth/refresh", body).await.status, 401);
}
