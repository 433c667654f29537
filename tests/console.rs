//! The console of the real program, over HTTP as its page uses it, through conversations, kills and restarts.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails loudly")]

#[path = "console/browser.rs"]
mod browser;
#[path = "console/reload.rs"]
mod reload;
#[path = "console/scripts.rs"]
mod scripts;

use claudetools_tests::bot::{Bot, Setup};
use claudetools_tests::company::Places;
use serde_json::{Value, json};

use browser::Browser;

/// A company with a file that takes the rehearsal model more than a second to quote.
fn places() -> Places {
    let places = Places::compiled().unwrap();
    let line = "one two three four five six seven eight nine ten\n";
    std::fs::write(places.path("repo/docs/long.md"), line.repeat(28)).unwrap();
    places
}

/// The end of an answer that quotes the long file.
const END: &str = "more lines.";

async fn start(places: &Places) -> (Bot, Browser) {
    let mut bot = Setup::new(places).start(&["run", "--port", "0"]).unwrap();
    let browser = Browser::open(&bot.console()).await;
    (bot, browser)
}

fn terminate(bot: &Bot) {
    let id = rustix::process::Pid::from_raw(i32::try_from(bot.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
}

#[tokio::test]
async fn a_conversation_reads_searches_and_edits() {
    let places = places();
    let (_bot, browser) = start(&places).await;
    let thread = browser.new_thread().await;
    let mut page = browser.page(&thread).await;
    assert_eq!(browser.say(&thread, "read docs/a.md").await, json!({ "receipt": "began" }));
    page.until(|page| page.status["running"] == true).await;
    page.idle_with("alpha").await;
    browser.say(&thread, "find main in src").await;
    page.idle_with("fn main").await;
    browser.say(&thread, "edit docs/a.md: replace alpha with beta").await;
    page.idle_with("beta").await;
    assert_eq!(std::fs::read_to_string(places.path("repo/docs/a.md")).unwrap(), "beta\n");
    assert!(page.frames > 10, "the answers were streamed in {} frames only", page.frames);
}

#[tokio::test]
async fn stop_ends_a_turn_and_the_thread_goes_on() {
    let places = places();
    let (_bot, browser) = start(&places).await;
    let thread = browser.new_thread().await;
    let mut page = browser.page(&thread).await;
    browser.say(&thread, "read docs/long.md").await;
    page.until(|page| page.answers().contains("one two three")).await;
    assert_eq!(browser.stop(&thread).await, json!({ "stopped": true }));
    page.idle_with("Stopped").await;
    assert!(!page.answers().contains(END), "{}", page.shown());
    browser.say(&thread, "read docs/a.md").await;
    page.idle_with("alpha").await;
}

#[tokio::test]
async fn a_killed_turn_is_finished_once_after_the_restart() {
    let places = places();
    let (bot, browser) = start(&places).await;
    let thread = browser.new_thread().await;
    let mut page = browser.page(&thread).await;
    browser.say(&thread, "edit docs/a.md: replace alpha with alpha alpha").await;
    page.idle_with("Edit").await;
    browser.say(&thread, "read docs/long.md").await;
    page.until(|page| page.answers().contains("one two three")).await;
    assert!(!page.answers().contains(END), "the turn was over before the kill");
    bot.kill();

    let (_bot, browser) = start(&places).await;
    let listed = browser.get("/api/threads").await.json::<Value>().await.unwrap();
    assert_eq!(listed[0]["id"], *thread, "{listed}");
    let mut page = browser.page(&thread).await;
    page.idle_with(END).await;
    assert_eq!(page.answers().matches(END).count(), 1, "{}", page.shown());
    assert_eq!(std::fs::read_to_string(places.path("repo/docs/a.md")).unwrap(), "alpha alpha\n");
    browser.say(&thread, "find main in src").await;
    page.idle_with("fn main").await;
    assert_eq!(page.answers().matches(END).count(), 1, "{}", page.shown());
}

#[tokio::test]
async fn sigterm_lets_a_turn_end_and_the_program_ends_with_0() {
    let places = places();
    let (bot, browser) = start(&places).await;
    let thread = browser.new_thread().await;
    let mut page = browser.page(&thread).await;
    browser.say(&thread, "read docs/long.md").await;
    page.until(|page| page.answers().contains("one two three")).await;
    terminate(&bot);
    let (code, said) = bot.ended();
    assert_eq!(code, Some(0), "{said}");

    let (bot, browser) = start(&places).await;
    let mut page = browser.page(&thread).await;
    page.idle_with(END).await;
    assert_eq!(page.answers().matches(END).count(), 1, "{}", page.shown());
    terminate(&bot);
    assert_eq!(bot.ended().0, Some(0));
}

#[tokio::test]
async fn without_the_token_nothing_is_served() {
    let places = places();
    let (_bot, browser) = start(&places).await;
    let stranger = browser.stranger();
    for path in ["/", "/plugins", "/api/threads", "/api/hello", "/events", "/?token=00", "/nowhere"] {
        assert_eq!(stranger.get(path).await.status(), 401, "{path}");
    }
    assert_eq!(browser.get("/").await.status(), 200);
    assert_eq!(browser.get("/plugins").await.status(), 200);
}

#[tokio::test]
async fn a_foreign_host_or_origin_is_turned_away() {
    let places = places();
    let (_bot, browser) = start(&places).await;
    assert_eq!(browser.send("GET", "/", &[("host", "evil.example")]).await.status(), 403);
    assert_eq!(browser.send("POST", "/api/threads", &[("origin", "http://evil.example")]).await.status(), 403);
    assert_eq!(browser.send("POST", "/api/threads", &[]).await.status(), 403, "no origin at all");
}
