//! A script of the repository, from a mention to its result.

use claudetools_ledger::Ledger;
use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::company::CANARY;
use claudetools_tests::script::{self, PATH};
use serde_json::json;

use crate::world::World;

/// A company with the script, and a model that runs it with this input and says what came of it.
async fn world(input: serde_json::Value) -> World {
    let world = World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("revoke_sessions", input.clone()).into(),
    })
    .await;
    script::lay(&world.places).unwrap();
    world
}

async fn card(world: &World, thread: u64) -> Message {
    let is = |message: &&Message| message.content.contains("Waits for") && !message.buttons().is_empty();
    let found = |state: &State| state.by_bot(thread).find(is).cloned();
    world.discord.wait_for("the card of a script", PATIENCE, found).await
}

fn confirm(world: &World, card: &Message) {
    let (_, id) = card.buttons().into_iter().find(|(label, _)| label == "Confirm").unwrap();
    world.discord.click(&Person::alice(), &id);
}

/// What the bot ever wrote in a thread, each version of each message.
fn versions(world: &World, thread: u64) -> String {
    let all = |state: &State| state.by_bot(thread).flat_map(|message| message.versions.clone()).collect::<Vec<_>>();
    world.discord.see(all).join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_confirmed_streamed_and_audited_and_leaves_a_file() {
    let world = world(json!({ "user": "ann@acme.example" })).await;
    let mut bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude ann was phished");
    let shown = card(&world, thread).await;
    for part in ["revoke_sessions ann@acme.example 30", "revoked 3 sessions of $1"] {
        assert!(shown.content.contains(part), "{part}: {}", shown.content);
    }
    confirm(&world, &shown);
    let answer = world.said(thread, "It says: looking at ann@acme.example over 30 days").await;
    for part in ["secret removed]", "revoked 3 sessions of ann@acme.example", "sessions.csv"] {
        assert!(answer.content.contains(part), "{part}: {}", answer.content);
    }
    world.quiet().await;
    let files = |state: &State| {
        let uploads = state.by_bot(thread).flat_map(|message| &message.uploads);
        uploads.map(|file| (file.name.clone(), file.data.clone())).collect::<Vec<_>>()
    };
    let expected = b"user,sessions\nann@acme.example,3\n".to_vec();
    assert_eq!(world.discord.see(files), [("sessions.csv".to_owned(), expected)]);
    assert!(versions(&world, thread).contains("looking at ann@acme.example"), "nothing was seen while it ran");
    let tools = world.model.requests().into_iter().next().unwrap().raw;
    assert!(tools.contains("Ends every session of one account.") && tools.contains("How far back to look."), "{tools}");
    let said = bot.said();
    world.end(bot);
    assert!(!said.contains(CANARY.trim_end()));
    let ledger = Ledger::open(&world.places.path("data")).await.unwrap();
    let audit = format!("{:?}", ledger.newest_audit(50).await.unwrap());
    for part in ["revoke_sessions ann@acme.example 30", "sessions.csv"] {
        assert!(audit.contains(part), "{part}: {audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_fails_says_so() {
    let world = world(json!({ "user": "ann@acme.example", "days": 7, "more": ["3"] })).await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude ann was phished");
    confirm(&world, &card(&world, thread).await);
    world.said(thread, "It says: Exit code 3").await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_grant_gives_is_no_argument() {
    for input in [json!({ "user": "--all" }), json!({ "user": "ann@acme.example; id" }), json!({ "days": 30 })] {
        let world = world(input.clone()).await;
        let bot = world.start().await;
        let thread = world.discord.says(&Person::alice(), GENERAL, "@claude ann was phished");
        let answer = world.said(thread, "It says: ").await;
        assert!(answer.content.contains("exec.argv") || answer.content.contains("proto.shape"), "{}", answer.content);
        world.end(bot);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_sees_that_a_script_changed() {
    let world = world(json!({})).await;
    let review = || {
        let ended = tokio::task::block_in_place(|| world.setup().run(&["plugin", "review", "scripts"]).unwrap());
        String::from_utf8(ended.stdout).unwrap()
    };
    let before = review();
    assert!(!before.contains("PLG013") && before.contains("with the secrets graph"), "{before}");
    std::fs::write(world.places.path(&format!("repo/{PATH}")), "echo other words\n").unwrap();
    let after = review();
    assert!(after.contains(&format!("PLG013 `/repo/{PATH}` of the grant `revoke`")), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_are_not_run_whoever_said_yes() {
    let world = world(json!({ "user": "ann@acme.example" })).await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude ann was phished");
    let shown = card(&world, thread).await;
    std::fs::write(world.places.path(&format!("repo/{PATH}")), "echo other words\n").unwrap();
    confirm(&world, &shown);
    let answer = world.said(thread, "It says: ").await;
    assert!(answer.content.contains("exec.changed"), "{}", answer.content);
    assert!(!versions(&world, thread).contains("other words"));
    world.end(bot);
}
