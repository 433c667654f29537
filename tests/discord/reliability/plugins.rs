//! Plugins that break, loop or take everything: their calls end, everybody else goes on.

use std::time::{Duration, Instant};

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person, RANDOM};
use serde_json::json;

use super::company::world;

/// Calls the tools that a message names (`use a b c`), all at once, and reports how many results are errors.
fn uses(request: &RequestView) -> Step {
    let text = request.last_user_text();
    let results = request.tool_results();
    if !results.is_empty() {
        let errors = results.iter().filter(|result| result.is_error).count();
        return Step::text(format!("{errors} of {} failed: {}", results.len(), results[0].text));
    }
    match text.split("use ").nth(1) {
        Some(names) => {
            let mut reply = Reply::new().text("I use them.");
            for name in names.split_whitespace() {
                let input = if name == "Read" { json!({ "file_path": "/repo/docs/a.md" }) } else { json!({}) };
                reply = reply.tool(name, input);
            }
            reply.into()
        }
        None => Step::text(format!("You said: {text}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_20_and_22_a_plugin_that_traps_or_wants_all_memory_fails_its_call_and_the_next_one_works() {
    let (world, service) = world(|request, _| uses(request)).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude use crash");
    world.said(asked, "1 of 1 failed").await;
    for (tools, said) in [("grow", "1 of 1 failed"), ("recurse", "1 of 1 failed"), ("Read", "0 of 1 failed")] {
        let before = world.count(asked, said);
        world.discord.says(&Person::alice(), asked, format!("use {tools}").as_str());
        let more = |state: &claudetools_support::discord::State| {
            let count = state.by_bot(asked).filter(|one| one.content.contains(said)).count();
            (count > before).then_some(())
        };
        world.discord.wait_for(tools, claudetools_tests::bot::PATIENCE, more).await;
    }
    world.whole(bot, &service, Vec::new()).await;
}

/// The time behind which one in a hundred is.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[(times.len() * 99).div_ceil(100) - 1]
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_21_fifty_endless_loops_do_not_keep_other_threads_waiting() {
    let (world, service) = world(|request, _| uses(request)).await;
    let bot = world.start().await;
    let loops: Vec<u64> =
        (0..10).map(|_| world.discord.says(&Person::bob(), RANDOM, "@claude use spin spin spin spin spin")).collect();
    world.asked_model(10).await;
    let mut times = Vec::new();
    for number in 0..20 {
        let began = Instant::now();
        let asked = world.discord.says(&Person::alice(), GENERAL, format!("@claude number {number}").as_str());
        world.said(asked, "You said: number").await;
        times.push(began.elapsed());
    }
    println!("20 answers beside 50 loops: p99 {:?}, of them {:?}", p99(times.clone()), times);
    for thread in loops {
        world.said(thread, "5 of 5 failed").await;
    }
    world.whole(bot, &service, Vec::new()).await;
}
