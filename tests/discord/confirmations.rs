//! Effects that wait for a person's click in their thread.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::PATIENCE;
use serde_json::json;

use crate::press::button;
use crate::world::World;

/// A model that writes a note once, and says what came of it.
fn writes(request: &RequestView, content: &str) -> Step {
    match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("Write", json!({ "file_path": "/repo/docs/b.md", "content": content })).into(),
    }
}

/// A grant that gives what the policy of this repository gives for edits, with this confirmation.
async fn world(confirm: &str) -> World {
    world_of(confirm, "beta\n".to_owned()).await
}

/// The same for a note of these words.
async fn world_of(confirm: &str, content: String) -> World {
    let world = World::new(move |request: &RequestView| writes(request, &content)).await;
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let table = text.find("= \"edit\"").unwrap();
    let end = text[table..].find("\n\n").map_or(text.len(), |end| table + end);
    std::fs::write(path, format!("{}\nconfirm = {confirm}{}", &text[..end], &text[end..])).unwrap();
    world
}

const ALWAYS: &str = "{ when = \"always\", by = [\"tech\"], show = \"diff\" }";

/// What every card of these tests says.
const EFFECT: &str = "would `create /repo/docs/b.md`";

/// Asks for the note, and waits for the card.
async fn asked(world: &World) -> (u64, Message) {
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write a note");
    (asked, world.card(asked, &[EFFECT, "Waits for"]).await)
}

fn note(world: &World) -> Option<String> {
    std::fs::read_to_string(world.places.path("repo/docs/b.md")).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_waits_for_a_click_shows_itself_whole_and_happens_once() {
    let world = world(ALWAYS).await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    assert!(shown.content.contains("```diff") && shown.content.contains("+beta"), "{}", shown.content);
    assert_eq!(note(&world), None);
    let by_a_stranger = world.discord.click(&Person::mallory(), &button(&shown, "Confirm"));
    assert!(world.told(by_a_stranger).await.contains("role"), "{}", world.discord.scene());
    let elsewhere = world.discord.forge_click(&Person::alice(), &button(&shown, "Confirm"), shown.id, GENERAL);
    assert_eq!(world.told(elsewhere).await, "This button belongs to no question of this thread.");
    assert_eq!(note(&world), None);

    let click = world.discord.click(&Person::alice(), &button(&shown, "Confirm"));
    assert_eq!(world.told(click).await, "Confirmed; it goes on.");
    world.said(thread, "It says: ").await;
    assert_eq!(note(&world).as_deref(), Some("beta\n"));
    let settled = world.card(thread, &[EFFECT, "**Confirmed**"]).await;
    assert!(settled.id == shown.id && settled.buttons().is_empty(), "{}", settled.content);
    let again = world.discord.forge_click(&Person::alice(), &button(&shown, "Confirm"), shown.id, thread);
    assert_eq!(world.told(again).await, "This question was settled before; the card shows how.");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hides_on_a_card_and_what_nobody_could_read_is_not_asked() {
    let world = world_of(ALWAYS, "beta\t\u{202e}ahpla\u{200b}\u{2066}\n".to_owned()).await;
    let bot = world.start().await;
    let (_, shown) = asked(&world).await;
    assert!(shown.content.contains("+beta\t⟨U+202E⟩ahpla⟨U+200B⟩⟨U+2066⟩"), "{}", shown.content);
    world.end(bot);

    let world = world_of(ALWAYS, "beta\n".repeat(60_000)).await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude write a note");
    world.said(thread, "It says: confirm.unshowable").await;
    assert_eq!((note(&world), world.count(thread, "would `create")), (None, 0));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_denied_does_not_happen() {
    let world = world(ALWAYS).await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    let click = world.discord.click(&Person::alice(), &button(&shown, "Deny"));
    assert_eq!(world.told(click).await, "Denied; nothing was done.");
    world.said(thread, "It says: confirm.denied").await;
    world.card(thread, &[EFFECT, "**Denied**"]).await;
    assert_eq!(note(&world), None);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_survives_a_crash_and_its_effect_happens_once_after_it() {
    let world = world(ALWAYS).await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    bot.kill();
    let bot = world.start().await;
    let click = world.discord.click(&Person::alice(), &button(&shown, "Confirm"));
    assert_eq!(world.told(click).await, "Confirmed; it goes on.");
    world.said(thread, "It says: ").await;
    assert_eq!(note(&world).as_deref(), Some("beta\n"));
    assert_eq!(world.count(thread, "would `create"), 1, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_answers_and_the_question_expires() {
    let world = world("{ when = \"always\", by = [\"tech\"], ttl = \"1s\" }").await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write a note");
    let expired = world.card(asked, &[EFFECT, "**Expired**"]).await;
    world.said(asked, "It says: confirm.expired").await;
    assert!(expired.buttons().is_empty() && note(&world).is_none(), "{}", expired.content);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_the_card_was_shown_is_not_done() {
    let world = world(ALWAYS).await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    std::fs::write(world.places.path("repo/docs/b.md"), "somebody else's\n").unwrap();
    world.discord.click(&Person::alice(), &button(&shown, "Confirm"));
    world.said(thread, "It says: ").await;
    assert_eq!(note(&world).as_deref(), Some("somebody else's\n"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_and_what_is_typed_by_hand() {
    let world = world("{ when = \"always\", by = [\"tech\", \"admin\"], two_person = true, typed = true }").await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    let confirm = button(&shown, "Confirm");
    let alone = world.discord.click(&Person::alice(), &confirm);
    assert_eq!(world.told(alone).await, "Somebody else than the person who asked has to confirm this.");
    let opened = world.discord.click(&Person::bob(), &confirm);
    let form = |state: &State| state.interactions[&opened].form.clone();
    world.discord.wait_for("a form", PATIENCE, form).await;
    let misspelt = world.discord.fills_in(&Person::bob(), opened, &["Wriet"]);
    assert_eq!(world.told(misspelt).await, "What you typed is not `Write`; nothing was done.");
    assert_eq!(note(&world), None);
    let typed = world.discord.fills_in(&Person::bob(), opened, &["Write"]);
    assert_eq!(world.told(typed).await, "Confirmed; it goes on.");
    world.said(thread, "It says: ").await;
    assert_eq!(note(&world).as_deref(), Some("beta\n"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_a_turn_that_waits_and_nothing_is_done() {
    let world = world(ALWAYS).await;
    let bot = world.start().await;
    let (thread, shown) = asked(&world).await;
    world.discord.slash(&Person::alice(), thread, "stop", &[]);
    world.card(thread, &[EFFECT, "**Withdrawn**"]).await;
    let late = world.discord.forge_click(&Person::alice(), &button(&shown, "Confirm"), shown.id, thread);
    assert_eq!(world.told(late).await, "This question was settled before; the card shows how.");
    assert_eq!(note(&world), None);
    world.end(bot);
}
