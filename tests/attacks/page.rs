//! The table of results, `attacks.md`, which SECURITY.md links to.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::row::{Asked, Elsewhere, Rows};

/// One row of the page.
pub struct Line {
    pub asked: Asked,
    pub got: String,
    pub ms: u128,
}

const HEAD: &str = "# Attacks, and what came of them

Made by `cargo test --workspace --test attacks` out of [attacks.toml](attacks.toml): a run of the whole table writes this
page anew where a row was added, changed or left out, and fails then. Each attack stands beside the nearest legal call,
which worked. After each: the files outside are what they were, the canary stands nowhere, the audit's chain holds and has
the code once, another plugin answers within a second, and no descriptor, process, scratch directory or memory is left.
What is written to a chat, and what is said to the bot there, is in [discord/attacks.toml](discord/attacks.toml) and
[discord/events.toml](discord/events.toml), and checked by `--test discord`. [attacks/sabotage.toml](attacks/sabotage.toml) says
which check each row is about; `cargo xtask sabotage` takes them out one by one. Times are those of one run without optimisation.
";

/// What the letters of an id stand for, in the order of the page.
const GROUPS: [(&str, &str); 10] = [
    ("FS", "Files"),
    ("NET", "Network"),
    ("EXE", "Programs"),
    ("SEC", "Secrets"),
    ("RES", "Resources"),
    ("PRO", "Contract"),
    ("SUP", "Supply"),
    ("AUT", "Roles and threads"),
    ("INJ", "A model that obeys an injected text"),
    ("DSC", "Chat"),
];

/// The page.
pub fn page(lines: &[Line], elsewhere: &[Elsewhere]) -> String {
    let mut page = HEAD.to_owned();
    for (letters, name) in GROUPS {
        let of_group: Vec<&Line> = lines.iter().filter(|line| line.asked.is_of(letters)).collect();
        if of_group.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {name}\n\n| id | attack | expected | got | ms |\n|---|---|---|---|---|\n"));
        for Line { asked, got, ms } in of_group {
            page.push_str(&format!("{} {got} | {ms} |\n", asked.begins()));
        }
    }
    page.push_str("\n## Proved by other tests\n\n| id | attack | test |\n|---|---|---|\n");
    for Elsewhere { id, what, file, test } in elsewhere {
        page.push_str(&format!("| {id} | {what} | [`{test}`](../{file}) |\n"));
    }
    page
}

impl Asked {
    fn is_of(&self, letters: &str) -> bool {
        self.id.split('-').next() == Some(letters)
    }

    /// How its line begins.
    fn begins(&self) -> String {
        format!("| {} | {} | {} |", self.id, self.what, self.expected)
    }
}

/// The page in the repository.
pub fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks.md")
}

/// Whether the page in the repository has these rows; what came of them, and how fast, may differ from run to run.
pub fn is_committed(lines: &[Line]) -> bool {
    let asked: Vec<Asked> = lines.iter().map(|line| line.asked.clone()).collect();
    has_exactly(&asked).is_ok()
}

/// Every row has its line in the page, and no line is of another row.
pub fn has_exactly(rows: &[Asked]) -> Result<(), String> {
    let page = std::fs::read_to_string(committed()).map_err(|error| error.to_string())?;
    let groups = page.split("\n## Proved by other tests").next().unwrap_or_default();
    let lines: BTreeSet<String> = groups.lines().filter_map(begins).collect();
    let wanted: BTreeSet<String> = rows.iter().map(Asked::begins).collect();
    match wanted.symmetric_difference(&lines).next() {
        Some(line) => Err(format!("tests/attacks.md is not of these rows, run the whole table: {line}")),
        None => Ok(()),
    }
}

/// A line without what came of it; `None` for one that is of no row.
fn begins(line: &str) -> Option<String> {
    let cells: Vec<&str> = line.split(" | ").collect();
    let is_row = line.starts_with("| ") && cells.len() == 5 && cells[0] != "| id";
    is_row.then(|| format!("{} |", cells[..3].join(" | ")))
}

/// Every row as it is asked for.
pub fn asked(rows: &Rows) -> Vec<Asked> {
    let attacks = rows.attack.iter().map(crate::row::Row::line);
    let others = rows.policy.iter().map(crate::row::PolicyRow::line);
    let turns = rows.turn.iter().map(crate::row::TurnRow::line);
    attacks.chain(others).chain(turns).chain(rows.lock.iter().map(crate::row::LockRow::line)).collect()
}

/// Every id is there once, and belongs to a group; every test of another file is there.
pub fn ids_are_in_order(rows: &Rows) -> Result<(), String> {
    let asked = asked(rows);
    let ids = asked.iter().map(|row| row.id.as_str()).chain(rows.elsewhere.iter().map(|row| row.id.as_str()));
    let mut seen = BTreeSet::new();
    for id in ids {
        let known = GROUPS.iter().any(|(letters, _)| id.split('-').next() == Some(letters));
        if !known || !seen.insert(id) {
            return Err(format!("the id {id} is there twice, or of no group"));
        }
    }
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_there = |row: &&Elsewhere| {
        let text = std::fs::read_to_string(checkout.join(&row.file)).unwrap_or_default();
        text.contains(&format!("fn {}(", row.test))
    };
    match rows.elsewhere.iter().find(|row| !is_there(row)) {
        Some(row) => Err(format!("{}: {} has no test called {}", row.id, row.file, row.test)),
        None => Ok(()),
    }
}
