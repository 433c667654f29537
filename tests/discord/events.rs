//! The rows of `events.toml`, against one running bot.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use claudetools_support::discord::{GENERAL, Gap, Person, Say, State};
use claudetools_tests::bot::PATIENCE;
use futures::FutureExt as _;
use serde::Deserialize;

use crate::world::{World, echo};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    event: Vec<Row>,
}

/// Something that happens.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    #[serde(default = "alice")]
    by: String,
    how: How,
    text: String,
    #[serde(default)]
    turns: usize,
    line: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    Message,
    Webhook,
    Forward,
    Edit,
    EditAway,
    Reply,
    Private,
    OtherGuild,
    Reaction,
    Twice,
    Resumed,
}

/// Long enough for a turn that should not have begun to ask the model.
const BESIDE: Duration = Duration::from_millis(200);

fn alice() -> String {
    "alice".to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_member_says_to_the_bot_begins_a_turn_and_only_one() {
    let rows = toml::from_str::<File>(include_str!("events.toml")).unwrap().event;
    let world = World::new(echo).await;
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    let answer = world.said(first, "You said: hello").await.id;
    let lines: Vec<String> = rows.iter().filter_map(|row| row.line.clone()).collect();
    let mut broken = Vec::new();
    for row in &rows {
        let before = seen(&world);
        if AssertUnwindSafe(happens(&world, row, answer)).catch_unwind().await.is_err() {
            broken.push(format!("{} {}: what is said to it never came", row.id, row.what));
        }
        // Messages are heard in order, but those of other threads are worked on beside this one.
        let control = world.discord.says(&Person::alice(), GENERAL, "@claude and this is for you");
        world.said(control, "You said: and this is for you").await;
        world.quiet().await;
        tokio::time::sleep(BESIDE).await;
        let (now, expected) = (seen(&world), (before.0 + row.turns + 1, before.1 + row.turns + 1));
        if now != expected {
            broken.push(format!("{} {}: requests and channels {now:?}, expected {expected:?}", row.id, row.what));
        }
    }
    assert!(broken.is_empty(), "{}\n{}", broken.join("\n"), world.discord.scene());
    let said: Vec<String> =
        world.discord.see(|state| state.by_bot(GENERAL).map(|message| message.content.clone()).collect());
    assert_eq!(said, lines);
    world.end(bot);
}

/// Requests to the model, and channels with threads.
fn seen(world: &World) -> (usize, usize) {
    (world.model.requests().len(), world.discord.see(|state| state.channels.len()))
}

async fn happens(world: &World, row: &Row, answer: u64) {
    let (fake, text) = (&world.discord, Say::from(row.text.as_str()));
    let person = match row.by.as_str() {
        "beep" => Person::other_bot(),
        "mallory" => Person::mallory(),
        "alice" => Person::alice(),
        other => panic!("who is {other}?"),
    };
    match row.how {
        How::Message => drop(fake.says(&person, GENERAL, text)),
        How::Webhook => drop(fake.says(&person, GENERAL, Say { webhook: true, ..text })),
        How::Forward => drop(fake.says(&person, GENERAL, Say { forwarded: true, ..text })),
        How::Edit => fake.edits(fake.says(&person, GENERAL, "something else"), &row.text),
        How::EditAway => fake.while_away(Gap::Forgotten, || {
            fake.edits(fake.says(&person, GENERAL, "something else"), &row.text);
        }),
        How::Reply => drop(fake.says(&person, GENERAL, Say { reply_to: Some(answer), ..text })),
        How::Private => drop(fake.says_in_private(&person, &row.text)),
        How::OtherGuild => drop(fake.says_in_another_guild(&person, &row.text)),
        How::Reaction => fake.reacts(&person, fake.says(&person, GENERAL, text), "🤖"),
        How::Twice => {
            let asked = fake.says(&person, GENERAL, text);
            fake.replay(asked);
            world.said(asked, "You said: do it").await;
            fake.replay(asked);
            // What comes again stands in line behind the first, until that is marked as seen.
            let mark = format!("messages/{asked}/reactions");
            let marked = |state: &State| state.calls.iter().any(|(call, _)| call.contains(&mark)).then_some(());
            fake.wait_for("the mark of a message", PATIENCE, marked).await;
        }
        How::Resumed => {
            let asked = fake.says(&person, GENERAL, text);
            world.said(asked, "You said: do it").await;
            fake.while_away(Gap::Dropped, || fake.replay(asked));
        }
    }
    if row.line.is_some() {
        world.said(GENERAL, "Sorry").await;
    }
}
