//! The real program between the fakes for half an hour, with random faults of all kinds. Ends with every invariant held to be true, and prints
//! what memory did.
//!
//! `cargo xtask soak [MINUTES] [SEED]`. The seed is printed; the same seed does the same things in the same order, at moments that the
//! machine decides.

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use claudetools_support::anthropic::{
    Ending, Failure, FakeAnthropic, Noise, Pace, Point, Reply, RequestView, Script as Answers, Step,
};
use claudetools_support::discord::{BOT, FakeDiscord, GENERAL, Gap, Message, Person, Script};
use claudetools_tests::bot::{Bot, Setup};
use claudetools_tests::company::{Places, policy};
use claudetools_tests::invariants::{Rest, at_rest, bounded, received};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

const THREADS: usize = 30;
/// Between two things that happen.
const EVERY: Duration = Duration::from_millis(400);
/// After each of these everything comes to rest and memory is measured. The first one warms up: caches fill, connections open.
const ROUND: Duration = Duration::from_secs(300);
/// Nothing owed and nothing said for so long: everything has come to rest.
const REST: Duration = Duration::from_secs(20);
/// What the bot may still owe after this will never come.
const PATIENCE: Duration = Duration::from_secs(300);
/// Memory at the end, to memory after the first round.
const MOST_GROWTH: f64 = 1.05;

/// What the model does with a message that has this word in it, the first time it is asked.
const FAULTS: &[&str] = &["overloaded", "limited", "broken", "short", "error", "internal", "garbage", "hangs-up"];
const ROUTES: &[&str] = &[
    "POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "POST /channels/{channel_id}/messages/{message_id}/threads",
    "DELETE /channels/{channel_id}/messages/{message_id}",
    "POST /channels/{channel_id}/typing",
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
    "GET /channels/{channel_id}/messages",
    "GET /guilds/{guild_id}/members/{user_id}",
    "GET /guilds/{guild_id}/threads/active",
];

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let minutes = numbers.next().unwrap_or(30);
    let seed = numbers.next().unwrap_or_else(|| rand::rng().random());
    println!("{minutes} minutes, seed {seed}");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(soak(Duration::from_secs(60 * minutes), seed));
}

async fn soak(lasts: Duration, seed: u64) {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins.toml"), policy()).unwrap();
    let discord = FakeDiscord::start().await.unwrap();
    let seen = Mutex::new(HashMap::new());
    let model = FakeAnthropic::start(Answers::react(move |request| answer(request, &seen))).await;
    let setup = Setup::between(&places, &discord, &model).without("CLAUDETOOLS_TITLE_MODEL").with("RUST_LOG", "error");
    let bot = setup.start_online(&discord).await.unwrap();
    let ledger = places.path("data/ledger.sqlite");
    let mut world = World {
        discord: &discord,
        model: &model,
        ledger: &ledger,
        chance: StdRng::seed_from_u64(seed),
        threads: Vec::new(),
        said: 0,
        done: HashMap::new(),
    };
    let grown = world.rounds(&bot, lasts).await;
    println!("{} messages; what happened: {:?}", world.said, world.done);
    let (over, numbers) = bounded(bot.id());
    println!("at the end: {numbers}");
    assert_eq!(over, Vec::<String>::new());
    let refused = discord.see(|state| state.calls.iter().filter(|(_, status)| *status == 429).count());
    println!("{} requests to Discord, {refused} answered with 429 by a script", discord.see(|state| state.calls.len()));
    bot.kill();
    Rest::of(&discord, &model, &places.path("data")).assert_whole().await;
    assert_eq!(received(&ledger).await, world.said, "messages are lost");
    discord.assert_clean();
    model.assert_clean();
    println!("every invariant holds");
    assert!(grown <= MOST_GROWTH, "memory grew to {grown:.3} of what it was after the first round");
}

/// Fails the first time where the message says so; calls tools, streams, or answers.
fn answer(request: &RequestView, seen: &Mutex<HashMap<String, u32>>) -> Step {
    let text = request.last_user_text();
    let times = {
        let mut seen = seen.lock().unwrap();
        let times = seen.entry(text.clone()).or_default();
        *times += 1;
        *times
    };
    let fault = FAULTS.iter().find(|fault| times == 1 && text.contains(**fault));
    if let Some(fault) = fault {
        return failing(fault, &text);
    }
    let called = !request.tool_results().is_empty();
    match text.split_whitespace().find_map(|word| word.strip_prefix("tool=")) {
        Some("read") if !called => Reply::new().tool("Read", json!({"file_path": "/repo/docs/a.md"})).into(),
        Some("bash") if !called => {
            Reply::new().tool("Bash", json!({"command": "seq 1 200 | sort -r | head -3"})).into()
        }
        Some("missing") if !called => Reply::new().tool("Read", json!({"file_path": "/repo/docs/none.md"})).into(),
        Some("slow") => {
            let pace = Pace { between: Duration::from_millis(100), delta: 12 };
            Reply::new().text(format!("{text} {}", "All work and no play. ".repeat(20))).pace(pace).into()
        }
        _ => Step::text(format!("Answered: {text}")),
    }
}

fn failing(fault: &str, text: &str) -> Step {
    let reply = || Reply::new().text(format!("Partly: {text} {}", "and so on ".repeat(20)));
    match fault {
        "overloaded" => Failure::overloaded().into(),
        "limited" => Failure::rate_limited(Duration::from_secs(1)).into(),
        "internal" => Failure::internal().into(),
        "broken" => reply().ending(Ending::Broken(Point::InsideText)).into(),
        "short" => reply().ending(Ending::Short(Point::BeforeStop)).into(),
        "error" => reply().ending(Ending::Error(Point::InsideText, Failure::overloaded())).into(),
        "garbage" => reply().noise(Noise::Garbage).into(),
        _ => Step::hang_up(),
    }
}

struct World<'a> {
    discord: &'a FakeDiscord,
    model: &'a FakeAnthropic,
    ledger: &'a Path,
    chance: StdRng,
    threads: Vec<u64>,
    said: usize,
    /// How often what happened.
    done: HashMap<&'static str, u64>,
}

impl World<'_> {
    /// Memory after the last round, to memory after the first; pages of files come and go as the system likes and do not count as growth.
    async fn rounds(&mut self, bot: &Bot, lasts: Duration) -> f64 {
        let mut measured = Vec::new();
        let end = Instant::now() + lasts;
        while Instant::now() < end {
            self.go_on(ROUND.min(end.saturating_duration_since(Instant::now()))).await;
            self.come_to_rest().await;
            let [all, own, files] = ["VmRSS", "RssAnon", "RssFile"].map(|key| bot.status(key));
            println!("{} messages: {all} KiB at rest, {own} its own, {files} of files", self.said);
            measured.push((all as f64, own as f64));
        }
        let ((all, first), (_, last)) = (measured[0], measured[measured.len() - 1]);
        (all - first + last) / all
    }

    async fn go_on(&mut self, lasts: Duration) {
        let end = Instant::now() + lasts;
        while Instant::now() < end {
            let what = match self.chance.random_range(0..100) {
                _ if self.threads.len() < THREADS => self.mention(),
                0..70 => self.say(),
                70..84 => self.fail(),
                84..89 => self.lose_gateway(),
                89..94 => self.stop(),
                94..97 => self.replay(),
                _ => self.say_while_away(),
            };
            *self.done.entry(what).or_default() += 1;
            tokio::time::sleep(EVERY).await;
            if what == "stops" {
                // The last words of a reply may have been on their way: what of them is kept, nobody knows.
                self.model.client_is_gone();
            }
        }
    }

    fn words(&mut self) -> String {
        self.said += 1;
        let fault = if self.chance.random_bool(0.3) { FAULTS.choose(&mut self.chance).unwrap() } else { "" };
        let tool = ["", "tool=read", "tool=bash", "tool=missing", "tool=slow"].choose(&mut self.chance).unwrap();
        format!("matter-{} {tool} {fault}", self.said)
    }

    fn person(&mut self) -> Person {
        let id = self.chance.random_range(0..10);
        Person { id: 1_100_000_000_000_100_000 + id, name: format!("person{id}"), ..Person::alice() }
    }

    fn mention(&mut self) -> &'static str {
        let (words, person) = (self.words(), self.person());
        self.threads.push(self.discord.says(&person, GENERAL, format!("@claude {words}").as_str()));
        "mentions"
    }

    fn thread(&mut self) -> u64 {
        *self.threads.choose(&mut self.chance).unwrap()
    }

    fn say(&mut self) -> &'static str {
        let (words, person, thread) = (self.words(), self.person(), self.thread());
        self.discord.says(&person, thread, words.as_str());
        "messages"
    }

    fn fail(&mut self) -> &'static str {
        let short = Duration::from_millis(500);
        let scripts = [
            Script::Status(500),
            Script::Status(502),
            Script::Status(503),
            Script::TooMany(short),
            Script::TooManyGlobal(short),
            Script::Garbled,
            Script::Lost,
        ];
        let (route, script) = (ROUTES.choose(&mut self.chance).unwrap(), *scripts.choose(&mut self.chance).unwrap());
        let times = self.chance.random_range(1..3);
        self.discord.fail_next(route, script, times);
        "failing requests"
    }

    fn gap(&mut self) -> Gap {
        *[Gap::Dropped, Gap::Forgotten, Gap::Reconnect, Gap::Invalid, Gap::Close(4000)]
            .choose(&mut self.chance)
            .unwrap()
    }

    fn lose_gateway(&mut self) -> &'static str {
        let gap = self.gap();
        self.discord.drop_gateway(gap);
        "lost gateways"
    }

    fn say_while_away(&mut self) -> &'static str {
        let (words, person, thread, gap) = (self.words(), self.person(), self.thread(), self.gap());
        self.discord.while_offline_says(&person, thread, words.as_str(), gap);
        "messages while away"
    }

    fn stop(&mut self) -> &'static str {
        let buttons = self.discord.see(|state| {
            let live = state.messages.values().rev().filter(|message| message.author == BOT && !message.deleted);
            let stop = |message: &Message| message.buttons().into_iter().find(|(label, _)| label == "Stop");
            let found = live.filter_map(|message| Some((stop(message)?.1, message.id, message.channel)));
            found.take(5).collect::<Vec<_>>()
        });
        let Some((button, message, channel)) = buttons.choose(&mut self.chance) else { return "nothing to stop" };
        self.discord.forge_click(&Person::bob(), button, *message, *channel);
        "stops"
    }

    fn replay(&mut self) -> &'static str {
        let messages: Vec<u64> = self.discord.see(|state| {
            let people = state.messages.values().rev().filter(|message| message.author != BOT);
            people.take(50).map(|message| message.id).collect()
        });
        let Some(message) = messages.choose(&mut self.chance) else { return "nothing to tell again" };
        self.discord.replay(*message);
        "events told twice"
    }

    /// Waits until the bot owes nothing, and has said and changed nothing for a while.
    async fn come_to_rest(&self) {
        let calls =
            || self.discord.see(|state| state.messages.values().map(|message| message.drawn.len()).sum::<usize>());
        let (mut last, mut since, began) = (calls(), Instant::now(), Instant::now());
        while since.elapsed() < REST || (!at_rest(self.ledger).await && began.elapsed() < PATIENCE) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = calls();
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
    }
}
