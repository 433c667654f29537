//! The page of results.

use anyhow::Result;

use super::trial::Outcome;
use crate::guests::root;

const HEAD: &str = "# Checks that were taken out, and the attacks that noticed

Made by `cargo xtask sabotage` out of [sabotage.toml](sabotage.toml). In a copy of the checkout one check after the other
is taken out of the host; every attack that names it must then fail. An attack that passes all the same has got through
unnoticed, and would prove nothing. Where two checks stand behind each other, both are taken out.

";

/// Writes `tests/attacks/sabotage.md`.
pub fn write(outcomes: &[Outcome]) -> Result<()> {
    let all: usize = outcomes.iter().map(|outcome| outcome.rows.len()).sum();
    let survived: usize = outcomes.iter().map(|outcome| outcome.survivors.len()).sum();
    let mut page = HEAD.to_owned();
    page.push_str(&format!(
        "{} checks, {all} trials of a row against a check: {} caught, {survived} survived.\n\n\
         | check | without it | attacks | unnoticed |\n|---|---|---|---|\n",
        outcomes.len(),
        all - survived
    ));
    for Outcome { name, what, rows, survivors } in outcomes {
        let none = if survivors.is_empty() { "none".to_owned() } else { survivors.join(", ") };
        page.push_str(&format!("| {name} | {what} | {} | {none} |\n", rows.join(", ")));
    }
    Ok(std::fs::write(root().join("tests/attacks/sabotage.md"), page)?)
}
