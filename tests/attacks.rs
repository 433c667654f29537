//! The attacks of `attacks.toml`: one named test for each row, its legal neighbour beside it.
//!
//! After every row: the file outside is untouched, the audit's chain holds and has the row's code, no file descriptor and
//! no scratch directory is left, and another plugin still answers. The table of results is written to `target/attacks.md`.

#[path = "attacks/check.rs"]
mod check;
#[path = "attacks/row.rs"]
mod row;
#[path = "attacks/run.rs"]
mod run;
#[path = "attacks/setup.rs"]
mod setup;

use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // Descriptors and directories are counted, so that rows must not run side by side.
    arguments.test_threads = Some(1);
    let table = Arc::new(Mutex::new(Vec::new()));
    let trials = row::all().into_iter().map(|row| {
        let table = Arc::clone(&table);
        Trial::test(format!("{} {}", row.id, row.what), move || {
            let line = run::run(&row)?;
            table.lock().map_err(|_| "a row before this one panicked")?.push(line);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if let Ok(lines) = table.lock() {
        let head = "| id | attack | expected | got | ms |\n|---|---|---|---|---|\n";
        let path = claudetools_tests::built::target().join("attacks.md");
        if let Err(error) = std::fs::write(&path, format!("{head}{}", lines.concat())) {
            eprintln!("{}: {error}", path.display());
        }
    }
    conclusion.exit();
}
