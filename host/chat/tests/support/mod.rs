//! A desk with a scripted model on loopback, a front that remembers, and three tools.
#![expect(clippy::unwrap_used, reason = "tests")]

mod model;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::{TurnLimits, Update};
use claudetools_chat::render::{Guard, Scrub};
use claudetools_chat::{Chat, Delivery, DeliveryError, DeliveryKind, Front, Mention, Receipt, Settings};
use claudetools_ledger::Ledger;
use claudetools_policy::{MemberId, Policy};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use model::{Script, text, tool_use};

/// A test that waits this long waits for ever.
const EVER: Duration = Duration::from_secs(30);
/// What neither the model nor a front may ever read.
pub const SECRET: &str = "canary-of-the-desk";
const POLICY: &str =
    "schema = 1\n[roles]\ntech = { discord = [\"1\"] }\nadmin = { discord = [\"2\"], includes = [\"tech\"] }\n";

pub struct Desk {
    pub chat: Chat,
    pub ledger: Ledger,
    pub front: Arc<Remembering>,
    pub tools: Arc<ThreeTools>,
    policy: Arc<Mutex<Policy>>,
    model: model::Server,
    dir: tempfile::TempDir,
}

impl Desk {
    pub async fn new(script: Vec<Script>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let model = model::Server::start(script).await;
        let ledger = Ledger::open(dir.path()).await.unwrap();
        let (front, tools) = (Arc::<Remembering>::default(), Arc::<ThreeTools>::default());
        let policy = Arc::new(Mutex::new(Policy::parse(POLICY).unwrap()));
        let chat = chat(&ledger, &model, &tools, &policy);
        chat.attach(Arc::clone(&front) as _);
        Self { chat, ledger, front, tools, policy, model, dir }
    }

    /// A new program on the same data directory.
    pub async fn restart(&mut self) {
        self.ledger.close().await;
        let crashed = tempfile::tempdir().unwrap();
        std::fs::copy(self.dir.path().join("ledger.sqlite"), crashed.path().join("ledger.sqlite")).unwrap();
        self.ledger = Ledger::open(crashed.path()).await.unwrap();
        self.dir = crashed;
        self.chat = chat(&self.ledger, &self.model, &self.tools, &self.policy);
        self.chat.attach(Arc::clone(&self.front) as _);
        self.chat.recover().await.unwrap();
    }

    /// Replaces `plugins.toml` while the program runs.
    pub fn reload(&self, policy: &str) {
        *self.policy.lock().unwrap() = Policy::parse(policy).unwrap();
    }

    pub async fn receive(&self, mention: Mention) -> Receipt {
        self.chat.receive(mention).await.unwrap()
    }

    /// The next delivery that arrived.
    pub async fn delivered(&self) -> Delivery {
        tokio::time::timeout(EVER, self.front.next()).await.unwrap()
    }

    /// Waits until nothing runs.
    pub async fn idle(&self) {
        let idle = async {
            while self.chat.status(&thread()).await.unwrap().running {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(EVER, idle).await.unwrap();
    }

    /// The bodies of the requests to the model.
    pub fn requests(&self) -> Vec<String> {
        self.model.requests()
    }
}

fn chat(ledger: &Ledger, model: &model::Server, tools: &Arc<ThreeTools>, policy: &Arc<Mutex<Policy>>) -> Chat {
    let endpoint = Endpoint { base_url: model.url(), auth: Auth::None, dialect: Dialect::Anthropic, idle: EVER };
    let policy = Arc::clone(policy);
    Chat::new(Settings {
        ledger: ledger.clone(),
        client: Client::new(endpoint).unwrap(),
        model: "claude-haiku-5-5".to_owned(),
        effort: "medium".to_owned(),
        title_model: None,
        tools: Arc::clone(tools) as _,
        roles: Arc::new(move |ids| policy.lock().unwrap().roles_of(ids)),
        channel: Arc::new(|_| claudetools_policy::ChannelPolicy::default()),
        instructions: Arc::new(Instructions::default),
        limits: Arc::new(TurnLimits::default),
        budget: Arc::new(claudetools_policy::Budget::default),
        guard: Guard::new([], Scrub::new(&[SECRET.to_owned()])),
    })
}

pub fn thread() -> ThreadId {
    ThreadId::new("discord", 7)
}

pub fn mention(message: &str, text: &str) -> Mention {
    said(message, text, "discord:1")
}

pub fn said(message: &str, text: &str, member: &str) -> Mention {
    Mention {
        message: message.to_owned(),
        thread: thread(),
        channel: None,
        member: MemberId(member.to_owned()),
        member_name: "Alice".to_owned(),
        role_ids: ["2".to_owned()].into(),
        text: text.to_owned(),
        quoted: None,
        attachments: Vec::new(),
        at: claudetools_ledger::now(),
    }
}

/// A front that remembers what it was told. It breaks where it is shown "boom".
#[derive(Default)]
pub struct Remembering {
    shown: Mutex<String>,
    arrived: Mutex<VecDeque<Delivery>>,
    tried: Mutex<Vec<String>>,
    /// What the next tries answer: `Later` after a time, or `Never`.
    failures: Mutex<VecDeque<Option<Duration>>>,
    news: Notify,
}

impl Remembering {
    pub fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    pub fn tried(&self) -> Vec<String> {
        self.tried.lock().unwrap().clone()
    }

    pub fn fail(&self, failures: impl IntoIterator<Item = Option<Duration>>) {
        self.failures.lock().unwrap().extend(failures);
    }

    async fn next(&self) -> Delivery {
        loop {
            let news = self.news.notified();
            if let Some(delivery) = self.arrived.lock().unwrap().pop_front() {
                return delivery;
            }
            news.await;
        }
    }
}

#[async_trait]
impl Front for Remembering {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn show(&self, _thread: &ThreadId, update: &Update) {
        assert_ne!(*update, Update::Text("boom".to_owned()), "a front that breaks");
        self.shown.lock().unwrap().push_str(&format!("{update:?}\n"));
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError> {
        let text = match &delivery.kind {
            DeliveryKind::Answer(text)
            | DeliveryKind::Failure(text)
            | DeliveryKind::Notice(text)
            | DeliveryKind::File { name: text, .. } => text.clone(),
            DeliveryKind::Raise { most } => format!("raise {most}"),
        };
        self.tried.lock().unwrap().push(text);
        let why = "told so".to_owned();
        match self.failures.lock().unwrap().pop_front() {
            Some(Some(after)) => return Err(DeliveryError::Later { after, why }),
            Some(None) => return Err(DeliveryError::Never { why }),
            None => {}
        }
        self.arrived.lock().unwrap().push_back(delivery.clone());
        self.news.notify_one();
        Ok(())
    }
}

/// `Look` answers, `Wait` waits until it is released or stopped, `Panic` breaks.
pub struct ThreeTools {
    calls: Mutex<Vec<ToolCall>>,
    begun: watch::Sender<usize>,
    released: Notify,
    stopped: Mutex<bool>,
}

impl Default for ThreeTools {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            begun: watch::Sender::new(0),
            released: Notify::new(),
            stopped: Mutex::default(),
        }
    }
}

impl ThreeTools {
    pub fn calls(&self) -> Vec<ToolCall> {
        self.calls.lock().unwrap().clone()
    }

    pub fn was_stopped(&self) -> bool {
        *self.stopped.lock().unwrap()
    }

    /// Waits until a call of this tool began.
    pub async fn began(&self, name: &str) {
        let mut begun = self.begun.subscribe();
        let began = begun.wait_for(|_| self.calls().iter().any(|call| call.name == name));
        tokio::time::timeout(EVER, began).await.unwrap().unwrap();
    }

    pub fn release(&self) {
        self.released.notify_one();
    }
}

#[async_trait]
impl Tools for ThreeTools {
    fn offered(&self, _channel: &claudetools_policy::ChannelPolicy) -> Vec<ToolDef> {
        let tool = |name: &str| ToolDef {
            name: name.to_owned(),
            description: format!("The tool {name}."),
            input_schema: serde_json::json!({ "type": "object", "properties": {} }),
        };
        ["Look", "Panic", "Wait"].map(tool).into()
    }

    fn read_only(&self, name: &str) -> bool {
        name == "Look"
    }

    async fn call(&self, call: ToolCall, _events: UnboundedSender<ToolEvent>, stop: CancellationToken) -> ToolResult {
        let name = call.name.clone();
        self.calls.lock().unwrap().push(call);
        self.begun.send_modify(|begun| *begun += 1);
        assert_ne!(name, "Panic", "a tool that breaks");
        if name == "Wait" {
            tokio::select! {
                () = self.released.notified() => {}
                () = stop.cancelled() => *self.stopped.lock().unwrap() = true,
            }
        }
        ToolResult {
            content: vec![RawBlock::text("what the tool saw")],
            is_error: false,
            summary: "saw something".to_owned(),
            code: None,
        }
    }
}
