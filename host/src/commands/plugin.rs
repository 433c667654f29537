//! `claudetools plugin`.

use std::path::Path;
use std::sync::Arc;

use claudetools_policy::{Admitted, EffectKind};
use claudetools_sandbox::Sandbox;

use crate::boot;
use crate::catalog::{Catalog, Quarantined};
use crate::config::Config;
use crate::exit::Fatal;

/// Lists every plugin: what it is, what its tools do, and why one waits in quarantine.
pub async fn list(config: &Config, policy_file: Option<&Path>) -> Result<(), Fatal> {
    let file = boot::policy(policy_file)?;
    let roots = Arc::new(boot::roots(config, &file.policy, &file.base)?);
    let sandbox: Sandbox = boot::sandbox(config, &roots)?;
    let catalog = Catalog::load(&sandbox, &file.policy, &file.base).await;
    for loaded in &catalog.loaded {
        print!("{}", admitted(&loaded.admitted));
    }
    for waiting in &catalog.quarantine {
        print!("{}", quarantined(waiting));
    }
    Ok(())
}

fn admitted(plugin: &Admitted) -> String {
    let manifest = &plugin.found.manifest;
    let state = if plugin.built_in { "built in" } else { "approved" };
    let mut text = format!("{} {} · {state} · {}\n", manifest.name, manifest.version, plugin.found.component);
    for tool in &manifest.tools {
        text.push_str(&format!("  {} ({})\n", tool.name, effects(tool.effects.iter())));
    }
    for grant in &plugin.policy.grants {
        text.push_str(&format!("  granted at plugins.toml:{}: {} — {}\n", grant.line, grant.id, grant.why));
    }
    if plugin.policy.roles.is_empty() || plugin.policy.origins.is_empty() {
        text.push_str("  callable by nobody: no `callers` in plugins.toml\n");
    }
    text
}

fn effects<'a>(kinds: impl Iterator<Item = &'a EffectKind>) -> String {
    let words: Vec<&str> = kinds.map(|kind| if *kind == EffectKind::Write { "writes" } else { "reads" }).collect();
    if words.is_empty() { "only answers".into() } else { words.join(", ") }
}

fn quarantined(plugin: &Quarantined) -> String {
    let version = plugin.version.as_deref().unwrap_or("?");
    let mut text = format!("{} {version} · quarantine\n", plugin.name.escape_debug());
    if let Some(file) = &plugin.file {
        text.push_str(&format!("  file {}\n", file.display()));
    }
    for reason in &plugin.reasons {
        text.push_str(&format!("  {reason}\n"));
        if let Some(hint) = &reason.hint {
            text.extend(hint.lines().map(|line| format!("    {line}\n")));
        }
    }
    text
}
