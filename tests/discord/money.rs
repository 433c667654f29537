//! What turns cost, and where they stop.

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person, RANDOM, State};
use claudetools_tests::bot::PATIENCE;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::world::{Gate, World, echo};

/// Adds tables to the company's `plugins.toml`.
pub fn amend(world: &World, tables: &str) {
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n{tables}\n")).unwrap();
}

/// Gives a member so many dollars a day.
fn limit(world: &World, dollars: &str) {
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once("usd_per_member_day = 25.0").unwrap();
    std::fs::write(&path, format!("{before}usd_per_member_day = {dollars}{after}")).unwrap();
}

/// Gives each thread so many dollars.
fn limit_thread(world: &World, dollars: &str) {
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, after) = text.split_once("usd_per_thread     = 50.0").unwrap();
    std::fs::write(&path, format!("{before}usd_per_thread = {dollars}{after}")).unwrap();
}

/// How many rows of the audit say that a thread was given more.
async fn gifts(world: &World) -> i64 {
    let file = world.places.path("data/ledger.sqlite");
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let sql = "SELECT count(*) FROM audit WHERE kind = 'setting' AND json_extract(detail, '$.setting') = 'raised'";
    let rows = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows
}

/// A reply that uses so many tokens.
fn using(text: &str, output: u64) -> Step {
    Reply::new().text(text).usage(json!({ "output_tokens": output })).into()
}

/// The words, without the amounts that depend on how long the prompt is.
fn without_amounts(text: &str) -> String {
    let mut pieces = text.split('$');
    let mut told = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        told.push_str("$…");
        told.push_str(piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    }
    told
}

/// Moves everything that was spent to the day before.
async fn a_day_passes(world: &World) {
    let file = world.places.path("data/ledger.sqlite");
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let sql = "UPDATE usage SET at = strftime('%Y-%m-%dT%H:%M:%fZ', at, '-1 day')";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What `claudetools costs` says.
fn costs(world: &World, by: &str) -> Value {
    let ended = world.setup().run(&["costs", "--json", "--by", by]).unwrap();
    serde_json::from_slice(&ended.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_money_is_warned_of_once_stops_a_turn_and_comes_back_the_next_day() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        "one" | "two" => using("Done.", 40_000),
        "three" if request.tool_results().is_empty() => Reply::new()
            .text("I look into it.")
            .tool("Read", json!({ "file_path": "/repo/docs/a.md" }))
            .usage(json!({ "output_tokens": 18_000 }))
            .into(),
        _ => echo(request),
    })
    .await;
    limit(&world, "2.0");
    let bot = world.start().await;
    let one = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(one, "Done.").await;
    let two = world.discord.says(&Person::alice(), GENERAL, "@claude two");
    let warning = world.said(two, "spent").await;
    insta::assert_snapshot!(without_amounts(&warning.content), @"The person who asked has spent $… of the $… of today; it starts anew at midnight (UTC). Once it is used up, nothing more is asked of the model until then.");
    let three = world.discord.says(&Person::alice(), GENERAL, "@claude three");
    let stop = world.said(three, "I stopped here").await;
    insta::assert_snapshot!(without_amounts(&stop.content), @r"
    <@1100000000000000041> I look into it.

    *I stopped here: the person who asked has spent $… of the $… of today, and the next request may cost $…; it starts anew at midnight (UTC), and whoever runs the bot can raise `usd_per_member_day` in plugins.toml. One tool call was made.*
    ");
    assert!(stop.content.contains("$2.00"), "{}", stop.content);
    assert_eq!(world.count(three, "I stopped here"), 1);
    assert_eq!([one, two, three].map(|thread| world.count(thread, "Once it is used up")), [0, 1, 0]);

    bot.kill();
    let bot = world.start().await;
    let four = world.discord.says(&Person::alice(), GENERAL, "@claude four");
    world.said(four, "I stopped here").await;
    let other = world.discord.says(&Person::carol(), GENERAL, "@claude and I?");
    world.said(other, "You said: and I?").await;

    bot.kill();
    a_day_passes(&world).await;
    let bot = world.start().await;
    let five = world.discord.says(&Person::alice(), GENERAL, "@claude five");
    world.said(five, "You said: five").await;
    world.quiet().await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_threads_of_one_member_at_once_cannot_spend_more_than_there_is() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        held.pass();
        echo(request)
    })
    .await;
    limit(&world, "1.9");
    let bot = world.start().await;
    let threads =
        ["one", "two"].map(|word| world.discord.says(&Person::alice(), GENERAL, format!("@claude {word}").as_str()));
    world.asked_model(2).await;
    let longest: Vec<u64> =
        world.model.requests().iter().map(|request| request.body["max_tokens"].as_u64().unwrap()).collect();
    // A reply's token costs 20 millionths of a dollar.
    assert!(longest.iter().sum::<u64>() * 20 < 1_900_000, "{longest:?}");
    assert!(longest.contains(&64_000), "the first may have the longest reply: {longest:?}");
    let third = world.discord.says(&Person::alice(), GENERAL, "@claude three");
    let stop = world.said(third, "I stopped here").await;
    assert!(stop.content.contains("is set aside for requests that run"), "{}", stop.content);
    gate.open();
    world.said(threads[0], "You said: one").await;
    world.said(threads[1], "You said: two").await;
    world.discord.says(&Person::alice(), third, "and now?");
    world.said(third, "You said: and now?").await;
    world.quiet().await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_keeps_the_client_that_its_channel_had_when_it_began() {
    let world = World::new(echo).await;
    let channel = |client: &str| format!("[channel.\"{GENERAL}\"]\nclient = \"{client}\"");
    let before = std::fs::read_to_string(world.places.path("base/plugins.toml")).unwrap();
    amend(&world, &channel("contoso"));
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(first, "You said: one").await;
    let elsewhere = world.discord.says(&Person::alice(), RANDOM, "@claude two");
    world.said(elsewhere, "You said: two").await;
    bot.kill();
    std::fs::write(world.places.path("base/plugins.toml"), before).unwrap();
    amend(&world, &channel("fabrikam"));
    let bot = world.start().await;
    world.discord.says(&Person::alice(), first, "three");
    world.said(first, "You said: three").await;
    let second = world.discord.says(&Person::alice(), GENERAL, "@claude four");
    world.said(second, "You said: four").await;
    world.quiet().await;
    let bill = costs(&world, "client");
    let turns = bill["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["client"].as_str().unwrap(), row["turns"].as_u64().unwrap()));
    assert_eq!(turns.collect::<Vec<_>>(), [("", 1), ("contoso", 2), ("fabrikam", 1)], "{bill}");
    let members = costs(&world, "member");
    assert_eq!(members["rows"][0]["member"], format!("discord:{}", Person::alice().id));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fails_costs_nothing() {
    let world = World::new(|request: &RequestView| match request.number {
        1 => Step::hang_up(),
        _ => echo(request),
    })
    .await;
    limit(&world, "1.5");
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(thread, "You said: one").await;
    world.quiet().await;
    assert_eq!(world.model.requests().last().unwrap().body["max_tokens"], 64_000, "nothing is set aside any more");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_is_spent_gets_more_by_an_administrators_click_once() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        "one" | "two" => using("Done.", 40_000),
        _ => echo(request),
    })
    .await;
    limit_thread(&world, "1.7");
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(thread, "Done.").await;
    world.quiet().await;
    world.discord.says(&Person::alice(), thread, "two");
    let answers = |wanted| {
        move |state: &State| {
            let stops = state.by_bot(thread).filter(|one| one.content.contains("I stopped here"));
            (stops.count() == wanted).then_some(())
        }
    };
    world.discord.says(&Person::alice(), thread, "three");
    world.discord.wait_for("the thread to be spent", PATIENCE, answers(1)).await;
    let spent = world.said(thread, "I stopped here").await;
    let (_, why) = spent.content.split_once("I stopped here: ").unwrap();
    insta::assert_snapshot!(without_amounts(why.trim_end_matches('*')), @"this thread has spent $… of the $…, and the next request may cost $…; it does not start anew, but a new thread does, and whoever runs the bot can raise `usd_per_thread` in plugins.toml.");
    let offer = |state: &State| {
        let offer = state.by_bot(thread).find(|message| message.content.starts_with("An administrator"))?;
        Some((offer.id, offer.content.clone(), offer.buttons()))
    };
    let (offer, text, buttons) = world.discord.wait_for("a button", PATIENCE, offer).await;
    let (label, id) = buttons.into_iter().next().unwrap();
    insta::assert_snapshot!(format!("{text} [{label}]"), @"An administrator can give this thread $5.00 more. [+ $5.00]");
    let refused = world.told(world.discord.click(&Person::alice(), &id)).await;
    insta::assert_snapshot!(refused, @"Only an administrator can give a thread more money.");
    world.discord.says(&Person::alice(), thread, "and now?");
    world.discord.wait_for("the thread to be spent still", PATIENCE, answers(2)).await;

    let given = world.told(world.discord.click(&Person::bob(), &id)).await;
    insta::assert_snapshot!(given, @"This thread got $5.00 more, and may spend $6.70 in all. Say how to go on.");
    let over = |state: &State| {
        let message = &state.messages[&offer];
        message.buttons().is_empty().then(|| message.content.clone())
    };
    insta::assert_snapshot!(world.discord.wait_for("the offer to be over", PATIENCE, over).await, @r"
    This thread got $5.00 more, and may spend $6.70 in all. Say how to go on.
    -# by <@1100000000000000042>
    ");
    let again = world.told(world.discord.forge_click(&Person::bob(), &id, offer, thread)).await;
    insta::assert_snapshot!(again, @"This was given already, or the limit was changed; `/cost` says what is left.");
    bot.kill();
    let bot = world.start().await;
    world.discord.says(&Person::alice(), thread, "go on");
    world.said(thread, "You said: go on").await;
    world.quiet().await;
    assert_eq!(gifts(&world).await, 1);
    world.end(bot);
}
