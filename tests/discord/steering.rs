//! Messages that are said while a turn runs.

use claudetools_support::anthropic::{RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::{Bot, PATIENCE};

use crate::world::{Gate, World, echo, reads};

/// A company whose model answers the first request only once the gate is open, and a turn that waits for it.
async fn busy(answer: fn(&RequestView) -> Step) -> (World, Gate, Bot, u64) {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if request.last_user_text().contains("alpha") && request.tool_results().is_empty() {
            held.pass();
        }
        answer(request)
    })
    .await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude alpha");
    world.asked_model(1).await;
    (world, gate, bot, thread)
}

/// The acknowledgement of a message, once it says this.
async fn ack(world: &World, thread: u64, message: u64, part: &str) -> Message {
    let is = |found: &&Message| found.reply_to == Some(message) && found.content.contains(part);
    let found = |state: &State| state.by_bot(thread).find(is).cloned();
    world.discord.wait_for(&format!("an acknowledgement that says {part:?}"), PATIENCE, found).await
}

/// What it shows: its text and its buttons.
fn looks(message: &Message) -> String {
    let labels: Vec<_> = message.buttons().into_iter().map(|(label, _)| format!("[{label}]")).collect();
    format!("{} {}", message.content, labels.join(" ")).trim_end().to_owned()
}

async fn press(world: &World, person: &Person, on: &Message, label: &str) -> String {
    let (_, id) = on.buttons().into_iter().find(|(shown, _)| shown.contains(label)).unwrap();
    world.told(world.discord.forge_click(person, &id, on.id, on.channel)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_meanwhile_is_acknowledged_and_joins_at_the_next_tool_call() {
    let (world, gate, bot, thread) = busy(reads).await;
    let second = world.discord.says(&Person::alice(), thread, "and beta");
    let shown = ack(&world, thread, second, "Joins").await;
    insta::assert_snapshot!(looks(&shown), @"-# Joins at the next tool call. [⏭ Queue] [✋ Interrupt]");
    assert_eq!(shown.pinged, [0; 0], "nobody is pinged");
    gate.open();
    world.said(thread, "The file says: ").await;
    insta::assert_snapshot!(looks(&ack(&world, thread, second, "Joined").await), @"-# Joined the turn.");
    world.quiet().await;
    assert!(world.model.requests()[1].raw.contains("and beta"));
    let late = press(&world, &Person::alice(), &shown, "Queue").await;
    insta::assert_snapshot!(late, @"This message waits no more: it has joined a turn, begun one, or was taken back.");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_messages_survive_a_crash_and_are_answered_in_order_each_by_itself() {
    let (world, gate, bot, thread) = busy(echo).await;
    let mut messages = Vec::new();
    for text in ["second", "third"] {
        let message = world.discord.says(&Person::alice(), thread, text);
        let shown = ack(&world, thread, message, "Joins").await;
        assert_eq!(press(&world, &Person::alice(), &shown, "Queue").await, "It begins a turn of its own.");
        messages.push(message);
    }
    insta::assert_snapshot!(looks(&ack(&world, thread, messages[0], "next").await), @"-# ⏭ Queued: it is next. [✋ Interrupt] [✖ Take back]");
    insta::assert_snapshot!(looks(&ack(&world, thread, messages[1], "2 of 2").await), @"-# ⏭ Queued: 2 of 2. [✋ Interrupt] [✖ Take back]");
    bot.kill();
    // What the channel takes in five seconds is used up, which the next process can't know.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    gate.open();
    let bot = world.start().await;
    for text in ["You said: alpha", "You said: second", "You said: third"] {
        world.said(thread, text).await;
    }
    world.quiet().await;
    let answers = |state: &State| {
        let said = state.by_bot(thread).filter_map(|message| message.content.split("You said: ").nth(1));
        said.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(world.discord.see(answers), ["alpha", "second", "third"], "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_interrupts_the_turn_and_begins_its_own() {
    let (world, gate, bot, thread) = busy(echo).await;
    let queued = world.discord.says(&Person::alice(), thread, "second");
    let shown = ack(&world, thread, queued, "Joins").await;
    press(&world, &Person::alice(), &shown, "Queue").await;
    let message = world.discord.says(&Person::alice(), thread, "third");
    let shown = ack(&world, thread, message, "Joins").await;
    insta::assert_snapshot!(press(&world, &Person::alice(), &shown, "Interrupt").await, @"The running turn is stopped for it.");
    world.said(thread, "Stopped.").await;
    world.said(thread, "You said: third").await;
    world.said(thread, "You said: second").await;
    insta::assert_snapshot!(looks(&ack(&world, thread, message, "Began").await), @"-# Began its own turn.");
    world.quiet().await;
    gate.open();
    assert_eq!(world.count(thread, "You said: alpha"), 0, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_author_or_an_administrator_presses_and_what_is_taken_back_is_not_answered() {
    let (world, gate, bot, thread) = busy(echo).await;
    let message = world.discord.says(&Person::alice(), thread, "second");
    let shown = ack(&world, thread, message, "Joins").await;
    insta::assert_snapshot!(press(&world, &Person::carol(), &shown, "Queue").await, @"Only the person who wrote this message, or an administrator, can say what becomes of it.");
    let elsewhere = world.discord.forge_click(&Person::alice(), &shown.buttons()[0].1, shown.id, GENERAL);
    insta::assert_snapshot!(world.told(elsewhere).await, @"This message waits no more: it has joined a turn, begun one, or was taken back.");
    press(&world, &Person::bob(), &shown, "Queue").await;
    let takes_back = |found: &&Message| {
        found.reply_to == Some(message) && found.buttons().iter().any(|(label, _)| label.contains("Take back"))
    };
    let found = |state: &State| state.by_bot(thread).find(takes_back).cloned();
    let queued = world.discord.wait_for("a button to take it back", PATIENCE, found).await;
    insta::assert_snapshot!(press(&world, &Person::alice(), &queued, "Take back").await, @"Taken back.");
    insta::assert_snapshot!(looks(&ack(&world, thread, message, "Taken back").await), @"-# Taken back: nothing is done about it.");
    gate.open();
    world.said(thread, "You said: alpha").await;
    assert_eq!(world.count_after_another(thread, "You said: second").await, 0);
    world.end(bot);
}
