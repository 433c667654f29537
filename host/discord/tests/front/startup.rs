use std::time::Duration;

use claudetools_discord::{DiscordError, Settings, connect};
use claudetools_support::discord::{Script, State};

use crate::world::World;

async fn refusal(world: &World, settings: Settings) -> DiscordError {
    let chat = world.chat().await;
    connect(settings, chat).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_one_clear_sentence() {
    let world = World::new().await;
    let settings = Settings { token: "wrong".to_owned(), ..world.settings() };
    let error = refusal(&world, settings).await;
    assert_eq!(error, DiscordError::BadToken);
    insta::assert_snapshot!(error, @"Discord refused DISCORD_TOKEN; copy the token again from discord.com/developers/applications, your application, Bot, Reset Token");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_does_not_answer_is_asked_until_it_does() {
    let world = World::new().await;
    world.discord.fail_next("GET /users/@me", Script::Status(503), 8);
    connect(world.settings(), world.chat().await).await.unwrap();
    let asked = |state: &State| state.calls.iter().filter(|(call, _)| call == "GET /users/@me").count();
    assert!(world.discord.see(asked) > 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_without_the_bot_is_named() {
    let world = World::new().await;
    let error = refusal(&world, Settings { guild: Some(7), ..world.settings() }).await;
    insta::assert_snapshot!(error, @"the bot is not in the guild 7 of DISCORD_GUILD_ID; invite it there, or correct the id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_intent_ends_the_bot_without_a_reconnect_loop() {
    for (code, expected) in
        [(4014, DiscordError::IntentNotAllowed), (4013, DiscordError::IntentsUnknown), (4004, DiscordError::BadToken)]
    {
        let world = World::new().await;
        world.discord.refuse_identify(code);
        let chat = world.chat().await;
        let front = connect(world.settings(), chat).await.unwrap();
        let ended =
            tokio::time::timeout(Duration::from_secs(20), front.run(Default::default(), std::future::ready(())))
                .await
                .unwrap();
        assert_eq!(ended, Err(expected), "{code}");
        assert_eq!(world.discord.sessions(), (1, 0), "{code}: it identified once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_written_once() {
    let world = World::new().await;
    for _ in 0..2 {
        let bot = world.bot().await;
        let written = |state: &claudetools_support::discord::State| (!state.commands.is_empty()).then_some(());
        world.discord.wait_for("commands", crate::world::PATIENCE, written).await;
        bot.stop().await.unwrap();
    }
    assert_eq!(world.discord.see(|state| state.command_writes), 1);
}
