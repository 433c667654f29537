//! Rows of attacks, run in the copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::copy::Copy;
use super::rows::{Program, Run};
use super::table::Sabotage;
use crate::guests::run as must_run;

/// How long the rows of one sabotage may take in each program, in seconds. A call that never ends is caught by being
/// ended.
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
    rows: &'c BTreeMap<String, Run>,
    programs: BTreeMap<Program, PathBuf>,
}

/// What cargo says of something that it built.
#[derive(Deserialize)]
struct Built {
    executable: Option<PathBuf>,
    manifest_path: PathBuf,
    target: Target,
    profile: Profile,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl<'c> Attacks<'c> {
    /// Builds the tests that make the rows of these sabotages, and the program that some of them start.
    pub fn build(copy: &'c Copy, rows: &'c BTreeMap<String, Run>, sabotages: &[&Sabotage]) -> Result<Self> {
        let ids = sabotages.iter().flat_map(|sabotage| &sabotage.rows);
        let wanted: BTreeSet<Program> = ids.filter_map(|id| rows.get(id)).map(Run::program).collect();
        let (libraries, tests): (Vec<_>, Vec<_>) = wanted.iter().partition(|program| program.is_library());
        let mut named: Vec<&str> = tests.iter().flat_map(|program| ["--test", &program.name]).collect();
        named.extend((!libraries.is_empty()).then_some("--lib"));
        must_run(copy.cargo().args(["build", "--quiet", "--workspace", "--bins"]).args(&named))?;
        let mut test = copy.cargo();
        let output =
            test.args(["test", "--no-run", "--workspace", "--message-format", "json"]).args(&named).output()?;
        let programs: BTreeMap<Program, PathBuf> =
            String::from_utf8_lossy(&output.stdout).lines().filter_map(|line| built(line, copy.root())).collect();
        if let Some(missing) = wanted.iter().find(|program| !programs.contains_key(program)) {
            bail!("{missing:?} was not built:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(Self { copy, rows, programs })
    }

    /// Fails unless all of these rows pass: one that fails anyway says nothing about a check.
    pub fn all_pass(&self, ids: &BTreeSet<&str>) -> Result<()> {
        let (output, passed) = self.attack(ids, PATIENCE_WITH_ALL)?;
        let failed: Vec<&str> = ids.difference(&passed).copied().collect();
        if !failed.is_empty() {
            println!("{output}");
            bail!("{failed:?} do not pass without any sabotage");
        }
        Ok(())
    }

    /// Runs the rows of a sabotage. What they say is kept in `target/sabotage/log`.
    pub fn outcome(&self, sabotage: &Sabotage) -> Result<Outcome> {
        let Sabotage { name, what, rows, .. } = sabotage.clone();
        let (output, passed) = self.attack(&rows.iter().map(String::as_str).collect(), PATIENCE)?;
        let log = self.copy.root().join("log");
        std::fs::create_dir_all(&log)?;
        std::fs::write(log.join(&name), &output)?;
        let survivors: Vec<String> = rows.iter().filter(|id| passed.contains(id.as_str())).cloned().collect();
        println!("{name}: {} of {} caught", rows.len() - survivors.len(), rows.len());
        Ok(Outcome { name, what, rows, survivors })
    }

    /// What was said, and the rows that passed.
    fn attack<'i>(&self, ids: &BTreeSet<&'i str>, seconds: u32) -> Result<(String, BTreeSet<&'i str>)> {
        let mut runs: BTreeMap<(Program, String), Vec<(&str, &Run)>> = BTreeMap::new();
        for id in ids {
            let run = self.rows.get(*id).with_context(|| format!("there is no row {id}"))?;
            let test = match run {
                Run::Row => String::new(),
                Run::Test(_, test) | Run::Line(_, test) => test.clone(),
            };
            runs.entry((run.program(), test)).or_default().push((id, run));
        }
        let (mut all, mut passed) = (String::new(), BTreeSet::new());
        for ((program, test), rows) in runs {
            let ids = rows.iter().map(|(id, _)| *id).collect::<Vec<_>>().join(",");
            let said = self.start(&program, if test.is_empty() { &ids } else { &test }, seconds)?;
            passed.extend(rows.iter().filter(|(id, run)| run.passed(id, &said)).map(|(id, _)| *id));
            all.push_str(&said);
        }
        Ok((all, passed))
    }

    fn start(&self, program: &Program, filter: &str, seconds: u32) -> Result<String> {
        let executable = self.programs.get(program).with_context(|| format!("{program:?} was not built"))?;
        // `timeout` ends everything that was started, too.
        let mut command = Command::new("timeout");
        command.envs([self.copy.variable()?]).current_dir(self.copy.root().join(&program.directory));
        command.args(["--signal", "KILL", &seconds.to_string()]).arg(executable).args(["--format", "pretty", filter]);
        let Output { stdout, stderr, .. } = command.output().context("`timeout` of coreutils is missing")?;
        let said = [String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)].concat();
        if !said.contains("running ") || said.contains("running 0 tests") {
            bail!("{}: `{filter}` did not run:\n{said}", program.name);
        }
        Ok(said)
    }
}

/// The test program that cargo tells of in this line.
fn built(line: &str, checkout: &Path) -> Option<(Program, PathBuf)> {
    let Built { executable, manifest_path, target, profile } = serde_json::from_str(line).ok()?;
    let directory = manifest_path.parent()?.strip_prefix(checkout).ok()?.to_str()?.to_owned();
    profile.test.then_some((Program { directory, name: target.name }, executable?))
}
