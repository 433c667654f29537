//! A thread with several people: what not everybody in it may do needs the click of the person whose turn it is.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, ROLE_REVIEWER};
use claudetools_tests::bot::Bot;
use serde_json::json;

use crate::press::button;
use crate::world::{World, echo};

/// Somebody who may look, and no more.
fn viewer() -> Person {
    Person {
        id: 1_100_000_000_000_000_049,
        name: "vera".to_owned(),
        roles: vec![ROLE_REVIEWER],
        bot: false,
        nick: None,
    }
}

fn works(request: &RequestView) -> Step {
    let text = request.last_user_text();
    match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None if text.contains("write it down") => {
            Reply::new().tool("Write", json!({ "file_path": "/repo/docs/b.md", "content": "beta\n" })).into()
        }
        None if text.contains("read it out") => {
            Reply::new().tool("Read", json!({ "file_path": "/repo/docs/a.md" })).into()
        }
        None => echo(request),
    }
}

/// A thread that a viewer began.
async fn world() -> (World, Bot, u64) {
    let world = World::new(works).await;
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.find("\nviewer ").unwrap();
    let viewers = text[at..].replacen("discord = []", &format!("discord = [\"{ROLE_REVIEWER}\"]"), 1);
    std::fs::write(&path, text[..at].to_owned() + &viewers).unwrap();
    let bot = world.start().await;
    let thread = world.discord.says(&viewer(), GENERAL, "@claude next time somebody asks, also …");
    world.said(thread, "You said: next time").await;
    world.quiet().await;
    (world, bot, thread)
}

fn note(world: &World) -> Option<String> {
    std::fs::read_to_string(world.places.path("repo/docs/b.md")).ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_above_the_threads_authority_is_shown_to_whoever_asked_who_alone_confirms_it_once() {
    let (world, bot, thread) = world().await;
    world.discord.says(&Person::alice(), thread, "write it down");
    let shown = world.card(thread, &[" would `", "Waits for"]).await;
    insta::assert_snapshot!(without_digest(&shown), @r"
    <@1100000000000000041>
    **`Write`** would `create /repo/docs/b.md`
    Waits for you, with the role `tech`
    Not everybody whose words are in this thread may do this, so it is done only if you say so.
    ```diff
    @@ -0,0 +1 @@
    +beta
    ```
    ");
    let confirm = button(&shown, "Confirm");
    let press = |person: Person| world.told(world.discord.click(&person, &confirm));
    insta::assert_snapshot!(press(Person::carol()).await, @"Only the person whose turn it is may confirm this.");
    insta::assert_snapshot!(press(viewer()).await, @"Only the person whose turn it is may confirm this.");
    let demoted = Person { roles: vec![ROLE_REVIEWER], ..Person::alice() };
    insta::assert_snapshot!(press(demoted).await, @"You have lost the role that may confirm this.");
    assert_eq!(note(&world), None);
    assert_eq!(press(Person::alice()).await, "Confirmed; it goes on.");
    world.said(thread, "It says: ").await;
    assert_eq!(note(&world).as_deref(), Some("beta\n"));
    let again = world.discord.forge_click(&Person::alice(), &confirm, shown.id, thread);
    assert_eq!(world.told(again).await, "This question was settled before; the card shows how.");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_is_not_done_and_what_is_denied_is_not_read() {
    let (world, bot, thread) = world().await;
    world.discord.says(&Person::alice(), thread, "write it down");
    let shown = world.card(thread, &[" would `", "Waits for"]).await;
    std::fs::write(world.places.path("repo/docs/b.md"), "somebody else's\n").unwrap();
    world.discord.click(&Person::alice(), &button(&shown, "Confirm"));
    world.said(thread, "It says: ").await;
    world.quiet().await;
    assert_eq!(note(&world).as_deref(), Some("somebody else's\n"));

    world.discord.says(&Person::alice(), thread, "read it out");
    let shown = world.card(thread, &[" would `", "look with Read"]).await;
    assert!(!shown.content.contains("alpha"), "{}", shown.content);
    world.discord.click(&Person::alice(), &button(&shown, "Deny"));
    world.said(thread, "It says: confirm.denied").await;
    assert!(world.model.requests().iter().all(|request| !request.raw.contains("alpha")));
    world.end(bot);
}

/// What a card says, without the time and the digest.
fn without_digest(card: &Message) -> String {
    let text = card.content.split("\n-# `").next().unwrap_or_default();
    let at = text.find(", until ").unwrap();
    format!("{}{}", &text[..at], text[at..].split_once(" UTC").unwrap().1)
}
