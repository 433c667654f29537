//! `claudetools plugin list`.

use std::path::Path;

use serde_json::{Value, json};

use super::out;
use super::shelf::{Plugin, Shelf};
use crate::cli::{ListArgs, Plain};
use crate::config::Config;
use crate::exit::Fatal;
use crate::listed::Listed;

/// Lists every plugin: what it is, where it stands, and what it waits for.
pub fn list(config: &Config, policy_file: Option<&Path>, args: &ListArgs) -> Result<(), Fatal> {
    let shelf = Shelf::open(config, policy_file)?;
    match args.format {
        Plain::Text => {
            out(shelf.plugins.iter().map(|plugin| listed(plugin).text(&shelf.file.policy)).collect::<String>())
        }
        Plain::Json => {
            let plugins: Vec<Value> = shelf.plugins.iter().map(|plugin| object(plugin, &shelf)).collect();
            out(format_args!("{:#}\n", json!({ "schema": 1, "plugins": plugins })))
        }
    }
}

fn object(plugin: &Plugin, shelf: &Shelf) -> Value {
    let (listed, found) = (listed(plugin), plugin.found.as_ref().ok());
    let reasons =
        plugin.reasons.iter().map(|reason| json!({ "code": reason.code.as_str(), "message": reason.message }));
    json!({
        "name": plugin.name,
        "version": found.map(|found| &found.manifest.version),
        "state": listed.state(),
        "file": plugin.file,
        "component": found.map(|found| found.component.to_string()),
        "tools": listed.tools(),
        "callable": plugin.reasons.is_empty() && !listed.by_nobody(&shelf.file.policy),
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

fn listed(plugin: &Plugin) -> Listed<'_> {
    Listed {
        name: &plugin.name,
        file: plugin.file.as_deref(),
        found: plugin.found.as_ref().ok(),
        reasons: &plugin.reasons,
    }
}
