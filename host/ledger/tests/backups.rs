//! Copies: whole, private, taken while the ledger is in use; and what becomes of one that takes the ledger's place.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use claudetools_agent::entry::Entry;
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{
    Asking, Batch, Kind, Ledger, LedgerError, Lost, Outgoing, Receipt, Received, Record, State, backup_file,
};

fn thread() -> ThreadId {
    ThreadId::new("discord", 7)
}

async fn receive(ledger: &Ledger, message: &str) -> Receipt {
    let received = Received {
        message,
        thread: &thread(),
        channel: None,
        client: None,
        member: "discord:1",
        role_ids: &BTreeSet::new(),
        title: "Hello",
        body: "{}",
    };
    ledger.receive(&received).await.unwrap()
}

async fn audit(ledger: &Ledger) {
    let record = Record { kind: Kind::StartUp, thread: None, turn: None, member: None, detail: serde_json::json!({}) };
    ledger.append_audit(&record).await.unwrap();
}

/// A ledger with a message, and a copy of it.
async fn copied(dir: &Path) -> (Ledger, PathBuf) {
    let ledger = Ledger::open(dir).await.unwrap();
    receive(&ledger, "1").await;
    audit(&ledger).await;
    let file = backup_file(dir);
    ledger.back_up(&file).await.unwrap();
    (ledger, file)
}

fn said(refused: Result<impl Sized, LedgerError>, dir: &Path) -> String {
    let Err(error) = refused else { panic!("it was done") };
    error.to_string().replace(&dir.display().to_string(), "DIR")
}

#[tokio::test]
async fn a_copy_is_whole_private_and_noted_while_the_ledger_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let (ledger, file) = copied(dir.path()).await;
    let writes = async {
        for number in 2..40 {
            receive(&ledger, &number.to_string()).await;
        }
    };
    let second = dir.path().join("elsewhere/second.sqlite");
    let beside = Ledger::open_beside(dir.path()).await.unwrap();
    let (verified, ()) = tokio::join!(beside.back_up(&second), writes);
    assert_eq!(verified.unwrap().rows, 2, "the first copy is in the audit of the second");
    for file in [&file, &second] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (_, noted) = ledger.last_backup().await.unwrap().unwrap();
    assert_eq!(Path::new(&noted), second);
    assert_eq!(fs::read_dir(dir.path().join("elsewhere")).unwrap().count(), 1, "nothing but the copy is left");
}

#[tokio::test]
async fn a_copy_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, file) = copied(dir.path()).await;
    fs::write(&file, "mine").unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    insta::assert_snapshot!(said(ledger.back_up(&file).await, dir.path()).replace(name, "FILE"), @"DIR/backups/FILE is there already: a backup overwrites nothing; name another file");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[tokio::test]
async fn a_ledger_whose_audit_was_changed_gives_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, _) = copied(dir.path()).await;
    audit(&ledger).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("ledger.sqlite"));
    let mut raw = sqlx::ConnectOptions::connect(&options).await.unwrap();
    for statement in ["DROP TRIGGER audit_is_not_changed", "UPDATE audit SET member = 'somebody' WHERE seq = 1"] {
        sqlx::query(statement).execute(&mut raw).await.unwrap();
    }
    let to = dir.path().join("copy.sqlite");
    let refused = said(ledger.back_up(&to).await, dir.path());
    assert!(refused.ends_with("(the audit is broken at row 1: it was changed after it was written): nothing was changed; take another backup"), "{refused}");
    assert!(!to.exists());
}

#[tokio::test]
async fn a_copy_takes_the_ledgers_place_and_nothing_happens_twice() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    receive(&ledger, "1").await;
    receive(&ledger, "waits").await;
    let turn = TurnId("t".to_owned());
    let asked = Entry::Asked {
        turn: turn.clone(),
        message: "1".to_owned(),
        member: "discord:1".to_owned(),
        content: Vec::new(),
    };
    let outgoing = Some(Outgoing { id: "owed", body: "{}" });
    ledger.commit(&thread(), Batch { entries: &[asked], outgoing, ..Batch::default() }).await.unwrap();
    let asking = Asking {
        id: "q",
        thread: &thread(),
        turn: &turn,
        call: "c",
        hash: "h",
        shape: "s",
        body: "{}",
        expires: "9999",
    };
    ledger.ask(&asking).await.unwrap();
    ledger.settle("q", State::Confirmed, None).await.unwrap();
    ledger.set_cursor("discord", "100").await.unwrap();
    let file = backup_file(dir.path());
    ledger.back_up(&file).await.unwrap();
    receive(&ledger, "after").await;
    ledger.set_cursor("discord", "200").await.unwrap();
    ledger.close().await;
    drop(ledger);

    let restored = Ledger::restore(dir.path(), &file).await.unwrap();
    assert_eq!(restored.lost, Lost::Messages { messages: 1, threads: 1 });
    let ledger = Ledger::open(dir.path()).await.unwrap();
    for message in ["1", "waits", "after"] {
        assert_eq!(receive(&ledger, message).await, Receipt::Duplicate, "{message}");
    }
    assert_eq!(ledger.cursor("discord").await.unwrap().as_deref(), Some("200"));
    assert!(ledger.unsettled(None).await.unwrap().is_empty() && ledger.unfinished().await.unwrap().is_empty());
    assert!(ledger.owed("discord").await.unwrap().is_empty());
    assert_eq!(ledger.asked("q").await.unwrap().unwrap().state, State::Withdrawn);
    assert!(matches!(ledger.load(&thread()).await.unwrap().last(), Some(Entry::Ended { .. })));
    assert_eq!(ledger.verify_audit().await.unwrap().rows, 1, "the restoration, as it is the first row");
    let kept = restored.kept.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(kept).read_only(true);
    let mut before = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let messages: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox").fetch_one(&mut before).await.unwrap();
    assert_eq!(messages, 3, "the one from before is whole");
}

#[tokio::test]
async fn a_damaged_ledger_is_replaced_and_reading_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, file) = copied(dir.path()).await;
    ledger.set_cursor("discord", "100").await.unwrap();
    let second = dir.path().join("second.sqlite");
    ledger.back_up(&second).await.unwrap();
    ledger.close().await;
    drop(ledger);
    fs::write(dir.path().join("ledger.sqlite"), vec![b'x'; 10_000]).unwrap();
    let restored = Ledger::restore(dir.path(), &second).await.unwrap();
    assert_eq!(restored.lost, Lost::Unknown);
    assert_eq!(fs::read(restored.kept.unwrap()).unwrap(), vec![b'x'; 10_000]);
    let ledger = Ledger::open(dir.path()).await.unwrap();
    assert_eq!(ledger.cursor("discord").await.unwrap(), None);
    assert_eq!(receive(&ledger, "1").await, Receipt::Duplicate);
    assert!(file.exists());
}

#[tokio::test]
async fn nothing_is_restored_from_what_is_no_ledger_or_over_one_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, file) = copied(dir.path()).await;
    let in_use = said(Ledger::restore(dir.path(), &file).await, dir.path());
    assert!(in_use.starts_with("another claudetools is using the data directory"), "{in_use}");
    ledger.close().await;
    drop(ledger);
    let before = fs::read(dir.path().join("ledger.sqlite")).unwrap();
    let half = dir.path().join("half.sqlite");
    let whole = fs::read(&file).unwrap();
    fs::write(&half, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(Ledger::restore(dir.path(), &half).await, Err(LedgerError::Unsound { .. })));
    assert!(matches!(Ledger::restore(dir.path(), &dir.path().join("none")).await, Err(LedgerError::Unsound { .. })));
    assert_eq!(fs::read(dir.path().join("ledger.sqlite")).unwrap(), before);
}

#[tokio::test]
async fn a_restoration_that_ended_between_two_moves_is_ended_by_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, file) = copied(dir.path()).await;
    ledger.close().await;
    drop(ledger);
    fs::copy(&file, dir.path().join("ledger.restored.sqlite")).unwrap();
    fs::remove_file(dir.path().join("ledger.sqlite")).unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    assert_eq!(receive(&ledger, "1").await, Receipt::Duplicate);
}

#[tokio::test]
async fn a_ledger_of_the_first_version_is_copied_and_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("ledger.sqlite"));
    let mut raw = sqlx::ConnectOptions::connect(&options.create_if_missing(true)).await.unwrap();
    sqlx::raw_sql(include_str!("first_version.sql")).execute(&mut raw).await.unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let (_, noted) = ledger.last_backup().await.unwrap().unwrap();
    let threads = ledger.threads().await.unwrap();
    assert_eq!(threads.len(), 1);
    assert!(ledger.load(&threads[0].id).await.unwrap().len() > 3);
    assert_eq!(ledger.verify_audit().await.unwrap().rows, 3, "two of then, and the copy");
    ledger.close().await;
    drop(ledger);
    let restored = Ledger::restore(dir.path(), Path::new(&noted)).await.unwrap();
    assert_eq!(restored.lost, Lost::Messages { messages: 0, threads: 0 }, "the copy is of before");
}
