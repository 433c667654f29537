//! A model that is overloaded, breaks off, or never ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudetools_support::anthropic::{Ending, Failure, Point, Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person};
use serde_json::json;

use super::company::{order, orders, world};

/// Asks once, after the answers of `first` came instead of the usual ones.
async fn answered(first: Vec<Step>, said: &str) -> (usize, String) {
    let (left, count) = (Arc::new(AtomicUsize::new(0)), first.len());
    let (world, service) = world(move |request: &RequestView, port| {
        // What goes wrong goes wrong behind the effect, so that it could be done again.
        if request.tool_results().is_empty() {
            return orders(request, port);
        }
        match left.fetch_add(1, Ordering::SeqCst) {
            number if number < count => first[number].clone(),
            _ => Step::text("All is ordered."),
        }
    })
    .await;
    service.answers.open();
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    let answer = world.said(asked, said).await.content;
    world.whole(bot, &service, Vec::new()).await;
    (service.orders().len(), answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_14_an_overloaded_model_is_asked_again_and_no_tool_is_run_again() {
    let limited = Failure::rate_limited(std::time::Duration::from_secs(1));
    let broken = Failure::new(500, "api_error", "Internal server error");
    let steps = vec![Failure::overloaded().into(), limited.into(), broken.into()];
    let (ordered, said) = answered(steps, "All is ordered.").await;
    assert_eq!((ordered, said.contains("All is ordered.")), (1, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_16_a_stream_that_is_cut_is_asked_for_again_and_half_a_call_is_never_run() {
    let cut = |reply: Reply, point| Step::from(reply.ending(Ending::Broken(point)));
    for point in [Point::InsideText, Point::BeforeStop] {
        let (ordered, said) = answered(vec![cut(Reply::new().text("All is"), point)], "All is ordered.").await;
        assert_eq!((ordered, said.matches("All is").count()), (1, 1), "{point:?}: {said}");
    }
    for point in [Point::InsideTool, Point::AfterTool] {
        // Nobody listens there: were it run, the result would say so.
        let (ordered, _) = answered(vec![cut(order("two", 9), point)], "All is ordered.").await;
        assert_eq!(ordered, 1, "{point:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_19_a_model_that_never_stops_calling_tools_is_stopped_and_it_is_said() {
    let number = AtomicUsize::new(0);
    let (world, service) = world(move |_: &RequestView, _| {
        let path = format!("/repo/docs/{}.md", number.fetch_add(1, Ordering::SeqCst));
        Reply::new().text("And one more.").tool("Read", json!({ "file_path": path })).into()
    })
    .await;
    let file = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("tool_calls     = 200", "tool_calls     = 5")).unwrap();
    let bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude go on for ever");
    world.asked_model(2).await;
    world.at_rest().await;
    let calls = world.model.count();
    assert!(calls < 12, "{calls} requests");
    let last = world.discord.see(|state| state.by_bot(asked).last().map(|one| one.content.clone()));
    insta::assert_snapshot!(last.unwrap(), @r"
    <@1100000000000000041> And one more.

    *I stopped here: the model went on calling tools after the last one it may call. 5 tool calls were made.*
    ");
    world.whole(bot, &service, Vec::new()).await;
}
