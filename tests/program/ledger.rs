//! The ledger: the audit's check, and everything that keeps a ledger from being opened.

use std::path::PathBuf;

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::{Ended, run};

const QUESTION: &[&str] = &["ask", "read docs/a.md"];

fn file(places: &Places) -> PathBuf {
    places.path("data/ledger.sqlite")
}

/// A company whose ledger holds a conversation.
fn with_a_ledger() -> Places {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), QUESTION);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    places
}

/// Changes the ledger behind the program's back.
fn change(places: &Places, statements: &[&'static str]) {
    let changing = async {
        let mut connection = SqliteConnectOptions::new().filename(file(places)).connect().await.unwrap();
        for statement in statements {
            let done = sqlx::query(*statement).execute(&mut connection).await.unwrap();
            assert!(statement.starts_with("DROP") || done.rows_affected() == 1, "{statement}");
        }
        connection.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(changing);
}

/// Asks with a ledger that can't be used: code 4, one sentence, and the file's bytes stay.
fn refused(places: &Places) -> String {
    let before = std::fs::read(file(places)).unwrap();
    let ended = run(places, &Setup::new(places), QUESTION);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert!(std::fs::read(file(places)).unwrap() == before, "the ledger was touched");
    ended.sentence().to_owned()
}

#[test]
fn a_whole_audit_is_counted() {
    let places = with_a_ledger();
    let ended = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"The audit is whole: 2 rows, the last one [digest].");
}

#[test]
fn a_transcript_is_printed_as_markdown_and_as_json() {
    let places = with_a_ledger();
    let asked = run(&places, &Setup::new(&places), &["ask", "--json", "--thread", "one", "read docs/a.md"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    let export = |arguments: &[&str]| run(&places, &Setup::new(&places), &[&["export"], arguments].concat());
    let ended = export(&["cli:one"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for part in ["# read docs/a.md", "**you** (`cli:local`)", "> read docs/a.md", "<summary>Read</summary>", "alpha"] {
        assert!(ended.stdout.contains(part), "{part} is not in {}", ended.stdout);
    }
    let json: serde_json::Value = serde_json::from_str(&export(&["cli:one", "--json"]).stdout).unwrap();
    assert_eq!((&json["format"], &json["thread"]), (&1.into(), &"cli:one".into()));
    let ended = export(&["17"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_snapshot!(ended.sentence(), @"there is no thread `discord:17`; a thread of Discord is named by the last number of its link");
}

#[test]
fn a_changed_audit_is_found() {
    let places = with_a_ledger();
    let drop = "DROP TRIGGER audit_is_not_changed";
    change(&places, &[drop, "UPDATE audit SET detail = replace(detail, 'Read', 'Grep') WHERE seq = 2"]);
    let ended = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert_snapshot!(ended.sentence(), @"the audit is broken at row 2: it was changed after it was written");
}

#[test]
fn a_row_cut_out_of_the_audit_is_found() {
    let places = with_a_ledger();
    change(&places, &["DROP TRIGGER audit_is_not_cut", "DELETE FROM audit WHERE seq = 1"]);
    let ended = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert_snapshot!(ended.sentence(), @"the audit is broken at row 2: the rows before it are missing");
}

#[test]
fn an_audit_that_is_not_there() {
    let places = Places::new().unwrap();
    let ended = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(ended.code, Some(4));
    assert_snapshot!(ended.sentence(), @"there is no ledger at …/data/ledger.sqlite: start claudetools once, or check CLAUDETOOLS_DATA_DIR");
    assert!(!places.path("data").exists(), "something was made");
}

#[test]
fn a_data_directory_in_use_is_left_alone_and_its_user_goes_on() {
    let places = Places::compiled().unwrap();
    let mut first = Setup::new(&places).start(&["run", "--port", "0"]).unwrap();
    first.console();
    let second = run(&places, &Setup::new(&places), QUESTION);
    assert_eq!(second.code, Some(4), "{}", second.stderr);
    assert_snapshot!(second.sentence(), @"another claudetools is using the data directory …/data: stop it, or set CLAUDETOOLS_DATA_DIR to another directory");
    let check = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(check.code, Some(0), "the audit can be checked while the bot runs: {}", check.stderr);
    first.kill();
    assert_eq!(run(&places, &Setup::new(&places), QUESTION).code, Some(0));
}

#[test]
fn a_ledger_of_a_newer_version() {
    let places = with_a_ledger();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'the future', 1, x'00', 0)";
    change(&places, &[newer]);
    // Every migration changes the number.
    let said = refused(&places);
    let (before, after) = said.split_once("this one knows ").unwrap();
    let said = format!("{before}this one knows {}", after.trim_start_matches(|c: char| c.is_ascii_digit()));
    assert_snapshot!(said, @"the ledger …/data/ledger.sqlite was written by a newer version of claudetools (schema 9999, this one knows ): nothing was changed; start the newer version");
}

#[test]
fn a_ledger_that_is_no_database() {
    let places = with_a_ledger();
    std::fs::write(file(&places), "this is not a ledger\n".repeat(1_000)).unwrap();
    assert_snapshot!(refused(&places), @"the ledger is damaged (file is not a database): nothing was changed; put a backup in its place with `claudetools restore FILE`, or move it away to begin anew");
}

#[test]
fn a_ledger_that_was_cut_off() {
    let places = with_a_ledger();
    assert!(!places.path("data/ledger.sqlite-wal").exists(), "the ledger was not closed");
    let bytes = std::fs::read(file(&places)).unwrap();
    std::fs::write(file(&places), &bytes[..bytes.len() / 2]).unwrap();
    assert_snapshot!(refused(&places), @"the ledger is damaged (database disk image is malformed): nothing was changed; put a backup in its place with `claudetools restore FILE`, or move it away to begin anew");
}

#[test]
fn a_file_in_the_place_of_the_data_directory() {
    let places = Places::new().unwrap();
    std::fs::write(places.path("data"), "mine").unwrap();
    let ended = run(&places, &Setup::new(&places), QUESTION);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert_snapshot!(ended.sentence(), @"the data directory …/data cannot be used: File exists (os error 17)");
    assert_eq!(std::fs::read_to_string(places.path("data")).unwrap(), "mine");
}

/// The limit of a file's size stands for a disk that takes no more: it needs no rights, and SQLite meets it at a write.
const FULL: &str = "trap '' XFSZ; ulimit -S -f";

#[test]
fn a_ledger_that_cannot_be_written_is_said() {
    let places = with_a_ledger();
    let setup = Setup::new(&places);
    let full = Ended::new(&places, setup.run_after(&format!("{FULL} 16"), QUESTION).unwrap());
    assert_eq!(full.code, Some(4), "{}{}", full.stdout, full.stderr);
    assert_snapshot!(full.sentence(), @"the ledger's file could not be read or written (disk I/O error): check the disk it lies on; what was written is not lost");
    assert_eq!(run(&places, &setup, &["audit", "verify"]).code, Some(0));
    assert_eq!(run(&places, &setup, QUESTION).code, Some(0));
}

#[test]
fn a_turn_waits_while_the_disk_is_full_and_goes_on_when_there_is_space() {
    let places = with_a_ledger();
    // Enough for the question, not for its turn.
    let mut bot = Setup::new(&places).start_after(&format!("{FULL} 64"), QUESTION).unwrap();
    for _ in 0..3 {
        bot.line_with("; I will try again");
    }
    let unlimited = rustix::process::Rlimit { current: None, maximum: None };
    let id = rustix::process::Pid::from_raw(i32::try_from(bot.id()).unwrap());
    rustix::process::prlimit(id, rustix::process::Resource::Fsize, unlimited).unwrap();
    bot.line_with("alpha");
    let (code, said) = bot.ended();
    assert_eq!(code, Some(0), "{said}");
    let check = run(&places, &Setup::new(&places), &["audit", "verify"]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert!(check.stdout.starts_with("The audit is whole: 4 rows"), "{}", check.stdout);
}
