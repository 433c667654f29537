//! What the model asks people: questions, plans, and the checklist that it keeps for them.

use claudetools_agent::ThreadId;
use claudetools_ledger::Ledger;
use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::{Bot, PATIENCE};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::press::button;
use crate::world::{World, echo, slowly};

fn option(label: &str, description: &str) -> Value {
    json!({ "label": label, "description": description })
}

fn database() -> Value {
    let options = [option("Postgres", "Many machines."), option("SQLite", "Nothing to install.")];
    json!({ "question": "Which database?", "header": "Database", "options": options, "multiSelect": false })
}

fn regions() -> Value {
    let options = [option("Europe", ""), option("Asia", ""), option("Africa", "")];
    json!({ "question": "Which regions?", "header": "Regions", "options": options, "multiSelect": true })
}

/// A company whose model asks these questions, and says what came of it.
async fn asking(questions: Value) -> World {
    World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None if request.last_user_text().contains("set it up") => {
            Reply::new().tool("AskUserQuestion", json!({ "questions": questions })).into()
        }
        None => echo(request),
    })
    .await
}

/// The program, the thread in which it was asked to set something up, and the card of its question.
async fn asked(world: &World) -> (Bot, u64, Message) {
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude set it up");
    (bot, thread, world.card(thread, &["Waits until"]).await)
}

/// What a card shows, without the time.
fn looks(message: &Message) -> String {
    let mut text = message.content.clone();
    if let Some(at) = text.find("Waits until ") {
        text.replace_range(at + 12..at + 28, "[time]");
    }
    let buttons: Vec<_> = message.buttons().into_iter().map(|(label, _)| format!("[{label}]")).collect();
    let row = |option: &Value| {
        let mark = if option["default"] == true { "*" } else { "" };
        format!("{mark}{}", option["label"].as_str().unwrap())
    };
    let menu = |menu: &Value| {
        let rows: Vec<_> = menu["options"].as_array().unwrap().iter().map(row).collect();
        format!("{} <{}>", menu["placeholder"].as_str().unwrap(), rows.join(" | "))
    };
    let menus = message.menus().iter().map(menu).collect::<Vec<_>>();
    [vec![text], menus, vec![buttons.join(" ")]].concat().join("\n").trim_end().to_owned()
}

fn menu(card: &Message, at: usize) -> String {
    card.menus()[at]["custom_id"].as_str().unwrap().to_owned()
}

async fn form(world: &World, click: u64) -> Value {
    world.discord.wait_for("a form", PATIENCE, |state: &State| state.interactions[&click].form.clone()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_stands_over_a_crash_and_is_answered_with_a_button_once() {
    let world = asking(json!([database()])).await;
    let (bot, thread, shown) = asked(&world).await;
    insta::assert_snapshot!(looks(&shown), @r"
    <@1100000000000000041>
    **A question**
    -# Waits until [time] UTC. A message in this thread answers, too.
    Which database?
    - Postgres: Many machines.
    - SQLite: Nothing to install.
    [Postgres] [SQLite] [Other …]
    ");
    bot.kill();
    let bot = world.start().await;
    let stranger = world.discord.click(&Person::mallory(), &button(&shown, "Postgres"));
    insta::assert_snapshot!(world.told(stranger).await, @"Only the person whose turn it is, or somebody with every role that it runs with, can answer this.");
    let elsewhere = world.discord.forge_click(&Person::alice(), &button(&shown, "Postgres"), shown.id, GENERAL);
    assert_eq!(world.told(elsewhere).await, "This button belongs to no question of this thread.");
    let click = world.discord.click(&Person::alice(), &button(&shown, "Postgres"));
    assert_eq!(world.told(click).await, "Answered; it goes on.");
    world.said(thread, "It says: Which database? → Postgres").await;
    let settled = world.card(thread, &["**Answered**"]).await;
    insta::assert_snapshot!(looks(&settled), @r"
    **A question**
    **Answered**
    Which database?
    → Postgres
    -# by <@1100000000000000041>
    ");
    assert_eq!((settled.id, world.count(thread, "Which database?")), (shown.id, 2), "{}", world.discord.scene());
    let again = world.discord.forge_click(&Person::alice(), &button(&shown, "SQLite"), shown.id, thread);
    assert_eq!(world.told(again).await, "This question was settled before; the card shows how.");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_ones_own_words_is_typed_into_a_form() {
    let world = asking(json!([database()])).await;
    let (bot, thread, shown) = asked(&world).await;
    let click = world.discord.click(&Person::alice(), &button(&shown, "Other …"));
    insta::assert_snapshot!(form(&world, click).await["components"][0]["components"][0]["label"], @r#""Which database?""#);
    let typed = world.discord.fills_in(&Person::alice(), click, &["None, @everyone"]);
    assert_eq!(world.told(typed).await, "Answered; it goes on.");
    world.said(thread, "It says: Which database? → None").await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_questions_are_chosen_in_menus_and_sent_together() {
    let world = asking(json!([database(), regions()])).await;
    let (bot, thread, shown) = asked(&world).await;
    insta::assert_snapshot!(looks(&shown), @r"
    <@1100000000000000041>
    **2 questions**
    -# Waits until [time] UTC. A message in this thread answers, too.
    Which database?
    Which regions?
    Database: Which database? <Postgres | SQLite | Other …>
    Regions: Which regions? <Europe | Asia | Africa | Other …>
    [Send]
    ");
    let early = world.discord.click(&Person::alice(), &button(&shown, "Send"));
    insta::assert_snapshot!(world.told(early).await, @"Not yet answered: Which database?");
    let first = world.discord.chooses(&Person::alice(), &menu(&shown, 0), &["SQLite"]);
    insta::assert_snapshot!(world.told(first).await, @"Noted. Press Send when all is answered.");
    let second = world.discord.chooses(&Person::alice(), &menu(&shown, 1), &["Europe", "Africa"]);
    world.told(second).await;
    insta::assert_snapshot!(looks(&world.card(thread, &["→ Europe, Africa"]).await), @r"
    <@1100000000000000041>
    **2 questions**
    -# Waits until [time] UTC. A message in this thread answers, too.
    Which database?
    → SQLite
    Which regions?
    → Europe, Africa
    Database: Which database? <Postgres | *SQLite | Other …>
    Regions: Which regions? <*Europe | Asia | *Africa | Other …>
    [Send]
    ");
    let sent = world.discord.click(&Person::alice(), &button(&shown, "Send"));
    assert_eq!(world.told(sent).await, "Answered; it goes on.");
    let answer = world.said(thread, "It says: Which database? → SQLite").await;
    assert!(answer.content.contains("Which regions? → Europe, Africa"), "{}", answer.content);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_the_thread_answers_and_joins() {
    let world = asking(json!([database()])).await;
    let (bot, thread, _shown) = asked(&world).await;
    world.discord.says(&Person::alice(), thread, "whatever the docs say");
    world.said(thread, "It says: The person answered in a message; it follows.").await;
    insta::assert_snapshot!(looks(&world.card(thread, &["**Answered**"]).await), @r"
    **A question**
    **Answered** in a message
    Which database?
    -# by <@1100000000000000041>
    ");
    assert!(world.model.requests()[1].raw.contains("whatever the docs say"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_withdraws_a_question() {
    let world = asking(json!([database()])).await;
    let (bot, thread, shown) = asked(&world).await;
    world.discord.slash(&Person::alice(), thread, "stop", &[]);
    insta::assert_snapshot!(looks(&world.card(thread, &["**Withdrawn**"]).await), @r"
    **A question**
    **Withdrawn**: the turn was stopped or went on without it
    Which database?
    ");
    let late = world.discord.forge_click(&Person::alice(), &button(&shown, "SQLite"), shown.id, thread);
    assert_eq!(world.told(late).await, "This question was settled before; the card shows how.");
    world.discord.says(&Person::alice(), thread, "go on");
    world.said(thread, "It says: call.cancelled").await;
    world.end(bot);
}

/// Everything that waits for a person has waited long enough.
async fn time_passes(world: &World) {
    let file = world.places.path("data/ledger.sqlite");
    let mut connection = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let sql = "UPDATE confirmation SET expires = '2026-01-01T00:00:00.000Z' WHERE state = 'asked'";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_nobody_answers_expires_and_the_turn_goes_on() {
    let world = asking(json!([database()])).await;
    let (bot, thread, shown) = asked(&world).await;
    time_passes(&world).await;
    let answer = world.said(thread, "It says: ").await;
    insta::assert_snapshot!(answer.content.split_once("It says: ").unwrap().1, @"confirm.expired: Nobody answered in time. Go on with what you know, or ask again.");
    insta::assert_snapshot!(looks(&world.card(thread, &["**Expired**"]).await), @r"
    **A question**
    **Expired**: nobody answered in time. Say so in a message to be asked again.
    Which database?
    ");
    let late = world.discord.forge_click(&Person::alice(), &button(&shown, "SQLite"), shown.id, thread);
    insta::assert_snapshot!(world.told(late).await, @"This question has expired and nothing was done. Ask for it again in a message.");
    world.end(bot);
}

/// A model that plans, tries to write all the same, and writes once it may.
fn plans(request: &RequestView) -> Step {
    let write = || Reply::new().tool("Write", json!({ "file_path": "/repo/docs/b.md", "content": "beta\n" })).into();
    let exit = |plan: &str| Reply::new().tool("ExitPlanMode", json!({ "plan": plan })).into();
    let results = request.tool_results();
    let Some(result) = results.first() else {
        return match request.last_user_text() {
            text if text.contains("write a note") => Reply::new().tool("EnterPlanMode", json!({})).into(),
            _ => echo(request),
        };
    };
    match &result.text {
        text if text.starts_with("Planning") => write(),
        text if text.starts_with("plan.mode") => exit("1. Write `docs/b.md`"),
        text if text.contains("They want: shorter") => exit("1. Write"),
        text if text.contains("approved the plan. Carry") => write(),
        text => Step::text(format!("It says: {text}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_before_a_plan_is_approved_by_whoever_asked() {
    let world = World::new(plans).await;
    let bot = world.start().await;
    let note = || std::fs::read_to_string(world.places.path("repo/docs/b.md")).ok();
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude write a note");
    let first = world.card(thread, &["1. Write"]).await;
    insta::assert_snapshot!(looks(&first), @r"
    <@1100000000000000041>
    **A plan**: nothing is changed before you approve it.
    -# Waits until [time] UTC. A message in this thread answers, too.
    1. Write `docs/b.md`
    [Approve] [Keep planning …]
    ");
    assert_eq!(note(), None);
    let other = world.discord.click(&Person::carol(), &button(&first, "Approve"));
    insta::assert_snapshot!(world.told(other).await, @"Only the person whose turn it is approves its plan.");
    let click = world.discord.click(&Person::alice(), &button(&first, "Keep planning …"));
    form(&world, click).await;
    let typed = world.discord.fills_in(&Person::alice(), click, &["shorter"]);
    world.told(typed).await;
    insta::assert_snapshot!(looks(&world.card(thread, &["**Not approved**"]).await), @r"
    **A plan**: nothing is changed before you approve it.
    **Not approved**: it is planned anew
    1. Write `docs/b.md`
    → shorter
    -# by <@1100000000000000041>
    ");
    let is_second = |message: &&Message| message.content.contains("Waits until") && message.id != first.id;
    let found = |state: &State| state.by_bot(thread).find(is_second).cloned();
    let second = world.discord.wait_for("the second plan", PATIENCE, found).await;
    bot.kill();
    let bot = world.start().await;
    assert_eq!(note(), None);
    let click = world.discord.click(&Person::alice(), &button(&second, "Approve"));
    assert_eq!(world.told(click).await, "Answered; it goes on.");
    world.said(thread, "It says: ").await;
    assert_eq!(note().as_deref(), Some("beta\n"));
    insta::assert_snapshot!(looks(&world.card(thread, &["**Approved**"]).await), @r"
    **A plan**: nothing is changed before you approve it.
    **Approved**: it is carried out
    1. Write
    -# by <@1100000000000000041>
    ");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checklist_is_shown_while_it_is_worked_on_and_kept() {
    let todo =
        |content: &str, status: &str| json!({ "content": content, "status": status, "activeForm": "Running tests" });
    let todos = json!([todo("Read", "completed"), todo("Run tests", "in_progress"), todo("Report", "pending")]);
    let world = World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(_) => slowly(&"Still at it. ".repeat(40)),
        None => Reply::new().tool("TodoWrite", json!({ "todos": todos })).into(),
    })
    .await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude go");
    let shown = world.shown(thread, "▶ Running tests").await;
    assert!(shown.content.contains("☑ Read\n▶ Running tests\n☐ Report"), "{}", shown.content);
    world.quiet().await;
    world.end(bot);
    let ledger = Ledger::open(&world.places.path("data")).await.unwrap();
    let kept = ledger.todos(&ThreadId::new("discord", thread)).await.unwrap();
    assert!(kept.is_some_and(|list| list.contains("Run tests")));
}
