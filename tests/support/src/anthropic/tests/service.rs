use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Failure, FakeAnthropic, KEY, Outcome, Reply, Script, Step};
use super::{after, hello, post, send};

#[tokio::test]
async fn errors_carry_their_headers_and_bodies() {
    let steps = vec![
        Step::Error(Failure::rate_limited(Duration::from_secs(7))),
        Step::Error(Failure::overloaded().retry_after(Duration::from_millis(20))),
        Step::Error(Failure::spend_limit()),
        Step::Error(Failure::plain(502, "bad gateway")),
    ];
    let fake = FakeAnthropic::start(steps).await;
    let first = post(&fake, &hello()).await;
    assert_eq!((first.status, first.headers["retry-after"].to_str().unwrap()), (429, "7"));
    let second = post(&fake, &hello()).await;
    assert_eq!((second.status, second.headers["retry-after-ms"].to_str().unwrap()), (529, "20"));
    let third: Value = serde_json::from_str(&post(&fake, &hello()).await.body).unwrap();
    assert_eq!(third["error"]["details"]["error_code"], "enforced_spend_limit_reached");
    assert_eq!(third["request_id"], "req_fake0003");
    assert_eq!(post(&fake, &hello()).await.body, "bad gateway");
    assert_eq!(fake.requests()[0].outcome, Outcome::Failed(429));
}

#[tokio::test]
async fn headers_are_refused_in_the_words_of_the_api() {
    let version = ("anthropic-version", "2023-06-01");
    let key = ("x-api-key", KEY);
    type Headers = Vec<(&'static str, &'static str)>;
    let rows: Vec<(Headers, u16, &str)> = vec![
        (vec![version], 401, "x-api-key header is required"),
        (vec![("x-api-key", "sk-wrong"), version], 401, "invalid x-api-key"),
        (vec![("authorization", "Bearer sk-wrong"), version], 401, "invalid bearer token"),
        (
            vec![("authorization", "Bearer sk-ant-fake"), version],
            401,
            "OAuth authentication is currently not supported.",
        ),
        (vec![key], 400, "anthropic-version: header is required"),
        (
            vec![key, ("anthropic-version", "2099-01-01")],
            400,
            "anthropic-version: \"2099-01-01\" is not a valid version",
        ),
        (vec![key, version, ("anthropic-beta", "x-1")], 400, "Unsupported beta header: `x-1`"),
        (vec![key, version, ("content-type", "text/plain")], 400, "Content-Type header must be application/json"),
    ];
    for (headers, status, text) in rows {
        let fake = FakeAnthropic::start(Script::react(|_| Step::text("no")).expecting(text)).await;
        let answer = send(&fake, &headers, &hello()).await.unwrap();
        assert_eq!((answer.status, answer.message().as_str()), (status, text));
        assert_eq!(fake.requests()[0].outcome, Outcome::Refused(status));
    }
}

#[tokio::test]
async fn a_function_answers_from_what_it_reads() {
    let script = Script::react(|view| match view.tool_results().first() {
        Some(result) => Step::text(format!("it says {}", result.text)),
        None => Reply::new().tool("Read", json!({"file_path": view.last_user_text()})).into(),
    });
    let fake = FakeAnthropic::start(script).await;
    let blocks = post(&fake, &hello()).await.blocks();
    assert_eq!(blocks[0]["input"], json!({"file_path": "hello"}));
    let answer = post(&fake, &after(&hello(), &blocks)).await;
    assert_eq!(answer.blocks()[0]["text"], "it says fine");
    assert_eq!(fake.requests()[1].tools(), ["Read"]);
}

#[tokio::test]
async fn models_and_counts_are_served() {
    let fake = FakeAnthropic::start(Script::react(|_| Step::text("")).expecting("model: claude-2")).await;
    let get = async |path: &str| -> Value {
        let request = reqwest::Client::new().get(format!("{}{path}", fake.base_url));
        let request = request.header("x-api-key", KEY).header("anthropic-version", "2023-06-01");
        request.send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(get("/v1/models").await["data"].as_array().unwrap().len(), 12);
    assert_eq!(get("/v1/models/claude-opus-5-5").await["max_tokens"], 128_000);
    assert_eq!(get("/v1/models/claude-2").await["error"]["type"], "not_found_error");
    let mut body = hello();
    body.as_object_mut().unwrap().retain(|key, _| key != "stream" && key != "max_tokens");
    let count = reqwest::Client::new().post(format!("{}/v1/messages/count_tokens", fake.base_url)).json(&body);
    let count = count.header("x-api-key", KEY).header("anthropic-version", "2023-06-01");
    let count: Value = count.send().await.unwrap().json().await.unwrap();
    assert_eq!(count, json!({"input_tokens": 28}));
}

#[tokio::test]
#[should_panic(expected = "request 1: temperature")]
async fn a_problem_that_no_one_expected_fails_the_test() {
    let fake = FakeAnthropic::start([Step::text("x")]).await;
    let mut body = hello();
    body["temperature"] = json!("warm");
    post(&fake, &body).await;
}

#[tokio::test]
#[should_panic(expected = "1 steps of the script were not asked for")]
async fn a_step_that_is_not_used_fails_the_test() {
    let _fake = FakeAnthropic::start([Step::text("x")]).await;
}

#[tokio::test]
#[should_panic(expected = "the script of the fake is over")]
async fn a_request_after_the_last_step_fails_the_test() {
    let fake = FakeAnthropic::start(Vec::new()).await;
    assert_eq!(post(&fake, &hello()).await.status, 400);
}

#[tokio::test]
#[should_panic(expected = "expected a problem about `prefill`, but there was none")]
async fn an_expectation_that_is_not_met_fails_the_test() {
    let _fake = FakeAnthropic::start(Script::react(|_| Step::text("x")).expecting("prefill")).await;
}
