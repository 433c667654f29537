//! What is said on the page and what the page shows of it.

use axum::http::StatusCode;
use claudetools_support::anthropic::{Reply, Script, Step};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::page::Page;
use super::{World, text};

/// A call of `Look`, then an answer with something hostile in it.
fn looks_and_answers() -> Vec<Step> {
    let looking = Reply::new().text("Let me look.").tool("Look", json!({ "path": "a <b>" }));
    vec![looking.into(), Step::text("There is **one**: <script>alert(1)</script>\n\n- a\n- b")]
}

#[tokio::test]
async fn a_message_becomes_a_streamed_answer_with_tool_lines() {
    let world = World::new(looks_and_answers()).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    assert_eq!(world.say(&thread, 1, "look & tell").await, (StatusCode::OK, json!({ "receipt": "began" })));
    page.idle_with("There is").await;
    let shown = regex_free_times(&page.shown());
    assert_snapshot!(shown, @r#"
    <div class="said"><h2 class="sr">You</h2><p class="words">look &amp; tell</p></div>
    <div class="answer"><p>Let me look.</p>
    </div>
    <details class="tool done"><summary><span class="mark" aria-hidden="true"></span><span class="sr">Done: </span><b>Look</b> <code>a &lt;b&gt;</code><span class="summary">Found 1</span></summary><div class="tool-body"><dl><dt>path</dt><dd><pre>a &lt;b&gt;</pre></dd></dl><pre class="output" tabindex="0" aria-label="Output of Look">&lt;b&gt;found&lt;/b&gt;</pre></div></details>
    <div class="answer"><p>There is <strong>one</strong>: &lt;script&gt;alert(1)&lt;/script&gt;</p>
    <ul>
    <li>a</li>
    <li>b</li>
    </ul>
    </div>
    "#);
    assert!(page.status["context"].as_u64() > Some(0), "{}", page.status);
}

#[tokio::test]
async fn the_transcript_of_a_thread_is_a_download_in_two_forms() {
    let world = World::new(looks_and_answers()).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    world.say(&thread, 1, "look & tell").await;
    page.idle_with("There is").await;
    let form = async |format: &str| {
        let response = world.get(&format!("/api/threads/{thread}/transcript/{format}")).await;
        let disposition = response.headers().get("content-disposition").map(|value| value.to_str().unwrap().to_owned());
        (response.status(), disposition.unwrap_or_default(), text(response).await)
    };
    let (status, disposition, markdown) = form("md").await;
    assert_eq!((status, disposition.as_str()), (StatusCode::OK, "attachment; filename=\"transcript.md\""));
    assert!(markdown.contains("> look & tell") && markdown.contains("<summary>Look</summary>"), "{markdown}");
    let (status, _, json) = form("json").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["turns"][0]["doings"][0]["said"]["text"], "look & tell");
    assert_eq!(form("exe").await.0, StatusCode::NOT_FOUND);
}

/// The time a call took differs from run to run.
fn regex_free_times(html: &str) -> String {
    let (before, after) = html.split_once("<span class=\"took\">").unwrap();
    let (_, after) = after.split_once("</span>").unwrap();
    format!("{before}{after}")
}

#[tokio::test]
async fn pages_that_come_at_any_time_end_with_the_same_conversation() {
    let world = World::new(looks_and_answers()).await;
    let thread = world.new_thread().await;
    let mut from_the_start = Page::open(&world, &thread).await;
    world.say(&thread, 1, "look").await;
    from_the_start.until(|page| page.shown().contains("Let me")).await;
    let mut in_the_middle = Page::open(&world, &thread).await;
    from_the_start.idle_with("one").await;
    in_the_middle.idle_with("one").await;
    let mut afterwards = Page::open(&world, &thread).await;
    afterwards.idle_with("one").await;
    assert_eq!(from_the_start.shown(), afterwards.shown());
    assert_eq!(in_the_middle.shown(), afterwards.shown());
    assert_eq!(afterwards.shown().matches("Let me look.").count(), 1);
}

#[tokio::test]
async fn a_message_that_is_sent_twice_is_answered_once() {
    let world = World::new(vec![Step::text("Once.")]).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    world.say(&thread, 1, "hello").await;
    let again = world.say(&thread, 1, "hello").await;
    assert_eq!(again, (StatusCode::OK, json!({ "receipt": "duplicate" })));
    page.idle_with("Once.").await;
    assert_eq!(world.say(&thread, 1, "hello").await.1, json!({ "receipt": "duplicate" }));
    assert_eq!(page.shown().matches("hello").count(), 1);
    assert_eq!(world.model.requests().len(), 1);
}

#[tokio::test]
async fn stop_ends_a_turn_that_hangs() {
    let world = World::new(vec![Reply::new().tool("Hang", json!({})).into()]).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    world.say(&thread, 1, "hang").await;
    page.until(|page| page.status["running"] == true && page.shown().contains("looking")).await;
    let stopped = world.post(&format!("/api/threads/{thread}/stop"), Value::Null).await;
    assert_eq!(stopped, (StatusCode::OK, json!({ "stopped": true })));
    page.idle_with("Stopped.").await;
    let idle = world.post(&format!("/api/threads/{thread}/stop"), Value::Null).await;
    assert_eq!(idle.0, StatusCode::OK);
}

#[tokio::test]
async fn a_message_while_a_tool_runs_is_shown_as_sent_and_then_joins() {
    let hangs = Reply::new().tool("Hang", json!({}));
    let world = World::new(Script::steps([Step::from(hangs), Step::text("Both done.")])).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    world.say(&thread, 1, "first").await;
    page.until(|page| page.shown().contains("looking")).await;
    assert_eq!(world.say(&thread, 2, "second").await.1, json!({ "receipt": "joins" }));
    page.until(|page| page.shown().contains("It is read at the next step")).await;
    world.post(&format!("/api/threads/{thread}/stop"), Value::Null).await;
    page.idle_with("Both done.").await;
    assert_eq!(page.shown().matches("second").count(), 1);
    assert!(!page.shown().contains("It is read"), "{}", page.shown());
}

#[tokio::test]
async fn the_list_has_the_threads_of_the_console_with_their_first_words() {
    let world = World::new(vec![Step::text("Hi.")]).await;
    let thread = world.new_thread().await;
    let mut page = Page::open(&world, &thread).await;
    world.say(&thread, 1, "what is\nthis?").await;
    page.idle_with("Hi.").await;
    let listed: Value = serde_json::from_str(&text(world.get("/api/threads").await).await).unwrap();
    assert_eq!((&listed[0]["id"], &listed[0]["title"]), (&json!(thread), &json!("what is this?")));
}

#[tokio::test]
async fn bad_requests_get_one_sentence() {
    let world = World::new(Script::steps(Vec::<Step>::new())).await;
    let id = "0193aaaa-0000-4000-8000-000000000001";
    let messages = format!("/api/threads/{id}/messages");
    let model = format!("/api/threads/{id}/model");
    let mut said = String::new();
    for (path, body) in [
        ("/api/threads/..%2f..%2fetc/messages", json!({ "message": id, "text": "x" })),
        ("/api/threads/0193AAAA-0000-4000-8000-000000000001/stop", Value::Null),
        (&messages, json!({ "message": "1", "text": "x" })),
        (&messages, json!({ "message": id, "text": " \n" })),
        (&messages, json!({ "message": id, "text": "x".repeat(102_401) })),
        (&messages, json!({ "message": id, "text": "x", "role": "admin" })),
        (&messages, json!([])),
        (&model, json!({ "model": "<none>" })),
    ] {
        let (status, answer) = world.post(path, body).await;
        said += &format!("{} {}\n", status.as_u16(), answer["error"].as_str().unwrap());
    }
    assert_snapshot!(said, @r#"
    400 that is not the id of a thread
    400 that is not the id of a thread
    400 the message's id must be a UUID
    400 the message is empty
    413 the message has 102401 bytes; at most 102400 are possible, put more into a file
    400 the request is not as expected: unknown field `role`, expected `message` or `text` at line 1 column 67
    400 the request is not as expected: invalid length 0, expected struct Say with 2 elements at line 1 column 2
    403 There is no model `<none>`; choose one of claude-opus-5-5, claude-sonnet-5-5, claude-haiku-5-5, claude-fable-5-1.
    "#);
    assert_eq!(world.get("/events?thread=x").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_has_no_role_is_told_and_nothing_is_shown_as_sent() {
    let world = World::with_policy(Script::steps(Vec::<Step>::new()), "schema = 1\n").await;
    let thread = world.new_thread().await;
    let (status, answer) = world.say(&thread, 1, "hello").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_snapshot!(answer["error"].as_str().unwrap(), @"Sorry, none of your roles lets you talk to me. An administrator can give you one.");
    let mut page = Page::open(&world, &thread).await;
    page.until(|page| page.status["running"] == false).await;
    assert_eq!(page.shown(), "");
}

#[tokio::test]
async fn open_pages_do_not_hold_up_the_shutdown() {
    let world = World::new(Script::steps(Vec::<Step>::new())).await;
    let page = Page::open(&world, &world.new_thread().await).await;
    world.shutdown.cancel();
    assert!(page.ends().await);
}
