//! A thousand threads, three hundred of them streaming at once: the real program between the fakes, on this machine's
//! cores. Printed, never asserted but for what may not happen: a lost or doubled answer, a limit of Discord's that was exceeded.
//!
//! `cargo bench --workspace --bench load`, after `cargo build --release --workspace --bin claudetools`. The fakes run beside the program and take
//! their share of the cores.

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use claudetools_support::anthropic::{FakeAnthropic, Pace, Reply, RequestView, Script, Step};
use claudetools_support::discord::{BOT, FakeDiscord, GENERAL, Message, Person, State};
use claudetools_tests::bot::{Bot, Setup};
use claudetools_tests::company::{Places, policy};

const THREADS: usize = 1000;
const STREAMING: usize = 300;
/// Messages that come in a second: Discord lets a bot make fifty requests in one, and each needs at least one to be seen.
const ARRIVALS: u64 = 10;
/// Of a streamed answer: events a second, and how long it comes.
const EVENTS: u64 = 10;
const LASTS: Duration = Duration::from_secs(60);
/// The time between two edits of one message that the program aims at.
const PACE: Duration = Duration::from_millis(1200);
/// Edits a second that Discord's limit leaves for all messages together, beside answers.
const EDITS: f64 = 40.0;
/// Characters of one event's text.
const WORD: usize = 6;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(load());
}

async fn load() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins.toml"), policy()).unwrap();
    let (discord, model) = (FakeDiscord::start().await.unwrap(), FakeAnthropic::start(Script::react(answer)).await);
    let setup = Setup::between(&places, &discord, &model).without("CLAUDETOOLS_TITLE_MODEL").with("RUST_LOG", "warn");
    let bot = setup.start_online(&discord).await.unwrap();
    let alone = resident(&bot);
    println!("idle: {alone} MiB resident");
    let threads = open_threads(&discord).await;
    println!("{THREADS} threads answered: {} MiB resident", resident(&bot));
    let (asked, most) = stream(&discord, &bot, &threads).await;
    println!("{STREAMING} streaming: at most {most} MiB resident; afterwards {}", resident(&bot));
    report("from a message to its first sign", asked.iter().map(|message| sign(&discord, *message)).collect());
    lateness(&discord, &model, &asked);
    discord.see(|state| {
        let limited = state.calls.iter().filter(|(_, status)| *status == 429).count();
        println!("{} requests to Discord, {limited} of them one too many", state.calls.len());
        answered_once(state, &threads, &asked);
    });
    bot.kill();
    discord.assert_clean();
    model.assert_clean();
}

/// Words that are counted, at a person's reading pace; a few words for what is not to be streamed.
fn answer(request: &RequestView) -> Step {
    if !request.last_user_text().contains("stream") {
        return Step::text("An answer of a few words.");
    }
    let events = usize::try_from(LASTS.as_secs() * EVENTS).unwrap();
    let words: String = (0..events).map(|at| format!("w{at:04} ")).collect();
    let pace = Pace { between: Duration::from_millis(1000 / EVENTS), delta: WORD };
    Reply::new().text(words).pace(pace).into()
}

/// Waits, looking seldom: a look at everything takes the fake's time.
async fn until(discord: &FakeDiscord, what: &str, met: impl Fn(&State) -> bool) {
    let patience = Instant::now() + Duration::from_secs(600);
    while !discord.see(&met) {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn open_threads(discord: &FakeDiscord) -> Vec<u64> {
    let mut threads = Vec::new();
    for number in 0..THREADS {
        threads.push(discord.says(&person(number), GENERAL, format!("@claude matter {number}").as_str()));
        tokio::time::sleep(Duration::from_millis(1000 / ARRIVALS)).await;
    }
    until(discord, "an answer in every thread", |state| answers(state).len() == THREADS).await;
    threads
}

/// Each message with its thread, and the most memory that was resident meanwhile, in MiB.
async fn stream(discord: &FakeDiscord, bot: &Bot, threads: &[u64]) -> (Vec<u64>, u64) {
    let mut asked = Vec::new();
    let mut most = 0;
    for (number, thread) in threads.iter().take(STREAMING).enumerate() {
        asked.push(discord.says(&person(number), *thread, format!("now stream {number}.").as_str()));
        most = most.max(resident(bot));
        tokio::time::sleep(Duration::from_millis(1000 / ARRIVALS)).await;
    }
    let patience = Instant::now() + Duration::from_secs(600);
    while discord.see(|state| answers(state).values().filter(|times| **times >= 2).count()) < STREAMING {
        assert!(Instant::now() < patience, "waited in vain for the streamed answers");
        most = most.max(resident(bot));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    (asked, most)
}

fn person(number: usize) -> Person {
    let id = 1_100_000_000_000_100_000 + u64::try_from(number % 50).unwrap();
    Person { id, name: format!("person{}", number % 50), ..Person::alice() }
}

/// How many answers stand in each thread: what pings somebody.
fn answers(state: &State) -> BTreeMap<u64, usize> {
    let mut answers = BTreeMap::new();
    let pinging = state.messages.values().filter(|message| message.author == BOT && !message.pinged.is_empty());
    pinging.for_each(|message| *answers.entry(message.channel).or_default() += 1);
    answers
}

fn answered_once(state: &State, threads: &[u64], asked: &[u64]) {
    let answers = answers(state);
    let wrong = threads.iter().enumerate().filter(|(number, thread)| {
        let wanted = if *number < asked.len() { 2 } else { 1 };
        answers.get(thread).copied().unwrap_or_default() != wanted
    });
    assert_eq!(wrong.count(), 0, "answers are lost or doubled");
    println!("{} messages, each answered once", threads.len() + asked.len());
}

/// From a message to what its author sees first: the eyes under it, typing, or a message of the bot.
fn sign(discord: &FakeDiscord, message: u64) -> Duration {
    discord.see(|state| {
        let said = &state.messages[&message];
        let typing = state.typing.iter().filter(|(channel, at)| *channel == said.channel && *at > said.at);
        let written = state.standing(said.channel).filter(|by| by.author == BOT && by.at > said.at);
        let signs = typing.map(|(_, at)| *at).chain(written.map(|by| by.at)).chain(said.seen);
        signs.min().map_or(Duration::MAX, |first| first - said.at)
    })
}

/// How late edits are: the time that the oldest event which an edit shows first had to wait for it. What Discord's limit allows for
/// so many messages at once is taken off for the second line.
fn lateness(discord: &FakeDiscord, model: &FakeAnthropic, asked: &[u64]) {
    let mut waited = Vec::new();
    let requests = model.requests();
    for (number, message) in asked.iter().enumerate() {
        let mine = format!("stream {number}.");
        let request = requests.iter().find(|request| request.last_user_text().contains(&mine)).unwrap();
        // The stream and the block each have an event before the first word.
        let sent: Vec<Instant> = model.sent(request.number).into_iter().skip(2).collect();
        waited.extend(discord.see(|state| waits(state, state.messages[message].channel, &sent)));
    }
    let fair = PACE.max(Duration::from_secs_f64(f64::from(u32::try_from(asked.len()).unwrap()) / EDITS));
    report("an event until it is seen", waited.clone());
    let late = waited.into_iter().map(|waited| waited.saturating_sub(fair)).collect();
    report(&format!("the same beyond {fair:.1?}, the time between two edits of one message that Discord allows"), late);
}

fn waits(state: &State, thread: u64, sent: &[Instant]) -> Vec<Duration> {
    let live = |message: &&Message| message.channel == thread && message.author == BOT && message.pinged.is_empty();
    let drawn = state.messages.values().filter(live);
    let mut drawn: Vec<(Instant, usize)> = drawn
        .flat_map(|message| message.drawn.iter().zip(&message.versions))
        .filter_map(|(at, text)| Some((*at, newest(text)?)))
        .collect();
    drawn.sort();
    let mut shown = 0;
    let mut waits = Vec::new();
    for (at, newest) in drawn {
        if newest < shown {
            continue;
        }
        waits.extend(sent.get(shown).map(|sent| at.saturating_duration_since(*sent)));
        shown = newest + 1;
    }
    waits
}

/// The number of the newest word that a text shows.
fn newest(text: &str) -> Option<usize> {
    text.split_whitespace().filter_map(|word| word.strip_prefix('w')?.parse().ok()).max()
}

fn report(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    let at = |percent: usize| taken.get((taken.len().max(1) - 1) * percent / 100).copied().unwrap_or_default();
    println!("{what}: p50 {:.2?}, p95 {:.2?}, p99 {:.2?}, n={}", at(50), at(95), at(99), taken.len());
}

/// Memory of the program, in MiB.
fn resident(bot: &Bot) -> u64 {
    bot.status("VmRSS") / 1024
}
