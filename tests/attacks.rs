//! The attacks of `attacks.toml`: one named test for each row, its legal neighbour beside it.
//!
//! After every row: the files outside are what they were, the canary stands in no sink, the audit's chain holds and has
//! the row's code once, no descriptor, process, scratch directory or memory is left, and another plugin still answers.
//! What came of each is the page `attacks.md`; with times it is `target/attacks.md`.

#[path = "attacks/abi.rs"]
mod abi;
#[path = "attacks/check.rs"]
mod check;
#[path = "attacks/edit.rs"]
mod edit;
#[path = "attacks/flip.rs"]
mod flip;
#[path = "attacks/left.rs"]
mod left;
#[path = "attacks/locks.rs"]
mod locks;
#[path = "attacks/net.rs"]
mod net;
#[path = "attacks/page.rs"]
mod page;
#[path = "attacks/policies.rs"]
mod policies;
#[path = "attacks/row.rs"]
mod row;
#[path = "attacks/run.rs"]
mod run;
#[path = "attacks/server.rs"]
mod server;
#[path = "attacks/setup.rs"]
mod setup;
#[path = "attacks/sinks.rs"]
mod sinks;
#[path = "attacks/tls.rs"]
mod tls;
#[path = "attacks/turns.rs"]
mod turns;
#[path = "attacks/world.rs"]
mod world;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};

use page::Line;
use run::Result;

type Lines = Arc<Mutex<Vec<Line>>>;

/// How many pools of memory the allocator keeps. With one for each thread, what each keeps would look like a leak.
const ARENAS: &str = "MALLOC_ARENA_MAX";

fn main() -> ExitCode {
    if std::env::var_os(ARENAS).is_none() {
        return again();
    }
    let mut arguments = Arguments::from_args();
    // Descriptors, directories and memory are counted, so that rows must not run side by side.
    arguments.test_threads = Some(1);
    sinks::listen();
    let rows = row::all();
    if let Err(error) = page::ids_are_in_order(&rows) {
        eprintln!("tests/attacks.toml: {error}");
        return ExitCode::FAILURE;
    }
    let lines = Lines::default();
    let attacks =
        rows.attack.into_iter().map(|row| (row.id.clone(), row.what.clone(), row.expect.clone(), of(row, run::run)));
    let policies =
        rows.policy.into_iter().map(|row| (row.id.clone(), row.what.clone(), "refused".into(), of(row, policies::run)));
    let turns =
        rows.turn.into_iter().map(|row| (row.id.clone(), row.what.clone(), row.expect.clone(), of(row, turns::run)));
    let locks =
        rows.lock.into_iter().map(|row| (row.id.clone(), row.what.clone(), "PLG019".into(), of(row, locks::run)));
    let trials = attacks.chain(policies).chain(turns).chain(locks).map(|row| trial(row, Arc::clone(&lines))).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let whole = !conclusion.has_failed() && conclusion.num_filtered_out == 0 && !arguments.list;
    match report(&lines, whole) {
        Ok(()) => conclusion.exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The same program again, with one pool of memory: the allocator reads that only when it starts.
#[expect(clippy::disallowed_methods, reason = "a test that starts itself")]
fn again() -> ExitCode {
    let status = std::env::current_exe()
        .and_then(|me| std::process::Command::new(me).args(std::env::args_os().skip(1)).env(ARENAS, "1").status());
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the attacks can't be started again: {error}");
            ExitCode::FAILURE
        }
    }
}

type Attack = Box<dyn FnOnce() -> Result<String> + Send>;

fn of<Row: Send + 'static>(row: Row, run: fn(&Row) -> Result<String>) -> Attack {
    Box::new(move || run(&row))
}

fn trial((id, what, expected, attack): (String, String, String, Attack), lines: Lines) -> Trial {
    Trial::test(format!("{id} {what}"), move || {
        let started = Instant::now();
        let got = attack()?;
        let ms = started.elapsed().as_millis();
        lines.lock().map_err(|_| "a row before this one panicked")?.push(Line { id, what, expected, got, ms });
        Ok(())
    })
}

/// Writes the table, and the page where the whole table was run.
fn report(lines: &Lines, whole: bool) -> Result<()> {
    let lines = lines.lock().map_err(run::text)?;
    std::fs::write(claudetools_tests::built::target().join("attacks.md"), page::timed(&lines)).map_err(run::text)?;
    if whole {
        page::is_committed(&page::page(&lines)).map_err(run::text)?;
    }
    Ok(())
}
