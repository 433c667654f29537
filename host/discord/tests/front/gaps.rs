use std::time::Duration;

use claudetools_support::discord::{GENERAL, Gap, Person, State};

use crate::world::{PATIENCE, World};

async fn answered_once(world: &World, asked: u64, text: &str) {
    world.said(asked, text).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answers =
        world.discord.see(|state| state.by_bot(asked).filter(|message| message.content.contains(text)).count());
    assert_eq!(answers, 1, "{}", world.discord.scene());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_connection_answers_what_was_missed_once() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.while_offline_says(&Person::alice(), GENERAL, "@claude in the gap", Gap::Dropped);
    answered_once(&world, asked, "You said: in the gap").await;
    assert_eq!(world.discord.sessions(), (1, 1), "it resumed");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_no_event_tells_of_is_answered_once() {
    let world = World::new().await;
    let bot = world.bot().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    for gap in [Gap::Forgotten, Gap::Invalid] {
        let asked = world.discord.while_offline_says(&Person::alice(), GENERAL, "@claude in the gap", gap);
        answered_once(&world, asked, "You said: in the gap").await;
        let inside = world.discord.while_offline_says(&Person::alice(), asked, "in the thread", gap);
        assert!(inside > asked);
        answered_once(&world, asked, "You said: in the thread").await;
    }
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_came_while_the_bot_was_off_is_answered_once() {
    let world = World::new().await;
    let bot = world.bot().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    world.quiet().await;
    bot.stop().await.unwrap();
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude while you were off");
    let bot = world.bot().await;
    answered_once(&world, asked, "You said: while you were off").await;
    answered_once(&world, first, "You said: before").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_event_begins_one_turn() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(asked, "You said: hello").await;
    world.discord.replay(asked);
    world.discord.drop_gateway(Gap::Reconnect);
    answered_once(&world, asked, "You said: hello").await;
    assert_eq!(world.model.requests().len(), 1);
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deaf_connection_is_left_for_a_new_one() {
    let world = World::new().await;
    world.discord.heartbeat_every(Duration::from_millis(700));
    let bot = world.bot().await;
    world.discord.ignore_heartbeats(true);
    let again = |state: &State| (state.identifies() > 1).then_some(());
    world.discord.wait_for("a new session", PATIENCE, again).await;
    world.discord.ignore_heartbeats(false);
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude are you there");
    answered_once(&world, asked, "You said: are you there").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_goes_on_after_a_restart_and_leaves_one_answer() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write slowly");
    let live = world.shown(asked, "All work").await;
    bot.stop_within(Duration::ZERO).await.unwrap();
    assert!(!world.discord.see(|state| state.messages[&live.id].deleted), "the run that ended left its live message");
    let bot = world.bot().await;
    let pings = |state: &State| state.by_bot(asked).filter(|message| !message.pinged.is_empty()).count();
    world.discord.wait_for("the answer", PATIENCE, |state| (pings(state) > 0).then_some(())).await;
    world.quiet().await;
    assert_eq!(world.discord.see(pings), 1, "{}", world.discord.scene());
    bot.stop().await.unwrap();
}
