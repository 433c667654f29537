use std::time::Duration;

use claudetools_support::discord::{GENERAL, Gap, Person};

use crate::world::{World, echo};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_missed_in_a_gap_is_answered_once_when_the_session_is_resumed() {
    let world = World::new(echo).await;
    let bot = world.start().await;
    let asked = world.discord.while_offline_says(&Person::alice(), GENERAL, "@claude in the gap", Gap::Dropped);
    world.said(asked, "You said: in the gap").await;
    assert_eq!(world.count_after_another(asked, "You said: in the gap").await, 1, "{}", world.discord.scene());
    assert_eq!((world.discord.sessions(), world.model.requests().len()), ((1, 1), 2));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_missed_before_a_new_session_is_answered_once() {
    let world = World::new(echo).await;
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    let asked = world.discord.while_offline_says(&Person::alice(), GENERAL, "@claude in the gap", Gap::Forgotten);
    world.said(asked, "You said: in the gap").await;
    assert_eq!(world.count_after_another(asked, "You said: in the gap").await, 1, "{}", world.discord.scene());
    assert_eq!(world.count(first, "You said: before"), 1, "{}", world.discord.scene());
    assert_eq!((world.discord.sessions().0, world.model.requests().len()), (2, 3));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_very_first_run_what_was_just_said_is_answered_and_nothing_older() {
    let world = World::new(echo).await;
    let before = |text: &str, ago| world.discord.said_before(&Person::alice(), GENERAL, text, Duration::from_secs(ago));
    let old = before("@claude before it was invited", 300);
    let new = before("@claude as it was invited", 5);
    let bot = world.start().await;
    world.said(new, "You said: as it was invited").await;
    assert_eq!(world.count_after_another(new, "You said: as it was invited").await, 1, "{}", world.discord.scene());
    assert_eq!(world.count(old, ""), 0, "{}", world.discord.scene());
    world.end(bot);
}
