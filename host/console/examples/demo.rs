//! The console with a scripted model and scripted tools: for looking at the page without a key or plugins.
//!
//! `cargo run -p claudetools-console --example demo`; the ledger is forgotten at the end. Say `fail` for a failure,
//! `hang` for a turn that waits for Stop, anything else for tool lines and a long answer.

#![expect(clippy::unwrap_used, reason = "an example; a panic says enough")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::Chat;
use claudetools_chat::render::Guard;
use claudetools_console::{CapabilityRow, PluginRow, PluginState, Plugins, Settings, ToolEffect, ToolRow};
use claudetools_ledger::Ledger;
use claudetools_policy::{Code, Policy, Refusal};
use claudetools_support::anthropic::{Failure, FakeAnthropic, KEY, Pace, Reply, RequestView, Script, Step};
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

const MODEL: &str = "claude-opus-5-5";

const ANSWER: &str = "The turn is a **pure machine**: `step(state, event)` returns effects and does no I/O. \
The driver in [driver.rs](host/chat/src/driver.rs) carries them out, as [the design](https://docs.rs/claudetools) says.\n\n\
## How a turn runs\n\n1. The mention goes into the inbox, unique by its id.\n2. The driver claims the thread.\n\
3. Each block is journalled as it completes.\n\n```rust\npub fn step(turn: &mut Turn, event: Event) -> Vec<Effect> {\n    \
match event {\n        Event::Begin => turn.begin(),\n        Event::Text(text) => vec![Effect::Show(Update::Text(text))],\n        \
// A long line that does not fit the column of a phone has to scroll inside its own box.\n        _ => Vec::new(),\n    }\n}\n```\n\n\
| crate | owns | lines |\n|---|---|--:|\n| `agent` | the turn machine, the client | 2,140 |\n| `ledger` | inbox, outbox, journal | 1,385 |\n\
| `chat` | mention to messages | 1,720 |\n\n> Nothing executed that is not in the audit.\n";

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    let model = FakeAnthropic::start(Script::react(answer)).await;
    let endpoint = Endpoint {
        base_url: model.base_url.clone(),
        auth: Auth::ApiKey(KEY.into()),
        dialect: Dialect::Anthropic,
        idle: Duration::from_secs(600),
    };
    let policy = Policy::parse("schema = 1\n[roles]\ntech = { local = true }\n").unwrap();
    let chat = Chat::new(claudetools_chat::Settings {
        ledger: Ledger::open(dir.path()).await.unwrap(),
        client: Client::new(endpoint).unwrap(),
        model: MODEL.into(),
        effort: "medium".into(),
        title_model: None,
        tools: Arc::new(Scripted),
        roles: Arc::new(move |ids| policy.roles_of(ids)),
        channel: Arc::new(|_| claudetools_policy::ChannelPolicy::default()),
        instructions: Arc::new(Instructions::default),
        limits: Arc::new(TurnLimits::default),
        budget: Arc::new(claudetools_policy::Budget::default),
        guard: Guard::default(),
    });
    let settings = Settings {
        bind: "127.0.0.1:8799".parse().unwrap(),
        token: claudetools_console::token(),
        label: "Scripted model (demo)".into(),
        models: claudetools_agent::models::choices().map(|model| model.id.to_owned()).collect(),
        plugins: Arc::new(|| Box::pin(async { Plugins { rows: plugins(), notices: Vec::new() } })),
        reviews: None,
        confirmations: None,
    };
    let running = claudetools_console::start(settings, chat.clone(), CancellationToken::new()).await.unwrap();
    chat.recover().await.unwrap();
    println!("{}", running.url);
    running.task.await.unwrap().unwrap();
}

fn answer(request: &RequestView) -> Step {
    let pace = Pace { between: Duration::from_millis(25), delta: 14 };
    if !request.tool_results().is_empty() {
        return Reply::new().text(ANSWER).pace(pace).into();
    }
    match request.last_user_text().trim() {
        "fail" => Failure::authentication("invalid x-api-key").into(),
        "hang" => Reply::new()
            .text("I will wait until you press Stop.")
            .tool("Bash", json!({ "command": "sleep 600" }))
            .pace(pace)
            .into(),
        _ => Reply::new()
            .text("I will look at the machine and at who drives it.")
            .tool("Grep", json!({ "pattern": "fn step", "path": "/repo/host", "output_mode": "content" }))
            .tool("Read", json!({ "file_path": "/repo/host/agent/src/turn/mod.rs", "limit": 40 }))
            .tool("Read", json!({ "file_path": "/etc/passwd" }))
            .pace(pace)
            .into(),
    }
}

/// Tools that take their time and say what they do.
struct Scripted;

#[async_trait]
impl Tools for Scripted {
    fn offered(&self, _channel: &claudetools_policy::ChannelPolicy) -> Vec<ToolDef> {
        let tool = |name: &str| ToolDef {
            name: name.into(),
            description: format!("{name}, scripted."),
            input_schema: json!({ "type": "object", "properties": {} }),
        };
        ["Bash", "Grep", "Read"].map(tool).to_vec()
    }

    fn read_only(&self, _name: &str) -> bool {
        true
    }

    async fn call(&self, call: ToolCall, events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult {
        let _ = events.send(ToolEvent::Status("looking".into()));
        let _ = events.send(ToolEvent::Append("host/agent/src/turn/mod.rs:120:pub fn step(\n".into()));
        if call.input.contains("sleep") {
            stop.cancelled().await;
        }
        tokio::time::sleep(Duration::from_millis(if call.name == "Grep" { 2500 } else { 900 })).await;
        if call.input.contains("/etc") {
            let text = "fs.outside-root: `/etc/passwd` is not below a root; use a path below /repo";
            return result(text, "refused: fs.outside-root", true);
        }
        result(
            "host/agent/src/turn/mod.rs:120:pub fn step(\nhost/chat/src/driver.rs:148:    let effects = step(",
            "2 matches in 2 files",
            false,
        )
    }
}

fn result(text: &str, summary: &str, is_error: bool) -> ToolResult {
    ToolResult { content: vec![RawBlock::text(text)], is_error, summary: summary.into(), code: None }
}

fn plugins() -> Vec<PluginRow> {
    let tool = |name: &str, effect| ToolRow { name: name.into(), effect };
    let files = PluginRow {
        name: "files".into(),
        version: Some("1.0.0".into()),
        description: "Reads, writes and edits files of the repository.".into(),
        state: PluginState::BuiltIn,
        digest: Some("sha256:5c1e0f3b9a77d2c4e6f801235c1e0f3b9a77d2c4e6f801235c1e0f3b9a77d2c4".into()),
        tools: vec![
            tool("Edit", ToolEffect::Writes),
            tool("LS", ToolEffect::Reads),
            tool("Read", ToolEffect::Reads),
            tool("Write", ToolEffect::Writes),
        ],
        capabilities: vec![
            CapabilityRow {
                what: "files of repo".into(),
                asked: "read, list, create, modify: to read and edit the files a person asks about".into(),
                granted: "read, list in **, files up to 32 MiB: answer questions about the repository\ncreate, modify in docs/** for Edit, Write, files up to 1 MiB: fix runbooks".into(),
                imported: "replace\nwasi:filesystem/preopens\nwasi:filesystem/types".into(),
            },
            CapabilityRow {
                what: "network".into(),
                granted: "nothing: every call is refused".into(),
                imported: "wasi:sockets/tcp".into(),
                ..CapabilityRow::default()
            },
            CapabilityRow {
                what: "always there".into(),
                asked: "need not be asked for".into(),
                granted: "clocks, randomness, streams, progress and log".into(),
                imported: "progress\ntypes\nwasi:cli/environment\nwasi:clocks/wall-clock\nwasi:io/streams".into(),
            },
        ],
        callers: "tech, through model or user".into(),
        limits: [("time", "30 s"), ("memory", "64 MiB"), ("output", "10 MiB"), ("at once", "8"), ("host calls", "200000")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        review: None,
        offer: None,
    };
    let approved = PluginState::Approved { by: "j.doe".into(), at: "2026-11-22T17:40:00Z".into() };
    let search = PluginRow {
        name: "hudu".into(),
        version: Some("0.3.1".into()),
        description: "Looks up client assets.".into(),
        state: approved,
        tools: vec![tool("FindAsset", ToolEffect::Reads)],
        ..files.clone()
    };
    let refusal = Refusal::new(Code::SupplyUnapproved, "nobody has approved this component");
    let changed =
        Refusal::new(Code::SupplyImport, "it imports claudetools:plugin/state, which its manifest does not ask for");
    vec![files, search, PluginRow::quarantined("notes.wasm", Some("0.1.0"), &[refusal, changed])]
}
