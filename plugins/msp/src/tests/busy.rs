//! An API that is busy, down, or does not know who asks.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::recorded::Recorded;

const KEY: &str = "GET /api/v1/tickets?client_id=7&limit=20&skip=0";

fn search(api: &Recorded) -> String {
    api.call("msp_search", json!({ "resource": "tickets" }))
}

#[test]
fn a_login_that_is_over_and_a_redirect_are_said() {
    assert_snapshot!(search(&Recorded::fastapi().status(KEY, 401, &[], json!({ "detail": "Could not validate credentials" }))), @r#"Failure::Unavailable("the API does not know who asks (401): the secret of the grant is missing, wrong or over. It says: Could not validate credentials")"#);
    assert_snapshot!(search(&Recorded::fastapi().status(KEY, 302, &[("location", "https://evil.example/")], Value::Null)), @r#"Failure::Unavailable("the API answered with a redirect, which is not followed; BASE_URL has to be the address that it leads to")"#);
    assert_snapshot!(search(&Recorded::fastapi().status(KEY, 403, &[], json!({ "message": "scope\u{1b}[2J msp:read" }))), @r#"Failure::Unavailable("the API does not let this login do that (403). It says: scope\\u{1b}[2J msp:read")"#);
    assert_snapshot!(search(&Recorded::fastapi().status(KEY, 422, &[], json!({ "detail": [{ "loc": ["query", "limit"], "msg": "too large" }] }))), @r#"Failure::Invalid("the API does not take this. It says: [{\"loc\":[\"query\",\"limit\"],\"msg\":\"too large\"}]")"#);
    assert_snapshot!(search(&Recorded::fastapi().status(KEY, 200, &[], json!("nothing"))), @r#"Failure::Unavailable("the answer for tickets has no list of rows that could be told")"#);
    assert_snapshot!(search(&Recorded::fastapi().lost(KEY)), @r#"Failure::Unavailable("the API gave no answer: the service did not answer in time")"#);
}

#[test]
fn a_busy_api_is_asked_again_no_earlier_than_it_says() {
    let api = Recorded::fastapi()
        .status(KEY, 429, &[("retry-after", "3")], Value::Null)
        .status(KEY, 503, &[], Value::Null)
        .answer(KEY, json!({ "items": [], "total": 0 }));
    assert!(search(&api).starts_with("All 0 tickets"), "{}", search(&api));
    assert_eq!(*api.waited.borrow(), [3_000, 2_000]);
}

#[test]
fn one_that_wants_longer_than_the_call_has_is_not_asked_again() {
    let api = Recorded::fastapi().status(KEY, 503, &[("retry-after", "30")], json!({ "detail": "database is down" }));
    assert_snapshot!(search(&api), @r#"Failure::Unavailable("the API is busy or down (503); try again in 30 seconds. It says: database is down")"#);
    assert_eq!((api.waited.borrow().len(), api.requests().lines().count()), (0, 1));
    let api = Recorded::fastapi().status(KEY, 429, &[], Value::Null);
    search(&api);
    assert_eq!((api.requests().lines().count(), api.waited.borrow().as_slice()), (4, &[1_000, 2_000, 4_000][..]));
}
