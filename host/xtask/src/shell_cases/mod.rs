//! `cargo xtask shell-cases [DIR]`: the shell of the plugin `shell` beside the machine's bash.
//!
//! `case` reads the cases, `real` records what bash does with them in a jail, `ours` runs them through the
//! component in the sandbox, `report` compares. The cases are not part of this project.

mod case;
mod left_out;
mod ours;
mod real;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::guests::root;
use report::Tally;

/// What a shell did with a case.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Its standard output, read as UTF-8.
    pub stdout: String,
    /// Its standard error, which only helps a reader: the sentences of shells differ.
    pub stderr: String,
    /// Its exit code.
    pub status: i32,
}

/// `cargo xtask test` compares every so many-th case: some of every file, in a minute.
const EVERY: usize = 6;

/// Compares all cases and prints. Fails below the share that is promised.
pub fn run(args: &[String]) -> Result<ExitCode> {
    let dir = args.first().map_or_else(beside, PathBuf::from);
    if !dir.join("cases").is_dir() {
        bail!("{} has no directory `cases`; name the directory of the shell cases", dir.display());
    }
    Ok(if compare(&dir, 1)?.keeps_the_promise() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Compares a part of the cases that lie beside the checkout. Where none do, a line says so: what bash made of our own
/// cases is in `plugins/shell/tests/cases`, and the tests of the plugins compared those.
pub fn share() -> Result<()> {
    let dir = beside();
    if !dir.join("cases").is_dir() {
        eprintln!("{} is not there; only plugins/shell/tests/cases were compared with bash", dir.display());
        return Ok(());
    }
    if !compare(&dir, EVERY)?.is_as_listed() {
        bail!(
            "the shell gets cases wrong that tests/shell/left_out.toml does not name; mend it or give the reason there"
        );
    }
    Ok(())
}

fn beside() -> PathBuf {
    root().join("../shared/fixtures/shell")
}

/// Records, runs, compares and prints.
fn compare(dir: &Path, every: usize) -> Result<Tally> {
    let cases: Vec<_> = case::load(&dir.join("cases"))?.into_iter().step_by(every).collect();
    let left_out = left_out::LeftOut::load(&root().join("tests/shell/left_out.toml"))?;
    let real = real::record(&cases)?;
    let ours = ours::run(&cases)?;
    Ok(report::print(&cases, &left_out, &real, &ours))
}
