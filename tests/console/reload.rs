//! Plugins and `plugins.toml` that change while the real program runs.

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_policy::Policy;
use claudetools_sandbox::inspect;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Reply, RequestView, Script, Step};
use claudetools_tests::bot::{Bot, Setup};
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use serde_json::json;

use crate::browser::{Browser, Page};

/// Callers of the plugin `echo`.
const ECHO: &str = "\n[plugin.echo]\ncallers = { roles = [\"viewer\"], origin = [\"model\"] }\n";

/// The text that the tool gives back.
const MARK: &str = "said by the plugin";

/// A model that calls `echo`, whether or not it is there.
fn calls_echo(request: &RequestView) -> Step {
    let results = request.tool_results();
    if results.is_empty() {
        return Reply::new().tool("echo", json!({ "text": MARK })).into();
    }
    let offered = request.tools().contains(&"echo");
    Step::text(format!("offered: {offered}; result: {}", results[0].text))
}

/// The policy of this repository with `echo`, approved under its table.
fn approved() -> String {
    let policy = format!("{DEFAULT_POLICY}{ECHO}");
    let found = inspect(&guest("echo")).unwrap();
    let table = Policy::parse(&policy).unwrap().plugins.remove("echo");
    format!("{policy}{}", found.approval("the test", table.as_ref()).to_toml("echo"))
}

struct World {
    places: Places,
    bot: Bot,
    browser: Browser,
    _model: FakeAnthropic,
}

impl World {
    async fn new() -> Self {
        Self::with(Script::react(calls_echo)).await
    }

    async fn with(script: Script) -> Self {
        Self::under(&approved(), script).await
    }

    async fn under(policy: &str, script: Script) -> Self {
        let places = Places::compiled().unwrap();
        std::fs::write(places.path("base/plugins.toml"), policy).unwrap();
        let model = FakeAnthropic::start(script).await;
        let setup = Setup::new(&places).with("ANTHROPIC_BASE_URL", &model.base_url).with("ANTHROPIC_API_KEY", KEY);
        let mut bot = setup.with("CLAUDETOOLS_DIALECT", "anthropic").start(&["run", "--port", "0"]).unwrap();
        let browser = Browser::open(&bot.console()).await;
        Self { places, bot, browser, _model: model }
    }

    /// Puts a file below the directory of `plugins.toml`, complete at once.
    fn put(&self, path: &str, bytes: &[u8]) {
        let new = self.places.path("base/new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::rename(new, self.places.path("base").join(path)).unwrap();
    }

    /// A turn of the thread; the page when it is over.
    async fn turn(&self, thread: &str, page: &mut Page, number: usize) -> String {
        self.browser.say(thread, "use it").await;
        page.until(|page| page.status["running"] == false && page.answers().matches("offered: ").count() == number)
            .await;
        let answers = page.answers();
        answers[answers.rfind("offered: ").unwrap()..].to_owned()
    }

    async fn plugins(&self) -> String {
        self.browser.get("/plugins").await.text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_runs_uses_what_is_dropped_in_and_loses_what_is_taken_away() {
    // The price of new tools in a thread: its prefix is cached anew.
    let mut world = World::with(Script::react(calls_echo).expecting("tools: is not what request")).await;
    let thread = world.browser.new_thread().await;
    let mut page = world.browser.page(&thread).await;
    let answer = world.turn(&thread, &mut page, 1).await;
    assert!(answer.starts_with("offered: false") && answer.contains("there is no tool"), "{answer}");

    world.put("plugins/echo.wasm", &guest("echo"));
    world.bot.line_with("admitted");
    let answer = world.turn(&thread, &mut page, 2).await;
    assert!(answer.starts_with("offered: true") && answer.contains(MARK), "{answer}");
    assert!(world.plugins().await.contains("approved by the test"));

    std::fs::remove_file(world.places.path("base/plugins/echo.wasm")).unwrap();
    world.bot.line_with("gone");
    let answer = world.turn(&thread, &mut page, 3).await;
    assert!(answer.starts_with("offered: false") && answer.contains("there is no tool"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_policy_is_said_and_changes_nothing_and_a_narrower_one_holds_at_once() {
    let mut world = World::new().await;
    world.put("plugins/echo.wasm", &guest("echo"));
    world.bot.line_with("admitted");
    world.put("plugins.toml", b"schema = 1\n\n[roles]\ntech = { locall = true }\n");
    let line = world.bot.line_with("plugins.toml:4:10");
    assert!(line.contains("unknown key `locall`") && line.contains("what was in force before stays"), "{line}");
    assert!(world.plugins().await.contains("plugins.toml:4:10: unknown key `locall`"));
    let thread = world.browser.new_thread().await;
    let mut page = world.browser.page(&thread).await;
    assert!(world.turn(&thread, &mut page, 1).await.contains(MARK));

    world
        .put("plugins.toml", approved().replace("roles = [\"viewer\"], origin = [\"model\"]", "roles = []").as_bytes());
    world.bot.line_with("plugins.toml changed and is in force");
    assert!(!world.plugins().await.contains("class=\"notices\""));
    let answer = world.turn(&thread, &mut page, 2).await;
    assert!(answer.contains("caller.role"), "{answer}");

    world.put(
        "plugins.toml",
        approved()
            .replace("[\"viewer\"], origin = [\"model\"]", "[\"viewer\"], origin = [\"model\", \"user\"]")
            .as_bytes(),
    );
    let line = world.bot.line_with("[plugin.echo] is not taken");
    assert!(line.contains("claudetools plugin approve echo"), "{line}");
    assert!(world.turn(&thread, &mut page, 3).await.contains("caller.role"));

    world.put("plugins.toml", approved().as_bytes());
    world.bot.line_with("plugins.toml changed and is in force");
    assert!(world.turn(&thread, &mut page, 4).await.contains(MARK));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_update_is_live_within_seconds_of_its_approval() {
    let mut world = World::new().await;
    let mut update = guest("echo");
    *update.last_mut().unwrap() ^= 1;
    world.put("plugins/echo.wasm", &update);
    assert!(world.bot.line_with("in quarantine").contains("supply.digest"));
    let (old, new) = (inspect(&guest("echo")).unwrap(), inspect(&update).unwrap());
    let signed = approved().replace(&old.component.to_string(), &new.component.to_string());
    let begun = std::time::Instant::now();
    world.put("plugins.toml", signed.as_bytes());
    world.bot.line_with("admitted");
    println!("live after {} ms", begun.elapsed().as_millis());
    let thread = world.browser.new_thread().await;
    let mut page = world.browser.page(&thread).await;
    assert!(world.turn(&thread, &mut page, 1).await.contains(MARK));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_the_plugins_is_told_of_a_drop_and_approves_only_where_it_may() {
    let policy = DEFAULT_POLICY.replacen("\nreviewer = { discord = [] }", "\nreviewer = { local = true }", 1);
    let policy = format!("{policy}\n[review]\nin_chat = true\n{ECHO}");
    let mut world = World::under(&policy, Script::react(calls_echo)).await;
    let mut page = world.browser.listing().await;
    world.put("plugins/echo.wasm", &guest("echo"));
    // The page is told once when it is opened, too.
    let html = loop {
        page.until_plugins_changed().await;
        let html = world.plugins().await;
        if html.contains("data-deed=\"approve\"") {
            break html;
        }
    };
    assert!(html.contains("quarantine"), "{html}");
    let token = html.split("data-token=\"").nth(1).unwrap()[..32].to_owned();
    let decide = async |token: &str, name: &str| {
        let body = json!({ "deed": "approve", "token": token, "typed": { "name": name } });
        world.browser.decide(&body).await
    };
    assert_eq!(decide(&"0".repeat(32), "echo").await.0, 403);
    assert_eq!(decide(&token, "ehco").await.0, 403);
    assert_eq!(decide("x", "echo").await.0, 400);
    let (status, said) = decide(&token, "echo").await;
    assert!(status == 200 && said["said"].as_str().unwrap().contains("is approved"), "{said}");
    page.until_plugins_changed().await;
    world.bot.line_with("admitted");
    let html = world.plugins().await;
    assert!(html.contains("approved by console:local") && html.contains("data-deed=\"revoke\""), "{html}");
    assert_eq!(decide(&token, "echo").await.0, 403, "it is used up");
}
