use claudetools_support::anthropic::RequestView;
use claudetools_support::discord::{GENERAL, Interaction, Person, State};
use claudetools_tests::bot::PATIENCE;

use crate::world::{Gate, World, echo, slowly};

/// Waits for the answer to a click or a command. That it was acknowledged within three seconds is checked by the fake.
async fn reply(world: &World, interaction: u64) -> String {
    let Interaction { answer, ephemeral, .. } = answered(world, interaction).await;
    assert!(ephemeral, "others see it: {answer:?}");
    answer.unwrap()
}

async fn answered(world: &World, interaction: u64) -> Interaction {
    let answered = |state: &State| Some(state.interactions[&interaction].clone()).filter(|it| it.answer.is_some());
    world.discord.wait_for("an answer to a click or a command", PATIENCE, answered).await
}

async fn press_stop(world: &World, thread: u64, shown: &str) {
    let (label, id) = world.shown(thread, shown).await.buttons().remove(0);
    assert_eq!(label, "Stop");
    let click = world.discord.click(&Person::alice(), &id);
    assert_eq!(reply(world, click).await, "Stopped.");
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_a_turn_whose_model_stalls() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if request.last_user_text() == "wait" {
            held.pass();
        }
        echo(request)
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude wait");
    press_stop(&world, asked, "").await;
    world.said(asked, "Stopped.").await;
    world.quiet().await;
    gate.open();
    world.discord.says(&Person::alice(), asked, "go on");
    world.said(asked, "You said: go on").await;
    assert_eq!(world.count(asked, "You said: wait"), 0, "{}", world.discord.scene());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_a_turn_that_streams_and_keeps_what_was_said() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        "write" => slowly(&"All work and no play. ".repeat(60)),
        _ => echo(request),
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write");
    press_stop(&world, asked, "All work").await;
    let stopped = world.said(asked, "*Stopped.*").await;
    assert!(stopped.content.contains("All work"), "{}", stopped.content);
    world.discord.says(&Person::alice(), asked, "go on");
    world.said(asked, "You said: go on").await;
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_answered_for_one_person_while_a_turn_runs() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request: &RequestView| {
        if request.last_user_text() == "wait" {
            held.pass();
        }
        echo(request)
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude wait");
    world.asked_model(1).await;
    let alice = Person::alice();
    let command = |name: &str, options: &[(&str, &str)]| world.discord.slash(&alice, asked, name, options);
    insta::assert_snapshot!(reply(&world, command("status", &[])).await, @r"
    ⚙️ **Working**
    -# Opus 5.5, effort medium · acts as `tech`, `viewer` · $0.00 · context 0 %
    ");
    let chosen = answered(&world, command("model", &[("model", "claude-sonnet-5-5")])).await;
    insta::assert_snapshot!(chosen.answer.unwrap(), @"From the next request on this thread uses `claude-sonnet-5-5`.");
    assert!(!chosen.ephemeral, "it changes the thread for everybody in it");
    insta::assert_snapshot!(reply(&world, command("stop", &[])).await, @"Stopped.");
    world.said(asked, "Stopped.").await;
    gate.open();
    world.discord.says(&alice, asked, "go on");
    world.said(asked, "You said: go on").await;
    world.quiet().await;
    insta::assert_snapshot!(reply(&world, command("stop", &[])).await, @"Nothing runs in this thread.");
    assert_eq!(world.model.requests().pop().unwrap().model(), "claude-sonnet-5-5");
    world.end(bot);
}
