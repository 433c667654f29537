//! The console behind its guard, with a real desk, a real ledger and a Messages API that checks.

mod alone;
mod door;
mod page;
mod talk;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::Chat;
use claudetools_chat::render::Guard;
use claudetools_ledger::Ledger;
use claudetools_policy::Policy;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Script};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::Settings;

/// A token as [`crate::token`] makes it.
const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// The port in the cookie's name.
const PORT: u16 = 8765;

const HOST: &str = "127.0.0.1:8765";

const POLICY: &str = "schema = 1\n[roles]\ntech = { local = true }\n";

struct World {
    app: Router,
    model: FakeAnthropic,
    shutdown: CancellationToken,
    _dir: TempDir,
}

impl World {
    async fn new(script: impl Into<Script>) -> Self {
        Self::with_policy(script, POLICY).await
    }

    async fn with_policy(script: impl Into<Script>, policy: &str) -> Self {
        Self::with(script, policy, settings()).await
    }

    async fn with(script: impl Into<Script>, policy: &str, settings: Settings) -> Self {
        let dir = TempDir::new().unwrap();
        let model = FakeAnthropic::start(script).await;
        let chat = chat(&dir, &model, policy).await;
        let shutdown = CancellationToken::new();
        let app = crate::server::app(settings, chat, PORT, shutdown.clone());
        Self { app, model, shutdown, _dir: dir }
    }

    /// What the app answers to a request, which gets a `Host` where it has none.
    async fn ask(&self, mut request: Request<Body>) -> Response<Body> {
        request.headers_mut().entry(header::HOST).or_insert(HOST.parse().unwrap());
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// A page's GET.
    async fn get(&self, path: &str) -> Response<Body> {
        self.ask(Request::get(path).header(header::COOKIE, cookie()).body(Body::empty()).unwrap()).await
    }

    /// A page's POST; the status and the JSON of the answer.
    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request =
            Request::post(path).header(header::COOKIE, cookie()).header(header::ORIGIN, format!("http://{HOST}"));
        let response = self.ask(request.body(Body::from(body.to_string())).unwrap()).await;
        (response.status(), serde_json::from_str(&text(response).await).unwrap())
    }

    /// Says something in a thread, under a message id that ends with `nth`.
    async fn say(&self, thread: &str, nth: u8, text: &str) -> (StatusCode, Value) {
        let message = format!("0193aaaa-0000-4000-8000-0000000000{nth:02}");
        self.post(&format!("/api/threads/{thread}/messages"), json!({ "message": message, "text": text })).await
    }

    async fn new_thread(&self) -> String {
        let (_, answer) = self.post("/api/threads", Value::Null).await;
        answer["id"].as_str().unwrap().to_owned()
    }
}

fn settings() -> Settings {
    Settings {
        bind: "127.0.0.1:0".parse().unwrap(),
        token: TOKEN.into(),
        label: "A model".into(),
        models: vec!["claude-opus-5-5".into()],
        plugins: Arc::new(|| Box::pin(async { crate::Plugins::default() })),
        reviews: None,
        confirmations: None,
    }
}

async fn chat(dir: &TempDir, model: &FakeAnthropic, policy: &str) -> Chat {
    let endpoint = Endpoint {
        base_url: model.base_url.clone(),
        auth: Auth::ApiKey(KEY.into()),
        dialect: Dialect::Anthropic,
        idle: std::time::Duration::from_secs(10),
    };
    let policy = Policy::parse(policy).unwrap();
    Chat::new(claudetools_chat::Settings {
        ledger: Ledger::open(dir.path()).await.unwrap(),
        client: Client::new(endpoint).unwrap(),
        model: "claude-opus-5-5".into(),
        effort: "medium".into(),
        title_model: None,
        tools: Arc::new(TwoTools),
        roles: Arc::new(move |ids| policy.roles_of(ids)),
        channel: Arc::new(|_| claudetools_policy::ChannelPolicy::default()),
        instructions: Arc::new(Instructions::default),
        limits: Arc::new(TurnLimits::default),
        budget: Arc::new(claudetools_policy::Budget::default),
        guard: Guard::default(),
    })
}

fn cookie() -> String {
    format!("claudetools-{PORT}={TOKEN}")
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

/// `Look` answers at once, `Hang` when it is stopped.
struct TwoTools;

#[async_trait]
impl Tools for TwoTools {
    fn offered(&self, _channel: &claudetools_policy::ChannelPolicy) -> Vec<ToolDef> {
        let tool = |name: &str| ToolDef {
            name: name.into(),
            description: format!("{name}s."),
            input_schema: json!({ "type": "object", "properties": { "path": { "type": "string" } } }),
        };
        vec![tool("Hang"), tool("Look")]
    }

    fn read_only(&self, _name: &str) -> bool {
        true
    }

    async fn call(&self, call: ToolCall, events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult {
        events.send(ToolEvent::Append("looking\n".into())).unwrap();
        if call.name == "Hang" {
            stop.cancelled().await;
        }
        let content = vec![RawBlock::text("<b>found</b>")];
        ToolResult { content, is_error: false, summary: "Found 1".into(), code: None }
    }
}
