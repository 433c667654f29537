//! Where components lie.

use std::path::{Path, PathBuf};

use claudetools_policy::Policy;

/// Every place where a component is looked for, sorted: what the tables of plugins name, and what lies in `plugins/`
/// beside `plugins.toml`.
pub fn places(policy: &Policy, base: &Path) -> Vec<PathBuf> {
    let named = policy.plugins.values().filter_map(|plugin| plugin.component.as_ref()).map(|file| base.join(file));
    let mut files: Vec<PathBuf> = named.chain(dropped(&base.join("plugins"))).collect();
    files.sort();
    files.dedup();
    files
}

/// What a directory holds that is meant as a plugin; none where it can't be read. Compiled code is among it, so that
/// somebody says that it is never loaded.
fn dropped(directory: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let meant = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wasm" || extension == "cwasm");
    entries.map(|entry| entry.path()).filter(meant)
}
