//! A technician's whole path: check a user, read the findings, approve two steps, take the evidence along.

use std::sync::Mutex;

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Interaction, Person, State};
use claudetools_support::microsoft::{FakeMicrosoft, Scenario};
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::microsoft::install;
use serde_json::json;

use crate::press::button;
use crate::world::World;

/// A model that checks, then locks the account, then ends its sessions, and then reports what each of them said first.
fn answer(request: &RequestView, user: &str, said: &mut Vec<String>) -> Step {
    let results = request.tool_results();
    said.extend(results.iter().map(|result| result.text.lines().next().unwrap_or_default().to_owned()));
    let input = json!({ "user": user });
    match said.len() {
        0 => Reply::new().text("I look.").tool("breach_check", input).into(),
        1 => Reply::new().text("It was taken over.").tool("disable_user", input).into(),
        2 => Reply::new().tool("revoke_sessions", input).into(),
        _ => Step::text(format!("Report:\n{}", said.join("\n"))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_technician_finds_approves_and_takes_the_evidence_along() {
    let fake = FakeMicrosoft::start().await.unwrap();
    let user = Scenario::Bec.upn("victim");
    let asked = user.clone();
    let said = Mutex::new(Vec::new());
    let world = World::new(move |request: &RequestView| answer(request, &asked, &mut said.lock().unwrap())).await;
    install(&fake, &world.places.path("base")).unwrap();
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n[channel.\"{GENERAL}\"]\nclient = \"bec\"\n")).unwrap();
    fake.expect_write(Scenario::Bec, "PATCH", &format!("/v1.0/users/{user}"), json!({ "accountEnabled": false }));
    fake.expect_write(Scenario::Bec, "POST", &format!("/v1.0/users/{user}/revokeSignInSessions"), json!(null));
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude check this user");

    // An administrator types whom he locks out; a technician ends the sessions.
    let card = world.card(thread, &["PATCH", "accountEnabled"]).await;
    assert!(card.content.contains("for the client bec"), "{}", card.content);
    let refused = world.discord.click(&Person::alice(), &button(&card, "Confirm"));
    assert!(world.told(refused).await.contains("lead"), "{}", world.discord.scene());
    let opened = world.discord.click(&Person::bob(), &button(&card, "Confirm"));
    let form = |state: &State| state.interactions[&opened].form.clone();
    world.discord.wait_for("a form", PATIENCE, form).await;
    let typed = world.discord.fills_in(&Person::bob(), opened, &[&user]);
    assert_eq!(world.told(typed).await, "Confirmed; it goes on.");
    let card = world.card(thread, &["POST", "revokeSignInSessions"]).await;
    world.discord.click(&Person::alice(), &button(&card, "Confirm"));

    let report = world.said(thread, "Report:").await;
    assert!(report.content.contains("Likely compromised"), "{}", report.content);
    assert_eq!(report.content.matches("Done:").count(), 2, "{}", report.content);
    assert_eq!(fake.writes().len(), 2);

    let evidence = world.discord.slash(&Person::bob(), thread, "evidence", &[]);
    let packed = |state: &State| Some(state.interactions[&evidence].clone()).filter(|it| !it.files.is_empty());
    let Interaction { files, .. } = world.discord.wait_for("the archive", PATIENCE, packed).await;
    let sound = claudetools_chat::verify(&files[0].1).unwrap();
    assert!(sound.rows.iter().any(|row| row.kind == "confirmation"));
    assert!(sound.files > 8, "the report, the rows, the ticket note and both records are in it");
    world.quiet().await;
    fake.assert_clean();
    let secrets = fake.secrets();
    let shown = world.discord.scene();
    assert!(secrets.iter().all(|secret| !shown.contains(secret)));
    world.end(bot);
}
