//! What a turn starts: requests to the model and tool calls. Each runs in a task of its own and tells what happens.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use claudetools_agent::client::{Client, Request, Streamed};
use claudetools_agent::message::RawBlock;
use claudetools_agent::tools::{ToolCall, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::{Event, FailureKind, ModelFailure};
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::compact::{Made, Wish};
use crate::desk::Desk;
use crate::lane::said;

/// What a task tells its turn.
#[derive(Debug)]
pub(crate) enum Happened {
    /// Of the request or the wait with this number.
    Asked(u64, Event),
    /// Of a tool call.
    Tool(Event),
    /// What was cancelled had its time to come back.
    Overdue,
}

/// Sends a request and tells what comes back, each piece as it comes.
pub(crate) async fn call_model(client: Client, request: Request, attempt: u64, teller: UnboundedSender<Happened>) {
    // A turn that is over has no ears: its tasks are being stopped, and what they say is lost on purpose.
    let tell = |event| drop(teller.send(Happened::Asked(attempt, event)));
    let streaming = async {
        let mut stream = client.stream(request);
        while let Some(item) = stream.next().await {
            let (event, last) = event(item);
            tell(event);
            if last {
                return;
            }
        }
        tell(failed(FailureKind::Cut, "the model's stream ended in the middle".to_owned()));
    };
    if let Err(panic) = AssertUnwindSafe(streaming).catch_unwind().await {
        tracing::error!(panic = said(&*panic), "a request to the model broke");
        tell(failed(FailureKind::Final, "something broke inside me while I talked to the model".to_owned()));
    }
}

/// Has a conversation summarised and tells what came of it.
pub(crate) async fn summarise(
    desk: Arc<Desk>,
    wish: Wish,
    request: Request,
    attempt: u64,
    teller: UnboundedSender<Happened>,
) {
    let made = AssertUnwindSafe(desk.summarise(&wish, request)).catch_unwind().await;
    let event = match made {
        Ok(Ok(Made { head, compacted, cost, request })) => {
            Event::Compacted { head: Box::new(head), compacted: Box::new(compacted), cost, request }
        }
        Ok(Err(failure)) => Event::CompactionFailed(failure),
        Err(panic) => {
            tracing::error!(panic = said(&*panic), "a summary broke");
            Event::CompactionFailed(failure(FailureKind::Final, "something broke inside me".to_owned()))
        }
    };
    // A turn that is over has no ears.
    let _ = teller.send(Happened::Asked(attempt, event));
}

/// The machine's word for what came, and whether it is the last.
fn event(item: Result<Streamed, ModelFailure>) -> (Event, bool) {
    match item {
        Ok(Streamed::Text(text)) => (Event::Text(text), false),
        Ok(Streamed::Note(note)) => (Event::Note(note), false),
        Ok(Streamed::Block(block)) => (Event::Block(block), false),
        Ok(Streamed::Done { model, stop_reason, usage, request, cost, details }) => {
            (Event::Replied { model, stop_reason, usage, request, cost, details }, true)
        }
        Err(failure) => (Event::ModelFailed(failure), true),
    }
}

fn failed(kind: FailureKind, message: String) -> Event {
    Event::ModelFailed(failure(kind, message))
}

fn failure(kind: FailureKind, message: String) -> ModelFailure {
    ModelFailure { kind, message, retry_after: None, jitter: 0 }
}

/// Runs a tool call to its end; whatever happens, there is a result.
pub(crate) async fn run_tool(
    tools: Arc<dyn Tools>,
    call: ToolCall,
    teller: UnboundedSender<Happened>,
    stop: CancellationToken,
) {
    let id = call.id.clone();
    let (events, mut said_by_tool) = unbounded_channel();
    let calling = AssertUnwindSafe(tools.call(call, events, stop)).catch_unwind();
    let mut calling = std::pin::pin!(calling);
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = said_by_tool.recv() => tell(&teller, &id, event),
            result = &mut calling => break result,
        }
    };
    pass_on_the_rest(&mut said_by_tool, &teller, &id);
    let result = result.unwrap_or_else(|panic| {
        tracing::error!(tool_use = id, panic = said(&*panic), "a tool call broke");
        broken()
    });
    let _ = teller.send(Happened::Tool(Event::ToolDone { id, result }));
}

fn pass_on_the_rest(events: &mut UnboundedReceiver<ToolEvent>, teller: &UnboundedSender<Happened>, id: &str) {
    while let Ok(event) = events.try_recv() {
        tell(teller, id, event);
    }
}

fn tell(teller: &UnboundedSender<Happened>, id: &str, event: ToolEvent) {
    let _ = teller.send(Happened::Tool(Event::Tool { id: id.to_owned(), event }));
}

/// The result of a call whose host code panicked.
fn broken() -> ToolResult {
    let text = "The host broke while this ran. It may or may not have happened; check before trying again.";
    ToolResult { content: vec![RawBlock::text(text)], is_error: true, summary: "broke".to_owned(), code: None }
}
