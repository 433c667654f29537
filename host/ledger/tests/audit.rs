//! The audit's chain: every change of a row is found.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Broken, Kind, Ledger, Record};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

async fn raw(dir: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.join("ledger.sqlite"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn written(dir: &Path, rows: usize) -> Ledger {
    let ledger = Ledger::open(dir).await.unwrap();
    for number in 0..rows {
        let record = Record {
            kind: Kind::ToolIntent,
            thread: Some(ThreadId::new("discord", 7)),
            turn: Some(TurnId("t".to_owned())),
            member: Some("discord:1".to_owned()),
            detail: json!({ "tool": "Read", "input": { "b": number, "a": 1 } }),
        };
        ledger.append_audit(&record).await.unwrap();
    }
    ledger
}

/// What `verify` says after somebody who got around the triggers did this to the file.
async fn after_tampering(sql: &'static str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let ledger = written(dir.path(), 4).await;
    let mut raw = raw(dir.path()).await;
    raw.execute("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_cut;").await.unwrap();
    raw.execute(sql).await.unwrap();
    match ledger.verify_audit().await {
        Ok(verified) => format!("{} rows verified", verified.rows),
        Err(broken) => broken.to_string(),
    }
}

#[tokio::test]
async fn an_untouched_chain_verifies_and_longer_than_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = written(dir.path(), 1003).await;
    let verified = ledger.verify_audit().await.unwrap();
    assert_eq!(verified.rows, 1003);
    assert_eq!(verified.head, ledger.newest_audit(1).await.unwrap().remove(0).hash);
}

#[tokio::test]
async fn a_changed_row_is_found() {
    for column in ["detail = '{}'", "member = 'x'", "at = '2020'", "kind = 'x'", "turn = NULL", "thread = 'x'"] {
        let sql: &'static str = format!("UPDATE audit SET {column} WHERE seq = 3").leak();
        assert_eq!(after_tampering(sql).await, "the audit is broken at row 3: it was changed after it was written");
    }
}

#[tokio::test]
async fn a_missing_row_is_found() {
    insta::assert_snapshot!(
        after_tampering("DELETE FROM audit WHERE seq = 2").await,
        @"the audit is broken at row 3: the rows before it are missing"
    );
}

#[tokio::test]
async fn two_rows_that_change_places_are_found() {
    let swap = "UPDATE audit SET seq = -2 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; \
                UPDATE audit SET seq = 3 WHERE seq = -2";
    insta::assert_snapshot!(
        after_tampering(swap).await,
        @"the audit is broken at row 2: it does not follow the row before it"
    );
}

#[tokio::test]
async fn an_untampered_copy_of_the_same_test_verifies() {
    insta::assert_snapshot!(after_tampering("SELECT 1").await, @"4 rows verified");
}

#[tokio::test]
async fn rows_cannot_be_changed_or_deleted_by_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = written(dir.path(), 1).await;
    ledger.append(&ThreadId::new("discord", 7), &[]).await.unwrap();
    let mut raw = raw(dir.path()).await;
    for sql in ["UPDATE audit SET kind = 'x'", "DELETE FROM audit"] {
        let error = raw.execute(sql).await.unwrap_err().to_string();
        assert!(error.contains("the audit is append-only"), "{error}");
    }
    assert!(!matches!(ledger.verify_audit().await, Err(Broken::At { .. })));
}

#[tokio::test]
async fn rows_of_one_kind_are_read_from_the_newest_on() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = written(dir.path(), 3).await;
    let other =
        Record { kind: Kind::Approval, thread: None, turn: None, member: None, detail: json!({ "plugin": "notes" }) };
    ledger.append_audit(&other).await.unwrap();
    let seqs = async |kind, before, most| {
        let rows = ledger.audit_of(kind, before, most).await.unwrap();
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(seqs(Kind::ToolIntent, i64::MAX, 2).await, [3, 2]);
    assert_eq!(seqs(Kind::ToolIntent, 2, 2).await, [1]);
    assert_eq!(seqs(Kind::Approval, i64::MAX, 9).await, [4]);
    assert_eq!(seqs(Kind::Refusal, i64::MAX, 9).await, Vec::<i64>::new());
}
