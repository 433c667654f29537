//! What is packed is sound, and nothing can be changed in it unseen.

use claudetools_agent::TurnId;
use claudetools_ledger::{Asking, Given, Kind, Record};
use serde_json::json;

use super::archive::{File, pack};
use super::*;
use crate::render::Scrub;

const SECRET: &str = "hunter2-hunter2-hunter2";

fn guard() -> Guard {
    Guard::new(std::iter::empty::<String>(), Scrub::new(&[SECRET.to_owned()]))
}

async fn record(ledger: &Ledger, kind: Kind, thread: Option<&ThreadId>, detail: serde_json::Value) {
    let record = Record { kind, thread: thread.cloned(), turn: None, member: Some("alice".into()), detail };
    ledger.append_audit(&record).await.unwrap();
}

/// A ledger with two threads; the first has a file.
async fn ledger(dir: &std::path::Path) -> (Ledger, ThreadId) {
    let ledger = Ledger::open(dir).await.unwrap();
    let (thread, other) = (ThreadId::new("test", "1"), ThreadId::new("test", "2"));
    record(&ledger, Kind::StartUp, None, json!({"version": "1"})).await;
    record(&ledger, Kind::ToolIntent, Some(&thread), json!({"tool": "Read"})).await;
    record(&ledger, Kind::ToolIntent, Some(&other), json!({"tool": "Other"})).await;
    record(&ledger, Kind::Policy, None, json!({"changed": true})).await;
    let turn = TurnId("t".into());
    let given =
        Given { thread: &thread, turn: &turn, call: "c", name: "rows.csv", media_type: "text/csv", data: b"a,b\n" };
    ledger.keep_artifact(&given).await.unwrap();
    let body = format!("run curl -H {SECRET}");
    let asking = Asking {
        id: "q",
        thread: &thread,
        turn: &turn,
        call: "c",
        hash: "h",
        shape: "s",
        body: &body,
        expires: "2026-11-29T10:00:00.000Z",
    };
    ledger.ask(&asking).await.unwrap();
    let sha256 = format!("sha256:{}", archive::sha256(b"a,b\n"));
    record(&ledger, Kind::Artifact, Some(&thread), json!({"name": "rows.csv", "sha256": sha256})).await;
    record(&ledger, Kind::ToolIntent, Some(&other), json!({"tool": "Other"})).await;
    (ledger, thread)
}

async fn packed() -> Vec<File> {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(dir.path()).await;
    gathered::files(&ledger, &guard(), &thread).await.unwrap()
}

/// The files after a change, packed anew with right digests: what somebody does who can write the archive.
fn flaw_of(mut files: Vec<File>, path: &str, change: impl FnOnce(String) -> String) -> String {
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    file.data = change(String::from_utf8(file.data.clone()).unwrap()).into_bytes();
    verify(&pack(&files).unwrap().archive).unwrap_err().to_string()
}

#[tokio::test]
async fn a_thread_is_packed_with_its_rows_and_files_and_nothing_of_another_one() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(dir.path()).await;
    let evidence = evidence(&ledger, &guard(), &thread).await.unwrap();
    let sound = verify(&evidence.archive).unwrap();
    assert_eq!((sound.thread.as_str(), sound.rows.len(), sound.others), ("test:1", 3, 1));
    assert_eq!((sound.files, &sound.digest), (7, &evidence.digest));
    let files = gathered::files(&ledger, &guard(), &thread).await.unwrap();
    let texts: Vec<_> = files.iter().map(|file| String::from_utf8_lossy(&file.data)).collect();
    assert!(texts.iter().all(|text| !text.contains("Other") && !text.contains(SECRET)));
    assert!(texts.iter().any(|text| text.contains("run curl -H ")), "a question is there as it was shown");
    insta::assert_snapshot!(files.iter().map(|file| file.path.clone()).collect::<Vec<_>>().join("\n"), @r"
    README.txt
    MANIFEST.json
    transcript.md
    transcript.json
    confirmations.json
    audit.jsonl
    files/0001-rows.csv
    ");
}

#[tokio::test]
async fn a_file_that_was_changed_taken_out_or_put_in_is_found() {
    let files = packed().await;
    let sums = pack(&files).unwrap();
    let with_old_sums = |files: &[File]| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let mut old = zip::ZipArchive::new(std::io::Cursor::new(&sums.archive)).unwrap();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut old.by_name(SUMS).unwrap(), &mut text).unwrap();
        for file in files.iter().chain([&File::new(SUMS, text)]) {
            zip.start_file(&file.path, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, &file.data).unwrap();
        }
        verify(&zip.finish().unwrap().into_inner()).unwrap_err().to_string()
    };
    let mut changed = files.clone();
    changed[2].data.push(b' ');
    let mut more = files.clone();
    more.push(File::new("files/0002-more.csv", "x"));
    let flaws = [with_old_sums(&changed), with_old_sums(&more), with_old_sums(&files[1..])];
    insta::assert_snapshot!(flaws.join("\n"), @r"
    `transcript.md` was changed after it was packed
    `files/0002-more.csv` was put in afterwards
    `README.txt` is missing
    ");
}

#[tokio::test]
async fn a_row_of_the_audit_that_was_changed_or_taken_out_is_found_also_with_right_digests() {
    let files = packed().await;
    let without = |number: usize| {
        move |text: String| {
            text.lines().enumerate().filter(|(at, _)| *at != number).map(|(_, line)| format!("{line}\n")).collect()
        }
    };
    let flaws = [
        flaw_of(files.clone(), AUDIT, |text| text.replace("alice", "mallory")),
        flaw_of(files.clone(), AUDIT, without(1)),
        flaw_of(files.clone(), AUDIT, |text| text.replacen("\"prev\":\"", "\"prev\":\"0", 1)),
        flaw_of(files.clone(), AUDIT, |_| "{}\n".to_owned()),
        flaw_of(files, "files/0001-rows.csv", |_| "a,c\n".to_owned()),
    ];
    insta::assert_snapshot!(flaws.join("\n"), @r"
    row 2 of the audit was changed after it was written
    the audit has no row before row 4
    row 2 of the audit was changed after it was written
    a line of the audit is no row
    the file that row 5 of the audit tells of is not in it
    ");
}

#[tokio::test]
async fn what_is_no_archive_is_said_to_be_none() {
    let flaws =
        [b"".as_slice(), b"PK\x03\x04 and nothing", b"words"].map(|bytes| verify(bytes).unwrap_err().to_string());
    assert!(flaws.iter().all(|flaw| flaw.starts_with("it is no archive")), "{flaws:?}");
}
