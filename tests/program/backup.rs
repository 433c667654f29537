//! Copies of the ledger, and putting one in its place.

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::{Ended, run};

const QUESTION: &[&str] = &["ask", "read docs/a.md"];

fn asked() -> Places {
    let places = Places::compiled().unwrap();
    assert_eq!(run(&places, &Setup::new(&places), QUESTION).code, Some(0));
    places
}

fn backup(places: &Places, file: &str) -> Ended {
    let file = places.path(file);
    run(places, &Setup::new(places), &["backup", file.to_str().unwrap()])
}

fn restore(places: &Places, file: &str) -> Ended {
    let file = places.path(file);
    run(places, &Setup::new(places), &["restore", file.to_str().unwrap()])
}

/// Without the moments.
fn told(text: &str) -> String {
    let word = |word: &str| match word.contains("2026-") || word.contains("202") && word.contains('T') {
        true => word.split("202").next().map(|before| format!("{before}[time]")).unwrap_or_default(),
        false => word.to_owned(),
    };
    text.lines().map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_ledger_is_copied_and_the_copy_is_put_back() {
    let places = asked();
    let made = backup(&places, "kept/monday.sqlite");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert_snapshot!(told(&made.stdout), @r"
    The ledger is copied to …/kept/monday.sqlite.
    The copy is whole; its audit has 2 rows, the last one [digest].
    ");
    assert_eq!(run(&places, &Setup::new(&places), QUESTION).code, Some(0));
    let done = restore(&places, "kept/monday.sqlite");
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_snapshot!(told(&done.stdout), @r"
    The ledger is the one of …/kept/monday.sqlite now. Its newest message came at [time] What was going on then is not gone on with.
    What came after that is lost: 1 message in 1 thread, with what was answered and done. None of them is answered again.
    The ledger from before is kept as …/data/ledger-before-[time]
    ");
    assert_eq!(run(&places, &Setup::new(&places), &["audit", "verify"]).code, Some(0));
    assert_eq!(run(&places, &Setup::new(&places), QUESTION).code, Some(0));
}

#[test]
fn a_copy_is_made_beside_a_running_bot_and_not_put_over_it() {
    let places = Places::compiled().unwrap();
    let mut bot = Setup::new(&places).start(&["run", "--port", "0"]).unwrap();
    bot.console();
    let made = run(&places, &Setup::new(&places), &["backup"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert_eq!(std::fs::read_dir(places.path("data/backups")).unwrap().count(), 1);
    assert_eq!(backup(&places, "one.sqlite").code, Some(0));
    let refused = restore(&places, "one.sqlite");
    assert_eq!(refused.code, Some(4));
    assert_snapshot!(refused.sentence(), @"another claudetools is using the data directory …/data: stop it, or set CLAUDETOOLS_DATA_DIR to another directory");
    bot.kill();
    assert_eq!(restore(&places, "one.sqlite").code, Some(0));
}

#[test]
fn what_cannot_be_copied_or_put_back_is_said() {
    let places = asked();
    std::fs::write(places.path("mine.txt"), "mine").unwrap();
    assert_snapshot!(backup(&places, "mine.txt").sentence(), @"…/mine.txt is there already: a backup overwrites nothing; name another file");
    assert_snapshot!(restore(&places, "nowhere.sqlite").sentence(), @"…/nowhere.sqlite is no whole ledger (there is no such file): nothing was changed; take another backup");
    assert_snapshot!(restore(&places, "mine.txt").sentence(), @"…/mine.txt is no whole ledger (file is not a database): nothing was changed; take another backup");
    let none = Places::new().unwrap();
    assert_snapshot!(backup(&none, "one.sqlite").sentence(), @"there is no ledger at …/data/ledger.sqlite: start claudetools once, or check CLAUDETOOLS_DATA_DIR");
    assert_eq!(std::fs::read_to_string(places.path("mine.txt")).unwrap(), "mine");
}
