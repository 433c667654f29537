use claudetools_support::anthropic::RequestView;
use claudetools_support::discord::{GENERAL, Person};

use crate::world::{Gate, World, reads};

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_was_killed_behind_its_tool_goes_on_and_is_answered_once() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if !request.tool_results().is_empty() {
            held.pass();
        }
        reads(request)
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude look for alpha");
    world.asked_model(2).await;
    bot.kill();
    gate.open();
    let bot = world.start().await;
    world.said(asked, "The file says: ").await;
    assert_eq!(world.count_after_another(asked, "The file says: ").await, 1, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_killed_with_its_first_request_is_answered_once() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        held.pass();
        reads(request)
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.asked_model(1).await;
    bot.kill();
    gate.open();
    let bot = world.start().await;
    world.said(asked, "You said: hello").await;
    assert_eq!(world.count_after_another(asked, "You said: hello").await, 1, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stands_is_not_given_again_after_a_kill() {
    let world = World::new(reads).await;
    let mut bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude look for alpha");
    for _ in 0..2 {
        world.said(asked, "The file says: ").await;
        bot.kill();
        bot = world.start().await;
    }
    assert_eq!(world.count_after_another(asked, "The file says: ").await, 1, "{}", world.discord.scene());
    assert_eq!(world.model.requests().len(), 3, "nothing was asked again");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_came_while_the_program_was_dead_is_answered_once() {
    let world = World::new(reads).await;
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude before");
    world.said(first, "You said: before").await;
    bot.kill();
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude meanwhile");
    let bot = world.start().await;
    world.said(asked, "You said: meanwhile").await;
    assert_eq!(world.count_after_another(asked, "You said: meanwhile").await, 1, "{}", world.discord.scene());
    assert_eq!(world.count(first, "You said: before"), 1, "{}", world.discord.scene());
    world.end(bot);
}
