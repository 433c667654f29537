//! The attacks of `attacks.toml`: one named test for each row, its legal neighbour beside it.
//!
//! After every row: the files outside are what they were, the canary stands in no sink, the audit's chain holds and has
//! the row's code once, no descriptor, process, scratch directory or memory is left, and another plugin still answers.
//! On a machine that lacks a layer of the jail the rows of programs prove nothing: the suite fails, unless `ALLOW_NO_JAIL=1`
//! is set, and says then how many rows were not proven.
//! What came of each is the page `attacks.md`. Rows can be chosen by their ids: `-- FS-01,NET-05b`.

#[path = "attacks/abi.rs"]
mod abi;
#[path = "attacks/check.rs"]
mod check;
#[path = "attacks/edit.rs"]
mod edit;
#[path = "attacks/flip.rs"]
mod flip;
#[path = "attacks/jail.rs"]
mod jail;
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

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use libtest_mimic::{Arguments, Trial};

use page::Line;
use row::Asked;
use run::Result;

type Lines = Arc<Mutex<Vec<Line>>>;

/// How many pools of memory the allocator keeps. With one for each thread, what each keeps would look like a leak.
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// What makes programs run or load something, were it to reach one of a jail.
const HOSTILE: [(&str, &str); 5] = [
    ("BASH_ENV", "/nowhere/evil"),
    ("GCONV_PATH", "/nowhere/evil"),
    ("GIT_SSH_COMMAND", "evil"),
    ("NODE_OPTIONS", "--require=/nowhere/evil"),
    ("PYTHONSTARTUP", "/nowhere/evil"),
];

#[expect(clippy::disallowed_methods, reason = "whether it started itself is said in the environment")]
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
    let asked = page::asked(&rows);
    let chosen = chosen(&mut arguments, &asked);
    let all_rows = asked.len();
    let compared = (arguments.filter.is_none() && chosen.is_none())
        .then(|| Trial::test("the page has these rows and no others", move || Ok(page::has_exactly(&asked)?)));
    let wanted = |id: &String| chosen.as_ref().is_none_or(|chosen| chosen.contains(id));
    let attacks = rows.attack.into_iter().map(|row| (row.line(), of(row, run::run)));
    let policies = rows.policy.into_iter().map(|row| (row.line(), of(row, policies::run)));
    let turns = rows.turn.into_iter().map(|row| (row.line(), of(row, turns::run)));
    let locks = rows.lock.into_iter().map(|row| (row.line(), of(row, locks::run)));
    let all = attacks.chain(policies).chain(turns).chain(locks).filter(|(line, _)| wanted(&line.id));
    let (all, unproven) = match jail::proven(all.collect()) {
        Ok(split) => split,
        Err(missing) => {
            eprintln!("{missing}");
            return ExitCode::FAILURE;
        }
    };
    let trials = all.into_iter().map(|row| trial(row, Arc::clone(&lines))).chain(compared).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(unproven) = &unproven {
        println!("{unproven}");
    }
    let whole = chosen.is_none() && unproven.is_none() && conclusion.num_filtered_out == 0 && !arguments.list;
    match report(&lines, whole.then_some(all_rows)) {
        Ok(()) => conclusion.exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The rows that are named by their ids, such as `FS-01,FS-04b`, in the place of a part of a name.
fn chosen(arguments: &mut Arguments, asked: &[Asked]) -> Option<BTreeSet<String>> {
    let ids: BTreeSet<String> = arguments.filter.as_ref()?.split(',').map(str::to_owned).collect();
    let known = ids.iter().all(|id| asked.iter().any(|row| row.id == *id));
    known.then(|| {
        arguments.filter = None;
        ids
    })
}

/// The same program again, with one pool of memory, which the allocator reads only when it starts, and with a hostile
/// environment.
#[expect(clippy::disallowed_methods, reason = "a test that starts itself")]
fn again() -> ExitCode {
    let status = std::env::current_exe().and_then(|me| {
        std::process::Command::new(me).args(std::env::args_os().skip(1)).env(ARENAS, "1").envs(HOSTILE).status()
    });
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

fn trial((asked, attack): (Asked, Attack), lines: Lines) -> Trial {
    Trial::test(format!("{} {}", asked.id, asked.what), move || {
        let started = Instant::now();
        let got = attack()?;
        let ms = started.elapsed().as_millis();
        lines.lock().map_err(|_| "a row before this one panicked")?.push(Line { asked, got, ms });
        Ok(())
    })
}

/// Writes what came of the rows; into the page, where that has other ones and each of `all` passed.
fn report(lines: &Lines, all: Option<usize>) -> Result<()> {
    let lines = lines.lock().map_err(run::text)?;
    let page = page::page(&lines, &row::all().elsewhere);
    std::fs::write(claudetools_tests::built::target().join("attacks.md"), &page).map_err(run::text)?;
    if all == Some(lines.len()) && !page::is_committed(&lines) {
        std::fs::write(page::committed(), page).map_err(run::text)?;
    }
    Ok(())
}
