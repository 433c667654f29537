//! Opening: what is refused, and that nothing is lost by a crash.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use claudetools_agent::ThreadId;
use claudetools_ledger::{Kind, Ledger, LedgerError, Receipt, Received, Record};
use sqlx::{Connection, SqliteConnection};

async fn raw(dir: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.join("ledger.sqlite"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

fn refusal(opened: Result<Ledger, LedgerError>, dir: &Path) -> String {
    let Err(error) = opened else { panic!("it was opened") };
    error.to_string().replace(&dir.display().to_string(), "DIR")
}

async fn receive(ledger: &Ledger, message: &str) -> Receipt {
    let received = Received {
        message,
        thread: &ThreadId::new("discord", 7),
        channel: None,
        client: None,
        member: "discord:1",
        role_ids: &BTreeSet::new(),
        title: "Hello",
        body: "{}",
    };
    ledger.receive(&received).await.unwrap()
}

#[tokio::test]
async fn a_second_process_is_refused_and_may_enter_when_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = Ledger::open(dir.path()).await.unwrap();
    insta::assert_snapshot!(
        refusal(Ledger::open(dir.path()).await, dir.path()),
        @"another claudetools is using the data directory DIR: stop it, or set CLAUDETOOLS_DATA_DIR to another directory"
    );
    drop(first);
    Ledger::open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn a_ledger_of_a_newer_version_is_refused_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    Ledger::open(dir.path()).await.unwrap().close().await;
    let mut raw = raw(dir.path()).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'the future', TRUE, x'00', 0)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    raw.close().await.unwrap();
    let before = fs::read(dir.path().join("ledger.sqlite")).unwrap();
    let said = refusal(Ledger::open(dir.path()).await, dir.path());
    // Every migration changes the number.
    let (before_number, after_number) = said.split_once("this one knows ").unwrap();
    insta::assert_snapshot!(
        format!("{before_number}this one knows {}", after_number.trim_start_matches(|c: char| c.is_ascii_digit())),
        @"the ledger DIR/ledger.sqlite was written by a newer version of claudetools (schema 9999, this one knows ): nothing was changed; start the newer version"
    );
    assert_eq!(fs::read(dir.path().join("ledger.sqlite")).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_ledger_is_refused_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let garbage = vec![b'x'; 10_000];
    fs::write(dir.path().join("ledger.sqlite"), &garbage).unwrap();
    let refused = Ledger::open(dir.path()).await;
    assert!(matches!(refused, Err(LedgerError::Damaged(_))));
    assert_eq!(fs::read(dir.path().join("ledger.sqlite")).unwrap(), garbage);
}

#[tokio::test]
async fn a_place_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    insta::assert_snapshot!(
        refusal(Ledger::open(&file.join("data")).await, dir.path()),
        @"the data directory DIR/file/data cannot be used: Not a directory (os error 20)"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let ledger = Ledger::open(&dir).await.unwrap();
    receive(&ledger, "1").await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for file in fs::read_dir(&dir).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    assert_eq!(receive(&ledger, "1").await, Receipt::New);
    let record = Record { kind: Kind::StartUp, thread: None, turn: None, member: None, detail: serde_json::json!({}) };
    ledger.append_audit(&record).await.unwrap();

    // The files as a killed process leaves them: nothing closed, the write-ahead log not folded in.
    let crashed = tempfile::tempdir().unwrap();
    for file in fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, crashed.path().join(path.file_name().unwrap())).unwrap();
    }
    let reopened = Ledger::open(crashed.path()).await.unwrap();
    assert_eq!(receive(&reopened, "1").await, Receipt::Duplicate);
    assert_eq!(reopened.verify_audit().await.unwrap().rows, 1);
}

#[tokio::test]
async fn it_can_be_read_while_another_process_writes() {
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(
        refusal(Ledger::open_read_only(dir.path()).await, dir.path()),
        @"there is no ledger at DIR/ledger.sqlite: start claudetools once, or check CLAUDETOOLS_DATA_DIR"
    );
    let writer = Ledger::open(dir.path()).await.unwrap();
    let reader = Ledger::open_read_only(dir.path()).await.unwrap();
    receive(&writer, "1").await;
    assert_eq!(reader.threads().await.unwrap().len(), 1);
    assert!(matches!(reader.set_setting("a", "b").await, Err(LedgerError::ReadOnly)));
}
