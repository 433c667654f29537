use std::time::Duration;

use claudetools_discord::Watch;
use claudetools_support::discord::{GENERAL, Person, RANDOM, State};

use crate::world::{PATIENCE, World};

/// Messages of the bot in a channel that hold this, with the hour left out.
fn lines(state: &State, part: &str) -> Vec<String> {
    let lines = state.by_bot(RANDOM).filter(|message| message.content.contains(part));
    let timeless = |word: &str| if word.contains(':') && word.len() == 5 { "[time]" } else { word }.to_owned();
    lines.map(|line| line.content.split(' ').map(timeless).collect::<Vec<_>>().join(" ")).collect()
}

async fn says(world: &World, part: &str) -> String {
    let said = |state: &State| lines(state, part).pop();
    world.discord.wait_for(&format!("{part:?} in the channel of reviews"), PATIENCE, said).await
}

/// Status and words of the presence.
fn presence(state: &State) -> String {
    let activity = &state.presence["activities"][0];
    format!("{}: {}", state.presence["status"].as_str().unwrap(), activity["state"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_tells_of_nothing_is_left_for_a_new_one() {
    let mut world = World::new().await;
    world.watch.sweep = Duration::from_millis(500);
    let bot = world.bot().await;
    world.discord.mute_gateway();
    let alice = Person::alice();
    let mut old = Vec::new();
    // What the sweeps of the start still find is no finding.
    while world.discord.sessions() == (1, 0) && old.len() < 6 {
        let text = format!("@claude number {}", old.len());
        let message = world.discord.said_before(&alice, GENERAL, &text, Duration::from_secs(20));
        world.said(message, &format!("You said: number {}", old.len())).await;
        old.push(message);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(old.len() > 1, "one finding may be chance");
    let again = |state: &State| (state.identifies() == 2).then_some(());
    world.discord.wait_for("a new session", PATIENCE, again).await;
    let third = world.discord.says(&alice, GENERAL, "@claude three");
    world.said(third, "You said: three").await;
    for (at, thread) in old.into_iter().enumerate() {
        let answer = format!("You said: number {at}");
        let count = |state: &State| state.by_bot(thread).filter(|one| one.content.contains(&answer)).count();
        assert_eq!(world.discord.see(count), 1, "{}", world.discord.scene());
    }
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_session_may_be_begun_the_bot_waits_and_says_so_once() {
    let world = World::new().await;
    world.discord.sessions_left(0, Duration::from_secs(4));
    let bot = world.bot_telling(RANDOM).await;
    insta::assert_snapshot!(says(&world, "sessions").await, @"I have begun nearly all of the 1000 sessions that Discord allows in a day, and wait until [time] UTC before I begin another: Discord resets the token of a bot that begins more. Look in my log for what ends them.");
    assert_eq!(world.discord.see(|state| lines(state, "sessions").len()), 1);
    assert_eq!(world.discord.sessions(), (1, 0));
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_work_is_shown_at_once_and_said_once_when_it_lasts_and_when_it_is_over() {
    let mut world = World::new().await;
    world.watch = Watch { outage: Duration::from_secs(3), ..Watch::default() };
    let bot = world.bot_telling(RANDOM).await;
    world.model.is_away(true);
    world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    let shown = |wanted: &'static str| move |state: &State| (presence(state) == wanted).then_some(());
    world.discord.wait_for("trouble to be shown", PATIENCE, shown("dnd: the model does not answer")).await;
    let said = says(&world, "Since").await.replace("req_fake0001", "req_fake0000");
    insta::assert_snapshot!(said, @"Since [time] UTC the model does not answer: The model is overloaded (529, request req_fake0000). I keep trying, and say it here when it is over.");
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.model.is_away(false);
    world.discord.wait_for("its end to be shown", PATIENCE, shown("online: mention me")).await;
    insta::assert_snapshot!(says(&world, "over:").await, @"It is [time] from [time] to [time] UTC the model does not answer.");
    assert_eq!(world.discord.see(|state| state.by_bot(RANDOM).count()), 2, "{}", world.discord.scene());
    bot.stop().await.unwrap();
}
