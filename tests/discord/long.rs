//! Conversations that get too long: summarised in time, by the API's server or by the bot itself, and never lost.

use claudetools_support::anthropic::{Failure, Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person};
use claudetools_tests::bot::{Bot, Setup};
use serde_json::{Value, json};

use crate::world::{Gate, World, echo, read_step};

/// What the fake says that a request for an answer used: more than three quarters of 200,000.
const FULL: u64 = 152_000;

/// Whether it asks for a summary: the API's server, or the model.
fn wants_summary(request: &RequestView) -> bool {
    request.wants_summary() || request.last_user_text().starts_with("Summarise this conversation")
}

/// A summary, in the form in which it was asked for.
fn summary(request: &RequestView, text: &str) -> Step {
    let reply = if request.wants_summary() { Reply::new().summary(text) } else { Reply::new().text(text) };
    reply.into()
}

/// Answers; the conversation is full once somebody says so. `summarises` answers requests for summaries.
fn answers(request: &RequestView) -> Step {
    match request.last_user_text().as_str() {
        _ if wants_summary(request) => summary(request, "They talked about the printer."),
        text if text.contains("fill it") => {
            let usage = json!({"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": FULL});
            Reply::new().text("It is full.").usage(usage).into()
        }
        _ => echo(request),
    }
}

fn with_model(world: &World, model: &str) -> Setup {
    world.setup().with("CLAUDETOOLS_MODEL", model)
}

/// A thread with a pinned message and a pinned answer, whose conversation is full.
async fn full_thread(world: &World) -> u64 {
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    let pinned = world.discord.says(&Person::alice(), thread, "Never restart srv-7.");
    world.discord.pins(pinned);
    let answer = world.said(thread, "You said: Never restart srv-7.").await;
    world.discord.pins(answer.id);
    world.quiet().await;
    world.discord.says(&Person::alice(), thread, "fill it");
    world.said(thread, "It is full.").await;
    world.quiet().await;
    thread
}

/// The newest request, with what must and must not be in it.
fn newest(world: &World, has: &[&str], has_not: &[&str]) -> RequestView {
    let request = world.model.requests().pop().unwrap();
    for part in has {
        assert!(request.raw.contains(part), "{part} is not in {}", request.raw);
    }
    for part in has_not {
        assert!(!request.raw.contains(part), "{part} is in {}", request.raw);
    }
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_conversation_is_summarised_by_the_server_and_what_is_pinned_stays() {
    let world = World::new(answers).await;
    std::fs::write(world.places.path("repo/CLAUDE.md"), "Use tabs.").unwrap();
    let bot = world.start().await;
    let thread = full_thread(&world).await;
    std::fs::write(world.places.path("repo/CLAUDE.md"), "Use spaces.").unwrap();
    world.discord.says(&Person::alice(), thread, "and now?");
    world.said(thread, "Compacted: 152k → ").await;
    world.said(thread, "You said: and now?").await;
    let has = ["They talked about the printer.", "Never restart srv-7.", "You said: Never restart", "Use spaces."];
    let request = newest(&world, &has, &["hello", "It is full.", "Use tabs."]);
    assert_eq!(request.body.pointer("/messages/0/content/0/type"), Some(&json!("compaction")));
    // The block and its beta go with every later request, and it is not made again.
    world.discord.says(&Person::alice(), thread, "and then?");
    world.said(thread, "You said: and then?").await;
    assert_extends(&request, &newest(&world, &["They talked about the printer."], &[]));
    assert_eq!(world.model.requests().iter().filter(|request| wants_summary(request)).count(), 1);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_server_does_not_summarise_does_it_itself() {
    let world = World::new(answers).await;
    let bot = world.start_with(&with_model(&world, "claude-haiku-4-5")).await;
    let thread = full_thread(&world).await;
    world.discord.says(&Person::alice(), thread, "and now?");
    world.said(thread, "Compacted: 152k → ").await;
    world.said(thread, "You said: and now?").await;
    let request = newest(&world, &["They talked about the printer.", "Never restart srv-7."], &["hello"]);
    assert_eq!(request.body.pointer("/messages/0/role"), Some(&json!("user")));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_cannot_be_had_loses_nothing_and_is_said() {
    let world = World::new(|request: &RequestView| match wants_summary(request) {
        true => Failure::new(403, "permission_error", "No summaries today").into(),
        false => answers(request),
    })
    .await;
    let bot = world.start().await;
    let thread = full_thread(&world).await;
    world.discord.says(&Person::alice(), thread, "and now?");
    world.said(thread, "This conversation could not be summarised").await;
    world.said(thread, "You said: and now?").await;
    newest(&world, &["hello", "Never restart srv-7.", "It is full."], &["They talked"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_is_too_long_is_summarised_once_and_answered() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        text if text.contains("fill it") && !request.raw.contains("They talked about") && !wants_summary(request) => {
            Failure::prompt_too_long(1_000_001, 1_000_000).into()
        }
        _ if wants_summary(request) => summary(request, "They talked about the printer."),
        _ => echo(request),
    })
    .await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    world.quiet().await;
    world.discord.says(&Person::alice(), thread, "fill it");
    world.said(thread, "You said: fill it").await;
    world.said(thread, "Compacted: ").await;
    assert_eq!(world.model.requests().len(), 4, "hello, too long, summary, answer");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_stays_too_long_is_said_once_and_the_thread_lives() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        _ if wants_summary(request) => summary(request, "They talked about the printer."),
        text if text.contains("fill it") => Failure::prompt_too_long(1_000_001, 1_000_000).into(),
        _ => echo(request),
    })
    .await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude fill it");
    world.said(thread, "also after it was summarised").await;
    assert_eq!(world.model.requests().len(), 3, "too long, summary, too long");
    world.discord.says(&Person::alice(), thread, "better?");
    world.said(thread, "You said: better?").await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_killed_while_it_was_summarised_goes_on() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if wants_summary(request) {
            held.pass();
        }
        answers(request)
    })
    .await;
    let bot = world.start().await;
    let thread = full_thread(&world).await;
    world.discord.says(&Person::alice(), thread, "and now?");
    world.asked_model(4).await;
    bot.kill();
    gate.open();
    let bot = world.start().await;
    world.said(thread, "You said: and now?").await;
    newest(&world, &["They talked about the printer.", "Never restart srv-7."], &["It is full."]);
    assert_eq!(world.count(thread, "Compacted: 152k → "), 1, "{}", world.discord.scene());
    world.end(bot);
}

/// Everything that the earlier request said, the later one says in the same bytes.
fn assert_extends(earlier: &RequestView, later: &RequestView) {
    assert_eq!(without_markers(&earlier.body["tools"]), without_markers(&later.body["tools"]));
    assert_eq!(without_markers(&earlier.body["system"]), without_markers(&later.body["system"]));
    let (before, after) = (texts(earlier), texts(later));
    let whole = before.len() - 1;
    assert_eq!(before[..whole], after[..whole]);
    // What is said behind a message that was not answered goes to its end.
    let (open, grown) = (before[whole].trim_end_matches("]}"), &after[whole]);
    assert!(grown.starts_with(open), "{open}\n{grown}");
}

/// The messages, as they were sent but for cache markers.
fn texts(request: &RequestView) -> Vec<String> {
    request.messages().iter().map(without_markers).collect()
}

fn without_markers(value: &Value) -> String {
    let marker = [r#","cache_control":{"type":"ephemeral"}"#, r#","cache_control":{"type":"ephemeral","ttl":"1h"}"#];
    marker.iter().fold(value.to_string(), |text, marker| text.replace(marker, ""))
}

/// Reads a file whenever it is asked to; fills the conversation at "fill it"; echoes everything else.
fn works(request: &RequestView) -> Step {
    match request.tool_results().first() {
        Some(_) if !wants_summary(request) => Step::text("I have read it."),
        _ if request.last_user_text().contains("read") => read_step().into(),
        _ => answers(request),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_goes_on_from_the_one_before_and_is_cut_exactly_once_by_a_summary() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if request.last_user_text() == "please read" {
            held.pass();
        }
        works(request)
    })
    .await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    world.quiet().await;
    world.discord.says(&Person::alice(), thread, "please read");
    world.asked_model(2).await;
    world.discord.says(&Person::alice(), thread, "and be quick");
    world.shown(thread, "").await;
    gate.open();
    world.said(thread, "I have read it.").await;
    let bot = restarted(&world, bot).await;
    for text in ["one more", "fill it", "behind the summary", "the last"] {
        world.discord.says(&Person::alice(), thread, text);
        let answer = if text == "fill it" { "It is full.".to_owned() } else { format!("You said: {text}") };
        world.said(thread, &answer).await;
        world.quiet().await;
    }
    let requests: Vec<_> = world.model.requests().into_iter().filter(|request| !wants_summary(request)).collect();
    let cuts = requests.windows(2).filter(|pair| texts(&pair[0])[0] != texts(&pair[1])[0]);
    assert_eq!(cuts.count(), 1, "it is cut by the summary, and never before or after");
    for pair in requests.windows(2).filter(|pair| texts(&pair[0])[0] == texts(&pair[1])[0]) {
        assert_extends(&pair[0], &pair[1]);
    }
    world.end(bot);
}

async fn restarted(world: &World, bot: Bot) -> Bot {
    world.quiet().await;
    bot.kill();
    world.start().await
}
