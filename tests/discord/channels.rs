//! What differs in a channel.

use claudetools_support::anthropic::RequestView;
use claudetools_support::discord::{GENERAL, Person, RANDOM};

use crate::money::amend;
use crate::world::{World, echo, read_step, reads};

/// Those of the channel's one plugin, and the host's own.
const TOOLS: [&str; 6] = ["AskUserQuestion", "EnterPlanMode", "ExitPlanMode", "Glob", "Grep", "TodoWrite"];

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_has_the_tools_of_its_plugins_only_in_the_request_and_at_the_call() {
    let world = World::new(|request: &RequestView| match request.tool_results().is_empty() {
        // A model may call what it was not offered.
        true if request.last_user_text().contains("anyhow") => read_step().into(),
        _ => reads(request),
    })
    .await;
    amend(&world, &format!("[channel.\"{GENERAL}\"]\nplugins = [\"search\"]"));
    let bot = world.start().await;
    let here = world.discord.says(&Person::alice(), GENERAL, "@claude read it anyhow");
    let refused = world.said(here, "The file says: ").await;
    insta::assert_snapshot!(refused.content, @"<@1100000000000000041> The file says: caller.channel: The tool `Read` may not be called in this channel.");
    let there = world.discord.says(&Person::alice(), RANDOM, "@claude look for alpha");
    world.said(there, "alpha").await;
    world.quiet().await;
    let requests = world.model.requests();
    assert_eq!(requests[0].tools(), TOOLS);
    assert!(requests.last().unwrap().tools().contains(&"Read"));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_has_its_model_and_effort() {
    let world = World::new(echo).await;
    amend(&world, &format!("[channel.\"{GENERAL}\"]\nmodel = \"haiku\"\neffort = \"low\""));
    let bot = world.start().await;
    let here = world.discord.says(&Person::alice(), GENERAL, "@claude one");
    world.said(here, "You said: one").await;
    let there = world.discord.says(&Person::alice(), RANDOM, "@claude two");
    world.said(there, "You said: two").await;
    world.quiet().await;
    let asked = |request: &RequestView| (request.model().to_owned(), request.body["output_config"]["effort"].clone());
    let requests: Vec<_> = world.model.requests().iter().map(asked).collect();
    assert_eq!(requests[0], ("claude-haiku-5-5".to_owned(), "low".into()));
    assert_eq!(requests[1], ("claude-opus-5-5".to_owned(), "medium".into()));
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_whose_channel_is_not_known_is_not_worked_on() {
    let world = World::new(echo).await;
    amend(&world, &format!("[channel.\"{GENERAL}\"]\nplugins = [\"search\"]"));
    let bot = world.start().await;
    world.discord.hide_parents(true);
    let thread = world.discord.opens_thread(&Person::carol(), GENERAL, "ours");
    world.discord.says(&Person::alice(), thread, "@claude what is this?");
    let told = world.said(thread, "I could not find out").await;
    insta::assert_snapshot!(told.content, @"I could not find out which channel this thread belongs to, so that I don't know what is allowed here. Please say it again later.");
    assert!(world.model.requests().is_empty());
    world.discord.hide_parents(false);
    world.discord.says(&Person::alice(), thread, "@claude and now?");
    world.said(thread, "You said: and now?").await;
    world.quiet().await;
    assert_eq!(world.model.requests()[0].tools(), TOOLS, "it is the channel's");
    world.end(bot);
}
