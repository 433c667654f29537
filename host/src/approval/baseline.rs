//! What was approved, kept so that the next version can be compared with it.
//!
//! Beside the ledger and not in it: a reviewer approves while the bot runs and holds the ledger.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use claudetools_policy::{Adopted, Approval, Digest, Found, PluginPolicy, Policy};
use claudetools_sandbox::inspect;

use crate::builtin::BUILT_IN;

/// The component that was approved and the policy it was approved under.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The component.
    pub found: Found,
    /// The whole of `plugins.toml` at that time.
    pub policy: Policy,
}

/// Why what was approved could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("what was approved cannot be kept as {}: {source}", path.display())]
pub struct BaselineError {
    path: PathBuf,
    source: io::Error,
}

impl Baseline {
    /// Keeps a component and a policy as what was approved of a plugin, in place of what was kept of it before.
    /// Readable for this user only.
    pub fn keep(data_dir: &Path, name: &str, component: &[u8], policy: &str) -> Result<(), BaselineError> {
        let directory = data_dir.join("approved");
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BaselineError { path, source }
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&directory).map_err(failed(&directory))?;
        for (path, bytes) in [(component_of(data_dir, name), component), (policy_of(data_dir, name), policy.as_bytes())]
        {
            write(&directory, &path, bytes).map_err(failed(&path))?;
        }
        Ok(())
    }

    /// What was approved, where it is kept and is what this approval is for.
    pub fn recall(data_dir: &Path, name: &str, approved: &Approval) -> Option<Self> {
        let bytes = fs::read(component_of(data_dir, name)).ok()?;
        let found = (Digest::of(&bytes) == approved.component).then(|| inspect(&bytes).ok())??;
        let policy = Policy::parse(&fs::read_to_string(policy_of(data_dir, name)).ok()?).ok()?;
        Some(Self { found, policy })
    }
}

/// What of `plugins.toml` takes effect when the program starts, and what waits for an approval.
pub fn begin(policy: Policy, data_dir: &Path) -> Adopted {
    let unsigned = policy.plugins.iter().filter(|(_, table)| table.approved.is_some() && !table.is_reviewed());
    let kept = unsigned.filter_map(|(name, _)| Some((name.clone(), table(data_dir, name)?))).collect();
    policy.begin(&kept, &BUILT_IN.map(|(name, _)| name))
}

/// The table that a plugin was approved with last.
fn table(data_dir: &Path, name: &str) -> Option<PluginPolicy> {
    let text = fs::read_to_string(policy_of(data_dir, name)).ok()?;
    Policy::parse(&text).ok()?.plugins.remove(name)
}

fn component_of(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join("approved").join(format!("{name}.wasm"))
}

fn policy_of(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join("approved").join(format!("{name}.toml"))
}

/// Whole or not at all; a temporary file is its owner's only.
fn write(directory: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
    fresh.write_all(bytes)?;
    fresh.persist(path).map(drop).map_err(|error| error.error)
}
