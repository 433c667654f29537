//! What a whole turn costs beside the model, and what the program takes while nothing happens. Printed, never asserted.
//!
//! `cargo build --release -p claudetools && cargo bench -p claudetools-tests --bench turn`. The model is a fake on loopback that
//! answers at once; its own time is measured in the same run by sending it the same request without claudetools.

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use claudetools::boot::boot;
use claudetools::config::Config;
use claudetools_agent::ThreadId;
use claudetools_agent::turn::Update;
use claudetools_chat::{Chat, Delivery, DeliveryError, Front, Mention};
use claudetools_policy::MemberId;
use claudetools_sandbox::Asks;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Reply, RequestView, Script, Step};
use claudetools_tests::bot::{Bot, Setup};
use claudetools_tests::company::{Company, Places};
use serde_json::json;
use tokio::sync::mpsc;

const TURNS: usize = 100;
const THREADS: usize = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        turns().await;
        commands().await;
        program().await;
    });
}

/// Text turns, each in a thread of its own.
async fn turns() {
    // Compiles the built-in plugins where they are not compiled yet, for all places.
    drop(Company::open(&Places::compiled().unwrap(), include_str!("../../plugins.toml")).await.unwrap());
    let places = Places::compiled().unwrap();
    let answers = (0..2 * TURNS + 2).map(|_| Step::text("An answer of a few words, at once."));
    let model = FakeAnthropic::start(Script::steps(answers.collect::<Vec<_>>())).await;
    let (booted, _reload) = boot(&config(&places, &model.base_url), None, Asks::Nobody).await.unwrap();
    let (heard, mut times) = mpsc::unbounded_channel();
    let tools = mpsc::unbounded_channel().0;
    booted.chat.attach(Arc::new(Stopwatch { heard, tools, first: Mutex::new(true) }));
    let (mut first, mut whole, mut bare_first, mut bare_whole) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..=TURNS {
        let began = Instant::now();
        say(&booted.chat, number).await;
        let (text, end) = (times.recv().await.unwrap(), times.recv().await.unwrap());
        let (bare_text, bare_end) = bare(&model.base_url, model.requests().last().unwrap()).await;
        // The first one opens connections and warms caches.
        if number > 0 {
            first.push(text - began);
            whole.push(end - began);
            bare_first.push(bare_text);
            bare_whole.push(bare_end);
        }
    }
    println!("the first request: {} bytes", model.requests()[0].body.to_string().len());
    beside("a text turn, to the first text", first, bare_first);
    beside("a text turn, to the delivered answer", whole, bare_whole);
}

/// Turns with one command each: from the reply that calls it to the request with its result.
async fn commands() {
    let places = Places::compiled().unwrap();
    let steps = (0..=TURNS).flat_map(|_| {
        let call = Reply::new().tool("Bash", json!({ "command": "true" }));
        [Step::from(call), Step::text("Done.")]
    });
    let model = FakeAnthropic::start(Script::steps(steps.collect::<Vec<_>>())).await;
    let (booted, _reload) = boot(&config(&places, &model.base_url), None, Asks::Nobody).await.unwrap();
    let (heard, mut ends) = mpsc::unbounded_channel();
    let (tools, mut began) = mpsc::unbounded_channel();
    booted.chat.attach(Arc::new(Stopwatch { heard, tools, first: Mutex::new(true) }));
    let mut taken = Vec::new();
    for number in 0..=TURNS {
        let before = model.count();
        say(&booted.chat, number).await;
        let began = began.recv().await.unwrap();
        while model.count() < before + 2 {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        if number > 0 {
            taken.push(began.elapsed());
        }
        // The text and its delivery.
        ends.recv().await.unwrap();
        ends.recv().await.unwrap();
    }
    println!(
        "Bash `true`, from the end of its call to the next request: p50 {:.2?} (looked at every 0.1 ms)",
        median(taken)
    );
}

fn config(places: &Places, base_url: &str) -> Config {
    let path = |below: &str| places.path(below).to_string_lossy().into_owned();
    let values = [
        ("CLAUDETOOLS_ROOT", path("repo")),
        ("CLAUDETOOLS_DATA_DIR", path("data")),
        ("ANTHROPIC_BASE_URL", base_url.to_owned()),
        ("ANTHROPIC_API_KEY", KEY.to_owned()),
        ("CLAUDETOOLS_DIALECT", "anthropic".to_owned()),
    ];
    let values: BTreeMap<_, _> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Config::from_values(&values).unwrap()
}

async fn say(chat: &Chat, number: usize) {
    let mention = Mention {
        message: format!("m{number}"),
        thread: ThreadId::new("bench", number.to_string()),
        channel: None,
        member: MemberId("bench:1".into()),
        member_name: "bench".into(),
        role_ids: BTreeSet::from(["local".to_owned()]),
        text: "Say something.".into(),
        quoted: None,
        attachments: Vec::new(),
        at: claudetools_ledger::now(),
    };
    chat.receive(mention).await.unwrap();
}

/// Notes when the first text of a turn and its answer come.
struct Stopwatch {
    heard: mpsc::UnboundedSender<Instant>,
    tools: mpsc::UnboundedSender<Instant>,
    first: Mutex<bool>,
}

#[async_trait]
impl Front for Stopwatch {
    fn name(&self) -> &'static str {
        "bench"
    }

    fn show(&self, _thread: &ThreadId, update: &Update) {
        if matches!(update, Update::ToolBegan { .. }) {
            // Nobody counts the tools of plain text turns.
            let _ = self.tools.send(Instant::now());
        }
        let is_text = matches!(update, Update::Text(_));
        if is_text && std::mem::replace(&mut *self.first.lock().unwrap(), false) {
            self.heard.send(Instant::now()).unwrap();
        }
    }

    async fn deliver(&self, _delivery: &Delivery) -> Result<(), DeliveryError> {
        *self.first.lock().unwrap() = true;
        self.heard.send(Instant::now()).unwrap();
        Ok(())
    }
}

/// The same request without claudetools: to the first text and to the end of the stream.
async fn bare(base_url: &str, sent: &RequestView) -> (Duration, Duration) {
    let client = reqwest::Client::new();
    let began = Instant::now();
    let request = client.post(format!("{base_url}/v1/messages")).json(&sent.body);
    let same = sent.headers.iter().filter(|(name, _)| name.starts_with("anthropic-") || *name == "x-api-key");
    let request = same.fold(request, |request, (name, value)| request.header(name, value));
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut seen, mut first) = (Vec::new(), None);
    while let Some(chunk) = response.chunk().await.unwrap() {
        seen.extend(chunk);
        if first.is_none() && String::from_utf8_lossy(&seen).contains("text_delta") {
            first = Some(began.elapsed());
        }
    }
    (first.unwrap(), began.elapsed())
}

fn beside(what: &str, ours: Vec<Duration>, bare: Vec<Duration>) {
    let (ours, bare) = (median(ours), median(bare));
    println!("{what}: p50 {ours:.2?}, the model alone {bare:.2?}, beside the model {:.2?}", ours.saturating_sub(bare));
}

fn median(mut taken: Vec<Duration>) -> Duration {
    taken.sort();
    taken[taken.len() / 2]
}

/// The program by itself, with the rehearsal model: ready when, how large, and how much larger for each stored thread.
async fn program() {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places);
    let ready: Vec<Duration> = (0..5).map(|_| started(&setup).0).collect();
    println!("ready with a warm cache: p50 {:.2?}", median(ready));
    let (_, bot, url) = started(&setup);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = bot.status("VmRSS");
    println!("idle, all built-in plugins loaded: {:.1} MiB resident", idle as f64 / 1024.0);
    let client = Console::open(&url).await;
    for _ in 0..THREADS {
        client.converse().await;
    }
    let grown = bot.status("VmRSS").saturating_sub(idle) as f64 / THREADS as f64;
    println!("{THREADS} further threads with a turn each: {grown:.1} KiB for each");
}

/// From the start of the process to the line that names the console.
fn started(setup: &Setup) -> (Duration, Bot, String) {
    let began = Instant::now();
    let mut bot = setup.start(&["run", "--port", "0"]).unwrap();
    let url = bot.console();
    (began.elapsed(), bot, url)
}

/// Whoever has the console open.
struct Console {
    client: reqwest::Client,
    origin: String,
    cookie: String,
}

impl Console {
    async fn open(url: &str) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let response = client.get(url).send().await.unwrap();
        let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { client, origin: url.split("/?token=").next().unwrap().to_owned(), cookie }
    }

    /// One thread with one turn; waits for its end.
    async fn converse(&self) {
        let thread = self.post("/api/threads", &serde_json::Value::Null).await["id"].as_str().unwrap().to_owned();
        let message = json!({ "message": uuid::Uuid::now_v7().to_string(), "text": "read docs/a.md" });
        self.post(&format!("/api/threads/{thread}/messages"), &message).await;
        let path = format!("{}/events?thread={thread}", self.origin);
        let mut events = self.client.get(path).header("cookie", &self.cookie).send().await.unwrap();
        let mut seen = String::new();
        while !(seen.contains("alpha") && seen.ends_with("\n\n") && seen.contains("\"running\":false")) {
            seen.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
        }
    }

    async fn post(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let request = self.client.post(format!("{}{path}", self.origin)).json(body);
        let request = request.header("cookie", &self.cookie).header("origin", &self.origin);
        request.send().await.unwrap().json().await.unwrap()
    }
}
