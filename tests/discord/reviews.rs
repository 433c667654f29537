//! Cards in the review channel, and what reviewers decide there.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Interaction, Message, Person, RANDOM, ROLE_REVIEWER, State};
use claudetools_tests::bot::{Bot, PATIENCE};
use claudetools_tests::built::guest;
use serde_json::json;

use crate::world::World;

/// Where plugins are reviewed.
const REVIEWS: u64 = RANDOM;

/// The table of the plugin that is dropped.
const ECHO: &str = "\n[plugin.echo]\ncallers = { roles = [\"viewer\"], origin = [\"model\"] }\n";

/// A model that calls the tool of the plugin where it is there.
fn calls_echo(request: &RequestView) -> Step {
    match request.tool_results().first() {
        Some(result) => Step::text(format!("It answers: {}", result.text)),
        None if request.tools().contains(&"echo") => Reply::new().tool("echo", json!({ "text": "well met" })).into(),
        None => Step::text("There is no such tool."),
    }
}

async fn world(in_chat: bool) -> World {
    let world = World::new(calls_echo).await;
    let path = world.places.path("base/plugins.toml");
    let role = format!("\nreviewer = {{ discord = [\"{ROLE_REVIEWER}\"] }}");
    let text = std::fs::read_to_string(&path).unwrap().replacen("\nreviewer = { discord = [] }", &role, 1);
    let review = format!("\n[review]\nin_chat = {in_chat}\nchannel = \"{REVIEWS}\"\n");
    std::fs::write(path, format!("{text}{review}{ECHO}")).unwrap();
    world
}

/// Puts a component into the plugins' directory, complete at once.
fn drop_in(world: &World, bytes: &[u8]) {
    let new = world.places.path("base/new");
    std::fs::write(&new, bytes).unwrap();
    std::fs::create_dir_all(world.places.path("base/plugins")).unwrap();
    std::fs::rename(new, world.places.path("base/plugins/echo.wasm")).unwrap();
}

/// The same component with other bytes.
fn other_bytes() -> Vec<u8> {
    let mut bytes = guest("echo");
    *bytes.last_mut().unwrap() ^= 1;
    bytes
}

fn plugins_toml(world: &World) -> String {
    std::fs::read_to_string(world.places.path("base/plugins.toml")).unwrap()
}

/// Waits for a card that says this.
async fn card(world: &World, part: &str) -> Message {
    let found = |state: &State| state.by_bot(REVIEWS).find(|message| message.content.contains(part)).cloned();
    world.discord.wait_for(&format!("a card that says {part:?}"), PATIENCE, found).await
}

fn cards(world: &World) -> usize {
    world.discord.see(|state| state.by_bot(REVIEWS).count())
}

/// Waits for what a click or a form came to: its answer, or that it opened a form.
async fn came_to(world: &World, interaction: u64) -> Interaction {
    let done = |state: &State| {
        let found = &state.interactions[&interaction];
        (found.answer.is_some() || found.form.is_some()).then(|| found.clone())
    };
    world.discord.wait_for("an answer to a reviewer", PATIENCE, done).await
}

/// The one sentence that only the one who pressed sees.
async fn refused(world: &World, interaction: u64) -> String {
    let Interaction { answer, ephemeral, form, .. } = came_to(world, interaction).await;
    assert!(ephemeral && form.is_none(), "{answer:?} {form:?}");
    answer.unwrap()
}

async fn quarantined(world: &World) -> (Bot, Message) {
    let bot = world.start().await;
    drop_in(world, &guest("echo"));
    let card = card(world, "**in quarantine**").await;
    (bot, card)
}

fn button(card: &Message) -> String {
    let buttons = card.buttons();
    assert_eq!(buttons.len(), 1, "{buttons:?}");
    buttons[0].1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_has_no_button_where_the_operator_did_not_allow_it_and_a_forged_one_is_refused() {
    let world = world(false).await;
    let (bot, card) = quarantined(&world).await;
    assert_eq!(card.buttons(), []);
    assert_eq!(card.uploads[0].name, "review.md");
    for forged in ["ct1:approve:00112233445566778899aabbccddeeff", "ct1:approve:echo"] {
        let click = world.discord.forge_click(&Person::carol(), forged, card.id, REVIEWS);
        let why = refused(&world, click).await;
        assert!(why.contains("is off") || why.contains("does not belong here"), "{why}");
    }
    assert!(!plugins_toml(&world).contains("[plugin.echo.approved]"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_plugin_is_approved_by_a_reviewer_only_and_used_then_and_told_once() {
    let world = world(true).await;
    let (bot, shown) = quarantined(&world).await;
    let id = button(&shown);
    let by_a_tech = world.discord.click(&Person::alice(), &id);
    assert_eq!(refused(&world, by_a_tech).await, "Only a member with the role `reviewer` may decide on a plugin.");
    let elsewhere = world.discord.forge_click(&Person::carol(), &id, shown.id, GENERAL);
    assert_eq!(refused(&world, elsewhere).await, "This is decided in another channel.");

    let click = world.discord.click(&Person::carol(), &id);
    assert!(came_to(&world, click).await.form.is_some());
    let by_a_tech = world.discord.fills_in(&Person::alice(), click, &["echo"]);
    assert_eq!(refused(&world, by_a_tech).await, "Only a member with the role `reviewer` may decide on a plugin.");
    let misspelt = world.discord.fills_in(&Person::carol(), click, &["ehco"]);
    assert_eq!(refused(&world, misspelt).await, "What you typed is not `echo`; nothing was changed.");
    assert!(!plugins_toml(&world).contains("[plugin.echo.approved]"));

    let sent = world.discord.fills_in(&Person::carol(), click, &["echo"]);
    assert!(refused(&world, sent).await.contains("is approved"));
    let approved = card(&world, "**approved** by").await;
    assert_eq!(approved.id, shown.id, "its message follows it");
    assert!(approved.content.contains(&format!("discord:{}", Person::carol().id)), "{}", approved.content);
    let again = world.discord.fills_in(&Person::carol(), click, &["echo"]);
    assert!(refused(&world, again).await.contains("out of date"));

    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude use it");
    world.said(asked, "well met").await;
    card(&world, "was called for the first time").await;
    bot.kill();
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude use it again");
    world.said(asked, "well met").await;
    assert_eq!(cards(&world), 2, "{}", world.discord.scene());

    let click = world.discord.click(&Person::carol(), &button(&approved));
    assert!(came_to(&world, click).await.form.is_some());
    let sent = world.discord.fills_in(&Person::carol(), click, &["echo"]);
    assert!(refused(&world, sent).await.contains("is no longer approved"));
    card(&world, "**in quarantine**").await;
    assert!(!plugins_toml(&world).contains("[plugin.echo.approved]"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_were_swapped_behind_a_card_are_not_approved_with_it() {
    let world = world(true).await;
    let (bot, shown) = quarantined(&world).await;
    let click = world.discord.click(&Person::carol(), &button(&shown));
    assert!(came_to(&world, click).await.form.is_some());
    drop_in(&world, &other_bytes());
    let sent = world.discord.fills_in(&Person::carol(), click, &["echo"]);
    assert!(refused(&world, sent).await.contains("out of date"));
    assert!(!plugins_toml(&world).contains("[plugin.echo.approved]"));
    let old = card(&world, "**Out of date**").await;
    assert_eq!((old.id, old.buttons()), (shown.id, vec![]));
    card(&world, "**in quarantine**").await;

    std::fs::remove_file(world.places.path("base/plugins/echo.wasm")).unwrap();
    card(&world, "**gone**").await;
    assert_eq!(cards(&world), 2, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_can_not_be_used_is_a_card_until_it_can() {
    let world = world(false).await;
    let bot = world.start().await;
    let good = plugins_toml(&world);
    std::fs::write(world.places.path("base/plugins.toml"), good.replacen("[roles]\n", "[rolls]\n", 1)).unwrap();
    let held = card(&world, "not in force as it is written").await;
    std::fs::write(world.places.path("base/plugins.toml"), good).unwrap();
    let settled = card(&world, "**Settled**").await;
    assert_eq!(settled.id, held.id);
    world.end(bot);
}
