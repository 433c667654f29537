//! `claudetools plugin diff`.

use std::path::Path;

use claudetools_review::{Changes, Pair, Review, review};

use super::out;
use super::shelf::{Lore, Plugin, Shelf};
use crate::cli::DiffArgs;
use crate::config::Config;
use crate::exit::Fatal;

/// Prints what changed since the approval.
pub async fn diff(config: &Config, policy_file: Option<&Path>, args: &DiffArgs) -> Result<(), Fatal> {
    let shelf = Shelf::open(config, policy_file)?;
    let plugin = shelf.plugin(&args.plugin)?;
    let lore = Lore::read(config, &shelf, 0).await?;
    out(text(&shelf, &plugin, &lore.with(&shelf, &plugin, review)))
}

/// The changes, or why there is nothing to compare with.
pub fn text(shelf: &Shelf, plugin: &Plugin, review: &Review) -> String {
    let name = plugin.name.escape_debug();
    let approved = match shelf.approved(&plugin.name) {
        _ if plugin.file.is_none() => {
            return format!("{name} is part of the program and has no approval to compare with.\n");
        }
        None => return format!("{name} was never approved: all of it is new.\n"),
        Some(approved) => format!("what {} approved as {}", approved.by, approved.version),
    };
    let differ: Vec<&str> = review.digests.iter().filter(|pair| differs(pair)).map(|pair| words(pair.of)).collect();
    let version = review.version.as_deref().unwrap_or("?");
    match &review.changes {
        _ if differ.is_empty() => format!("{name} {version} is {approved}: nothing changed.\n"),
        Some(changes) => {
            format!("{name} {version} differs from {approved}: {}.\n{}", differ.join(", "), lines(changes))
        }
        None => {
            format!("{name} {version} differs from {approved}: {}. What it was is not kept here.\n", differ.join(", "))
        }
    }
}

fn differs(pair: &Pair) -> bool {
    pair.approved.as_ref().is_some_and(|approved| *approved != pair.found)
}

/// What a digest is of, for people.
fn words(of: &str) -> &str {
    match of {
        "component" => "its bytes",
        "request" => "its manifest",
        "imports" => "its imports",
        "strings" => "what the model reads of it",
        "grants" => "its callers, limits or grants",
        other => other,
    }
}

fn lines(changes: &Changes) -> String {
    let mut text = String::new();
    for (sign, lines) in [("+", &changes.added), ("!", &changes.widened), ("-", &changes.removed)] {
        text.extend(lines.iter().map(|line| format!("  {sign} {line}\n")));
    }
    for rewording in &changes.strings {
        text.push_str(&format!("  {}:\n", rewording.what));
        text.extend(rewording.lines.iter().map(|line| format!("    {line}\n")));
    }
    text
}
