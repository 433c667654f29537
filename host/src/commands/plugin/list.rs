//! `claudetools plugin list`.

use std::path::Path;

use claudetools_policy::Found;
use serde_json::{Value, json};

use super::out;
use super::shelf::{Plugin, Shelf};
use crate::cli::{ListArgs, Plain};
use crate::config::Config;
use crate::exit::Fatal;

/// Lists every plugin: what it is, where it stands, and what it waits for.
pub fn list(config: &Config, policy_file: Option<&Path>, args: &ListArgs) -> Result<(), Fatal> {
    let shelf = Shelf::open(config, policy_file)?;
    match args.format {
        Plain::Text => out(shelf.plugins.iter().map(|plugin| text(plugin, &shelf)).collect::<String>()),
        Plain::Json => {
            let plugins: Vec<Value> = shelf.plugins.iter().map(|plugin| object(plugin, &shelf)).collect();
            out(format_args!("{:#}\n", json!({ "schema": 1, "plugins": plugins })))
        }
    }
}

/// One line on what it is, and one for each thing that keeps it from being called.
fn text(plugin: &Plugin, shelf: &Shelf) -> String {
    let version = plugin.found.as_ref().map_or("?", |found| &found.manifest.version);
    let name = plugin.name.escape_debug();
    let what = plugin.found.as_ref().map(|found| tools(found).join(", ")).unwrap_or_default();
    let mut parts = vec![format!("{name} {version}"), state(plugin).to_owned(), plugin.place(), what];
    parts.retain(|part| !part.is_empty() && part != "part of the program");
    let mut text = parts.join(" · ") + "\n";
    for reason in &plugin.reasons {
        text.push_str(&format!("  {reason}\n"));
    }
    if plugin.reasons.is_empty() && by_nobody(plugin, shelf) {
        text.push_str("  callable by nobody: no `callers` in plugins.toml\n");
    }
    text
}

fn object(plugin: &Plugin, shelf: &Shelf) -> Value {
    let found = plugin.found.as_ref().ok();
    let reasons =
        plugin.reasons.iter().map(|reason| json!({ "code": reason.code.as_str(), "message": reason.message }));
    json!({
        "name": plugin.name,
        "version": found.map(|found| &found.manifest.version),
        "state": state(plugin),
        "file": plugin.file,
        "component": found.map(|found| found.component.to_string()),
        "tools": found.map(tools).unwrap_or_default(),
        "callable": plugin.reasons.is_empty() && !by_nobody(plugin, shelf),
        "reasons": reasons.collect::<Vec<_>>(),
    })
}

fn state(plugin: &Plugin) -> &'static str {
    match &plugin.file {
        _ if !plugin.reasons.is_empty() => "quarantine",
        None => "built in",
        Some(_) => "approved",
    }
}

fn tools(found: &Found) -> Vec<&str> {
    found.manifest.tools.iter().map(|tool| tool.name.as_str()).collect()
}

fn by_nobody(plugin: &Plugin, shelf: &Shelf) -> bool {
    shelf.file.policy.plugins.get(&plugin.name).is_none_or(|table| table.roles.is_empty() || table.origins.is_empty())
}
