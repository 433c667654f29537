//! A disk that takes no more, while the bot runs.

use claudetools_support::anthropic::RequestView;
use claudetools_support::discord::{GENERAL, Person, RANDOM};
use claudetools_tests::bot::Bot;
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::company::world;
use crate::world::Gate;

/// The limit of a file's size stands for a disk that is full: SQLite meets it at a write.
fn limit(bot: &Bot, bytes: Option<u64>) {
    let id = Pid::from_raw(i32::try_from(bot.id()).unwrap());
    prlimit(id, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_05_a_full_disk_is_said_nothing_is_done_on_it_and_work_goes_on_when_there_is_space() {
    let gate = Gate::default();
    let held = gate.clone();
    let (world, service) = world(move |request: &RequestView, port| {
        if request.last_user_text().contains("order") {
            held.pass();
        }
        super::company::orders(request, port)
    })
    .await;
    service.answers.open();
    let before = world.discord.see(claudetools_support::discord::State::identifies);
    let bot = world.setup().start_after("trap '' XFSZ", &["run"]).unwrap();
    let ready = |state: &claudetools_support::discord::State| {
        (state.identifies() > before && state.presence["status"] == "online").then_some(())
    };
    world.discord.wait_for("the bot", claudetools_tests::bot::PATIENCE, ready).await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    world.asked_model(1).await;
    limit(&bot, Some(1));
    gate.open();
    world.shown(asked, "I will try again").await;
    assert!(service.orders().is_empty(), "an effect without an intent");
    world.discord.says(&Person::bob(), RANDOM, "@claude are you well?");
    world.said(RANDOM, "I could not write your message down").await;
    limit(&bot, None);
    world.said(asked, "It says: ").await;
    let again = world.discord.says(&Person::bob(), RANDOM, "@claude are you well now?");
    world.said(again, "You said: are you well now?").await;
    assert_eq!(service.orders(), ["one"]);
    world.whole(bot, &service, Vec::<(u64, String)>::new()).await;
}
