//! `cargo xtask shell-cases [DIR]`: the shell of the plugin `shell` beside the machine's bash.
//!
//! `case` reads the cases, `real` records what bash does with them in a jail, `ours` runs them through the
//! component in the sandbox, `report` compares. The cases are not part of this project.

mod case;
mod left_out;
mod ours;
mod real;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::guests::root;

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

/// Records, runs, compares and prints. Fails below the share that is promised.
pub fn run(args: &[String]) -> Result<ExitCode> {
    let dir = args.first().map_or_else(|| root().join("../shared/fixtures/shell"), PathBuf::from);
    if !dir.join("cases").is_dir() {
        bail!("{} has no directory `cases`; name the directory of the shell cases", dir.display());
    }
    let cases = case::load(&dir.join("cases"))?;
    let left_out = left_out::LeftOut::load(&root().join("tests/shell/left_out.toml"))?;
    let real = real::record(&cases)?;
    let ours = ours::run(&cases)?;
    Ok(report::print(&cases, &left_out, &real, &ours))
}
