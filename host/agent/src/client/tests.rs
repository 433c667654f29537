use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::message::{Role, View};
use crate::tools::ToolDef;
use crate::turn::FailureKind;

/// What the server does after it has read a request.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    /// Says nothing more, and keeps the connection.
    Stall,
    /// Gives the client time to read what was sent so far by itself.
    Breathe,
    Close,
}

type Seen = Arc<Mutex<Vec<(String, Value)>>>;

/// A server that answers one request after the other by script; everything it was asked is kept.
async fn server(script: Vec<Vec<Step>>) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let script = Arc::new(Mutex::new(VecDeque::from(script)));
    let seen = Seen::default();
    let kept = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, script.clone(), kept.clone()));
        }
    });
    (address, seen)
}

async fn connection(mut stream: TcpStream, script: Arc<Mutex<VecDeque<Vec<Step>>>>, seen: Seen) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().unwrap().push(request);
        let steps = script.lock().unwrap().pop_front().unwrap_or_default();
        for step in steps {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await.unwrap(),
                Step::Breathe => tokio::time::sleep(Duration::from_millis(5)).await,
                Step::Stall => std::future::pending().await,
                Step::Close => return,
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if bytes.len() >= end + 4 + length? {
                return Some((head, serde_json::from_slice(&bytes[end + 4..]).unwrap()));
            }
        }
        let mut piece = [0; 65536];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

fn send(text: impl Into<Vec<u8>>) -> Step {
    Step::Send(text.into())
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![send(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}"))]
}

fn refusal(status: &str, kind: &str, message: &str) -> Vec<Step> {
    let body = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_7"});
    answer(status, "content-type: application/json\r\n", &body.to_string())
}

const OPEN: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_9\r\n";
const HELLO: &str = concat!(
    "data: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-opus-5-5\"}}\n\n",
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Grüße 👋\"}}\n\n",
    "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "data: {\"type\":\"message_stop\"}\n\n",
);

fn hello() -> Vec<Step> {
    vec![send(format!("{OPEN}content-length: {}\r\n\r\n{HELLO}", HELLO.len()))]
}

/// The stream without its end, of unknown length.
fn half(then: Step) -> Vec<Step> {
    let half = HELLO.split_once("data: {\"type\":\"content_block_stop").unwrap().0;
    vec![send(format!("{OPEN}connection: close\r\n\r\n{half}")), then]
}

fn endpoint(base_url: &str, dialect: Dialect) -> Endpoint {
    let auth = Auth::ApiKey("sk-secret".to_owned());
    Endpoint { base_url: base_url.to_owned(), auth, dialect, idle: Duration::from_millis(300) }
}

fn request(model: &str, messages: &[(Role, &[RawBlock])]) -> Request {
    let tool = |name: &str| ToolDef {
        name: name.to_owned(),
        description: "…".to_owned(),
        input_schema: json!({"type": "object", "properties": {"b": {}, "a": {}}}),
    };
    let head = Head { system: "Be Claude.".to_owned(), tools: vec![tool("Write"), tool("Read")], preamble: Vec::new() };
    let message = |(role, content): &(Role, &[RawBlock])| Message { role: *role, content: content.to_vec() };
    let messages = messages.iter().map(message).collect();
    Request {
        model: model.to_owned(),
        effort: "medium".to_owned(),
        head,
        messages,
        longest_reply: None,
        budget: 200_000,
        summary: None,
    }
}

fn question(model: &str) -> Request {
    request(model, &[(Role::User, &[RawBlock::text("Hi")])])
}

async fn all(client: &Client, request: Request) -> (Vec<Streamed>, Option<ModelFailure>) {
    let mut stream = client.stream(request);
    let mut items = Vec::new();
    while let Some(item) = stream.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(failure) => {
                assert!(stream.next().await.is_none(), "nothing comes after a failure");
                return (items, Some(failure));
            }
        }
    }
    (items, None)
}

/// What one scripted answer leads to.
async fn once(script: Vec<Step>) -> (Vec<Streamed>, Option<ModelFailure>) {
    let (address, _) = server(vec![script]).await;
    let client = Client::new(endpoint(&address, Dialect::Anthropic)).unwrap();
    all(&client, question("claude-opus-5-5")).await
}

async fn failure(script: Vec<Step>) -> String {
    let failure = once(script).await.1.unwrap();
    let wait = failure.retry_after.map(|wait| format!(" after {wait:?}")).unwrap_or_default();
    format!("{:?}{wait}: {}", failure.kind, failure.message)
}

#[tokio::test]
async fn a_reply_arrives_whole_however_it_is_cut() {
    let bytes = HELLO.as_bytes();
    let mut steps = vec![send(format!("{OPEN}transfer-encoding: chunked\r\n\r\n"))];
    for piece in bytes.chunks(41) {
        let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
        chunk.extend_from_slice(piece);
        steps.extend([send(chunk), send("\r\n"), Step::Breathe]);
    }
    steps.push(send("0\r\n\r\n"));
    let (items, failure) = once(steps).await;
    assert_eq!(failure, None);
    let [Streamed::Text(text), Streamed::Block(block), Streamed::Done { request, stop_reason, .. }] = &items[..] else {
        panic!("{items:?}");
    };
    assert_eq!((text.as_str(), stop_reason.as_str(), request.as_str()), ("Grüße 👋", "end_turn", "req_9"));
    assert_eq!(block.view(), View::Text("Grüße 👋".to_owned()));
}

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    let (address, seen) = server(vec![hello(), hello()]).await;
    let client = Client::new(endpoint(&address, Dialect::Anthropic)).unwrap();
    for _ in 0..2 {
        assert_eq!(all(&client, question("claude-opus-5-5")).await.1, None);
    }
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_cut_or_silent_stream_is_a_cut() {
    insta::assert_snapshot!(failure(half(Step::Close)).await, @"Cut: The model's reply ended in the middle");
    insta::assert_snapshot!(failure(half(Step::Stall)).await, @"Cut: The model's server was silent for 1 s");
    insta::assert_snapshot!(failure(vec![Step::Stall]).await, @"Cut: The model's server was silent for 1 s");
    let chunked = format!("{OPEN}transfer-encoding: chunked\r\n\r\n5\r\n: hi\n\r\n");
    insta::assert_snapshot!(failure(vec![send(chunked), Step::Breathe, Step::Close]).await, @"Cut: The connection to the model was lost");
}

#[tokio::test]
async fn every_error_is_one_sentence_and_a_kind() {
    let mut said = Vec::new();
    for (status, kind, message) in [
        ("400 Bad Request", "invalid_request_error", "max_tokens: too high"),
        ("400 Bad Request", "invalid_request_error", "prompt is too long: 1000001 tokens > 1000000 maximum"),
        ("400 Bad Request", "invalid_request_error", "You have reached your specified API usage limits."),
        ("400 Bad Request", "invalid_request_error", "messages.0.content.1: Could not process image"),
        ("401 Unauthorized", "authentication_error", "invalid x-api-key sk-secret"),
        ("403 Forbidden", "permission_error", "no"),
        ("404 Not Found", "not_found_error", "model: claude-opus-9"),
        ("413 Payload Too Large", "request_too_large", "big"),
        ("429 Too Many Requests", "rate_limit_error", "slow down"),
        ("500 Internal Server Error", "api_error", "oops"),
        ("529 Overloaded", "overloaded_error", "Overloaded"),
    ] {
        said.push(failure(refusal(status, kind, message)).await);
    }
    insta::assert_snapshot!(said.join("\n"), @"
    Final: The model's server does not accept the request: max_tokens: too high (400, request req_7)
    TooLong: The conversation is too long for the model (400, request req_7)
    Final: The spending limit of the API account is reached: You have reached your specified API usage limits. (400, request req_7)
    Unfit: The model's server does not accept an image or a document: messages.0.content.1: Could not process image (400, request req_7)
    Final: The model's server does not accept the API key: invalid x-api-key (key) (401, request req_7)
    Final: The API key may not do this: no (403, request req_7)
    Final: The model's server has no such address or model `claude-opus-5-5`: model: claude-opus-9 (404, request req_7)
    TooLong: The request is too large for the model's server (413, request req_7)
    Transient: The model's rate limit is reached (429, request req_7)
    Transient: The model's server has a problem (500, request req_7)
    Transient: The model is overloaded (529, request req_7)
    ");
}

#[tokio::test]
async fn what_the_server_says_of_retries_counts() {
    let busy = |headers: &str, body: &str| answer("429 Too Many Requests", headers, body);
    insta::assert_snapshot!(failure(busy("retry-after: 7\r\n", "{}")).await, @"Transient after 7s: The model's rate limit is reached (429)");
    insta::assert_snapshot!(failure(busy("x-should-retry: false\r\n", "{}")).await, @"Final: The model's rate limit is reached: {} (429)");
    let spent = r#"{"error":{"type":"rate_limit_error","message":"cap","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
    insta::assert_snapshot!(failure(busy("", spent)).await, @"Final: The monthly spending limit of the API account is reached (429)");
}

#[tokio::test]
async fn a_page_instead_of_an_answer_is_said_so() {
    let page = answer("200 OK", "content-type: text/html; charset=utf-8\r\n", "<h1>Log in</h1>");
    insta::assert_snapshot!(failure(page).await, @"Final: The model's server answers with text/html instead of a stream; check its address");
    insta::assert_snapshot!(failure(answer("502 Bad Gateway", "", "<h1>bad\ngateway</h1>")).await, @"Transient: The model's server has a problem (502)");
    insta::assert_snapshot!(failure(answer("302 Found", "location: http://example.com\r\n", "")).await, @"Final: The model's server sends us elsewhere; check its address (302)");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let client = Client::new(endpoint("http://127.0.0.1:1/v1/", Dialect::Anthropic)).unwrap();
    let failure = all(&client, question("claude-opus-5-5")).await.1.unwrap();
    assert_eq!(failure.kind, FailureKind::Transient);
    insta::assert_snapshot!(failure.message, @"The model's server 127.0.0.1 cannot be reached: Connection refused (os error 111)");
}

#[tokio::test]
async fn what_a_model_does_not_take_is_left_out_from_then_on() {
    let no = |message: &str| refusal("400 Bad Request", "invalid_request_error", message);
    let script = vec![
        no("thinking.adaptive.block_binding: Extra inputs are not permitted"),
        no("Unsupported beta header: thinking-display-updates-2026-08-18"),
        hello(),
        hello(),
        hello(),
    ];
    let (address, seen) = server(script).await;
    let client = Client::new(endpoint(&address, Dialect::Anthropic)).unwrap();
    for model in ["claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5"] {
        assert_eq!(all(&client, question(model)).await.1, None);
    }
    let seen = seen.lock().unwrap();
    let sent: Vec<_> = seen.iter().map(|(_, body)| format!("{} {}", body["model"], body["thinking"])).collect();
    insta::assert_snapshot!(sent.join("\n"), @r#"
    "claude-opus-5-5" {"type":"adaptive","display":"updates","block_binding":{"prefix_mismatch_behavior":"drop_block"}}
    "claude-opus-5-5" {"type":"adaptive","display":"updates"}
    "claude-opus-5-5" {"type":"adaptive"}
    "claude-opus-5-5" {"type":"adaptive"}
    "claude-sonnet-5-5" {"type":"adaptive","display":"updates","block_binding":{"prefix_mismatch_behavior":"drop_block"}}
    "#);
}

#[tokio::test]
async fn an_error_about_the_history_strips_nothing() {
    let message = "messages.1.content.0: Invalid `signature` in `thinking` block. thinking.type";
    let script = vec![refusal("400 Bad Request", "invalid_request_error", message), hello()];
    let (address, seen) = server(script).await;
    let client = Client::new(endpoint(&address, Dialect::Anthropic)).unwrap();
    assert_eq!(all(&client, question("claude-opus-5-5")).await.1.map(|failure| failure.kind), Some(FailureKind::Final));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

async fn sent(dialect: Dialect, request: Request) -> (String, Value) {
    let (address, seen) = server(vec![hello()]).await;
    let client = Client::new(endpoint(&address, dialect)).unwrap();
    assert_eq!(all(&client, request).await.1, None);
    seen.lock().unwrap().remove(0)
}

#[tokio::test]
async fn each_model_gets_what_it_takes_and_nothing_else() {
    let mut bodies = Vec::new();
    for (dialect, model) in [
        (Dialect::Anthropic, "claude-opus-5-5"),
        (Dialect::Anthropic, "haiku"),
        (Dialect::Anthropic, "claude-opus-4-8"),
        (Dialect::Anthropic, "claude-haiku-4-5-20251001"),
        (Dialect::Anthropic, "claude-next"),
        (Dialect::Compatible, "claude-opus-5-5"),
    ] {
        let (head, mut body) = sent(dialect, question(model)).await;
        let betas = head.lines().find(|line| line.starts_with("anthropic-beta")).unwrap_or("no betas").to_owned();
        for same in ["stream", "tools", "messages"] {
            body.as_object_mut().unwrap().shift_remove(same);
        }
        bodies.push(format!("{body}\n  {betas}"));
    }
    insta::assert_snapshot!(bodies.join("\n"), @r#"
    {"model":"claude-opus-5-5","max_tokens":64000,"thinking":{"type":"adaptive","display":"updates","block_binding":{"prefix_mismatch_behavior":"drop_block"}},"output_config":{"effort":"medium"},"cache_control":{"type":"ephemeral"},"context_management":{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"input_tokens","value":140000},"keep":{"type":"tool_uses","value":6},"clear_at_least":{"type":"input_tokens","value":100000}}]},"system":[{"type":"text","text":"Be Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}]}
      anthropic-beta: thinking-display-updates-2026-08-18,thinking-binding-controls-2026-08-01,context-management-2025-06-27
    {"model":"claude-haiku-5-5","max_tokens":64000,"thinking":{"type":"adaptive","block_binding":{"prefix_mismatch_behavior":"drop_block"}},"output_config":{"effort":"medium"},"cache_control":{"type":"ephemeral"},"system":[{"type":"text","text":"Be Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}]}
      anthropic-beta: thinking-binding-controls-2026-08-01
    {"model":"claude-opus-4-8","max_tokens":64000,"thinking":{"type":"adaptive"},"output_config":{"effort":"medium"},"cache_control":{"type":"ephemeral"},"context_management":{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"input_tokens","value":140000},"keep":{"type":"tool_uses","value":6},"clear_at_least":{"type":"input_tokens","value":100000}}]},"system":[{"type":"text","text":"Be Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}]}
      anthropic-beta: context-management-2025-06-27
    {"model":"claude-haiku-4-5","max_tokens":32000,"cache_control":{"type":"ephemeral"},"context_management":{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"input_tokens","value":140000},"keep":{"type":"tool_uses","value":6},"clear_at_least":{"type":"input_tokens","value":100000}}]},"system":[{"type":"text","text":"Be Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}]}
      anthropic-beta: context-management-2025-06-27
    {"model":"claude-next","max_tokens":8192,"cache_control":{"type":"ephemeral"},"system":[{"type":"text","text":"Be Claude.","cache_control":{"type":"ephemeral","ttl":"1h"}}]}
      no betas
    {"model":"claude-opus-5-5","max_tokens":64000,"system":"Be Claude."}
      no betas
    "#);
}

#[tokio::test]
async fn the_key_goes_into_its_header_and_nowhere_else() {
    let (head, body) = sent(Dialect::Anthropic, question("claude-opus-5-5")).await;
    assert!(head.contains("\r\nx-api-key: sk-secret\r\n") && head.contains("\r\nanthropic-version: 2023-06-01\r\n"));
    assert!(!body.to_string().contains("sk-secret"));
    let endpoint = endpoint("https://api.anthropic.com", Dialect::Anthropic);
    assert!(!format!("{endpoint:?} {:?}", Client::new(endpoint.clone())).contains("secret"));
}

#[test]
fn an_address_that_is_none_is_refused() {
    for bad in ["", "api.anthropic.com", "ftp://x", "https://user:pw@x", "http://", "https://x?y=z"] {
        assert!(Client::new(endpoint(bad, Dialect::Anthropic)).is_err(), "{bad}");
    }
    for good in ["https://x", "https://x/", "https://x/v1", "https://x/v1/", " http://localhost:1 "] {
        assert!(Client::new(endpoint(good, Dialect::Anthropic)).is_ok(), "{good}");
    }
    assert_eq!(messages_url("https://x/proxy/v1/").unwrap().as_str(), "https://x/proxy/v1/messages");
}

fn body_of(messages: &[(Role, &[RawBlock])]) -> String {
    let request = request("claude-opus-5-5", messages);
    let sent = feature::of(Dialect::Anthropic, models::find(&request.model), None);
    String::from_utf8(body::write(&request, Dialect::Anthropic, &sent)).unwrap()
}

#[test]
fn a_request_begins_with_the_bytes_of_the_one_before() {
    let odd = RawBlock::parse(r#"{"type":"future",  "b":1, "a":1.50}"#.to_owned()).unwrap();
    let first: (Role, &[RawBlock]) = (Role::User, &[RawBlock::text("Hi")]);
    let one = body_of(&[first]);
    let two = body_of(&[first, (Role::Assistant, &[odd]), (Role::User, &[RawBlock::text("And?")])]);
    assert!(two.starts_with(one.trim_end_matches("]}")), "{one}\n{two}");
    assert!(two.contains(r#"{"type":"future",  "b":1, "a":1.50}"#));
    let names: Vec<_> = two.match_indices(r#""name":"#).map(|(at, _)| &two[at + 8..at + 12]).collect();
    assert_eq!(names, ["Read", "Writ"]);
}

#[test]
fn a_turn_of_many_blocks_gets_markers_in_reach_of_each_other() {
    let thinking = RawBlock::parse(r#"{"type":"thinking","thinking":"","signature":"x"}"#.to_owned()).unwrap();
    let call =
        |n: usize| RawBlock::parse(format!(r#"{{"type":"tool_use","id":"t{n}","name":"Read","input":{{}}}}"#)).unwrap();
    let calls: Vec<_> = (0..20).flat_map(|n| [thinking.clone(), call(n)]).collect();
    let results: Vec<_> = (0..20).map(|n| RawBlock::tool_result(&format!("t{n}"), &[], false)).collect();
    let many: [(Role, &[RawBlock]); 3] =
        [(Role::User, &[RawBlock::text("Hi")]), (Role::Assistant, &calls), (Role::User, &results)];
    let body: Value = serde_json::from_str(&body_of(&many)).unwrap();
    let newest = body["messages"].as_array().unwrap().iter().skip(1).flat_map(|it| it["content"].as_array().unwrap());
    let marked = newest.enumerate().filter(|(_, block)| block.get("cache_control").is_some());
    let marked: Vec<_> = marked.map(|(at, block)| (at, block["type"].as_str().unwrap())).collect();
    assert_eq!(marked, [(13, "tool_use"), (27, "tool_use")]);
    assert_eq!(body_of(&many[..1]).matches("cache_control").count(), 2);
}
