use std::time::Duration;

use claudetools_support::discord::{GENERAL, Permission, Person, Say, State};

use crate::world::{PATIENCE, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_becomes_a_thread_with_an_answer() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude read the **README**, please");
    let answer = world.said(asked, "You said: read the **README**, please").await;
    assert_eq!(answer.pinged, [Person::alice().id], "the answer notifies who asked, and nobody else");
    world.quiet().await;
    let (name, parent) = world.discord.see(|state| {
        let thread = &state.channels[&asked];
        (thread.name.clone(), thread.parent)
    });
    assert_eq!((name.as_str(), parent), ("read the README, please", Some(GENERAL)));
    let seen = |state: &State| (state.messages[&asked].reactions == ["👀"]).then_some(());
    world.discord.wait_for("the eyes under the message", PATIENCE, seen).await;
    world.discord.says(&Person::bob(), asked, "and a plain message in the bot's thread");
    world.said(asked, "You said: and a plain message").await;
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_the_bot_begins_nothing() {
    let world = World::new().await;
    let bot = world.bot().await;
    let (alice, general) = (Person::alice(), GENERAL);
    let fake = &world.discord;
    fake.says(&alice, general, "hello everybody");
    fake.says(&alice, general, "@everyone look, <@&1100000000000000030> too");
    fake.says(&Person::other_bot(), general, "@claude I am a bot");
    fake.says(&alice, general, Say { webhook: true, ..Say::from("@claude I am a webhook") });
    fake.says(&alice, general, Say { forwarded: true, ..Say::from("@claude I am forwarded") });
    fake.says_in_private(&alice, "@claude psst");
    let plain = fake.says(&alice, general, "something else");
    fake.edits(plain, "@claude edited");
    // The last one is for the bot: when it is answered, the ones before were heard.
    let asked = fake.says(&alice, general, "@claude and this is for you");
    let answer = world.said(asked, "You said: and this is for you").await;
    fake.says(&alice, general, Say { reply_to: Some(answer.id), ..Say::from("a reply without a mention") });
    let last = fake.says(&alice, general, "@claude the end");
    world.said(last, "You said: the end").await;
    let threads = |state: &State| state.channels.values().filter(|channel| channel.parent.is_some()).count();
    assert_eq!(fake.see(threads), 2, "{}", fake.scene());
    assert_eq!(fake.see(|state| state.by_bot(general).count()), 0, "{}", fake.scene());
    assert_eq!(world.model.requests().len(), 2);
    bot.stop().await.unwrap();
    let audit = world.ledger().await.audit(0, 1000).await.unwrap();
    let refused = audit.iter().filter(|row| row.kind == "refusal" && row.detail.contains("caller.bot: Bots"));
    assert_eq!(refused.count(), 2, "the bot and the webhook are in the audit");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_role_gets_one_polite_line() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::mallory(), GENERAL, "@claude delete everything");
    world.said(GENERAL, "Sorry").await;
    let transcript = world.discord.see(|state| state.transcript(GENERAL));
    insta::assert_snapshot!(transcript, @r"
    mallory: <@1100000000000000020> delete everything
    claude: Sorry, none of your roles lets you talk to me. An administrator can give you one.
    ");
    assert!(world.discord.see(|state| !state.channels.contains_key(&asked)));
    assert!(world.model.requests().is_empty());
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_where_it_is_missing() {
    let world = World::new().await;
    world.discord.deny(GENERAL, Permission::CreateThreads);
    let bot = world.bot().await;
    world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    let line = world.said(GENERAL, "I cannot begin a thread here").await;
    assert!(line.content.contains("Create Public Threads"), "{}", line.content);
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_with_the_message() {
    let world = World::new().await;
    let bot = world.bot().await;
    let files = vec![("notes.txt".to_owned(), "text/plain".to_owned(), b"the secret is 42".to_vec())];
    let asked = world.discord.says(&Person::alice(), GENERAL, Say { files, ..Say::from("@claude read this") });
    world.said(asked, "You said: read this").await;
    let request = world.model.requests().last().unwrap().messages().last().unwrap().to_string();
    assert!(request.contains("the secret is 42"), "{request}");
    bot.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_turn_is_shown_while_it_runs() {
    let world = World::new().await;
    let bot = world.bot().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write slowly");
    let live = world.shown(asked, "All work").await;
    assert_eq!(live.buttons().len(), 1, "a Stop button");
    assert!(live.pinged.is_empty(), "nobody is notified while it runs");
    let grown = move |state: &State| (state.messages[&live.id].versions.len() >= 3).then_some(());
    world.discord.wait_for("edits", PATIENCE, grown).await;
    assert!(world.discord.see(|state| state.typing.iter().any(|(channel, _)| *channel == asked)));
    world
        .discord
        .wait_for("the answer", PATIENCE, |state| {
            state.by_bot(asked).any(|message| message.pinged == [Person::alice().id]).then_some(())
        })
        .await;
    world.quiet().await;
    let before = world.discord.see(|state| state.typing.len());
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(world.discord.see(|state| state.typing.len()), before, "typing has stopped");
    bot.stop().await.unwrap();
}
