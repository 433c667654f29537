//! A script of the repository, from a message on the page to its result.

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Reply, RequestView, Script, Step};
use claudetools_tests::bot::Setup;
use claudetools_tests::company::{CANARY, Places};
use claudetools_tests::script;
use serde_json::json;

use crate::browser::Browser;

fn runs(request: &RequestView) -> Step {
    match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("revoke_sessions", json!({ "user": "ann@acme.example", "days": 7 })).into(),
    }
}

#[tokio::test]
async fn a_script_is_confirmed_on_the_page_streamed_and_leaves_a_download() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins.toml"), DEFAULT_POLICY).unwrap();
    script::lay(&places).unwrap();
    let model = FakeAnthropic::start(Script::react(runs)).await;
    let setup = Setup::new(&places).with("ANTHROPIC_BASE_URL", &model.base_url).with("ANTHROPIC_API_KEY", KEY);
    let mut bot = setup.with("CLAUDETOOLS_DIALECT", "anthropic").start(&["run", "--port", "0"]).unwrap();
    let browser = Browser::open(&bot.console()).await;
    let thread = browser.new_thread().await;
    let mut page = browser.page(&thread).await;
    browser.say(&thread, "ann was phished").await;
    page.until(|page| page.cards[0]["offers"][0]["label"] == "Confirm").await;
    let card = page.cards[0].clone();
    for part in ["revoke_sessions ann@acme.example 7", "revoked 3 sessions of $1"] {
        assert!(card["html"].as_str().unwrap().contains(part), "{part}: {card}");
    }
    let stranger = browser.stranger().press(&thread, &card["offers"][0]).await;
    assert_eq!(stranger.0, 401, "{stranger:?}");
    assert_eq!(browser.press(&thread, &card["offers"][0]).await, (200, json!({ "said": "Confirmed; it goes on." })));
    page.until(|page| page.shown().contains("looking at ann@acme.example over 7 days")).await;
    page.idle_with("revoked 3 sessions of ann@acme.example").await;
    assert!(page.answers().contains("[secret removed]"), "{}", page.shown());
    assert!(!page.shown().contains(CANARY.trim_end()));
    let files = browser.get(&format!("/api/threads/{thread}/files")).await.json::<serde_json::Value>().await.unwrap();
    assert_eq!(files[0]["name"], "sessions.csv", "{files}");
    let file = browser.get(&format!("/api/threads/{thread}/files/{}", files[0]["id"])).await;
    assert_eq!(file.headers()["content-disposition"], "attachment; filename=\"sessions.csv\"");
    assert_eq!(file.text().await.unwrap(), "user,sessions\nann@acme.example,3\n");
    model.assert_clean();
}
