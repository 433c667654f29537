//! Where the window of a thread begins, and what a fork takes along.

use std::collections::BTreeSet;

use claudetools_agent::entry::{Compacted, End, Entry};
use claudetools_agent::message::RawBlock;
use claudetools_agent::models::Usage;
use claudetools_agent::prompt::Head;
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Ledger, Received};

fn thread(name: &str) -> ThreadId {
    ThreadId::new("test", name)
}

fn head() -> Entry {
    Entry::Head(Head { system: "s".to_owned(), tools: Vec::new(), preamble: Vec::new() })
}

fn asked(turn: &str) -> Entry {
    let content = vec![RawBlock::text("{\"head\": nothing of it }")];
    Entry::Asked { turn: TurnId(turn.to_owned()), message: turn.to_owned(), member: "anna".to_owned(), content }
}

fn ended(turn: &str) -> Entry {
    Entry::Ended { turn: TurnId(turn.to_owned()), end: End::Answered { text: "x".to_owned() } }
}

fn compacted(turn: Option<&str>) -> Entry {
    Entry::Compacted(Box::new(Compacted {
        turn: turn.map(|turn| TurnId(turn.to_owned())),
        summary: RawBlock::text("so far"),
        kept: Vec::new(),
        model: "m".to_owned(),
        usage: Usage::default(),
        before: 9,
        after: 1,
    }))
}

#[tokio::test]
async fn what_is_before_a_summary_is_kept_and_not_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let here = thread("a");
    let old = [head(), asked("1"), ended("1")];
    ledger.append(&here, &old).await.unwrap();
    assert_eq!(ledger.load(&here).await.unwrap(), old);
    let between = [head(), compacted(None)];
    ledger.append(&here, &between).await.unwrap();
    assert_eq!(ledger.load(&here).await.unwrap(), between);
    let within = [asked("2"), head(), compacted(Some("2")), ended("2")];
    ledger.append(&here, &within).await.unwrap();
    assert_eq!(ledger.load(&here).await.unwrap(), within, "a turn that was compacted is loaded whole");
    let anew = [head(), Entry::Cleared { kept: Vec::new() }, asked("3")];
    ledger.append(&here, &anew).await.unwrap();
    assert_eq!(ledger.load(&here).await.unwrap(), anew);
    let all = [&old[..], &between, &within, &anew].concat();
    assert_eq!(ledger.load_all(&here).await.unwrap(), all);
    assert_eq!(ledger.compactions(&here).await.unwrap(), 2);
    assert_eq!(ledger.compactions(&thread("nobody")).await.unwrap(), 0);
}

#[tokio::test]
async fn a_fork_has_everything_that_counts_and_is_made_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let (from, to, third) = (thread("a"), thread("b"), thread("c"));
    let role_ids = BTreeSet::from(["7".to_owned()]);
    let received = Received {
        message: "1",
        thread: &from,
        channel: Some("9"),
        client: None,
        member: "anna",
        role_ids: &role_ids,
        title: "Printers",
        body: "{}",
    };
    ledger.receive(&received).await.unwrap();
    ledger.append(&from, &[head(), asked("1"), ended("1"), head(), compacted(None)]).await.unwrap();
    ledger.take_in(&from, Some("a page"), None).await.unwrap();
    ledger.choose(&from, "effort", Some("low")).await.unwrap();
    assert!(ledger.fork(&from, &to).await.unwrap());
    assert!(!ledger.fork(&from, &to).await.unwrap(), "it has begun");
    // A fork of a fork is no way out, either.
    assert!(ledger.fork(&to, &third).await.unwrap());
    for fork in [&to, &third] {
        assert_eq!(ledger.load_all(fork).await.unwrap(), ledger.load_all(&from).await.unwrap());
        assert_eq!(ledger.load(fork).await.unwrap().len(), 2);
        assert_eq!(ledger.flow(fork).await.unwrap(), (Some("a page".to_owned()), None));
        assert_eq!(ledger.voices(fork).await.unwrap(), ledger.voices(&from).await.unwrap());
        assert_eq!(ledger.voices(fork).await.unwrap().len(), 1);
        assert_eq!(ledger.choices(fork).await.unwrap(), ledger.choices(&from).await.unwrap());
        assert_eq!(ledger.thread(fork).await.unwrap().unwrap().title, "Printers");
        assert_eq!(ledger.thread_totals(fork).await.unwrap().replies, 0);
    }
}
