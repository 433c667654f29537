//! A model that does not answer.

use claudetools_support::anthropic::{FakeAnthropic, KEY, Script, Step};
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::run;

/// An address where nobody listens.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn claude(places: &Places, base_url: &str, key: &str) -> Setup {
    let setup = Setup::new(places).with("ANTHROPIC_BASE_URL", base_url).with("ANTHROPIC_API_KEY", key);
    setup.with("CLAUDETOOLS_DIALECT", "anthropic")
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_again_and_then_named() {
    let places = Places::compiled().unwrap();
    let url = closed_port();
    let ended = run(&places, &claude(&places, &url, KEY), &["ask", "hello", "--thread", "t"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    let sentence = ended.sentence().replace(url.trim_start_matches("http://"), "…");
    assert_snapshot!(sentence, @"The model's server 127.0.0.1 cannot be reached: Connection refused (os error 111); I tried 5 times.");
    assert_eq!(ended.told().matches("trying again in").count(), 4, "{}", ended.stderr);
    let later = run(&places, &Setup::new(&places), &["ask", "read docs/a.md", "--thread", "t"]);
    assert_eq!(later.code, Some(0), "the thread is lost: {}", later.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_price_is_not_known_is_said_to_have_no_limit_of_money() {
    let places = Places::compiled().unwrap();
    let model = FakeAnthropic::start(Script::steps(Vec::<Step>::new()).expecting("x-api-key")).await;
    let ask = |id: &str| {
        let setup = claude(&places, &model.base_url, "sk-ant-wrong").with("CLAUDETOOLS_MODEL", id);
        run(&places, &setup, &["ask", "hello"]).stderr
    };
    let said = "the price of the model `local:7b` is not known, so that no turn of it ends at $5.00; its other limits ([turn] in plugins.toml) hold";
    assert_eq!(ask("local:7b").matches(said).count(), 1);
    assert!(!ask("claude-opus-5-5").contains("the price of the model"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_wrong_is_not_tried_again_and_not_shown() {
    let places = Places::compiled().unwrap();
    let model = FakeAnthropic::start(Script::steps(Vec::<Step>::new()).expecting("x-api-key")).await;
    let ended = run(&places, &claude(&places, &model.base_url, "sk-ant-wrong"), &["ask", "hello"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(!ended.stderr.contains("sk-ant-wrong"));
    let (sentence, _request) = ended.sentence().split_once(", request").unwrap();
    assert_snapshot!(sentence, @"The model's server does not accept the API key: invalid x-api-key (401");
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_one_json_object_too() {
    let places = Places::compiled().unwrap();
    let model = FakeAnthropic::start(Script::steps(Vec::<Step>::new()).expecting("x-api-key")).await;
    let ended = run(&places, &claude(&places, &model.base_url, "sk-ant-wrong"), &["ask", "hello", "--json"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let object: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(object["ok"], false);
}
