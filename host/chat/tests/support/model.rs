//! A model on loopback that plays a script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the model says to one request.
pub enum Script {
    /// These events, whole.
    Says(Vec<Value>),
    /// A beginning, then nothing: the connection is closed.
    Cut,
    /// A refusal of the request, in these words.
    Refuses(&'static str),
}

pub fn text(text: &str) -> Script {
    let block = json!({ "type": "text", "text": "" });
    let delta = json!({ "type": "text_delta", "text": text });
    Script::Says(reply(block, delta, "end_turn"))
}

pub fn tool_use(id: &str, name: &str, input: &str) -> Script {
    let block = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
    let delta = json!({ "type": "input_json_delta", "partial_json": input });
    Script::Says(reply(block, delta, "tool_use"))
}

fn reply(block: Value, delta: Value, stop_reason: &str) -> Vec<Value> {
    vec![
        start(),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason }, "usage": { "output_tokens": 5 } }),
        json!({ "type": "message_stop" }),
    ]
}

fn start() -> Value {
    let usage = json!({ "input_tokens": 10, "output_tokens": 1 });
    json!({ "type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    } })
}

pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(script: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut script = VecDeque::from(script);
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some((head, body)) = request(&mut stream).await else { continue };
                if head.contains("/count_tokens") {
                    not_there(&mut stream).await;
                    continue;
                }
                seen.lock().unwrap().push(body);
                answer(&mut stream, script.pop_front()).await;
            }
        });
        Self { address, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// The head and the body of a request; `None` for a connection without one.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = |line: &str| line.to_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse());
            let length: usize = head.lines().find_map(length).unwrap().unwrap();
            if body.len() >= length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        let mut more = vec![0; 1 << 20];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&more[..read]),
        }
    }
}

async fn answer(stream: &mut TcpStream, script: Option<Script>) {
    let events = match script {
        Some(Script::Says(events)) => events,
        Some(Script::Cut) => vec![start()],
        Some(Script::Refuses(why)) => return refuse(stream, why).await,
        None => panic!("a request that the script does not have"),
    };
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let event = |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    let body: String = events.iter().map(event).collect();
    stream.write_all((head.to_owned() + &body).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// As a server that cannot count tokens.
async fn not_there(stream: &mut TcpStream) {
    stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
}

async fn refuse(stream: &mut TcpStream, why: &str) {
    let body = json!({ "type": "error", "error": { "type": "invalid_request_error", "message": why } }).to_string();
    let head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n";
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}
