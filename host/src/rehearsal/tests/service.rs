use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::Rehearsal;

/// A request as plain bytes, and everything that comes back.
async fn post(rehearsal: &Rehearsal, body: &str) -> String {
    let address = rehearsal.base_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!("POST /v1/messages HTTP/1.0\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn ask(text: &str) -> String {
    let tools = json!([{"name": "Read", "input_schema": {"type": "object"}}]);
    json!({
        "model": "rehearsal", "max_tokens": 1000, "stream": true, "tools": tools,
        "messages": [{"role": "user", "content": text}],
    })
    .to_string()
}

fn events(answer: &str) -> Vec<Value> {
    let data = answer.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn a_call_is_streamed_as_the_api_streams_it() {
    let rehearsal = Rehearsal::start_at(Duration::ZERO).await.unwrap();
    let answer = post(&rehearsal, &ask("read README.md")).await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    let events = events(&answer);
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "message_start",
            "content_block_start",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(events[0]["message"]["model"], "rehearsal");
    assert_eq!(events[5]["content_block"]["name"], "Read");
    assert_eq!(events[6]["delta"]["partial_json"], "{\"file_path\":\"README.md\"}");
    assert_eq!(events[8]["delta"]["stop_reason"], "tool_use");
}

#[tokio::test]
async fn no_two_calls_have_the_same_id() {
    let rehearsal = Rehearsal::start_at(Duration::ZERO).await.unwrap();
    let id = async || events(&post(&rehearsal, &ask("read a")).await)[5]["content_block"]["id"].clone();
    assert_ne!(id().await, id().await);
}

#[tokio::test]
async fn the_pieces_of_a_text_are_the_text() {
    let rehearsal = Rehearsal::start_at(Duration::ZERO).await.unwrap();
    let events = events(&post(&rehearsal, &ask("hello")).await);
    let pieces: Vec<&str> = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert!(pieces.len() > 20);
    let text = pieces.concat();
    assert!(text.starts_with("**Rehearsal model** — not Claude.") && text.ends_with("Tools: Read."), "{text}");
}

#[tokio::test]
async fn what_it_cannot_read_is_refused_as_the_api_refuses_it() {
    let rehearsal = Rehearsal::start_at(Duration::ZERO).await.unwrap();
    let rows = [
        ("{\"model\":", "The request body is not valid JSON"),
        ("[]", "stream: the rehearsal model only answers with a stream"),
        ("{\"stream\":true,\"messages\":[]}", "messages: at least one message is required"),
    ];
    for (body, text) in rows {
        let answer = post(&rehearsal, body).await;
        assert!(answer.starts_with("HTTP/1.0 400"), "{answer}");
        assert!(answer.contains("invalid_request_error") && answer.contains(text), "{answer}");
    }
}

#[tokio::test]
async fn it_ends_when_it_is_dropped() {
    let rehearsal = Rehearsal::start().await.unwrap();
    let address = rehearsal.base_url().strip_prefix("http://").unwrap().to_owned();
    drop(rehearsal);
    while TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
