//! The fake over its own sockets, read by a client that knows nothing of it.

mod memory;
mod service;
mod stream;

use serde_json::{Value, json};

use super::{FakeAnthropic, KEY, Reply};

/// What a plain SSE reader makes of an answer.
struct Answer {
    status: u16,
    body: String,
    /// Whether the body came to its end.
    whole: bool,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// The data of every event, as a reader has it that knows nothing of this API.
    fn events(&self) -> Vec<Value> {
        let body = self.body.replace("\r\n", "\n");
        let data = body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter_map(|data| serde_json::from_str(data).ok()).collect()
    }

    /// The blocks, put together; `future_delta` is not understood.
    fn blocks(&self) -> Vec<Value> {
        let mut blocks: Vec<Value> = Vec::new();
        let mut input = String::new();
        for event in self.events() {
            let delta = &event["delta"];
            let append = |block: &mut Value, key: &str| {
                block[key] = json!(format!("{}{}", block[key].as_str().unwrap(), delta[key].as_str().unwrap()));
            };
            match (event["type"].as_str().unwrap(), delta["type"].as_str()) {
                ("content_block_start", _) => blocks.push(event["content_block"].clone()),
                (_, Some("text_delta")) => append(blocks.last_mut().unwrap(), "text"),
                (_, Some("thinking_delta")) => append(blocks.last_mut().unwrap(), "thinking"),
                (_, Some("signature_delta")) => append(blocks.last_mut().unwrap(), "signature"),
                (_, Some("input_json_delta")) => input.push_str(delta["partial_json"].as_str().unwrap()),
                ("content_block_stop", _) if !input.is_empty() => {
                    blocks.last_mut().unwrap()["input"] = serde_json::from_str(&input).unwrap();
                    input.clear();
                }
                _ => {}
            }
        }
        blocks
    }

    fn usage(&self) -> Value {
        self.events().into_iter().find(|e| e["type"] == "message_delta").unwrap()["usage"].clone()
    }

    fn message(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["error"]["message"].as_str().unwrap().to_owned()
    }
}

async fn post(fake: &FakeAnthropic, body: &Value) -> Answer {
    send(fake, &[("x-api-key", KEY), ("anthropic-version", "2023-06-01")], body).await.unwrap()
}

async fn send(fake: &FakeAnthropic, headers: &[(&str, &str)], body: &Value) -> reqwest::Result<Answer> {
    let mut request = reqwest::Client::new().post(format!("{}/v1/messages", fake.base_url)).json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut bytes = Vec::new();
    let whole = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    Ok(Answer { status, body: String::from_utf8(bytes).unwrap(), whole, headers })
}

fn ask(messages: Value) -> Value {
    json!({
        "model": "claude-opus-5-5", "max_tokens": 1000, "stream": true, "messages": messages,
        "system": "Be brief.",
        "tools": [{"name": "Read", "input_schema": {"type": "object"}}],
    })
}

fn hello() -> Value {
    ask(json!([{"role": "user", "content": "hello"}]))
}

/// What comes after `reply` to `first`: its echo, and results for its calls or a word more.
fn after(first: &Value, reply: &[Value]) -> Value {
    let results: Vec<Value> = reply
        .iter()
        .filter(|block| block["type"] == "tool_use")
        .map(|call| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "fine"}))
        .collect();
    let mut next = first.clone();
    let messages = next["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "content": reply}));
    messages.push(match results.is_empty() {
        true => json!({"role": "user", "content": "go on"}),
        false => json!({"role": "user", "content": results}),
    });
    next
}

fn rich() -> Reply {
    let noted = Reply::new().thinking("Where is it?").text("Grüße 🦀, I look.").redacted();
    noted.thinking("Reading both.").tool("Read", json!({"file_path": "/ä"})).tool("Read", json!({}))
}
