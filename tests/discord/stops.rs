//! Stop, with real processes.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::script;
use serde_json::json;

use crate::world::World;

/// What every process of the script sleeps for: no other process of the machine does.
const SLEEPS: &str = "86399.271";

/// How many processes on this machine were started with that.
fn sleepers() -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let sleeps = |line: Vec<u8>| line.split(|byte| *byte == 0).any(|word| word == SLEEPS.as_bytes());
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .filter(|line| sleeps(line.clone()))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_every_process_of_a_call() {
    let world = World::new(|request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("revoke_sessions", json!({ "user": "ann@acme.example" })).into(),
    })
    .await;
    script::lay(&world.places).unwrap();
    let words = world.places.path(&format!("repo/{}", script::PATH)).with_file_name("words.sh");
    let tree = format!("(setsid sleep {SLEEPS} & sleep {SLEEPS} & wait) & sleep {SLEEPS}\n");
    std::fs::write(words, tree).unwrap();
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude ann was phished");
    let is_card = |message: &&Message| message.content.contains("Waits for") && !message.buttons().is_empty();
    let card = |state: &State| state.by_bot(thread).find(is_card).cloned();
    let card = world.discord.wait_for("the card of a script", PATIENCE, card).await;
    let (_, confirm) = card.buttons().into_iter().find(|(label, _)| label == "Confirm").unwrap();
    world.discord.click(&Person::alice(), &confirm);
    world.discord.wait_for("the processes", PATIENCE, |_| (sleepers() == 3).then_some(())).await;

    world.discord.slash(&Person::alice(), thread, "stop", &[]);
    let stopped = world.said(thread, "Stopped.").await;
    insta::assert_snapshot!(stopped.content, @r"
    <@1100000000000000041>
    - `revoke_sessions`: The call was stopped. What it had begun may have happened, whole or in part, so check before it is tried again: revoke_sessions ann@acme.example 30.

    *Stopped.*
    ");
    world.discord.wait_for("no process", PATIENCE, |_| (sleepers() == 0).then_some(())).await;
    world.discord.says(&Person::alice(), thread, "and now?");
    let told = world.said(thread, "It says: ").await;
    insta::assert_snapshot!(told.content.split_once("It says: ").unwrap().1, @"call.cancelled: The call was stopped. What it had begun may have happened, whole or in part, so check before it is tried again: revoke_sessions ann@acme.example 30.");
    world.end(bot);
}
