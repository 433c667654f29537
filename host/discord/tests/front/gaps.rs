use std::time::Duration;

use claudetools_support::discord::{GENERAL, Gap, Permission, Person, RANDOM, Script, State};

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
async fn what_was_missed_waits_until_discord_says_who_said_it() {
    let world = World::new().await;
    let bot = world.bot().await;
    world.discord.fail_next("GET /guilds/{guild_id}/members/{user_id}", Script::Status(500), 5);
    let asked = world.discord.while_offline_says(&Person::alice(), GENERAL, "@claude in the gap", Gap::Forgotten);
    answered_once(&world, asked, "You said: in the gap").await;
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

/// What the bot says in a channel of what it missed; with moments that differ from run to run left out.
fn missed(world: &World, channel: u64) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let lines = world.discord.see(|state| {
        let said = state.by_bot(channel).map(|message| message.content.clone());
        said.filter(|content| content.contains("missed")).collect::<Vec<_>>()
    });
    let timeless = |line: &String| {
        let words = line.split(' ').map(|word| match word.split_once(':') {
            Some((hour, minute)) if hour.chars().all(is_digit) && minute.chars().all(is_digit) => "[time]",
            _ => word,
        });
        words.collect::<Vec<_>>().join(" ").replace("between [time] and [time]", "at [time]")
    };
    lines.iter().map(timeless).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_said_once_in_each_thread_with_true_numbers() {
    let world = World::new().await;
    let bot = world.bot().await;
    let inside = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(inside, "You said: before").await;
    world.quiet().await;
    bot.stop().await.unwrap();
    let alice = Person::alice();
    world.discord.says(&alice, inside, "one");
    world.discord.says(&alice, inside, "<@1100000000000000042> not for the bot");
    world.discord.says(&Person::mallory(), inside, "from somebody without a role");
    world.discord.says(&alice, inside, "two");
    world.discord.says(&Person::bob(), inside, "<@1100000000000000041> look at this");
    let opened = world.discord.says(&alice, GENERAL, "@claude another thread");
    let bot = world.bot().await;
    world.said(inside, "I missed").await;
    world.said(opened, "I missed").await;
    world.said(inside, "You said: two").await;
    world.said(opened, "You said: another thread").await;
    insta::assert_snapshot!(missed(&world, inside).join("\n"), @"I missed 2 messages at [time] UTC. I answer them now.");
    insta::assert_snapshot!(missed(&world, opened).join("\n"), @"I missed a message at [time] UTC. I answer it now.");
    bot.stop().await.unwrap();
    let bot = world.bot().await;
    let live = world.discord.says(&alice, inside, "heard as it was said");
    assert!(live > opened);
    world.said(inside, "You said: heard as it was said").await;
    assert_eq!((missed(&world, inside).len(), missed(&world, opened).len()), (1, 1), "{}", world.discord.scene());
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_archived_meanwhile_is_read() {
    let world = World::new().await;
    let bot = world.bot().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(thread, "You said: before").await;
    world.quiet().await;
    bot.stop().await.unwrap();
    world.discord.says(&Person::alice(), thread, "and then it slept");
    world.discord.archive(thread, false);
    let bot = world.bot().await;
    answered_once(&world, thread, "You said: and then it slept").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_cannot_be_read_yet_is_not_forgotten_over_what_comes_after_it() {
    let world = World::new().await;
    let bot = world.bot().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    world.quiet().await;
    bot.stop().await.unwrap();
    let asked = world.discord.said_before(&Person::alice(), RANDOM, "@claude in the gap", Duration::from_secs(600));
    {
        // What was kept is from before the gap.
        let chat = world.chat().await;
        chat.set_cursor("discord", &(asked - (600_000 << 22)).to_string()).await.unwrap();
    }
    world.discord.fail_next("GET /channels/{channel_id}/messages", Script::Status(500), 12);
    let chat = world.chat().await;
    let front = claudetools_discord::connect(world.settings(), chat.clone()).await.unwrap();
    let shutdown = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(front.run(shutdown.clone(), std::future::ready(())));
    world.discord.wait_until_connected().await;
    let live = world.discord.says(&Person::bob(), GENERAL, "@claude after it");
    world.said(live, "You said: after it").await;
    shutdown.cancel();
    running.await.unwrap().unwrap();
    chat.drain(Duration::from_secs(5)).await;
    drop(chat);
    let bot = world.bot().await;
    answered_once(&world, asked, "You said: in the gap").await;
    assert_eq!(world.discord.see(|state| state.by_bot(live).filter(|one| one.content.contains("after it")).count()), 1);
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_a_day_is_not_answered_and_it_is_said() {
    let world = World::new().await;
    let day = Duration::from_secs(24 * 60 * 60);
    let alice = Person::alice();
    let old: Vec<u64> = [30, 28, 26]
        .map(|hours| {
            world.discord.said_before(&alice, GENERAL, "@claude an old question", Duration::from_secs(hours * 3600))
        })
        .to_vec();
    world.discord.said_before(&Person::mallory(), GENERAL, "@claude and from nobody", day + day / 24);
    world.discord.said_before(&alice, GENERAL, "not for the bot", day + day / 24);
    let fresh = world.discord.said_before(&alice, GENERAL, "@claude a newer question", day / 2);
    {
        let chat = world.chat().await;
        chat.set_cursor("discord", &(old[0] - (3_600_000 << 22)).to_string()).await.unwrap();
    }
    let bot = world.bot().await;
    answered_once(&world, fresh, "You said: a newer question").await;
    world.said(GENERAL, "older than a day").await;
    insta::assert_snapshot!(missed(&world, GENERAL).join("\n"), @"I missed 3 messages here, up to this one, and they are older than a day, so I don't answer. Say it again if it still matters.");
    assert_eq!(world.discord.see(|state| state.by_bot(GENERAL).find_map(|one| one.reply_to)), old.last().copied());
    assert_eq!(world.model.requests().len(), 1, "only the newer one");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_may_not_be_read_keeps_nobody_else_waiting() {
    let world = World::new().await;
    let bot = world.bot().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    world.quiet().await;
    bot.stop().await.unwrap();
    world.discord.deny(RANDOM, Permission::History);
    world.discord.says(&Person::alice(), RANDOM, "@claude where nobody reads");
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude where it does");
    let bot = world.bot().await;
    answered_once(&world, asked, "You said: where it does").await;
    bot.stop().await.unwrap();
}
