//! `kill -9` at marked moments of a turn, and at random ones while twenty threads work.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use claudetools_ledger::Ledger;
use claudetools_support::anthropic::{Pace, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person, State};
use claudetools_tests::bot::PATIENCE;

use super::company::{Service, order, orders, world};
use crate::world::{Gate, World, is_live};

/// A moment of a turn, as the world outside sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// The model is asked and does not answer.
    Asked,
    /// The answer streams, before the call is whole: before the intent.
    Streams,
    /// The effect has happened, and nobody has told the program: before the outcome.
    Happened,
    /// The effect has happened, and the program is told at this moment.
    Told,
    /// The model has the result.
    Reported,
    /// The answer is posted at this moment.
    Posted,
}

const MOMENTS: [Moment; 6] =
    [Moment::Asked, Moment::Streams, Moment::Happened, Moment::Told, Moment::Reported, Moment::Posted];

/// A model that is held back at the moments in which it is asked.
async fn held(moment: Moment) -> (World, Service, Gate) {
    let gate = Gate::default();
    let held = gate.clone();
    let (world, service) = world(move |request: &RequestView, port| {
        let reports = !request.tool_results().is_empty();
        if moment == Moment::Asked && !reports || moment == Moment::Reported && reports {
            held.pass();
        }
        let slow = Pace { between: Duration::from_millis(150), delta: 1 };
        match moment == Moment::Streams && !reports && !held.is_open() {
            true => order("one", port).pace(slow).into(),
            false => orders(request, port),
        }
    })
    .await;
    if moment != Moment::Happened {
        service.answers.open();
    }
    (world, service, gate)
}

async fn reached(world: &World, service: &Service, moment: Moment, thread: u64) {
    match moment {
        Moment::Asked => world.asked_model(1).await,
        Moment::Streams => drop(world.shown(thread, "I o").await),
        Moment::Happened | Moment::Told => world.ordered(service, 1).await,
        Moment::Reported => world.asked_model(2).await,
        Moment::Posted => {
            let posted = |state: &State| state.by_bot(thread).any(|one| one.content.contains("It says")).then_some(());
            world.discord.wait_for("the answer", PATIENCE, posted).await;
        }
    }
}

async fn killed_at(moment: Moment) {
    let (world, service, gate) = held(moment).await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    reached(&world, &service, moment, thread).await;
    bot.kill();
    world.discord.is_gone();
    world.model.client_is_gone();
    gate.open();
    service.answers.open();
    let bot = world.start().await;
    let said = world.said(thread, "It says: ").await;
    let ordered = service.orders().len();
    assert!(ordered <= 1, "{moment:?}: {ordered} orders");
    assert!(!said.content.contains("200") || ordered == 1, "{moment:?}: {}", said.content);
    assert_eq!(world.count(thread, "It says: "), 1, "{moment:?}\n{}", world.discord.scene());
    println!("{moment:?}: {ordered} orders, {:?}", said.content);
    world.whole(bot, &service, Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_01_a_kill_at_a_marked_moment_of_a_turn_leaves_one_answer_and_at_most_one_effect() {
    for moment in MOMENTS {
        killed_at(moment).await;
    }
}

/// Numbers that look random and are not: the same for a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[expect(clippy::disallowed_methods, reason = "who looks into a failure gives the seed that the test printed")]
fn seed() -> u64 {
    let given = std::env::var("REL_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs());
    let seed = given.unwrap_or_else(now);
    println!("REL_SEED={seed}");
    seed
}

const THREADS: usize = 20;
/// What is at work at each kill.
const SAID: usize = 4;

async fn killed(times: usize) {
    let mut dice = Dice(seed());
    let (world, service) = world(orders).await;
    service.answers.open();
    let mut threads: Vec<(u64, String)> = Vec::new();
    let mut bot = world.start().await;
    for number in 0..THREADS {
        let mark = format!("thread{number:02}");
        let thread = world.discord.says(&Person::alice(), GENERAL, format!("@claude order {mark}-first").as_str());
        threads.push((thread, mark));
    }
    let mut said = THREADS;
    for kill in 0..times {
        for part in 0..SAID {
            let (thread, mark) = &threads[usize::try_from(dice.below(THREADS as u64)).unwrap()];
            if world.discord.see(|state| state.channels.contains_key(thread)) {
                world.discord.says(&Person::alice(), *thread, format!("order {mark}-{kill}-{part}").as_str());
                said += 1;
            }
            tokio::time::sleep(Duration::from_millis(dice.below(300))).await;
        }
        bot.kill();
        world.discord.is_gone();
        world.model.client_is_gone();
        let ledger = Ledger::open(&world.places.path("data")).await.unwrap();
        ledger.verify_audit().await.unwrap();
        ledger.close().await;
        drop(ledger);
        bot = world.start().await;
    }
    println!("{times} kills, {said} messages, {} orders", service.orders().len());
    // What was said to a program that was ended before it could hear it is read by the last one, which takes its time.
    let file = world.places.path("data/ledger.sqlite");
    let deadline = std::time::Instant::now() + PATIENCE;
    while claudetools_tests::invariants::received(&file).await < said {
        assert!(std::time::Instant::now() < deadline, "a message was not received\n{}", world.discord.scene());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    world.whole(bot, &service, threads).await;
    assert_eq!(claudetools_tests::invariants::received(&file).await, said, "a message was received twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_02_kills_at_random_moments_lose_nothing_and_repeat_nothing() {
    killed(25).await;
}

#[ignore = "half an hour; run by `cargo xtask kills`"]
#[tokio::test(flavor = "multi_thread")]
async fn rel_02_two_hundred_kills_at_random_moments_lose_nothing_and_repeat_nothing() {
    killed(200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_03_a_program_that_is_asked_to_stop_drains_says_paused_and_ends_well() {
    let gate = Gate::default();
    let held = gate.clone();
    let (world, service) = world(move |request: &RequestView, _| {
        if request.last_user_text().contains("for long") {
            held.pass();
        }
        Step::text(format!("You said: {}", request.last_user_text()))
    })
    .await;
    let bot = world.start().await;
    let long = world.discord.says(&Person::alice(), GENERAL, "@claude work for long");
    world.asked_model(1).await;
    let live = |state: &State| state.by_bot(long).any(is_live).then_some(());
    world.discord.wait_for("the live message", PATIENCE, live).await;
    let id = rustix::process::Pid::from_raw(i32::try_from(bot.id()).unwrap()).unwrap();
    let began = std::time::Instant::now();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    let (code, said) = tokio::task::block_in_place(|| bot.ended());
    println!("it ended after {:?}", began.elapsed());
    assert_eq!(code, Some(0), "{said}");
    let paused = world.discord.see(|state| state.by_bot(long).last().map(|message| message.content.clone()));
    assert!(paused.unwrap().contains("Paused: I am being restarted"), "{}", world.discord.scene());
    world.discord.is_gone();
    gate.open();
    let bot = world.start().await;
    world.said(long, "You said: work for long").await;
    let over = |state: &State| (!state.transcript(long).contains("Paused")).then_some(());
    world.discord.wait_for("nothing to be paused any more", PATIENCE, over).await;
    world.whole(bot, &service, Vec::new()).await;
}
