//! What a reviewer's decision does: `plugins.toml` gets an approval, or loses one.
//!
//! Everything is read again and compared with what was shown, so that a component or a table that was swapped in the
//! meantime is never approved.

use std::path::Path;

use claudetools_chat::cards::Deed;
use claudetools_policy::{Admission, Approval, Policy, admit};
use claudetools_sandbox::{inspect, read_component};

use super::looked::{Shown, digests};
use crate::approval::{Baseline, Rewrite, edit};

/// What a press on an old card is told.
pub(super) const OUT_OF_DATE: &str =
    "This card is out of date: the plugin, its table or its approval was changed since. Look at the newest card.";

/// Does it, and says so in one sentence; or says why nothing was changed.
pub(super) fn decide(
    deed: Deed,
    shown: &Shown,
    by: &str,
    plugins_toml: &Path,
    data_dir: &Path,
) -> Result<String, String> {
    let open = Rewrite::open(plugins_toml).map_err(said)?;
    let policy = Policy::parse(&open.text).map_err(said)?;
    if !policy.review.in_chat {
        return Err("`[review] in_chat` of plugins.toml is off; decide at a terminal.".to_owned());
    }
    if !policy.review.keys.is_empty() {
        return Err("`[review] keys` of plugins.toml wants every approval signed; sign it at a terminal.".to_owned());
    }
    match deed {
        Deed::Approve => approve(open, &policy, shown, by, data_dir),
        Deed::Revoke => revoke(open, shown),
        _ => Err("A plugin is approved or revoked; nothing was changed.".to_owned()),
    }
}

fn approve(open: Rewrite, policy: &Policy, shown: &Shown, by: &str, data_dir: &Path) -> Result<String, String> {
    let name = &shown.name;
    let bytes = read_component(&shown.file).map_err(said)?;
    let found = inspect(&bytes).map_err(said)?;
    let table = policy.plugins.get(name).ok_or_else(|| OUT_OF_DATE.to_owned())?;
    let approval = Approval { at: now(), note: from(by), ..found.approval(by, Some(table)) };
    if found.manifest.name != *name || digests(&approval) != digests(&shown.approval) {
        return Err(OUT_OF_DATE.to_owned());
    }
    let text = edit::approve(&open.text, name, &approval).map_err(said)?;
    let next = Policy::parse(&text).map_err(said)?;
    if let Admission::Quarantined(reasons) = admit(found, &next, false) {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        return Err(format!("It would not run: {}", reasons.join("; ")));
    }
    open.replace(&text).map_err(said)?;
    if let Err(error) = Baseline::keep(data_dir, name, &bytes, &text) {
        tracing::error!(%error, "a later version can't be compared with what was approved");
    }
    Ok(format!("`{name}` {} is approved. It runs in a moment.", approval.version))
}

fn revoke(open: Rewrite, shown: &Shown) -> Result<String, String> {
    let text = edit::revoke(&open.text, &shown.name).map_err(said)?;
    open.replace(&text).map_err(said)?;
    Ok(format!("`{}` is no longer approved. Its running calls end.", shown.name))
}

/// Where a decision was made.
fn from(by: &str) -> String {
    let place = if by.starts_with("console:") { "from the console" } else { "from chat" };
    place.to_owned()
}

/// The time to the second.
fn now() -> String {
    let now = claudetools_ledger::now();
    format!("{}Z", now.split('.').next().unwrap_or_default())
}

/// An error as one sentence.
fn said(error: impl std::fmt::Display) -> String {
    format!("Nothing was changed: {error}.")
}
