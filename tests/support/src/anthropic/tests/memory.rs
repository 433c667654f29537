use serde_json::{Value, json};

use super::super::{Account, FakeAnthropic, KEY, Reply, Script, Step};
use super::{after, hello, post, rich, send};

#[tokio::test]
async fn a_history_that_changed_is_a_problem() {
    type Change = fn(&mut Value);
    let rows: Vec<(Change, &str)> = vec![
        (|b| b["system"] = json!("Be brief. It is 12:01."), "request 2: system: is not what request 1 said"),
        (|b| b["tools"][0]["description"] = json!("new"), "request 2: tools: is not what request 1 said"),
        (|b| b["messages"][1]["content"][0]["text"] = json!("edited"), "messages.1: is not the reply to request 1"),
        (|b| b["messages"][1]["content"] = json!("Hi."), "messages.1: is not the reply to request 1"),
    ];
    for (change, problem) in rows {
        let fake = FakeAnthropic::start(Script::react(|_| Step::text("Hi.")).expecting(problem)).await;
        let first = post(&fake, &hello()).await;
        let mut next = after(&hello(), &first.blocks());
        change(&mut next);
        assert_eq!(post(&fake, &next).await.status, 200);
    }
}

#[tokio::test]
async fn an_earlier_message_that_changed_is_a_problem() {
    let problem = "request 3: messages.2: is not what request 2 said there";
    let fake = FakeAnthropic::start(Script::react(|_| Step::text("Hi.")).expecting(problem)).await;
    let second = after(&hello(), &post(&fake, &hello()).await.blocks());
    let mut third = after(&second, &post(&fake, &second).await.blocks());
    third["messages"][2]["content"] = json!("go on!");
    post(&fake, &third).await;
}

#[tokio::test]
async fn threads_that_begin_alike_and_cache_markers_that_move_are_no_problem() {
    let fake = FakeAnthropic::start(Script::react(|view| Step::text(format!("{}", view.number)))).await;
    let one = post(&fake, &hello()).await.blocks();
    let two = post(&fake, &hello()).await.blocks();
    let mut one = after(&hello(), &one);
    one["messages"][2]["content"] = json!([{"type": "text", "text": "go on", "cache_control": {"type": "ephemeral"}}]);
    let mut two = after(&hello(), &two);
    two["messages"][2]["content"] = json!("the other way");
    let third = post(&fake, &one).await.blocks();
    post(&fake, &two).await;
    one["messages"][2]["content"][0].as_object_mut().unwrap().shift_remove("cache_control");
    post(&fake, &after(&one, &third)).await;
    assert_eq!(fake.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn thinking_blocks_must_come_back_as_they_were() {
    type Change = fn(&mut Value);
    let rows: Vec<(Change, &str)> = vec![
        (|b| b["messages"][1]["content"][0]["thinking"] = json!("mine"), "cannot be modified"),
        (|b| b["messages"][1]["content"][0]["signature"] = json!("forged"), "Invalid `signature` in `thinking` block"),
        (|b| b["system"] = json!("other"), "The block is bound to a different conversation."),
        (|b| b["messages"][0]["content"] = json!("other"), "The block is bound to a different conversation."),
    ];
    for (change, text) in rows {
        let script = Script::react(|_| rich().into()).expecting(text).expecting("request 2: ");
        let fake = FakeAnthropic::start(script).await;
        let mut next = after(&hello(), &post(&fake, &hello()).await.blocks());
        change(&mut next);
        let answer = post(&fake, &next).await;
        assert_eq!(answer.status, 400, "{text}");
        assert!(answer.message().contains(text), "{}", answer.message());
    }
}

#[tokio::test]
async fn a_thinking_block_without_its_prefix_is_dropped_where_that_is_allowed() {
    let binding = ("anthropic-beta", "thinking-binding-controls-2026-08-01");
    let headers = [("x-api-key", KEY), ("anthropic-version", "2023-06-01"), binding];
    for account in [Account::New, Account::Old] {
        let script = Script::react(|_| rich().into()).account(account).expecting("request 2: ");
        let fake = FakeAnthropic::start(script).await;
        let mut next = after(&hello(), &post(&fake, &hello()).await.blocks());
        next["system"] = json!("other");
        if account == Account::New {
            next["thinking"] = json!({"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}});
        }
        let answer = send(&fake, &headers, &next).await.unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.events()[0]["message"]["input_transformations"].as_array().unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_paused_turn_is_sent_back_as_it_is() {
    let call = json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}});
    let fake =
        FakeAnthropic::start([Step::from(Reply::new().whole(call).stop("pause_turn")), Step::text("found")]).await;
    let blocks = post(&fake, &hello()).await.blocks();
    let mut next = hello();
    next["messages"].as_array_mut().unwrap().push(json!({"role": "assistant", "content": blocks}));
    assert_eq!(post(&fake, &next).await.status, 200);
}

#[tokio::test]
async fn cache_reads_grow_with_the_conversation() {
    let fake = FakeAnthropic::start(Script::react(|_| Step::text("word ".repeat(100)))).await;
    let mut body = hello();
    body["system"] =
        json!([{"type": "text", "text": "rule ".repeat(1000), "cache_control": {"type": "ephemeral", "ttl": "1h"}}]);
    body["cache_control"] = json!({"type": "ephemeral"});
    let mut usages = Vec::new();
    for _ in 0..3 {
        let answer = post(&fake, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        usages.push(answer.usage());
        body = after(&body, &answer.blocks());
    }
    let read: Vec<u64> = usages.iter().map(|usage| usage["cache_read_input_tokens"].as_u64().unwrap()).collect();
    assert_eq!(read[0], 0);
    assert!(read[0] < read[1] && read[1] < read[2], "{read:?}");
    assert_eq!(usages[0]["input_tokens"], 0);
    assert_eq!(usages[1]["cache_creation"]["ephemeral_1h_input_tokens"], 0);
    assert!(usages[2]["cache_creation"]["ephemeral_5m_input_tokens"].as_u64().unwrap() < 200);
}
