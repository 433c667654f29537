use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Chunks, Ending, Failure, FakeAnthropic, KEY, Noise, Outcome, Pace, Point, Reply, Step};
use super::{after, hello, post, rich, send};

#[tokio::test]
async fn a_reply_parses_to_its_blocks_however_it_is_cut_and_whatever_is_strewn_in() {
    let shapes = [
        rich(),
        rich().chunks(Chunks::Bytes(1)),
        rich().chunks(Chunks::Whole).noise(Noise::CrLf).noise(Noise::Comments),
        rich().noise(Noise::GiantLine(3_000_000)).pace(Pace { delta: 1, ..Pace::default() }),
        rich().noise(Noise::Garbage),
    ];
    for reply in shapes {
        let fake = FakeAnthropic::start([Step::from(reply)]).await;
        let answer = post(&fake, &hello()).await;
        assert_eq!(json!(answer.blocks()), rich_blocks());
        assert_eq!(answer.events().last().unwrap()["type"], "message_stop");
        assert_eq!(fake.requests()[0].outcome, Outcome::Sent);
    }
}

#[tokio::test]
async fn what_is_shown_of_thinking_follows_the_request() {
    let rows = [
        (
            "claude-opus-5-5",
            json!({"type": "adaptive", "display": "summarized"}),
            vec!["Where is it?", "Reading both."],
        ),
        ("claude-opus-5-5", json!({"type": "adaptive", "display": "updates"}), vec!["", "Reading both."]),
        ("claude-sonnet-5-5", json!({"type": "between_tools"}), vec!["Reading both."]),
        ("claude-haiku-5-5", json!({"type": "disabled"}), vec![]),
    ];
    for (model, thinking, expected) in rows {
        let fake = FakeAnthropic::start([Step::from(rich())]).await;
        let mut body = hello();
        (body["model"], body["thinking"]) = (json!(model), thinking);
        let beta = ("anthropic-beta", "thinking-display-updates-2026-08-18");
        let headers = [("x-api-key", KEY), ("anthropic-version", "2023-06-01"), beta];
        let blocks = send(&fake, &headers, &body).await.unwrap().blocks();
        let shown: Vec<&str> = blocks.iter().filter_map(|block| block["thinking"].as_str()).collect();
        assert_eq!(shown, expected, "{model}");
    }
}

#[tokio::test]
async fn things_of_the_future_come_and_may_be_echoed() {
    let fake = FakeAnthropic::start([Step::from(rich().noise(Noise::Future)), Step::text("done")]).await;
    let blocks = post(&fake, &hello()).await.blocks();
    assert_eq!(blocks[0], json!({"type": "future_block", "future": {"b": 1, "a": 2}}));
    assert_eq!(blocks[2]["future_field"], json!({"a": [1, null]}));
    assert_eq!(post(&fake, &after(&hello(), &blocks)).await.status, 200);
}

#[tokio::test]
async fn a_request_that_does_not_stream_gets_the_whole_message() {
    let fake = FakeAnthropic::start([Step::text("Hello.")]).await;
    let mut body = hello();
    body["stream"] = json!(false);
    let message: Value = serde_json::from_str(&post(&fake, &body).await.body).unwrap();
    assert_eq!(message["content"], json!([{"type": "text", "text": "Hello."}]));
    assert_eq!(message["stop_reason"], "end_turn");
}

#[tokio::test]
async fn streams_end_where_the_script_says() {
    let overloaded = || Failure::overloaded();
    let rows: Vec<(Ending, &str, bool)> = vec![
        (Ending::Broken(Point::InsideText), "content_block_delta", false),
        (Ending::Broken(Point::InsideTool), "content_block_delta", false),
        (Ending::Broken(Point::AfterTool), "content_block_stop", false),
        (Ending::Short(Point::BeforeStop), "message_delta", true),
        (Ending::Short(Point::Events(1)), "message_start", true),
        (Ending::Error(Point::InsideTool, overloaded()), "error", true),
        (Ending::Stall(Point::InsideText, Duration::from_millis(5)), "message_stop", true),
    ];
    for (ending, last, whole) in rows {
        let reply = rich().chunks(Chunks::Whole).ending(ending.clone());
        let fake = FakeAnthropic::start([Step::from(reply)]).await;
        let answer = post(&fake, &hello()).await;
        assert_eq!(answer.events().last().unwrap()["type"], last, "{ending:?}");
        assert_eq!(answer.whole, whole, "{ending:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_sends_not_even_headers() {
    let fake = FakeAnthropic::start([Step::hang_up()]).await;
    let headers = [("x-api-key", KEY), ("anthropic-version", "2023-06-01")];
    assert!(send(&fake, &headers, &hello()).await.is_err());
}

#[tokio::test]
async fn a_client_that_leaves_a_stalled_stream_is_noticed() {
    let stall =
        Reply::new().text("Well, let me see").ending(Ending::Stall(Point::InsideText, Duration::from_secs(600)));
    let fake = FakeAnthropic::start([Step::from(stall), Step::text("again")]).await;
    let left = tokio::time::timeout(Duration::from_millis(300), post(&fake, &hello())).await;
    assert!(left.is_err());
    while fake.requests()[0].outcome == Outcome::Open {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(fake.requests()[0].outcome, Outcome::Closed);
    assert_eq!(post(&fake, &hello()).await.status, 200);
}

/// [`rich`] as it comes first in a fake, with thinking left out.
fn rich_blocks() -> Value {
    json!([
        {"type": "thinking", "thinking": "", "signature": "EqQBfake0001n0=="},
        {"type": "text", "text": "Grüße 🦀, I look."},
        {"type": "redacted_thinking", "data": "EmwKfake0001n2=="},
        {"type": "thinking", "thinking": "", "signature": "EqQBfake0001n3=="},
        {"type": "tool_use", "id": "toolu_fake0001n1", "name": "Read", "input": {"file_path": "/ä"}},
        {"type": "tool_use", "id": "toolu_fake0001n2", "name": "Read", "input": {}},
    ])
}
