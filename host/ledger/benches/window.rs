//! How long a long thread takes until its next request can be made. Printed, never asserted.
//!
//! `cargo bench -p claudetools-ledger --bench window`. A thread of 5,000 messages and 20 MiB is compacted as the bot does it, each
//! time its conversation has 600 KB; beside it one that never was, as an older version left it, and one with ten messages.

#![expect(clippy::unwrap_used, reason = "a measurement that fails says where")]

use std::time::{Duration, Instant};

use claudetools_agent::entry::{Compacted, End, Entry};
use claudetools_agent::message::RawBlock;
use claudetools_agent::models::Usage;
use claudetools_agent::prompt::{Head, Instructions};
use claudetools_agent::window::{Transcript, window};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::Ledger;

const MESSAGES: usize = 5_000;
const BYTES: usize = 20 * 1024 * 1024;
/// Three quarters of 200,000 tokens, with four bytes each.
const COMPACTED_AT: usize = 600_000;
const TIMES: usize = 20;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).await.unwrap();
        let short = fill(&ledger, "short", 10, usize::MAX).await;
        let long = fill(&ledger, "long", MESSAGES, COMPACTED_AT).await;
        let never = fill(&ledger, "never", MESSAGES, usize::MAX).await;
        let (short, long, never) =
            (opened(&ledger, &short).await, opened(&ledger, &long).await, opened(&ledger, &never).await);
        let ratio = |time: Duration| time.as_secs_f64() / short.as_secs_f64();
        println!("ten messages, from the ledger to the window: p50 {short:.2?}");
        println!("5,000 messages, 20 MiB: p50 {long:.2?}, ratio {:.1}", ratio(long));
        println!("the same, never compacted: p50 {never:.2?}, ratio {:.1}", ratio(never));
    });
    steps();
}

/// What a step of a turn costs behind a window of 100 and of 1,000 messages: the entry, and the next window.
fn steps() {
    for messages in [100, 1_000] {
        let mut transcript = Transcript::of(&head());
        (0..messages).for_each(|n| transcript.extend(&message(n, 4_000)));
        let began = Instant::now();
        for n in 0..TIMES {
            transcript.extend(&message(n, 4_000));
            assert!(!transcript.window().messages.is_empty());
        }
        println!("a step behind {messages} messages: {:.2?}", began.elapsed() / u32::try_from(TIMES).unwrap());
    }
}

fn head() -> [Entry; 1] {
    [Entry::Head(Head::new(Vec::new(), &Instructions::default()))]
}

/// A question and its answer, of so many bytes together.
fn message(number: usize, bytes: usize) -> Vec<Entry> {
    let turn = TurnId(number.to_string());
    let text = |bytes: usize| RawBlock::text(&"All work and no play. ".repeat(bytes / 22));
    let asked = Entry::Asked {
        turn: turn.clone(),
        message: number.to_string(),
        member: "anna".to_owned(),
        content: vec![text(bytes / 4)],
    };
    let reply = Entry::Reply {
        turn: turn.clone(),
        model: "claude-opus-5-5".to_owned(),
        stop_reason: "end_turn".to_owned(),
        usage: Usage { input: 10, output: 10, ..Usage::default() },
        request: String::new(),
    };
    let end = End::Answered { text: String::new() };
    vec![asked, Entry::Block { turn: turn.clone(), block: text(bytes / 4 * 3) }, reply, Entry::Ended { turn, end }]
}

fn summary() -> Entry {
    Entry::Compacted(Box::new(Compacted {
        turn: None,
        summary: RawBlock::text(&"So far. ".repeat(2_000)),
        kept: Vec::new(),
        model: "claude-opus-5-5".to_owned(),
        usage: Usage::default(),
        before: 150_000,
        after: 9_000,
    }))
}

/// A thread of so many messages, which is compacted whenever its conversation has so many bytes.
async fn fill(ledger: &Ledger, name: &str, messages: usize, compacted_at: usize) -> ThreadId {
    let (thread, each) = (ThreadId::new("bench", name), BYTES / MESSAGES);
    ledger.append(&thread, &head()).await.unwrap();
    let mut since = 0;
    for number in 0..messages {
        ledger.append(&thread, &message(number, each)).await.unwrap();
        since += each;
        if since >= compacted_at {
            let [head] = head();
            ledger.append(&thread, &[head, summary()]).await.unwrap();
            since = 0;
        }
    }
    thread
}

/// The median time from the ledger to the messages of the next request.
async fn opened(ledger: &Ledger, thread: &ThreadId) -> Duration {
    let mut taken = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let entries = ledger.load(thread).await.unwrap();
        assert!(!window(&entries).messages.is_empty());
        taken.push(began.elapsed());
    }
    taken.sort();
    taken[TIMES / 2]
}
