//! `cargo xtask sabotage`: whether an attack gets through once the check that it names is taken out.
//!
//! `tests/attacks/sabotage.toml` says which line each check is, and what stands there without it. All of that is
//! compiled into one copy of the checkout, each behind a switch of its own, so that a sabotage costs a run of its rows
//! and no build. What can't have a switch (a plugin, a generated parser) is changed for good in a second build. The
//! outcome is the page `tests/attacks/sabotage.md`.

mod copy;
mod page;
mod rows;
mod table;
mod trial;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::guests::{build_in, root};
use copy::Copy;
use table::Sabotage;
use trial::{Attacks, Outcome};

type Rows = BTreeMap<String, rows::Run>;

/// Runs the sabotages of these names, or all of them; fails where a row did not notice one.
pub fn run(names: &[String]) -> Result<ExitCode> {
    let table = table::read(&root())?;
    if let Some(unknown) = names.iter().find(|name| !table.iter().any(|sabotage| sabotage.name == **name)) {
        bail!("tests/attacks/sabotage.toml has no sabotage called {unknown}");
    }
    let is_wanted = |sabotage: &&Sabotage| names.is_empty() || names.contains(&sabotage.name);
    let (for_good, switched): (Vec<_>, Vec<_>) = table.into_iter().partition(Sabotage::is_for_good);
    let behind: Vec<&Sabotage> = switched.iter().filter(is_wanted).collect();
    let changed: Vec<&Sabotage> = for_good.iter().filter(is_wanted).collect();
    let rows = rows::read(&root())?;
    let copy = Copy::make(&switched)?;
    let mut outcomes = behind_switches(&copy, &rows, &behind, &changed)?;
    outcomes.extend(changed_for_good(&rows, &for_good, &changed)?);
    let survived: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.survivors.is_empty()).collect();
    println!("{} sabotages, {} with survivors", outcomes.len(), survived.len());
    for outcome in &survived {
        println!("{}: {} got through unnoticed", outcome.name, outcome.survivors.join(", "));
    }
    if names.is_empty() {
        page::write(&outcomes)?;
    }
    Ok(if survived.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One build, in which each sabotage waits for its name. All rows must pass there as long as it waits, those of `others`
/// too.
fn behind_switches(copy: &Copy, rows: &Rows, wanted: &[&Sabotage], others: &[&Sabotage]) -> Result<Vec<Outcome>> {
    let all = [wanted, others].concat();
    let attacks = Attacks::build(copy, rows, &all)?;
    copy.switch_on("")?;
    attacks.all_pass(&all.iter().flat_map(|sabotage| &sabotage.rows).map(String::as_str).collect())?;
    let one = |sabotage: &&Sabotage| {
        copy.switch_on(&sabotage.name)?;
        attacks.outcome(sabotage)
    };
    wanted.iter().map(one).collect()
}

/// One build, in which they all are there at once: no row belongs to two of them.
fn changed_for_good(rows: &Rows, all: &[Sabotage], wanted: &[&Sabotage]) -> Result<Vec<Outcome>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let copy = Copy::make(all)?;
    build_in(copy.root())?;
    let attacks = Attacks::build(&copy, rows, wanted)?;
    wanted.iter().map(|sabotage| attacks.outcome(sabotage)).collect()
}
