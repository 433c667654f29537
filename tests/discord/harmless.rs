use claudetools_ledger::Ledger;
use claudetools_support::anthropic::{RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, ROLE_ADMIN, State};
use claudetools_tests::bot::PATIENCE;

use crate::world::{World, reads, slowly};

fn hostile() -> String {
    let (bob, admins) = (Person::bob().id, ROLE_ADMIN);
    let line = format!(
        "@everyone @here <@{bob}> <@!{bob}> <@&{admins}> [https://bank.com](https://evil.tld) \
         https://evil.tld/?q=secret <https://evil.tld/?q=secret> ||https://evil.tld|| "
    );
    line.repeat(4) + "the end"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_answer_is_harmless_in_every_message_and_every_edit() {
    let world = World::new(|_: &RequestView| slowly(&hostile())).await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude tell them");
    let live = world.shown(asked, "bank.com").await;
    let edited = |state: &State| (state.messages[&live.id].versions.len() >= 3).then_some(());
    world.discord.wait_for("edits of the live message", PATIENCE, edited).await;
    world.said(asked, "the end").await;
    world.quiet().await;
    let mine = |state: &State| -> Vec<Message> {
        state.messages.values().filter(|message| message.author == Person::bot().id).cloned().collect()
    };
    let mine = world.discord.see(mine);
    assert!(mine.iter().any(|message| message.versions.len() >= 3) && mine.len() >= 2, "{}", world.discord.scene());
    for text in mine.iter().flat_map(|message| &message.versions) {
        is_harmless(text);
    }
    let pinged: Vec<u64> = mine.iter().flat_map(|message| message.pinged.clone()).collect();
    assert_eq!(pinged, [Person::alice().id]);
    world.end(bot);
    let newest = Ledger::open(&world.places.path("data")).await.unwrap().newest_audit(20).await.unwrap();
    assert!(newest.iter().any(|row| row.kind == "chat.neutralised" && row.detail.contains("evil.tld")), "{newest:?}");
}

/// Nothing in it can ping, and no URL in it can be clicked: Discord finds mentions even in code, and links only outside.
fn is_harmless(text: &str) {
    let requester = format!("<@{}>", Person::alice().id);
    let text = text.strip_prefix(&requester).unwrap_or(text);
    for bad in ["@everyone", "@here", "<@"] {
        assert!(!text.contains(bad), "{bad:?} stands in {text:?}");
    }
    for plain in text.split('`').step_by(2) {
        // While it is streamed, an address may end behind its slashes.
        let leads = plain.split("://").skip(1).any(|behind| behind.starts_with(|c: char| !c.is_whitespace()));
        assert!(
            !leads && !plain.contains("](") && !plain.contains("||"),
            "{plain:?} stands outside of code in {text:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_with_code_comes_whole_in_messages_with_whole_fences() {
    let world = World::new(|request: &RequestView| {
        let lines = if request.last_user_text() == "much" { 400 } else { 55 };
        let code: String =
            (0..lines).map(|number| format!("let line_{number}_end = \"{}\";\n", "x".repeat(40))).collect();
        Step::text(format!("Before.\n\n```rust\n{code}```\n\nBehind it all."))
    })
    .await;
    let bot = world.start().await;
    for (question, lines) in [("some", 55), ("much", 400)] {
        let asked = world.discord.says(&Person::alice(), GENERAL, format!("@claude {question}").as_str());
        world.said(asked, "Behind it all.").await;
        world.quiet().await;
        let mut all = String::new();
        world.discord.see(|state| {
            for message in state.by_bot(asked) {
                assert!(message.content.matches("```").count() % 2 == 0, "{}", message.content);
                all.push_str(&message.content);
                all.extend(message.uploads.iter().map(|file| String::from_utf8_lossy(&file.data)));
            }
        });
        let missing: Vec<usize> =
            (0..lines).filter(|number| all.matches(&format!("line_{number}_end")).count() != 1).collect();
        assert!(missing.is_empty(), "{question}: lines {missing:?} are not there once\n{}", world.discord.scene());
    }
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_answer_keeps_its_markup() {
    let world = World::new(|request: &RequestView| match request.last_user_text().as_str() {
        "report" => Step::text("# Report\n\n- **one** `code`\n- two\n\n```rust\nfn main() {}\n```"),
        _ => reads(request),
    })
    .await;
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude report");
    let answer = world.said(asked, "Report").await;
    insta::assert_snapshot!(answer.content, @r"
    <@1100000000000000041>
    # Report

    - **one** `code`
    - two
    ```rust
    fn main() {}
    ```
    ");
    world.end(bot);
}
