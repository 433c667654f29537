//! What the model's cache is given: nothing that changes by itself, and what was lost is told.

use claudetools_support::anthropic::{FakeAnthropic, RequestView, Script};
use claudetools_support::discord::{GENERAL, Person, RANDOM};
use claudetools_tests::bot::PATIENCE;
use serde_json::Value;

use crate::money::amend;
use crate::world::{World, echo, reads};

/// Every block that a request sends, in the order of the cache, without markers.
fn blocks(request: &RequestView) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let messages = list(&request.body["messages"]).into_iter().flat_map(|message| list(&message["content"]));
    let parts = [list(&request.body["tools"]), list(&request.body["system"]), messages.collect()];
    parts.into_iter().flatten().map(|block| unmarked(block).to_string()).collect()
}

fn unmarked(mut block: Value) -> Value {
    if let Some(fields) = block.as_object_mut() {
        fields.remove("cache_control");
    }
    block
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_a_thread_share_their_beginning_and_threads_share_tools_and_system() {
    let world = World::new(reads).await;
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude look for alpha");
    world.said(first, "The file says: ").await;
    bot.kill();
    let bot = world.start().await;
    world.discord.says(&Person::bob(), first, "and who am I?");
    world.said(first, "You said: and who am I?").await;
    let second = world.discord.says(&Person::carol().called("Caroline"), RANDOM, "@claude hello");
    world.said(second, "You said: hello").await;
    world.quiet().await;
    let requests = world.model.requests();
    let sent: Vec<_> = requests.iter().map(blocks).collect();
    for (before, after) in sent[..3].iter().zip(&sent[1..3]) {
        assert!(after.starts_with(before), "the cache is lost\n{before:#?}\n{after:#?}");
    }
    let head = |request: &RequestView| (request.body["tools"].to_string(), request.body["system"].to_string());
    assert!(requests.iter().all(|request| head(request) == head(&requests[0])));
    // The first message holds what the repository says, too: only the person's own words differ.
    let common = sent[0].iter().zip(&sent[3]).take_while(|(one, other)| one == other).count();
    assert_eq!((sent[0].len() - common, sent[3].len() - common), (1, 1));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_cache_is_told_with_what_had_changed() {
    // The fake minds that the tools change, too.
    let script = Script::react(echo).expecting("tools: is not what request");
    let world = World { model: FakeAnthropic::start(script).await, ..World::new(echo).await };
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(thread, "You said: one").await;
    let fewer = || (world.model.requests().last().unwrap().tools().len() < 8).then_some(());
    amend(&world, &format!("[channel.\"{GENERAL}\"]\nplugins = [\"search\"]"));
    let mut number = 1;
    let deadline = std::time::Instant::now() + PATIENCE;
    while fewer().is_none() {
        assert!(std::time::Instant::now() < deadline, "the new policy never came into force");
        number += 1;
        world.discord.says(&Person::alice(), thread, format!("word {number}").as_str());
        world.said(thread, &format!("You said: word {number}")).await;
    }
    world.quiet().await;
    let doctor = world.setup().run(&["doctor"]).unwrap();
    let told = String::from_utf8(doctor.stdout).unwrap();
    let line = told.lines().find(|line| line.contains("prompt cache")).unwrap_or(&told);
    assert!(line.contains("the tools (1)"), "{line}");
    world.end(bot);
}
