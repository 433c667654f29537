use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_ledger::Ledger;
use claudetools_support::anthropic::{KEY, RequestView, Step};
use claudetools_support::discord::{GENERAL, Permission, Person, RANDOM, Script, State, TOKEN};
use claudetools_tests::bot::{PATIENCE, Setup};

use crate::world::{World, echo, slowly};

const POST: &str = "POST /channels/{channel_id}/messages";
const EDIT: &str = "PATCH /channels/{channel_id}/messages/{message_id}";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_arrives_once_through_limits_and_errors() {
    let world = World::new(|request: &RequestView| match request.last_user_text().contains("slowly") {
        true => slowly(&format!("{} It is done.", "All work and no play. ".repeat(12))),
        false => echo(request),
    })
    .await;
    let mut bot = world.start().await;
    let wait = Duration::from_millis(700);
    let storms =
        [Script::Status(500), Script::Status(503), Script::Lost, Script::TooMany(wait), Script::TooManyGlobal(wait)];
    for storm in storms {
        world.discord.fail_next(POST, storm, 2);
        world.discord.fail_next(EDIT, storm, 2);
        let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write slowly");
        world.said(asked, "It is done.").await;
        world.quiet().await;
        let count = world.count_after_another(asked, "It is done.").await;
        assert_eq!(count, 1, "{storm:?}\n{}", world.discord.scene());
    }
    // A short answer is written once, at the end.
    world.discord.fail_next(POST, Script::Status(500), 1);
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude be brief");
    world.said(asked, "You said: be brief").await;
    let said = bot.said();
    assert!(!said.contains(TOKEN) && !said.contains(KEY), "{said}");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_said_in_the_log_and_not_tried_forever() {
    let world = World::new(echo).await;
    let mut bot = world.start().await;
    world.discord.deny(GENERAL, Permission::Send);
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    let line = bot.line_with("a delivery can never be made");
    let missing = format!(
        "the bot lacks a permission in <#{asked}>: Send Messages in Threads (Server Settings, Roles, or the channel's own permissions)"
    );
    assert!(line.contains(&missing), "{line}");
    let elsewhere = world.discord.says(&Person::alice(), RANDOM, "@claude are you well?");
    world.said(elsewhere, "You said: are you well?").await;
    let attempts = |state: &State| {
        let route = format!("POST /channels/{asked}/messages");
        state.calls.iter().filter(|(call, _)| *call == route).count()
    };
    let attempts = world.discord.see(attempts);
    assert!((1..=2).contains(&attempts), "{attempts} attempts\n{}", world.discord.scene());
    world.end(bot);
}

/// A world whose plugins are reviewed in `#random`.
async fn with_a_review_channel(answer: impl Fn(&RequestView) -> Step + Send + Sync + 'static) -> World {
    let world = World::new(answer).await;
    let path = world.places.path("base/plugins.toml");
    let policy = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, format!("{policy}\n[review]\nin_chat = false\nchannel = \"{RANDOM}\"\n")).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn each_permission_that_is_missing_is_named_once_to_those_who_run_the_bot() {
    let world = with_a_review_channel(echo).await;
    let mut bot = world.start().await;
    world.discord.deny(GENERAL, Permission::React);
    for words in ["@claude one", "@claude two"] {
        let asked = world.discord.says(&Person::alice(), GENERAL, words);
        world.said(asked, "You said").await;
        world.quiet().await;
    }
    let told = world.said(RANDOM, "Add Reactions").await;
    let expected = format!(
        "Somebody has to help me: the bot lacks a permission in <\u{200b}#{GENERAL}>: Add Reactions and Read Message History \
         (Server Settings, Roles, or the channel's own permissions)."
    );
    assert_eq!((told.content.as_str(), world.count(RANDOM, "Add Reactions")), (expected.as_str(), 1));
    bot.line_with("Add Reactions and Read Message History");
    world.discord.deny(GENERAL, Permission::CreateThreads);
    world.discord.says(&Person::alice(), GENERAL, "@claude three");
    world.said(RANDOM, "Create Public Threads").await;
    world.said(GENERAL, "I cannot begin a thread here").await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_without_its_file_where_the_bot_may_not_attach_one() {
    let long = format!("It begins.\n\n{}", "A line of a long answer.\n\n".repeat(500));
    let world = with_a_review_channel(move |_: &RequestView| Step::text(long.clone())).await;
    let bot = world.start().await;
    world.discord.deny(GENERAL, Permission::Attach);
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write much");
    world.said(asked, "It begins.").await;
    world.said(asked, "I could not attach `answer.md`").await;
    world.said(RANDOM, "Attach Files").await;
    assert_eq!(world.count(asked, "It begins."), 1);
    world.end(bot);
}

/// Runs the program to its end, and answers its exit code and what it said.
fn ended(setup: &Setup) -> (Option<i32>, String) {
    tokio::task::block_in_place(|| setup.start(&["run"]).unwrap().ended())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_ends_the_program_with_one_sentence() {
    let world = World::new(echo).await;
    let (code, said) = ended(&world.setup().with("DISCORD_TOKEN", "wrong-token-of-nobody"));
    assert_eq!(code, Some(5), "{said}");
    let sentence = "Discord refused DISCORD_TOKEN; copy the token again from discord.com/developers/applications";
    assert_eq!(said.matches(sentence).count(), 1, "{said}");
    assert!(!said.contains("wrong-token-of-nobody"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_intent_ends_the_program_with_one_sentence() {
    let world = World::new(echo).await;
    world.discord.refuse_identify(4014);
    let (code, said) = ended(&world.setup());
    assert_eq!(code, Some(5), "{said}");
    let sentence = "Discord refused the bot's intents (4014); switch on `Message Content Intent`";
    assert_eq!(said.matches(sentence).count(), 1, "{said}");
    assert_eq!(world.discord.sessions(), (1, 0), "it identified once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guild_without_the_bot_ends_the_program_with_one_sentence() {
    let world = World::new(echo).await;
    let (code, said) = ended(&world.setup().with("DISCORD_GUILD_ID", 4242));
    assert_eq!(code, Some(5), "{said}");
    let sentence = "the bot is not in the guild 4242 of DISCORD_GUILD_ID; invite it there, or correct the id";
    assert_eq!(said.matches(sentence).count(), 1, "{said}");
    assert_eq!(world.discord.sessions(), (0, 0), "it did not identify");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_that_does_not_answer_is_asked_until_it_does() {
    let world = World::new(echo).await;
    world.discord.fail_next("GET /users/@me", Script::Status(503), 8);
    let mut bot = world.setup().start(&["run"]).unwrap();
    let line = bot.line_with("Discord cannot be reached at ");
    assert!(line.ends_with("; check the network, or DISCORD_API_BASE where it is set; trying again in 1 s"), "{line}");
    world.discord.says(&Person::alice(), GENERAL, "@claude are you there?");
    let answered =
        |state: &State| state.messages.values().any(|message| message.content.contains("You said: are you there?"));
    world.discord.wait_for("an answer", PATIENCE, |state| answered(state).then_some(())).await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_waited_for() {
    let world = World::new(echo).await;
    let mut bot = world.setup().with("DISCORD_API_BASE", "http://127.0.0.1:1/api/v10").start(&["run"]).unwrap();
    bot.line_with("Discord cannot be reached at ");
    let line = bot.line_with("Discord cannot be reached at ");
    let (_, sentence) = line.split_once(" WARN ").unwrap();
    insta::assert_snapshot!(sentence, @"Discord cannot be reached at http://127.0.0.1:1/api/v10: error sending request; check the network, or DISCORD_API_BASE where it is set; trying again in 2 s");
    bot.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_of_one_bot_ends_with_one_sentence() {
    let world = World::new(echo).await;
    let bot = world.start().await;
    let (code, said) = ended(&world.setup().with("CLAUDETOOLS_DATA_DIR", world.places.path("other").display()));
    assert_eq!(code, Some(5), "{said}");
    let sentence =
        "another claudetools on this machine runs with this DISCORD_TOKEN: stop it, or give this one a bot of its own";
    assert_eq!(said.matches(sentence).count(), 1, "{said}");
    assert!(!world.places.path("other").exists(), "something was made");
    bot.kill();
    let bot = world.start().await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_deleted_ends_its_turn_and_no_other() {
    let world = World::new(|_: &RequestView| slowly(&"All work. ".repeat(30))).await;
    let mut bot = world.start().await;
    let gone = world.discord.says(&Person::alice(), GENERAL, "@claude write");
    let stays = world.discord.says(&Person::bob(), GENERAL, "@claude write, too");
    world.shown(gone, "All work").await;
    world.discord.delete_thread(gone);
    bot.line_with("its turn was stopped");
    world.said(stays, "All work").await;
    world.quiet_in(stays).await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_is_locked_ends_its_turn_with_an_answer_that_is_kept() {
    let world = World::new(|request: &RequestView| match request.last_user_text().contains("write") {
        true => slowly(&format!("{}The end.", "All work. ".repeat(30))),
        false => echo(request),
    })
    .await;
    let mut bot = world.start().await;
    let locked = world.discord.says(&Person::alice(), GENERAL, "@claude write");
    world.shown(locked, "All work").await;
    world.discord.archive(locked, true);
    bot.line_with("a delivery can never be made");
    let elsewhere = world.discord.says(&Person::bob(), RANDOM, "@claude are you well?");
    world.said(elsewhere, "You said: are you well?").await;
    let route = format!("POST /channels/{locked}/messages");
    let attempts = world.discord.see(|state| state.calls.iter().filter(|(call, _)| *call == route).count());
    assert!(attempts <= 3, "{attempts} attempts\n{}", world.discord.scene());
    world.end(bot);
    let ledger = Ledger::open(&world.places.path("data")).await.unwrap();
    let kept = format!("{:?}", ledger.load(&ThreadId::new("discord", locked)).await.unwrap());
    assert!(kept.contains("The end."), "{kept}");
}
