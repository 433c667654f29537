//! A bot with everything but tools.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::cards::Cards;
use claudetools_chat::render::Guard;
use claudetools_chat::{Chat, Settings as Desk};
use claudetools_discord::{DiscordError, Exit, Plugin, Program, ReviewChannel, Settings, Skill, Watch, connect};
use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::Policy;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Pace, Reply, RequestView, Script, Step};
use claudetools_support::discord::{FakeDiscord, Message, ROLE_ADMIN, ROLE_TECH, State};
use tempfile::TempDir;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct World {
    pub discord: FakeDiscord,
    pub model: FakeAnthropic,
    pub data: TempDir,
    pub skills: Arc<Mutex<Vec<Skill>>>,
    pub watch: Watch,
}

pub struct Bot {
    pub chat: Chat,
    shutdown: CancellationToken,
    running: JoinHandle<Result<Exit, DiscordError>>,
}

impl World {
    pub async fn new() -> Self {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        let _set_before = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        Self {
            discord: FakeDiscord::start().await.unwrap(),
            model: FakeAnthropic::start(Script::react(answer)).await,
            data: TempDir::new().unwrap(),
            skills: Arc::default(),
            watch: Watch::default(),
        }
    }

    pub fn settings(&self) -> Settings {
        Settings {
            token: self.discord.token.clone(),
            api_base: Some(self.discord.api_base.clone()),
            guild: None,
            models: vec!["claude-opus-5-5".to_owned()],
            admin_role: "admin".to_owned(),
            review: None,
            confirmations: None,
            watch: self.watch,
            program: Program {
                clients: Arc::new(|| vec!["contoso".to_owned(), "fabrikam".to_owned()]),
                skills: Arc::new({
                    let skills = Arc::clone(&self.skills);
                    move || skills.lock().unwrap().clone()
                }),
                skill: Arc::new(|name, arguments| match name {
                    "gone" => Err("There is no such skill in the repository any more.".to_owned()),
                    _ => Ok(format!("Do what {name} does with {arguments}.")),
                }),
                plugins: Arc::new(|| {
                    let text = "files 1.0.0 · built in · Read, Write\n".to_owned();
                    vec![Plugin { name: "files".to_owned(), text }]
                }),
                review: Arc::new(|name| {
                    Box::pin(async move { (name == "files").then(|| "# files\n\nIt asks for little.\n".to_owned()) })
                }),
            },
        }
    }

    /// The ledger, once the tasks of a bot that ended have let go of it: in one process they outlive it by moments.
    pub async fn ledger(&self) -> Ledger {
        for _ in 0..100 {
            match Ledger::open(self.data.path()).await {
                Err(LedgerError::InUse(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
                opened => return opened.unwrap(),
            }
        }
        panic!("a bot that ended holds its ledger");
    }

    pub async fn chat(&self) -> Chat {
        let policy = format!(
            "schema = 1\n[roots.repo]\n[roles]\ntech = {{ discord = [\"{ROLE_TECH}\"] }}\nadmin = {{ discord = [\"{ROLE_ADMIN}\"], includes = [\"tech\"] }}\n"
        );
        let endpoint = Endpoint {
            base_url: self.model.base_url.clone(),
            auth: Auth::ApiKey(KEY.to_owned()),
            dialect: Dialect::Anthropic,
            idle: PATIENCE,
        };
        let policy = Policy::parse(&policy).unwrap();
        Chat::new(Desk {
            ledger: self.ledger().await,
            client: Client::new(endpoint).unwrap(),
            model: "claude-opus-5-5".to_owned(),
            effort: "medium".to_owned(),
            title_model: None,
            tools: Arc::new(NoTools),
            roles: Arc::new(move |ids| policy.roles_of(ids)),
            channel: Arc::new(|_| claudetools_policy::ChannelPolicy::default()),
            instructions: Arc::new(Instructions::default),
            limits: Arc::new(TurnLimits::default),
            budget: Arc::new(claudetools_policy::Budget::default),
            guard: Guard::default(),
        })
    }

    /// A bot that is connected and has caught up.
    pub async fn bot(&self) -> Bot {
        self.bot_with(self.settings()).await
    }

    /// The same, which tells of what does not work in a channel.
    pub async fn bot_telling(&self, channel: u64) -> Bot {
        let reviews = Cards { shown: watch::channel(Arc::default()).1, presses: mpsc::channel(1).0 };
        let review = Some(ReviewChannel { channel, reviews });
        self.bot_with(Settings { review, ..self.settings() }).await
    }

    async fn bot_with(&self, settings: Settings) -> Bot {
        let chat = self.chat().await;
        let front = connect(settings, chat.clone()).await.unwrap();
        chat.recover().await.unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(front.run(shutdown.clone(), std::future::ready(())));
        self.discord.wait_until_connected().await;
        self.discord.wait_for("presence", PATIENCE, |state| (state.presence["status"] == "online").then_some(())).await;
        Bot { chat, shutdown, running }
    }

    /// Waits for a message of the bot in a channel that is not live.
    pub async fn said(&self, channel: u64, part: &str) -> Message {
        self.message(channel, part, true).await
    }

    /// Waits for a live message of the bot in a channel.
    pub async fn shown(&self, channel: u64, part: &str) -> Message {
        self.message(channel, part, false).await
    }

    async fn message(&self, channel: u64, part: &str, done: bool) -> Message {
        let is = |message: &&Message| is_live(message) != done && message.content.contains(part);
        let found = |state: &State| state.by_bot(channel).find(is).cloned();
        self.discord.wait_for(&format!("the bot to say {part:?}"), PATIENCE, found).await
    }

    /// Waits until nothing is live any more: no message of the bot has a button.
    pub async fn quiet(&self) {
        let quiet = |state: &State| state.messages.values().all(|message| message.deleted || !is_live(message));
        self.discord.wait_for("the live message to end", PATIENCE, |state| quiet(state).then_some(())).await;
    }
}

impl Bot {
    pub async fn stop(self) -> Result<Exit, DiscordError> {
        self.stop_within(Duration::from_secs(5)).await
    }

    /// Ends although a turn may run: it is left for the next run to resume.
    pub async fn stop_within(self, patience: Duration) -> Result<Exit, DiscordError> {
        self.chat.drain(patience).await;
        self.shutdown.cancel();
        self.running.await.unwrap()
    }
}

fn answer(request: &RequestView) -> Step {
    let asked = request.last_user_text();
    if asked.contains("slowly") {
        let pace = Pace { between: Duration::from_millis(150), delta: 8 };
        return Reply::new().text("All work and no play. ".repeat(25)).pace(pace).into();
    }
    if asked.contains("at length") {
        let paragraph = "The quick brown fox jumps over the lazy dog. ".repeat(15);
        return Step::text(vec![paragraph; 5].join("\n\n"));
    }
    if asked.contains("everyone") {
        return Step::text("@everyone <@&1100000000000000031> look at https://evil.tld/?q=1");
    }
    Step::text(format!("You said: {}", asked.lines().last().unwrap_or_default()))
}

struct NoTools;

#[async_trait]
impl Tools for NoTools {
    fn offered(&self, _channel: &claudetools_policy::ChannelPolicy) -> Vec<ToolDef> {
        Vec::new()
    }

    fn read_only(&self, _name: &str) -> bool {
        false
    }

    async fn call(&self, _call: ToolCall, _events: UnboundedSender<ToolEvent>, _stop: CancellationToken) -> ToolResult {
        ToolResult { content: Vec::new(), is_error: true, summary: "no tools".to_owned(), code: None }
    }
}

/// Whether a message is a live one: it can be stopped, and is not the status card, which can be asked for details.
pub fn is_live(message: &Message) -> bool {
    let has = |wanted: &str| message.buttons().iter().any(|(label, _)| label == wanted);
    has("Stop") && !has("Details")
}
