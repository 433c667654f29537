//! The table of results, `attacks.md`, which SECURITY.md links to.

use std::path::Path;

use crate::row::Rows;

/// One row of the page.
pub struct Line {
    pub id: String,
    pub what: String,
    pub expected: String,
    pub got: String,
    pub ms: u128,
}

const HEAD: &str = "# Attacks, and what came of them

Made by `cargo test --package claudetools-tests --test attacks` out of [attacks.toml](attacks.toml); a run of the
whole table rewrites this page. Each attack stands beside the nearest legal call, which worked. After each:
the files outside are what they were, the canary stands nowhere, the audit's chain holds and has the code once, another
plugin answers within a second, and no descriptor, process, scratch directory or memory is left. What is written to a
chat, and what is said to the bot there, is in [discord/attacks.toml](discord/attacks.toml) and
[discord/events.toml](discord/events.toml), and checked by `--test discord`.
";

/// What the letters of an id stand for, in the order of the page.
const GROUPS: [(&str, &str); 9] = [
    ("FS", "Files"),
    ("NET", "Network"),
    ("SEC", "Secrets"),
    ("RES", "Resources"),
    ("PRO", "Contract"),
    ("SUP", "Supply"),
    ("AUT", "Roles and threads"),
    ("INJ", "A model that obeys an injected text"),
    ("DSC", "Chat"),
];

/// The page, without times, so that it changes only when what it says does.
pub fn page(lines: &[Line]) -> String {
    let mut page = HEAD.to_owned();
    for (letters, name) in GROUPS {
        let of_group: Vec<&Line> = lines.iter().filter(|line| line.id.split('-').next() == Some(letters)).collect();
        if of_group.is_empty() {
            continue;
        }
        page.push_str(&format!("\n## {name}\n\n| id | attack | expected | got |\n|---|---|---|---|\n"));
        for Line { id, what, expected, got, .. } in of_group {
            page.push_str(&format!("| {id} | {what} | {expected} | {got} |\n"));
        }
    }
    page
}

/// The same with times, in the order in which they were taken.
pub fn timed(lines: &[Line]) -> String {
    let head = "| id | attack | expected | got | ms |\n|---|---|---|---|---|\n".to_owned();
    let row =
        |line: &Line| format!("| {} | {} | {} | {} | {} |\n", line.id, line.what, line.expected, line.got, line.ms);
    lines.iter().map(row).fold(head, |table, row| table + &row)
}

/// Whether the committed page is this one. It is written where it is not.
pub fn is_committed(page: &str) -> std::io::Result<bool> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks.md");
    let same = std::fs::read_to_string(&path).is_ok_and(|committed| committed == page);
    if !same {
        std::fs::write(&path, page)?;
    }
    Ok(same)
}

/// Every id is there once, and belongs to a group.
pub fn ids_are_in_order(rows: &Rows) -> Result<(), String> {
    let attacks = rows.attack.iter().map(|row| &row.id);
    let others = rows.policy.iter().map(|row| &row.id).chain(rows.turn.iter().map(|row| &row.id));
    let all = attacks.chain(others).chain(rows.lock.iter().map(|row| &row.id));
    let mut seen = std::collections::BTreeSet::new();
    for id in all {
        let known = GROUPS.iter().any(|(letters, _)| id.split('-').next() == Some(letters));
        if !known || !seen.insert(id) {
            return Err(format!("the id {id} is there twice, or of no group"));
        }
    }
    Ok(())
}
