//! The fake over its own sockets, read by a client that knows nothing of it.

mod description;
mod lists;
mod login;
mod writes;

use reqwest::{Client, Method, redirect};
use serde_json::{Value, json};

use super::{FakeMsp, PASSWORD, USER};

/// What a plain client makes of an answer.
struct Answer {
    status: u16,
    body: Value,
    headers: reqwest::header::HeaderMap,
    text: String,
}

async fn fake() -> FakeMsp {
    FakeMsp::start().await.unwrap()
}

async fn call(
    fake: &FakeMsp,
    token: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> reqwest::Result<Answer> {
    let client = Client::builder().redirect(redirect::Policy::none()).build()?;
    let mut request = client.request(method, format!("{}{path}", fake.base_url));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
}

async fn get(fake: &FakeMsp, token: &str, path: &str) -> Answer {
    call(fake, token, Method::GET, path, None).await.unwrap()
}

async fn post(fake: &FakeMsp, token: &str, path: &str, body: Value) -> Answer {
    call(fake, token, Method::POST, path, Some(&body)).await.unwrap()
}

async fn login(fake: &FakeMsp) -> String {
    let answer = post(fake, "", "/api/v1/auth/token", json!({"username": USER, "password": PASSWORD})).await;
    answer.body["access_token"].as_str().unwrap().to_owned()
}
