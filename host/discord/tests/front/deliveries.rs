use std::time::Duration;

use claudetools_support::discord::{GENERAL, Person, Script, State};

use crate::world::{PATIENCE, World};

const POST: &str = "POST /channels/{channel_id}/messages";

/// How often an answer stands once it is settled: the thread's next answer comes after it.
async fn answers(world: &World, thread: u64, part: &str) -> usize {
    world.said(thread, part).await;
    world.discord.says(&Person::alice(), thread, "and then");
    world.said(thread, "You said: and then").await;
    world.discord.see(|state| state.by_bot(thread).filter(|message| message.content.contains(part)).count())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_fate_is_unclear_is_not_posted_twice() {
    for (script, nonces_help) in [(Script::Lost, true), (Script::Lost, false), (Script::Garbled, false)] {
        let world = World::new().await;
        if !nonces_help {
            world.discord.forget_nonces();
        }
        let bot = world.bot().await;
        world.discord.fail_next(POST, script, 1);
        let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
        assert_eq!(answers(&world, asked, "You said: hello").await, 1, "{script:?}\n{}", world.discord.scene());
        bot.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_survives_errors_and_limits() {
    let wait = Duration::from_millis(800);
    for script in [Script::Status(500), Script::Status(502), Script::TooMany(wait), Script::TooManyGlobal(wait)] {
        let world = World::new().await;
        let bot = world.bot().await;
        world.discord.fail_next(POST, script, 2);
        let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
        assert_eq!(answers(&world, asked, "You said: hello").await, 1, "{script:?}\n{}", world.discord.scene());
        bot.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_is_gone_ends_its_turn() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write slowly");
    world.shown(asked, "All work").await;
    world.discord.delete_thread(asked);
    let thread = claudetools_agent::ThreadId::new("discord", asked);
    for _ in 0..100 {
        if !bot.chat.status(&thread).await.unwrap().running {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(!bot.chat.status(&thread).await.unwrap().running);
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_thread_is_woken() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(asked, "You said: hello").await;
    world.discord.archive(asked, false);
    world.discord.says(&Person::alice(), asked, "again");
    world.said(asked, "You said: again").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_comes_whole_and_pings_once() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write at length");
    let whole = |state: &State| {
        let foxes: usize = state.by_bot(asked).map(|message| message.content.matches("fox").count()).sum();
        (foxes == 75).then(|| state.by_bot(asked).map(|message| message.pinged.len()).collect::<Vec<_>>())
    };
    let pings = world.discord.wait_for("the whole answer", PATIENCE, whole).await;
    assert_eq!(pings, [1, 0, 0], "{}", world.discord.scene());
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_answer_is_harmless() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude tell everyone");
    let answer = world.said(asked, "look at").await;
    assert_eq!(answer.pinged, [Person::alice().id]);
    assert!(!answer.content.contains(" https://evil.tld"), "the link is not clickable: {}", answer.content);
    bot.stop().await.unwrap();
}
