//! What the fake finds: one bad request for each check, beside the good one.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use futures::{SinkExt as _, StreamExt as _};

use super::{BOT, FakeDiscord, GENERAL, GUILD, Person, TOKEN, schema};

const AGENT: &str = "DiscordBot (https://example.org, 1)";

/// A message that Discord takes.
fn good() -> Value {
    json!({
        "content": "hello", "nonce": "1", "enforce_nonce": true, "flags": 4, "allowed_mentions": {"parse": []},
    })
}

/// The same with other fields; `null` takes one away.
fn with(fields: &Value) -> Value {
    let mut body = good();
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(body.as_object_mut().unwrap().shift_remove(name)),
            value => body[name] = value.clone(),
        }
    }
    body
}

async fn send(fake: &FakeDiscord, method: &str, path: &str, body: &str) -> StatusCode {
    let client = Client::builder().user_agent(AGENT).build().unwrap();
    let request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{}{path}", fake.api_base));
    let request = request.header("authorization", format!("Bot {TOKEN}")).header("content-type", "application/json");
    request.body(body.to_owned()).send().await.unwrap().status()
}

/// What a fake finds in one request.
async fn found(method: &str, path: &str, body: &str) -> String {
    let fake = FakeDiscord::start().await.unwrap();
    send(&fake, method, path, body).await;
    fake.forgive().join("\n")
}

fn messages() -> String {
    format!("/channels/{GENERAL}/messages")
}

#[tokio::test]
async fn a_good_message_is_no_problem() {
    assert_eq!(found("POST", &messages(), &good().to_string()).await, "");
}

#[tokio::test]
async fn every_limit_of_a_message_is_checked() {
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "Stop", "custom_id": id});
    let row = |inner: Value| json!({"type": 1, "components": inner});
    let long = "x".repeat(101);
    let rows = [
        (json!({"content": "x".repeat(2001)}), "content has 2001 UTF-16 units"),
        (json!({"content": "```rust"}), "a code fence is opened and not closed"),
        (json!({"content": " "}), "the message is empty (50006)"),
        (json!({"embeds": [{"description": "x".repeat(4097)}]}), "an embed is too large"),
        (json!({"embeds": vec![json!({"title": "x"}); 11]}), "11 embeds with 11 characters"),
        (json!({"components": vec![row(json!([button("a")])); 6]}), "6 rows of components"),
        (json!({"components": [row(json!([]))]}), "must be of type 1 and hold 1 to 5"),
        (json!({"components": [row(json!([button(&long)]))]}), "a custom id of 101 characters"),
        (json!({"components": [row(json!([button("a"), button("a")]))]}), "the custom id `a` stands twice"),
        (
            json!({"components": [row(json!([{"type": 2, "style": 1, "label": "x".repeat(81), "custom_id": "a"}]))]}),
            "a label of more than 80 characters",
        ),
        (json!({"allowed_mentions": null}), "allowed_mentions.parse is null"),
        (json!({"allowed_mentions": {"parse": ["everyone"]}}), "allowed_mentions.parse is [\"everyone\"]"),
        (json!({"allowed_mentions": {"parse": [], "roles": ["1"]}}), "allowed_mentions names roles"),
        (json!({"allowed_mentions": {"parse": [], "users": ["1", "2"]}}), "names more than one person"),
        (json!({"flags": 4 | 1 << 15}), "has bits that a bot may not set"),
        (json!({"flags": 0}), "SUPPRESS_EMBEDS is not set"),
        (json!({"nonce": null}), "there is no nonce"),
        (json!({"nonce": "x".repeat(26)}), "is longer than 25"),
        (json!({"enforce_nonce": null}), "enforce_nonce is not set"),
        (json!({"message_reference": {"message_id": "4"}}), "answers a message that is not in this channel"),
    ];
    for (fields, problem) in rows {
        let found = found("POST", &messages(), &with(&fields).to_string()).await;
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn what_discord_does_not_describe_is_found_where_its_description_is_there() {
    // It lies beside the workspace and is not part of it.
    if !schema::is_there() {
        return;
    }
    for (fields, problem) in [
        (json!({"contents": "x"}), "there is no property `contents`"),
        (json!({"tts": "loud"}), "`/tts`"),
        (json!({"flags": "four"}), "`/flags`"),
    ] {
        let found = found("POST", &messages(), &with(&fields).to_string()).await;
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn every_route_that_takes_a_body_has_a_schema_that_compiles() {
    let checked = super::routes::names().filter(|route| schema::has(route)).count();
    assert!(checked >= 8 || !schema::is_there(), "only {checked} routes are checked");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_found() {
    let theirs = format!("/channels/{GENERAL}/messages");
    let threads = format!("/channels/{GENERAL}/threads");
    let commands = format!("/applications/{BOT}/guilds/{GUILD}/commands");
    let long = json!({"name": "x".repeat(101), "type": 11}).to_string();
    let odd = json!([{"name": "Stop It", "description": "x"}]).to_string();
    for (method, path, body, problem) in [
        ("GET", "/nowhere", "", "there is no such route"),
        ("POST", theirs.as_str(), "{", "the body cannot be read"),
        ("POST", threads.as_str(), long.as_str(), "a thread's name of 101 characters"),
        ("PUT", commands.as_str(), odd.as_str(), "the command `Stop It` has a bad name or description"),
    ] {
        let found = found(method, path, body).await;
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn somebody_elses_message_is_neither_edited_nor_deleted() {
    for (method, body) in [("PATCH", good().to_string()), ("DELETE", String::new())] {
        let fake = FakeDiscord::start().await.unwrap();
        fake.says(&Person::alice(), GENERAL, "mine");
        let id = fake.see(|state| *state.messages.keys().next().unwrap());
        send(&fake, method, &format!("/channels/{GENERAL}/messages/{id}"), &body).await;
        let found = fake.forgive().join("\n");
        assert!(found.contains("the message is somebody else's"), "{method}: {found:?}");
    }
}

#[tokio::test]
async fn a_client_says_what_it_is_and_has_the_token() {
    let fake = FakeDiscord::start().await.unwrap();
    let url = format!("{}/users/@me", fake.api_base);
    let nobody = Client::new().get(&url).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    let unnamed = Client::new().get(&url).header("authorization", format!("Bot {TOKEN}")).send().await.unwrap();
    assert_eq!(unnamed.status(), 200);
    assert!(fake.forgive().join("\n").contains("the user agent is ``"));
}

#[tokio::test]
async fn a_request_before_the_time_it_was_told_is_impatient() {
    let fake = FakeDiscord::start().await.unwrap();
    let mut said = Vec::new();
    for number in 0..7 {
        let body = with(&json!({"nonce": number.to_string()})).to_string();
        said.push(send(&fake, "POST", &messages(), &body).await.as_u16());
    }
    assert_eq!(said, [200, 200, 200, 200, 200, 429, 429]);
    let found = fake.forgive();
    assert!(found.len() == 1 && found[0].contains("sent again before Retry-After was over"), "{found:?}");
}

#[tokio::test]
async fn the_gateway_finds_what_no_bot_sends() {
    for (sent, problem) in [
        ("x".repeat(4097), "gateway: a payload of 4097 bytes"),
        ("{".to_owned(), "gateway: a payload that is not JSON"),
        (json!({"op": 99, "d": null}).to_string(), "gateway: opcode"),
    ] {
        let fake = FakeDiscord::start().await.unwrap();
        let url = fake.see(|state| state.gateway_url.clone());
        let (mut line, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        line.next().await.unwrap().unwrap();
        line.send(Frame::Text(sent)).await.unwrap();
        let patience = std::time::Duration::from_secs(20);
        fake.wait_for(problem, patience, |state| (!state.problems.is_empty()).then_some(())).await;
        let found = fake.forgive().join("\n");
        assert!(found.contains(problem), "{problem:?} is not in {found:?}");
    }
}
