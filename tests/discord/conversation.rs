use claudetools_support::anthropic::{Pace, Reply};
use claudetools_support::discord::{GENERAL, Person, ROLE_ADMIN, State};
use claudetools_tests::bot::PATIENCE;
use serde_json::Value;
use std::time::Duration;

use crate::world::{Gate, World, echo, read_step, reads, slowly};

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_is_worked_on_in_a_thread_and_answered_for_the_one_who_asked() {
    let bob = format!("<@{}>", Person::bob().id);
    let world = World::new(move |request| match request.tool_results().first() {
        Some(result) => slowly(&format!("It says: {} {} {bob} @everyone", result.text, "So it is. ".repeat(30))),
        None => read_step().pace(Pace { between: Duration::from_millis(150), delta: 4 }).into(),
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(
        &Person::alice(),
        GENERAL,
        format!("@claude what does **docs/a.md** say, <@&{ROLE_ADMIN}>?").as_str(),
    );
    let live = world.shown(asked, "Read `docs/a.md`").await;
    assert!(live.buttons().iter().any(|(label, _)| label == "Stop"));
    let streamed = |state: &State| {
        let message = &state.messages[&live.id];
        (message.versions.len() >= 3 && message.content.contains("So it is.")).then_some(())
    };
    world.discord.wait_for("the live message to be edited", PATIENCE, streamed).await;
    let answer = world.discord.wait_for("the answer", PATIENCE, |state: &State| {
        state.by_bot(asked).find(|message| !message.pinged.is_empty()).cloned()
    });
    let answer = answer.await;
    world.quiet().await;
    assert_ne!(answer.id, live.id, "the answer is a message of its own, below the live one");
    assert_eq!(answer.pinged, [Person::alice().id]);
    assert!(answer.content.contains("alpha") && !answer.content.contains("@everyone"), "{}", answer.content);
    let seen = |state: &State| (state.messages[&asked].reactions == ["👀"]).then_some(());
    world.discord.wait_for("the eyes under the message", PATIENCE, seen).await;
    world.discord.see(|state| {
        let thread = &state.channels[&asked];
        assert_eq!((thread.name.as_str(), thread.parent), ("what does docs/a.md say", Some(GENERAL)));
        assert_eq!(state.by_bot(asked).map(|message| message.pinged.len()).sum::<usize>(), 1);
        assert!(state.messages[&live.id].content.contains("✔ Read `docs/a.md`"), "{}", state.transcript(asked));
        assert_eq!(state.by_bot(GENERAL).count(), 0);
    });
    cached_prefix_is_kept(&world);
    world.end(bot);
}

/// What is cached is marked, and the same in every request.
fn cached_prefix_is_kept(world: &World) {
    let requests = world.model.requests();
    assert_eq!(requests.len(), 2);
    let unmarked = |value: &Value| value.to_string().replace(r#","cache_control":{"type":"ephemeral"}"#, "");
    for request in &requests {
        assert!(request.raw.contains("cache_control"), "request {} caches nothing", request.number);
        assert_eq!(request.tools(), requests[0].tools());
        assert_eq!(unmarked(&request.body["system"]), unmarked(&requests[0].body["system"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_message_in_the_thread_goes_on_in_the_same_session() {
    let world = World::new(reads).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude look for alpha");
    world.said(asked, "The file says: ").await;
    let second = world.discord.says(&Person::alice(), asked, "now without any mention");
    let answer = world.said(asked, "You said: now without any mention").await;
    assert_eq!((answer.reply_to, answer.pinged), (Some(second), vec![Person::alice().id]));
    let last = world.model.requests().pop().unwrap();
    for part in ["look for alpha", "The file says: ", "now without any mention"] {
        assert!(last.raw.contains(part), "the model does not see {part:?}: {}", last.raw);
    }
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sent_while_a_turn_runs_joins_it_at_the_next_tool() {
    let gate = Gate::default();
    let held = gate.clone();
    let world = World::new(move |request| {
        if request.tool_results().is_empty() {
            held.pass();
            return read_step().into();
        }
        Reply::new().text(format!("Both: {}", request.last_user_text())).into()
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude look for alpha");
    world.asked_model(1).await;
    let joining = world.discord.says(&Person::alice(), asked, "and think of beta");
    let seen = |state: &State| (!state.messages[&joining].reactions.is_empty()).then_some(());
    world.discord.wait_for("the second message to be marked as seen", PATIENCE, seen).await;
    gate.open();
    world.said(asked, "Both: and think of beta").await;
    world.quiet().await;
    assert_eq!(world.count(asked, "Both: "), 1, "{}", world.discord.scene());
    assert_eq!(world.model.requests().len(), 2, "one turn");
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_threads_know_nothing_of_each_other() {
    let world = World::new(echo).await;
    let bot = world.start().await;
    let first = world.discord.says(&Person::alice(), GENERAL, "@claude the first matter");
    world.said(first, "You said: the first matter").await;
    let second = world.discord.says(&Person::alice(), GENERAL, "@claude the second matter");
    world.said(second, "You said: the second matter").await;
    assert!(!world.model.requests().pop().unwrap().raw.contains("the first matter"));
    world.end(bot);
}
