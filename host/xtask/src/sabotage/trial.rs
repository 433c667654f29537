//! Rows of attacks, run in the copy.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};

use super::copy::Copy;
use super::table::Sabotage;
use crate::guests::{cargo, run as must_run};

/// How long the rows of one sabotage may take, in seconds. A call that never ends is caught by being ended.
const PATIENCE: u32 = 240;

/// How long all rows may take.
const PATIENCE_WITH_ALL: u32 = 3600;

/// What came of one sabotage.
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What did not hold.
    pub what: String,
    /// Every row that was run.
    pub rows: Vec<String>,
    /// Those that passed all the same.
    pub survivors: Vec<String>,
}

/// The attacks of a copy, built.
pub struct Attacks<'c> {
    copy: &'c Copy,
    program: PathBuf,
}

impl<'c> Attacks<'c> {
    /// Builds the attacks and the program that some of them start.
    pub fn build(copy: &'c Copy) -> Result<Self> {
        let of_attacks = ["--workspace", "--test", "attacks"];
        must_run(cargo().current_dir(copy.root()).args(["build", "--quiet", "--bins"]).args(of_attacks))?;
        let output = cargo().current_dir(copy.root()).args(["test", "--no-run"]).args(of_attacks).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        let named = said.lines().find_map(|line| line.split_once("attacks.rs (")?.1.strip_suffix(')'));
        let named = named.with_context(|| format!("the attacks were not built:\n{said}"))?;
        Ok(Self { copy, program: copy.root().join(named) })
    }

    /// Fails unless all of these rows pass: one that fails anyway says nothing about a check.
    pub fn all_pass(&self, rows: &BTreeSet<&str>) -> Result<()> {
        let rows: Vec<&str> = rows.iter().copied().collect();
        let (output, passed) = self.attack(&rows, PATIENCE_WITH_ALL)?;
        let failed: Vec<&&str> = rows.iter().filter(|row| !passed.contains(**row)).collect();
        if !failed.is_empty() {
            println!("{output}");
            bail!("{failed:?} do not pass without any sabotage");
        }
        Ok(())
    }

    /// Runs the rows of a sabotage. What they say is kept in `target/sabotage/log`.
    pub fn outcome(&self, sabotage: &Sabotage) -> Result<Outcome> {
        let rows: Vec<&str> = sabotage.rows.iter().map(String::as_str).collect();
        let (output, passed) = self.attack(&rows, PATIENCE)?;
        if !output.contains("running ") {
            bail!("{}: the attacks did not run:\n{output}", sabotage.name);
        }
        let log = self.copy.root().join("log");
        std::fs::create_dir_all(&log)?;
        std::fs::write(log.join(&sabotage.name), &output)?;
        let survivors: Vec<String> = sabotage.rows.iter().filter(|row| passed.contains(*row)).cloned().collect();
        println!("{}: {} of {} caught", sabotage.name, rows.len() - survivors.len(), rows.len());
        let Sabotage { name, what, rows, .. } = sabotage.clone();
        Ok(Outcome { name, what, rows, survivors })
    }

    /// What was said, and the rows that passed.
    fn attack(&self, rows: &[&str], seconds: u32) -> Result<(String, BTreeSet<String>)> {
        // `timeout` ends everything that was started, too.
        let mut command = Command::new("timeout");
        command.current_dir(self.copy.root().join("tests")).args(["--signal", "KILL", &seconds.to_string()]);
        command.arg(&self.program).args(["--format", "pretty", &rows.join(",")]);
        let Output { stdout, stderr, .. } = command.output().context("`timeout` of coreutils is missing")?;
        let output = [String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)].concat();
        let passed = output.lines().filter(|line| line.starts_with("test ") && line.ends_with("... ok"));
        let passed = passed.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect();
        Ok((output, passed))
    }
}
