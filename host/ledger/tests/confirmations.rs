//! Questions to people: settled once, used once.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Asking, Ledger, State, from_now};

async fn asked(ledger: &Ledger, id: &str, call: &str) {
    let (thread, turn) = (ThreadId::new("discord", 7), TurnId("t".to_owned()));
    let expires = from_now(Duration::from_secs(60), false);
    let asking = Asking {
        id,
        thread: &thread,
        turn: &turn,
        call,
        hash: "sha256:1",
        shape: "Write edit create",
        body: "{}",
        expires: &expires,
    };
    ledger.ask(&asking).await.unwrap();
}

#[tokio::test]
async fn a_question_is_settled_once_and_a_yes_is_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    asked(&ledger, "one", "a").await;
    assert!(!ledger.settle("one", State::Used, None).await.unwrap(), "nobody said yes yet");
    assert!(ledger.settle("one", State::Confirmed, Some("discord:1")).await.unwrap());
    for late in [State::Confirmed, State::Denied, State::Withdrawn] {
        assert!(!ledger.settle("one", late, Some("discord:2")).await.unwrap(), "{late:?}");
    }
    assert!(ledger.settle("one", State::Used, None).await.unwrap());
    assert!(!ledger.settle("one", State::Used, None).await.unwrap());
    let row = ledger.asked("one").await.unwrap().unwrap();
    assert_eq!((row.state, row.member.as_deref()), (State::Used, Some("discord:1")));
    assert!(!ledger.settle("one", State::Expired, None).await.unwrap(), "it may have happened");
}

#[tokio::test]
async fn a_yes_that_nobody_used_in_time_expires() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    asked(&ledger, "one", "a").await;
    assert!(ledger.settle("one", State::Confirmed, Some("discord:1")).await.unwrap());
    assert!(ledger.settle("one", State::Expired, None).await.unwrap());
    assert!(!ledger.settle("one", State::Used, None).await.unwrap());
}

#[tokio::test]
async fn a_call_is_asked_about_once_and_found_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (thread, turn) = (ThreadId::new("discord", 7), TurnId("t".to_owned()));
    let ledger = Ledger::open(dir.path()).await.unwrap();
    asked(&ledger, "one", "a").await;
    ledger.close().await;
    drop(ledger);
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let row = ledger.asked_about(&thread, &turn, "a").await.unwrap().unwrap();
    assert_eq!((row.id.as_str(), row.state), ("one", State::Asked));
    assert_eq!(ledger.asked_about(&thread, &turn, "b").await.unwrap(), None);
    assert_eq!(ledger.open_questions().await.unwrap(), [row]);
    let minute = from_now(Duration::from_secs(60), true);
    assert_eq!(ledger.asked_since(&thread, &minute).await.unwrap(), 1);
    assert!(ledger.confirmed_shapes(&thread).await.unwrap().is_empty());
    ledger.settle("one", State::Confirmed, None).await.unwrap();
    assert_eq!(ledger.confirmed_shapes(&thread).await.unwrap(), ["Write edit create".to_owned()].into());
}

#[tokio::test]
async fn what_a_thread_took_in_stays_with_the_first_reason() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let (thread, other) = (ThreadId::new("discord", 7), ThreadId::new("discord", 8));
    ledger.take_in(&thread, Some("first"), None).await.unwrap();
    ledger.take_in(&thread, Some("second"), Some("vault")).await.unwrap();
    assert_eq!(ledger.flow(&thread).await.unwrap(), (Some("first".to_owned()), Some("vault".to_owned())));
    assert_eq!(ledger.flow(&other).await.unwrap(), (None, None));
}

#[tokio::test]
async fn a_file_is_kept_once_by_its_bytes_and_found_in_its_thread_only() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let (thread, other, turn) = (ThreadId::new("discord", 7), ThreadId::new("discord", 8), TurnId("t".to_owned()));
    let given = claudetools_ledger::Given {
        thread: &thread,
        turn: &turn,
        call: "a",
        name: "report.csv",
        media_type: "text/csv",
        data: b"a,b\n",
    };
    let first = ledger.keep_artifact(&given).await.unwrap();
    let second = ledger.keep_artifact(&given).await.unwrap();
    assert!(second > first);
    let (artifact, data) = ledger.artifact(&thread, first).await.unwrap().unwrap();
    assert_eq!((artifact.name.as_str(), artifact.bytes, data.as_slice()), ("report.csv", 4, b"a,b\n".as_slice()));
    assert_eq!(ledger.artifact(&other, first).await.unwrap(), None);
    assert_eq!(ledger.artifacts(&thread).await.unwrap().len(), 2);
}
