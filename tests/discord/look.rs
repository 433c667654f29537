//! Scenes, drawn as Discord shows them: `cargo xtask look`.
//!
//! Each is played with the real program, so that what is drawn is what people get. The pages are for people to look at;
//! the tests hold that every scene can be played and shows what it is about.

use claudetools_support::anthropic::{Failure, Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, Say, State};
use claudetools_support::look;
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::built::target;
use serde_json::json;

use crate::world::{World, echo, slowly};

/// Draws what stands in these channels; answers the page.
fn draw(world: &World, scene: &str, channels: &[u64]) -> String {
    let dumps: Vec<_> = channels.iter().map(|channel| world.discord.dump(*channel)).collect();
    let page = look::page(scene, &dumps);
    let directory = target().join("look");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(format!("{scene}.html")), &page).unwrap();
    page
}

/// Draws a scene that must show all of these.
fn draws(world: &World, scene: &str, channels: &[u64], parts: &[&str]) {
    let page = draw(world, scene, channels);
    for part in parts {
        assert!(page.contains(part), "{part:?} is not in target/look/{scene}.html");
    }
}

const ANSWER: &str = "## Three mailboxes forward outside\n\nI looked at **412** mailboxes of _Contoso_. Three forward \
mail to an address outside of the tenant:\n\n| Mailbox | Since | Rule |\n|---|---|---|\n| ida@contoso.example | 12 Nov | \
inbox |\n| per@contoso.example | 19 Nov | inbox |\n| 山田@contoso.example | 20 Nov | server |\n\n1. Take the rules away:\n   \
```powershell\n   Get-InboxRule -Mailbox ida@contoso.example |\n     Disable-InboxRule\n   ```\n2. Then:\n   - [x] tell \
the three people\n   - [ ] look at their sign-ins\n     - from outside of the EU\n\n> Forwarding was allowed by the policy \
`default-outbound`.\n\nMore is in [the documentation](https://learn.microsoft.com/defender) and at https://evil.example/x.";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_code_lists_and_a_table() {
    let world = World::new(|_: &RequestView| Step::text(ANSWER)).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude who forwards mail outside?");
    world.said(asked, "default-outbound").await;
    world.quiet().await;
    draws(&world, "answer", &[GENERAL, asked], &["<h2>Three mailboxes", "<pre>", "<code>default-outbound</code>"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_is_a_file() {
    let long =
        format!("# Report\n\n{}\nThe end.", "A paragraph that says something about one mailbox.\n\n".repeat(180));
    let world = World::new(move |_: &RequestView| Step::text(long.clone())).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write the report");
    world.said(asked, "attached").await;
    world.quiet().await;
    draws(&world, "long-answer", &[asked], &["class=\"file\"", "answer.md"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_message_while_tools_run() {
    let world = World::new(|request: &RequestView| match request.tool_results().len() {
        0 => Reply::new()
            .text("I look into the file first.")
            .tool("Read", json!({"file_path": "/repo/docs/a.md"}))
            .tool("Grep", json!({"pattern": "fn main", "path": "/repo/src"}))
            .into(),
        _ => slowly(&"The file names the function, and the function does what it says. ".repeat(12)),
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude what does main do?");
    world.shown(asked, "names the function").await;
    draws(&world, "live", &[asked], &["<button class=\"b4\">Stop</button>"]);
    world.quiet().await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_asks_for_a_confirmation() {
    let world = World::new(|request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("Write", json!({"file_path": "/repo/docs/b.md", "content": "beta\n"})).into(),
    })
    .await;
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let edit = text.find("= \"edit\"").unwrap();
    let end = text[edit..].find("\n\n").map_or(text.len(), |end| edit + end);
    let confirm = "\nconfirm = { when = \"always\", by = [\"tech\"], show = \"diff\" }";
    std::fs::write(path, format!("{}{confirm}{}", &text[..end], &text[end..])).unwrap();
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write a note");
    let card = |message: &&Message| message.buttons().iter().any(|(label, _)| label == "Confirm");
    let found = |state: &State| state.by_bot(asked).find(card).cloned();
    world.discord.wait_for("a card", PATIENCE, found).await;
    draws(&world, "confirmation", &[asked], &["Confirm</button>", "create /repo/docs/b.md"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure() {
    let world = World::new(|_: &RequestView| Failure::spend_limit().into()).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude are you well?");
    let failed = |state: &State| state.by_bot(asked).find(|message| !message.pinged.is_empty()).cloned();
    world.discord.wait_for("a failure", PATIENCE, failed).await;
    world.quiet().await;
    draws(&world, "failure", &[asked], &["class=\"mention\">@alice"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_people_bring() {
    let world = World::new(echo).await;
    let bot = world.start().await;
    let files = vec![
        ("server.log".to_owned(), "text/plain".to_owned(), b"2026-11-22 error: no route\n".to_vec()),
        ("disk.iso".to_owned(), "application/octet-stream".to_owned(), vec![0x80; 11 << 20]),
    ];
    let say = Say { text: "@claude what is wrong there?".into(), files, ..Say::default() };
    let asked = world.discord.says(&Person::alice(), GENERAL, say);
    world.said(asked, "You said").await;
    world.quiet().await;
    draws(&world, "files", &[GENERAL, asked], &["server.log", "disk.iso"]);
    world.end(bot);
}

const TODOS: &str = r#"{"todos":[
    {"content":"Find the rules that forward mail","activeForm":"Finding the rules","status":"completed"},
    {"content":"Ask which to take away","activeForm":"Asking which to take away","status":"in_progress"},
    {"content":"Take them away","activeForm":"Taking them away","status":"pending"}]}"#;

/// A turn that keeps a checklist and then asks.
fn asks(questions: &'static str) -> impl Fn(&RequestView) -> Step + Send + Sync {
    move |request| match request.tool_results().len() {
        0 => Reply::new().tool("TodoWrite", serde_json::from_str(TODOS).unwrap()).into(),
        1 => Reply::new().tool("AskUserQuestion", serde_json::from_str(questions).unwrap()).into(),
        _ => Step::text("Thank you."),
    }
}

async fn asked(scene: &str, questions: &'static str, parts: &[&str]) {
    let world = World::new(asks(questions)).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude clean up Contoso's forwarding rules");
    let question = |message: &&Message| message.content.contains("Which");
    let found = |state: &State| state.by_bot(asked).find(question).cloned();
    world.discord.wait_for("a question", PATIENCE, found).await;
    let waits = |state: &State| state.by_bot(asked).any(|message| message.content.contains("1 of 3")).then_some(());
    world.discord.wait_for("the checklist", PATIENCE, waits).await;
    draws(&world, scene, &[asked], parts);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_with_buttons_and_a_checklist() {
    let question = r#"{"questions":[{"question":"Which rules go?","header":"Rules","multiSelect":false,"options":[
        {"label":"Only Ida's","description":"The one that forwards to a private address"},
        {"label":"All three","description":"Also those to the partner company"}]}]}"#;
    asked("question", question, &["Only Ida", "Other"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_with_menus() {
    let questions = r#"{"questions":[
        {"question":"Which mailboxes?","header":"Mailboxes","multiSelect":true,"options":[
            {"label":"ida@contoso.example","description":"Forwards to a private address"},
            {"label":"per@contoso.example","description":"Forwards to the partner"}]},
        {"question":"When?","header":"When","multiSelect":false,"options":[
            {"label":"Now","description":"At once"},{"label":"Tonight","description":"After 18:00"}]}]}"#;
    asked("questions", questions, &["Which mailboxes?", "Send"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_waits_for_its_approval() {
    let world = World::new(|request: &RequestView| match request.tool_results().len() {
        0 => Reply::new().tool("EnterPlanMode", json!({})).into(),
        1 => Reply::new()
            .tool(
                "ExitPlanMode",
                json!({"plan": "1. Take the rule of Ida away.\n2. Tell her.\n3. Look at her sign-ins."}),
            )
            .into(),
        _ => Step::text("Done."),
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude clean up, but plan it first");
    let card = |message: &&Message| message.buttons().iter().any(|(label, _)| label.contains("Approve"));
    let found = |state: &State| state.by_bot(asked).find(card).cloned();
    world.discord.wait_for("the plan", PATIENCE, found).await;
    draws(&world, "plan", &[asked], &["Tell her", "Approve"]);
    world.end(bot);
}
