//! A company, its Discord, its model, and the program between them.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use claudetools_support::anthropic::{FakeAnthropic, Pace, Reply, RequestView, Script, Step};
use claudetools_support::discord::{FakeDiscord, Message, Person, State};
use claudetools_tests::bot::{Bot, PATIENCE, Setup};
use claudetools_tests::company::{Places, policy};
use serde_json::json;

pub struct World {
    pub discord: FakeDiscord,
    pub model: FakeAnthropic,
    pub places: Places,
}

impl World {
    /// Everything but the program, with a model that answers so.
    pub async fn new(answer: impl Fn(&RequestView) -> Step + Send + Sync + 'static) -> Self {
        let places = Places::compiled().unwrap();
        std::fs::write(places.path("base/plugins.toml"), policy()).unwrap();
        let discord = FakeDiscord::start().await.unwrap();
        Self { discord, model: FakeAnthropic::start(Script::react(answer)).await, places }
    }

    pub fn setup(&self) -> Setup {
        Setup::between(&self.places, &self.discord, &self.model).with("RUST_LOG", "info")
    }

    /// Starts the program, and waits until it is connected and has caught up.
    pub async fn start(&self) -> Bot {
        self.start_with(&self.setup()).await
    }

    /// As [`World::start`], with these settings.
    pub async fn start_with(&self, setup: &Setup) -> Bot {
        setup.start_online(&self.discord).await.unwrap()
    }

    /// Ends the program; neither side may have found anything wrong.
    pub fn end(&self, bot: Bot) {
        bot.kill();
        self.discord.assert_clean();
        self.model.assert_clean();
    }

    /// Waits for a message of the bot in a channel that is not live, and holds this.
    pub async fn said(&self, channel: u64, part: &str) -> Message {
        let is = |message: &&Message| message.buttons().is_empty() && message.content.contains(part);
        let found = |state: &State| state.by_bot(channel).find(is).cloned();
        self.discord.wait_for(&format!("the bot to say {part:?}"), PATIENCE, found).await
    }

    /// Waits for the live message in a channel, and that it holds this.
    pub async fn shown(&self, channel: u64, part: &str) -> Message {
        let is = |message: &&Message| is_live(message) && message.content.contains(part);
        let found = |state: &State| state.by_bot(channel).find(is).cloned();
        self.discord.wait_for(&format!("the bot to show {part:?}"), PATIENCE, found).await
    }

    /// Waits until nothing is live any more: no message of the bot has a button.
    pub async fn quiet(&self) {
        let live = |message: &Message| !message.deleted && is_live(message);
        let quiet = |state: &State| (!state.messages.values().any(live)).then_some(());
        self.discord.wait_for("the live message to end", PATIENCE, quiet).await;
    }

    /// As [`World::quiet`], in one channel.
    pub async fn quiet_in(&self, channel: u64) {
        let live = |message: &Message| is_live(message);
        let quiet = |state: &State| (!state.by_bot(channel).any(live)).then_some(());
        self.discord.wait_for("the live message to end", PATIENCE, quiet).await;
    }

    /// Waits until so many requests have come to the model.
    pub async fn asked_model(&self, times: usize) {
        let asked = |_: &State| (self.model.requests().len() >= times).then_some(());
        self.discord.wait_for(&format!("request {times} to the model"), PATIENCE, asked).await;
    }

    /// How many messages of the bot in a channel hold this, once it has answered a message that was said after
    /// everything else.
    pub async fn count_after_another(&self, channel: u64, part: &str) -> usize {
        self.discord.says(&Person::alice(), channel, "and what came last?");
        self.said(channel, "You said: and what came last?").await;
        self.quiet().await;
        self.count(channel, part)
    }

    /// How many messages of the bot in a channel hold this.
    pub fn count(&self, channel: u64, part: &str) -> usize {
        self.discord.see(|state| state.by_bot(channel).filter(|message| message.content.contains(part)).count())
    }
}

/// Answers with the words that were said last.
pub fn echo(request: &RequestView) -> Step {
    Step::text(format!("You said: {}", request.last_user_text()))
}

/// Reads a file when it is asked about alpha, and then reports; echoes everything else.
pub fn reads(request: &RequestView) -> Step {
    match request.tool_results().first() {
        Some(result) => Step::text(format!("The file says: {}", result.text)),
        None if request.last_user_text().contains("alpha") => read_step().into(),
        None => echo(request),
    }
}

/// A reply that reads a file.
pub fn read_step() -> Reply {
    Reply::new().text("I look into the file.").tool("Read", json!({"file_path": "/repo/docs/a.md"}))
}

/// Slow enough to be seen while it comes.
pub fn slowly(text: &str) -> Step {
    let pace = Pace { between: Duration::from_millis(120), delta: 10 };
    Reply::new().text(text).pace(pace).into()
}

/// Holds the model back until it is opened.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Waits until it is open.
    pub fn pass(&self) {
        let (open, opened) = &*self.0;
        tokio::task::block_in_place(|| {
            let waiting = opened.wait_timeout_while(open.lock().unwrap(), PATIENCE, |open| !*open);
            drop(waiting.unwrap());
        });
    }

    pub fn is_open(&self) -> bool {
        *self.0.0.lock().unwrap()
    }

    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// Whether a message is a live one: it can be stopped, and is not the status card, which can be asked for details.
pub fn is_live(message: &Message) -> bool {
    let has = |wanted: &str| message.buttons().iter().any(|(label, _)| label == wanted);
    has("Stop") && !has("Details")
}
